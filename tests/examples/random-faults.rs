//! Months with random faults, as many as wanted: `random-faults --runs 10000 --seed 1`. Stops at the first that ends
//! wrongly and says its seed; `--runs 1 --seed N` is that one again.

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, otherwise: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(Ok(otherwise), |text| text.parse())
    };
    let (Ok(runs), Ok(seed)) = (number("--runs", 300), number("--seed", 1)) else {
        eprintln!("usage: random-faults [--runs NUMBER] [--seed NUMBER]");
        return ExitCode::from(2);
    };
    let rig = match ratebook_tests::random_faults::Rig::new() {
        Ok(rig) => rig,
        Err(error) => {
            eprintln!("a month without faults does not come out: {error}");
            return ExitCode::FAILURE;
        }
    };
    for seed in seed..seed.saturating_add(runs) {
        println!("seed {seed}");
        if let Err(error) = rig.month(seed) {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() -> ExitCode {
    eprintln!("system calls are traced on Linux on x86-64 only");
    ExitCode::FAILURE
}

//! Writes a workspace with a large month of Acronis usage, to measure with.
//!
//! `cargo run --release -p ratebook-tests --example generate-acronis -- --rows 1000000 --out DIR [--seed N]`

use std::path::PathBuf;
use std::process::ExitCode;

use ratebook_tests::generate::acronis_workspace;

fn main() -> ExitCode {
    let (mut rows, mut seed, mut out) = (1_000_000, 1, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next();
        let number = value.as_deref().and_then(|value| value.parse().ok());
        match (name.as_str(), number, value) {
            ("--rows", Some(number), _) => rows = number,
            ("--seed", Some(number), _) => seed = number,
            ("--out", _, Some(folder)) => out = Some(PathBuf::from(folder)),
            _ => {
                eprintln!("usage: generate-acronis --out DIR [--rows N] [--seed N]");
                return ExitCode::from(2);
            }
        }
    }
    let Some(out) = out else {
        eprintln!("where to? --out DIR");
        return ExitCode::from(2);
    };
    match acronis_workspace(&out, rows, seed) {
        Ok(()) => {
            println!("{rows} rows in {}", out.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", out.display());
            ExitCode::FAILURE
        }
    }
}

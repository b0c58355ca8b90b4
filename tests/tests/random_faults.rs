//! Three hundred months with random faults: each ends as if nothing had been. `cargo run -p ratebook-tests --example
//! random-faults` does more of them, or one again by its seed.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::sync::atomic::{AtomicU64, Ordering};

use ratebook_tests::random_faults::Rig;

const MONTHS: u64 = 300;

#[test]
fn three_hundred_months_with_random_faults() {
    let next = AtomicU64::new(1);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let rig = Rig::new().unwrap();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > MONTHS {
                        break;
                    }
                    println!("seed {seed}");
                    rig.month(seed).unwrap_or_else(|error| panic!("{error}"));
                }
            });
        }
    });
}

//! Measures a month of a million records and more, beside the same bill in DuckDB and Polars where Python has them.
//!
//! `cargo run --release -p ratebook-tests --example measure-month -- [--millions 1,5,20] [--rounds 3] [--shuffled]
//! [--sizes] [--python PATH] [--ratebook PATH]`; the release binary is built and measured unless another is named.
//!
//! CPU seconds are those of all processes of a command; programs are run in turn within each round, and the least of
//! the rounds counts. Totals of every customer are compared to the cent with what the month's maker reckoned.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod bills;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod measure;

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() -> ExitCode {
    match measure::Wanted::from_arguments(std::env::args().skip(1)) {
        None => {
            eprintln!(
                "usage: measure-month [--millions 1,5,20] [--rounds N] [--shuffled] [--sizes] [--python PATH] \
                 [--ratebook PATH]"
            );
            ExitCode::from(2)
        }
        Some(wanted) => match measure::all(&wanted) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() -> ExitCode {
    eprintln!("what processes take is read from Linux");
    ExitCode::FAILURE
}

//! The binary `ratebook`; see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ratebook::main()
}

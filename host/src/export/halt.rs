//! Why an export ended early.

use std::io;

use crate::failure::Failure;

/// Why an export ended early.
pub(crate) enum Halt {
    /// It cannot be written.
    Write(io::Error),
    /// The tables cannot be read.
    Read(Box<Failure>),
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Halt {
        Halt::Write(error)
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Halt {
        Halt::Read(Box::new(failure))
    }
}

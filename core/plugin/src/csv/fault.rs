//! What stands in the way of reading CSV.

use std::io;

use crate::payload::Payload;
use crate::problem::Problem;

/// Why reading stopped.
#[derive(Debug)]
pub enum CsvFault {
    /// The stream itself failed.
    Read(io::Error),
    /// There is a byte that is no UTF-8.
    NotUtf8 {
        /// Its place in the stream, from 0.
        byte: u64,
        /// The line that its record begins in, from 1.
        line: u64,
        /// Its cell, from 1.
        cell: usize,
    },
    /// The stream ends inside a character.
    Cut {
        /// Where the character begins, from 0.
        byte: u64,
        /// The line that its record begins in, from 1.
        line: u64,
        /// Its cell, from 1.
        cell: usize,
    },
    /// There is a NUL, which is in no text.
    Nul {
        /// Its place in the stream, from 0.
        byte: u64,
    },
    /// A record is longer than any that is meant.
    TooLong {
        /// Where it begins, from 0.
        byte: u64,
        /// The most bytes that a record may have.
        limit: usize,
    },
}

impl CsvFault {
    /// The same with the line and cell that it stands in.
    pub(super) fn at(self, line: u64, cell: usize) -> CsvFault {
        match self {
            CsvFault::NotUtf8 { byte, .. } => CsvFault::NotUtf8 { byte, line, cell },
            CsvFault::Cut { byte, .. } => CsvFault::Cut { byte, line, cell },
            other => other,
        }
    }
}

impl From<CsvFault> for Problem {
    /// The host's own problem, if the stream was the host's, or what is wrong with the payload, by its bytes.
    fn from(fault: CsvFault) -> Problem {
        Problem::data(match fault {
            CsvFault::Read(error) => return Payload::read_error(&error),
            CsvFault::NotUtf8 { byte, .. } => format!("the payload is not UTF-8 text at byte {byte}"),
            CsvFault::Cut { byte, .. } => format!("the payload ends inside a character, at byte {byte}"),
            CsvFault::Nul { byte } => format!("the payload has a NUL at byte {byte}: it is not text"),
            CsvFault::TooLong { byte, limit } => {
                format!(
                    "a row that begins after byte {byte} is longer than {limit} bytes (an unclosed quote?)"
                )
            }
        })
    }
}

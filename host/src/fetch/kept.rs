//! A kept payload, as it came: hashed as it is read, and nothing but what was kept at its end.

use std::fs::File;
use std::io::{self, Read};

use ratebook_plugin::{Problem, ProblemKind};
use sha2::{Digest, Sha256};

use super::listing::PayloadFile;
use crate::disk;

/// The bytes of a kept payload, as they came. They end with an error unless the file is what was kept, so nothing may be used
/// before the end was reached. Errors hold a [`Problem`].
pub(crate) struct KeptBytes {
    from: File,
    file: PayloadFile,
    hash: Sha256,
    bytes: u64,
    /// What the end said: it is the same for whoever asks again.
    end: Option<Result<(), Problem>>,
}

impl KeptBytes {
    pub(super) fn new(from: File, file: PayloadFile) -> KeptBytes {
        KeptBytes { from, file, hash: Sha256::new(), bytes: 0, end: None }
    }

    fn unreadable(&self, error: &io::Error) -> io::Error {
        let what = format!("cannot read the kept payload {}: {error}", self.file.file);
        io::Error::other(Problem::new(ProblemKind::Storage, what))
    }

    /// How many were read.
    pub(crate) fn read_so_far(&self) -> u64 {
        self.bytes
    }
}

impl Read for KeptBytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.end.is_none() {
            let count = match self.from.read(into) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    return Err(self.unreadable(&error));
                }
                read => read?,
            };
            if count > 0 {
                self.hash.update(&into[..count]);
                self.bytes += count as u64;
                return Ok(count);
            }
            let sha256 = disk::hex(&self.hash.clone().finalize());
            self.end = Some(self.file.same(self.bytes, &sha256));
        }
        match &self.end {
            Some(Err(problem)) => Err(io::Error::other(problem.clone())),
            _ => Ok(0),
        }
    }
}

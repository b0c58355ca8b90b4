//! A payload as `map` sees it.

use std::io::{self, Read};

use crate::Problem;
use crate::host::problem_of;

/// One payload: the bytes a vendor sent for a month, decompressed, as a stream.
pub struct Payload<'p> {
    format: String,
    name: String,
    input: &'p mut dyn Read,
}

impl<'p> Payload<'p> {
    /// A payload over its bytes.
    pub fn new(format: impl Into<String>, name: impl Into<String>, input: &'p mut dyn Read) -> Self {
        Payload { format: format.into(), name: name.into(), input }
    }

    /// The format it was kept as: one of [`crate::About::formats`].
    #[must_use]
    pub fn format(&self) -> &str {
        &self.format
    }

    /// The name it was kept under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All of it, for formats that must be read as a whole; at most `limit` bytes.
    ///
    /// # Errors
    /// [`Problem::data`] if it is longer, or what the host found wrong with it.
    pub fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        self.input.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| problem_of(&error))?;
        if bytes.len() > limit {
            return Err(Problem::data(format!("{} is longer than {limit} bytes", self.name)));
        }
        Ok(bytes)
    }

    /// What a failed read of the stream means: the host's own problem if it made one.
    #[must_use]
    pub fn read_error(error: &io::Error) -> Problem {
        problem_of(error)
    }
}

impl Read for Payload<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.input.read(into)
    }
}

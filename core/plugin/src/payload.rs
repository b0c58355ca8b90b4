//! A payload as `map` sees it, and the payloads that are looked up meanwhile.

use std::io::{self, Read};

use crate::call::{Call, HostServices, Reply};
use crate::host::{BodyReader, problem_of, unexpected};
use crate::problem::Problem;

/// One payload: the bytes a vendor sent for a month, decompressed, as a stream.
pub struct Payload<'p> {
    format: String,
    name: String,
    input: &'p mut dyn Read,
    host: Option<&'p mut dyn HostServices>,
}

impl<'p> Payload<'p> {
    /// A payload over its bytes, with nothing to look up.
    pub fn new(format: impl Into<String>, name: impl Into<String>, input: &'p mut dyn Read) -> Self {
        Payload { format: format.into(), name: name.into(), input, host: None }
    }

    /// Lets it look up what the host has kept beside it.
    pub(crate) fn beside(self, host: &'p mut dyn HostServices) -> Self {
        Payload { host: Some(host), ..self }
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
        whole(&mut self.input, limit, &self.name)
    }

    /// The month's other payloads of a format, each whole and at most `limit` bytes, in the order in which they were
    /// kept: what is looked up ([`crate::PayloadFormat::reference`]), or the other pages of a list, to see that none
    /// is missing. None if none was kept.
    ///
    /// # Errors
    /// [`Problem::data`] if one is longer, what the host found wrong with it, or that the host is too old to
    /// look anything up.
    pub fn references(&mut self, format: &str, limit: usize) -> Result<Vec<Vec<u8>>, Problem> {
        let Some(host) = &mut self.host else { return Ok(Vec::new()) };
        let bodies = match host.call(Call::References { format: format.to_owned() }, &mut Vec::new())? {
            Reply::Bodies(bodies) => bodies,
            other => return Err(unexpected(&other)),
        };
        let one = |body| whole(&mut BodyReader::new(&mut **host, body), limit, format);
        bodies.into_iter().map(one).collect()
    }

    /// What a failed read of the stream means: the host's own problem if it made one.
    #[must_use]
    pub fn read_error(error: &io::Error) -> Problem {
        problem_of(error)
    }
}

fn whole(input: &mut dyn Read, limit: usize, name: &str) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    input.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| problem_of(&error))?;
    if bytes.len() > limit {
        return Err(Problem::data(format!("{name} is longer than {limit} bytes")));
    }
    Ok(bytes)
}

impl Read for Payload<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.input.read(into)
    }
}

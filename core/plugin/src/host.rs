//! The host as a plugin's `collect` sees it.

use std::io::{self, Read};
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::call::{Answer, Call, HostServices, Kept, Level, Reply};
use crate::problem::Problem;
use crate::request::Request;

/// The host, which does for a plugin what a plugin must not do itself.
pub struct Host<'h> {
    services: &'h mut dyn HostServices,
}

impl<'h> Host<'h> {
    /// A host over its services.
    pub fn new(services: &'h mut dyn HostServices) -> Self {
        Host { services }
    }

    fn call(&mut self, call: Call) -> Result<Reply, Problem> {
        self.services.call(call, &mut Vec::new())
    }

    fn done(&mut self, call: Call) -> Result<(), Problem> {
        match self.call(call)? {
            Reply::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// The host repeats what may be repeated, waits as `Retry-After` says, and follows no redirect. Whatever status
    /// the vendor answers with at last is the plugin's to judge.
    ///
    /// # Errors
    /// If no answer came, or its body was cut, or the host refuses the address.
    pub fn send(&mut self, request: Request) -> Result<Response, Problem> {
        match self.call(Call::Send(request))? {
            Reply::Answer(answer) => Ok(Response { answer }),
            other => Err(unexpected(&other)),
        }
    }

    /// The body of an answer, decompressed, as a stream.
    pub fn body<'r>(&'r mut self, response: &'r Response) -> impl Read + use<'r, 'h> {
        BodyReader::new(self.services, response.answer.body)
    }

    /// The whole body of an answer, decompressed, which must not be longer than `limit` bytes.
    ///
    /// # Errors
    /// [`Problem::data`] if it is longer.
    pub fn bytes(&mut self, response: &Response, limit: usize) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        let reading = self.body(response).take(limit as u64 + 1).read_to_end(&mut bytes);
        reading.map_err(|error| problem_of(&error))?;
        if bytes.len() > limit {
            return Err(Problem::data(format!("the answer is longer than {limit} bytes")));
        }
        Ok(bytes)
    }

    /// The body of an answer as JSON (at most 8 MiB).
    ///
    /// # Errors
    /// [`Problem::data`] that says what came instead.
    pub fn json<T: DeserializeOwned>(&mut self, response: &Response) -> Result<T, Problem> {
        let bytes = self.bytes(response, 8 << 20)?;
        serde_json::from_slice(&bytes).map_err(|error| Problem::unexpected("JSON", &bytes, error))
    }

    /// Keeps an answer's body, as it came, as a payload of the month.
    ///
    /// # Errors
    /// If it could not be kept.
    pub fn keep(&mut self, name: &str, format: &str, response: &Response) -> Result<Kept, Problem> {
        let call =
            Call::Keep { body: response.answer.body, name: name.to_owned(), format: format.to_owned() };
        match self.call(call)? {
            Reply::Kept(kept) => Ok(kept),
            other => Err(unexpected(&other)),
        }
    }

    /// Waits, showing why. Comes back early with a problem if the run is stopped.
    ///
    /// # Errors
    /// If the run is stopped, or its deadline would pass meanwhile.
    pub fn wait(&mut self, time: Duration, why: &str) -> Result<(), Problem> {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.done(Call::Wait { milliseconds, why: why.to_owned() })
    }

    /// Notes something for this source and month, durably, before the next step.
    ///
    /// # Errors
    /// If it could not be written.
    pub fn remember(&mut self, key: &str, value: &str) -> Result<(), Problem> {
        self.done(Call::Remember { key: key.to_owned(), value: Some(value.to_owned()) })
    }

    /// Takes a note away.
    ///
    /// # Errors
    /// If it could not be written.
    pub fn forget(&mut self, key: &str) -> Result<(), Problem> {
        self.done(Call::Remember { key: key.to_owned(), value: None })
    }

    /// Reads a note of an earlier run, or of this one.
    ///
    /// # Errors
    /// If it could not be read.
    pub fn recall(&mut self, key: &str) -> Result<Option<String>, Problem> {
        match self.call(Call::Recall { key: key.to_owned() })? {
            Reply::Note(note) => Ok(note),
            other => Err(unexpected(&other)),
        }
    }

    /// Replaces a secret that the vendor has rotated.
    ///
    /// # Errors
    /// If the secret comes from where the host cannot write.
    pub fn store_secret(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        self.done(Call::StoreSecret { name: name.to_owned(), value: value.to_owned() })
    }

    /// Seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// If the host cannot be asked.
    pub fn now(&mut self) -> Result<i64, Problem> {
        match self.call(Call::Now)? {
            Reply::Time(seconds) => Ok(seconds),
            other => Err(unexpected(&other)),
        }
    }

    /// Tells the operator something.
    ///
    /// # Errors
    /// If the host cannot be asked.
    pub fn log(&mut self, level: Level, text: impl Into<String>) -> Result<(), Problem> {
        self.done(Call::Log { level, text: text.into(), code: None })
    }

    /// Shows what is being done.
    ///
    /// # Errors
    /// If the host cannot be asked.
    pub fn progress(&mut self, text: impl Into<String>) -> Result<(), Problem> {
        self.done(Call::Progress { text: text.into() })
    }
}

pub(crate) fn unexpected(reply: &Reply) -> Problem {
    Problem::plugin(format!("the host answered a call with {reply:?}, which does not belong to it"))
}

/// A vendor's complete answer; the host holds the body.
#[derive(Debug)]
pub struct Response {
    answer: Answer,
}

impl Response {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// True for the statuses 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.answer.status)
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.answer.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Bytes of the body as they came over the wire.
    #[must_use]
    pub fn wire_bytes(&self) -> u64 {
        self.answer.wire_bytes
    }

    /// True if the bytes that came are a gzip stream.
    #[must_use]
    pub fn is_gzip(&self) -> bool {
        self.answer.gzip
    }
}

/// A body that the host holds, fetched in chunks.
pub(crate) struct BodyReader<'r> {
    services: &'r mut dyn HostServices,
    body: u32,
    chunk: Vec<u8>,
    at: usize,
}

impl<'r> BodyReader<'r> {
    pub(crate) fn new(services: &'r mut dyn HostServices, body: u32) -> Self {
        BodyReader { services, body, chunk: Vec::new(), at: 0 }
    }
}

impl Read for BodyReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            self.chunk.clear();
            self.at = 0;
            let call = Call::Read { body: self.body, limit: 256 << 10 };
            match self.services.call(call, &mut self.chunk).map_err(io::Error::other)? {
                Reply::Bytes(_) => {}
                other => return Err(io::Error::other(unexpected(&other))),
            }
        }
        let count = into.len().min(self.chunk.len() - self.at);
        into[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The problem inside an error that came through a reader, or one that quotes it.
pub(crate) fn problem_of(error: &io::Error) -> Problem {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Problem>()) {
        Some(problem) => problem.clone(),
        None => Problem::data(error.to_string()),
    }
}

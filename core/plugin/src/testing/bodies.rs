//! What a test host lends to `map`: the payload, and what may be looked up beside it.

use crate::call::{Call, PAYLOAD_BODY, Reply};
use crate::problem::Problem;

/// A payload, and what may be looked up beside it; every body is read from its begin once.
#[derive(Clone, Debug, Default)]
pub struct Bodies {
    bodies: Vec<Body>,
}

#[derive(Clone, Debug)]
struct Body {
    /// Empty for the payload itself.
    format: String,
    bytes: Vec<u8>,
    at: usize,
}

impl Bodies {
    /// A payload alone.
    #[must_use]
    pub fn of(payload: &[u8]) -> Bodies {
        Bodies::default().beside("", payload)
    }

    /// With one more payload beside it, of a format that is looked up.
    #[must_use]
    pub fn beside(mut self, format: &str, bytes: &[u8]) -> Bodies {
        self.bodies.push(Body { format: format.to_owned(), bytes: bytes.to_vec(), at: 0 });
        self
    }

    /// Answers the calls that ask for bodies; `None` for all others.
    ///
    /// # Errors
    /// If there is no such body.
    pub fn answer(&mut self, call: &Call, into: &mut Vec<u8>) -> Option<Result<Reply, Problem>> {
        match call {
            Call::References { format } => Some(Ok(self.of_format(format))),
            Call::Read { body, limit } => Some(self.read(*body, *limit, into)),
            _ => None,
        }
    }

    fn of_format(&mut self, wanted: &str) -> Reply {
        let mut numbers = Vec::new();
        for (number, body) in (PAYLOAD_BODY..).zip(&mut self.bodies) {
            if number != PAYLOAD_BODY && body.format == wanted {
                body.at = 0;
                numbers.push(number);
            }
        }
        Reply::Bodies(numbers)
    }

    fn read(&mut self, body: u32, limit: u32, into: &mut Vec<u8>) -> Result<Reply, Problem> {
        let body = (self.bodies.get_mut(body as usize))
            .ok_or_else(|| Problem::plugin(format!("there is no body {body}")))?;
        let count = (body.bytes.len() - body.at).min(limit as usize);
        into.extend_from_slice(&body.bytes[body.at..body.at + count]);
        body.at += count;
        Ok(Reply::Bytes(u32::try_from(count).unwrap_or(u32::MAX)))
    }
}

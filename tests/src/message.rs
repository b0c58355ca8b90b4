//! HTTP messages as the mock vendors see and make them.

use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` ...
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query's fields, unescaped, in order.
    pub query: Vec<(String, String)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request from its head (without the empty line) and body.
    ///
    /// # Errors
    /// What is wrong with the head.
    pub fn from_head(head: &str, body: Vec<u8>) -> Result<Request, String> {
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let mut words = first.split(' ');
        let (Some(method), Some(target), Some(_version)) = (words.next(), words.next(), words.next()) else {
            return Err(format!("not a request: {first:?}"));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Request { method: method.to_owned(), path: path.to_owned(), query: fields(query), headers, body })
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A field of the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as a form's fields.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        fields(&String::from_utf8_lossy(&self.body))
    }

    /// The path's parts between slashes.
    #[must_use]
    pub fn segments(&self) -> Vec<&str> {
        self.path.trim_matches('/').split('/').collect()
    }
}

/// The fields of a query or a form: `a=1&b=two+words`.
fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (unescaped(name), unescaped(value)))
        .collect()
}

fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[at], escape) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 2;
            }
            (b'+', _) => plain.push(b' '),
            (byte, _) => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// An answer, and how it reaches the client.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    /// The body as it goes over the wire.
    pub body: Vec<u8>,
    /// How it is delivered.
    pub delivery: Delivery,
}

/// How an answer reaches the client, or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As it should.
    Whole,
    /// The connection is closed in good order after so many bytes of the body.
    CutAfter(usize),
    /// The connection is reset after so many bytes of the body.
    ResetAfter(usize),
    /// The connection is reset before the first byte.
    Reset,
    /// The connection is closed before the first byte: an answer that got lost.
    Lost,
    /// In chunks, without a `Content-Length`.
    Chunked,
    /// In chunks, closed after so many bytes of the body and before the last chunk.
    ChunkedCutAfter(usize),
    /// `Content-Length` names fewer bytes than there are.
    LengthShortBy(usize),
    /// Neither `Content-Length` nor chunks: closed in good order after so many bytes of the body.
    UnannouncedCutAfter(usize),
    /// The head and so many bytes of the body come, then nothing, until the client gives up.
    SilentAfter(usize),
    /// Nothing comes, until the client gives up.
    Silent,
    /// One byte of the body at a time, with a pause between.
    Drip(Duration),
}

impl Answer {
    /// An answer with a body of a type.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Answer { status, headers, body: body.into(), delivery: Delivery::Whole }
    }

    /// An answer of JSON.
    #[must_use]
    pub fn json(status: u16, value: &serde_json::Value) -> Answer {
        Answer::new(status, "application/json; charset=utf-8", value.to_string())
    }

    /// A sign-in page instead of what was asked for.
    #[must_use]
    pub fn html() -> Answer {
        let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in to go on.</body></html>\n";
        Answer::new(200, "text/html; charset=utf-8", page)
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(to: &str) -> Answer {
        Answer::new(302, "text/plain", "elsewhere").with_header("Location", to)
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same, delivered in another way.
    #[must_use]
    pub fn delivered(self, delivery: Delivery) -> Answer {
        Answer { delivery, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_taken_apart() {
        let head = "GET /a/b?usageMonth=2026-03-01&name=two%20words+more&odd=%zz HTTP/1.1\r\nAuthorization:  Bearer x\r\nHost: h";
        let request = Request::from_head(head, b"grant_type=client%5Fcredentials".to_vec()).unwrap();
        assert_eq!(request.segments(), ["a", "b"]);
        assert_eq!(request.query("usageMonth"), Some("2026-03-01"));
        assert_eq!(request.query("name"), Some("two words more"));
        assert_eq!(request.query("odd"), Some("%zz"));
        assert_eq!(request.header("authorization"), Some("Bearer x"));
        assert_eq!(request.form(), [("grant_type".to_owned(), "client_credentials".to_owned())]);
        assert!(Request::from_head("nonsense", Vec::new()).is_err());
    }
}

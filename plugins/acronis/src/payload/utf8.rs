//! A stream that is checked to be UTF-8 text on its way, so that a fault can be told with its byte.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use ratebook_plugin::Problem;

/// The most bytes one record may have; more of them mean an unclosed quote.
const RECORD_LIMIT: u64 = 4 << 20;

/// Passes bytes on as long as they are UTF-8 without NUL and records end.
pub(crate) struct Checked<R> {
    inner: R,
    /// Bytes passed so far.
    offset: u64,
    /// The beginning of a character that the last read cut.
    cut: Vec<u8>,
    /// Bytes passed since a record ended; whoever reads records sets it to 0.
    since_record: Rc<Cell<u64>>,
}

impl<R: Read> Checked<R> {
    pub(crate) fn new(inner: R, since_record: Rc<Cell<u64>>) -> Checked<R> {
        Checked { inner, offset: 0, cut: Vec::with_capacity(4), since_record }
    }

    fn check(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let not_utf8 = |at: u64| Problem::data(format!("the payload is not UTF-8 text at byte {at}"));
        let mut rest = bytes;
        while let (false, Some((next, after))) = (self.cut.is_empty(), rest.split_first()) {
            self.cut.push(*next);
            rest = after;
            match std::str::from_utf8(&self.cut) {
                Ok(_) => self.cut.clear(),
                Err(error) if error.error_len().is_some() => {
                    let before = (self.cut.len() + rest.len()) as u64;
                    return Err(not_utf8(self.offset + bytes.len() as u64 - before));
                }
                Err(_) => {}
            }
        }
        if let Err(error) = std::str::from_utf8(rest) {
            let at = error.valid_up_to();
            if error.error_len().is_some() {
                return Err(not_utf8(self.offset + (bytes.len() - rest.len() + at) as u64));
            }
            self.cut.extend_from_slice(&rest[at..]);
        }
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            let at = self.offset + at as u64;
            return Err(Problem::data(format!("the payload has a NUL at byte {at}: it is not text")));
        }
        self.offset += bytes.len() as u64;
        self.since_record.set(self.since_record.get() + bytes.len() as u64);
        if self.since_record.get() > RECORD_LIMIT {
            let at = self.offset.saturating_sub(self.since_record.get());
            return Err(Problem::data(format!(
                "a row that begins after byte {at} is longer than {RECORD_LIMIT} bytes (an unclosed quote?)"
            )));
        }
        Ok(())
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        if count == 0 && !self.cut.is_empty() {
            let at = self.offset - self.cut.len() as u64;
            let problem = Problem::data(format!("the payload ends inside a character, at byte {at}"));
            return Err(io::Error::other(problem));
        }
        self.check(&into[..count]).map_err(io::Error::other)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a byte at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(1).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read(bytes: &[u8]) -> [Result<String, String>; 2] {
        let whole = io::read_to_string(Checked::new(bytes, Rc::default()));
        let drip = io::read_to_string(Checked::new(Drip(bytes), Rc::default()));
        [whole, drip].map(|text| text.map_err(|error| error.to_string()))
    }

    #[test]
    fn text_passes_however_it_is_cut() {
        for text in ["", "tenant", "Müller GmbH, 日本 🎉, é"] {
            assert_eq!(read(text.as_bytes()), [Ok(text.to_owned()), Ok(text.to_owned())]);
        }
    }

    #[test]
    fn a_wrong_byte_is_told_with_its_place() {
        for (bytes, what) in [
            (&b"M\xfcller"[..], "the payload is not UTF-8 text at byte 1"),
            (b"\xc3\xa9\xe2\x82x", "the payload is not UTF-8 text at byte 2"),
            (b"ab\xe2\x82", "the payload ends inside a character, at byte 2"),
            (b"a\0b", "the payload has a NUL at byte 1: it is not text"),
        ] {
            assert_eq!(read(bytes), [Err(what.to_owned()), Err(what.to_owned())]);
        }
    }

    #[test]
    fn a_row_without_an_end_is_stopped() {
        let endless = io::repeat(b'a').take(RECORD_LIMIT * 2);
        let error = io::copy(&mut Checked::new(endless, Rc::default()), &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("after byte 0 is longer than 4194304 bytes"), "{error}");
    }
}

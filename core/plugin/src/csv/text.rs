//! A stream as text: checked to be UTF-8 without NUL, a piece at a time.

use std::io::{ErrorKind, Read};
use std::mem;

use memchr::memchr;

use super::fault::CsvFault;

/// Bytes that are read together; they and the text made of them stay in the processor's own memory.
const PIECE: usize = 64 << 10;

/// The part of a stream that was read and not yet taken.
pub(super) struct Text<R> {
    input: R,
    text: String,
    /// What of the text is taken.
    taken: usize,
    /// Bytes of the stream before the text.
    before: u64,
    /// Bytes as they came; at its beginning those of a character that the last piece cut.
    piece: Vec<u8>,
    cut: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing was read yet.
    New,
    Reading,
    /// All of the stream was read.
    All,
    /// What stands behind the text.
    Wrong(CsvFault),
}

impl<R: Read> Text<R> {
    pub(super) fn new(input: R) -> Text<R> {
        Text {
            input,
            text: String::new(),
            taken: 0,
            before: 0,
            piece: vec![0; PIECE],
            cut: 0,
            state: State::New,
        }
    }

    /// What was read and not taken.
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.taken..).unwrap_or_default()
    }

    /// True if nothing comes after the rest.
    pub(super) fn is_all(&self) -> bool {
        matches!(self.state, State::All)
    }

    /// The place of the rest in the stream.
    pub(super) fn byte(&self) -> u64 {
        self.before + self.taken as u64
    }

    /// Takes so many bytes, which end with a character.
    pub(super) fn take(&mut self, count: usize) -> &str {
        let from = self.taken;
        self.taken = (from + count).min(self.text.len());
        self.text.get(from..self.taken).unwrap_or_default()
    }

    /// Gives nothing more: what comes after a fault is not known to be a record.
    pub(super) fn give_up(&mut self) {
        self.taken = self.text.len();
        self.state = State::All;
    }

    /// Reads a piece more.
    pub(super) fn more(&mut self) -> Result<(), CsvFault> {
        if let State::Wrong(_) = self.state {
            let State::Wrong(fault) = mem::replace(&mut self.state, State::All) else { return Ok(()) };
            return Err(fault);
        }
        self.text.drain(..self.taken);
        self.before += mem::take(&mut self.taken) as u64;
        let count = loop {
            match self.input.read(self.piece.get_mut(self.cut..).unwrap_or_default()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.map_err(CsvFault::Read)?,
            }
        };
        let begin = self.before + self.text.len() as u64;
        if count == 0 {
            self.state = match self.cut {
                0 => State::All,
                _ => State::Wrong(CsvFault::Cut { byte: begin, line: 0, cell: 0 }),
            };
            return Ok(());
        }
        self.check(self.cut + count, begin);
        Ok(())
    }

    /// Adds what of the piece is text, and notes what is not.
    fn check(&mut self, length: usize, begin: u64) {
        let bytes = self.piece.get(..length).unwrap_or_default();
        let (mut text, wrong) = match simdutf8::compat::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
                (simdutf8::compat::from_utf8(good).unwrap_or_default(), error.error_len())
            }
        };
        let is_new = matches!(self.state, State::New) && !text.is_empty();
        self.cut = length - text.len();
        if wrong.is_some() {
            let byte = begin + text.len() as u64;
            self.state = State::Wrong(CsvFault::NotUtf8 { byte, line: 0, cell: 0 });
        }
        if let Some(at) = memchr(0, text.as_bytes()) {
            text = text.get(..at).unwrap_or_default();
            self.state = State::Wrong(CsvFault::Nul { byte: begin + at as u64 });
        }
        self.text.push_str(text);
        if is_new {
            self.taken = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            if let State::New = self.state {
                self.state = State::Reading;
            }
        }
        if let State::Wrong(_) = self.state {
            return;
        }
        let (rest, cut) = (length - self.cut, self.cut);
        self.piece.copy_within(rest..rest + cut, 0);
    }
}

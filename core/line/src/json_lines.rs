//! Billable lines as JSON Lines, or read from one JSON array.

use std::fmt;
use std::io::{self, BufRead, Write};

use crate::billable_line::BillableLine;
use crate::labels::LONGEST_ID;

/// What is wrong with a file of lines, and where.
#[derive(Debug)]
pub struct LineError {
    /// Line of the text, counted from 1.
    pub line: usize,
    /// Column (byte) of the text, counted from 1; 0 if it is not known.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            0 => write!(f, "line {}: {}", self.line, self.message),
            column => write!(f, "line {}, column {column}: {}", self.line, self.message),
        }
    }
}

impl std::error::Error for LineError {}

/// Reads billable lines from JSON Lines, or from a text that starts with `[` as one JSON array.
#[derive(Debug)]
pub struct JsonLineReader<R> {
    input: R,
    buffer: Vec<u8>,
    line: usize,
    finished: bool,
}

impl<R: BufRead> JsonLineReader<R> {
    /// A reader over a text; nothing is read yet.
    pub fn new(input: R) -> Self {
        JsonLineReader { input, buffer: Vec::new(), line: 0, finished: false }
    }

    /// Hands every line to `take` in order, borrowed from a buffer that is used again for the next.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place; an error of `take` as it is.
    pub fn for_each<E: From<LineError>>(
        self,
        mut take: impl FnMut(BillableLine<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.read(|_, line| take(line))
    }

    /// The same, with the text that each line was read from: JSON without a newline in it.
    ///
    /// # Errors
    /// As for [`JsonLineReader::for_each`].
    pub fn for_each_text<E: From<LineError>>(
        self,
        mut take: impl FnMut(&[u8], &BillableLine<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.read(|text, line| match text {
            Some(text) => take(text, &line),
            None => {
                let own =
                    |error: serde_json::Error| LineError { line: 0, column: 0, message: error.to_string() };
                take(&serde_json::to_vec(&line).map_err(own)?, &line)
            }
        })
    }

    /// Lines of an array have no text of their own.
    fn read<E: From<LineError>>(
        mut self,
        mut take: impl FnMut(Option<&[u8]>, BillableLine<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while !self.finished {
            if !self.next_text()? {
                break;
            }
            let mut text = self.buffer.trim_ascii();
            if self.line == 1 {
                text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
            }
            if text.is_empty() {
                continue;
            }
            if text.starts_with(b"[") {
                return self.array(|line| take(None, line));
            }
            // Told once that all of it is text, the parser need not ask string by string.
            let line = match std::str::from_utf8(text) {
                Ok(text) => serde_json::from_str(text),
                Err(_) => serde_json::from_slice(text),
            }
            .map_err(|error| self.error(&error))?;
            if !is_plain(text) {
                checked(&line, self.line, "")?;
            }
            take(Some(text), line)?;
        }
        Ok(())
    }

    fn next_text(&mut self) -> Result<bool, LineError> {
        self.buffer.clear();
        self.line += 1;
        let read = self.input.read_until(b'\n', &mut self.buffer);
        read.map(|bytes| bytes > 0).map_err(|error| self.io_error(&error))
    }

    fn array<E: From<LineError>>(
        mut self,
        mut take: impl FnMut(BillableLine<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.input.read_to_end(&mut self.buffer).map_err(|error| self.io_error(&error))?;
        self.finished = true;
        let text = self.buffer.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&self.buffer);
        let lines: Vec<BillableLine<'_>> =
            serde_json::from_slice(text).map_err(|error| self.error(&error))?;
        for (line, number) in lines.iter().zip(1..) {
            checked(line, 1, &format!("element {number}: "))?;
        }
        lines.into_iter().try_for_each(&mut take)
    }

    fn error(&self, error: &serde_json::Error) -> LineError {
        // serde_json ends its message with the place, which is told in fields here.
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
        LineError { line: self.line + error.line().saturating_sub(1), column: error.column(), message }
    }

    fn io_error(&self, error: &io::Error) -> LineError {
        LineError { line: self.line, column: 0, message: error.to_string() }
    }
}

/// True if no text in a line of JSON can be one that may not stand on a line: none is that long, and what is printed as it
/// stands holds no control character.
fn is_plain(json: &[u8]) -> bool {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') & (*byte != b'\\');
    // All are looked at, so that it is done many at a time.
    json.len() <= LONGEST_ID && json.iter().fold(true, |all, byte| all & plain(byte))
}

/// Refuses a line with texts that may not stand on one; `which` says which line of the text it is, if that needs saying.
pub(crate) fn checked(line: &BillableLine<'_>, at: usize, which: &str) -> Result<(), LineError> {
    match line.wrong_texts().first() {
        None => Ok(()),
        Some(wrong) => Err(LineError { line: at, column: 0, message: format!("{which}{wrong}") }),
    }
}

/// Writes billable lines as JSON Lines: one object a line, keys in the order of the schema.
#[derive(Debug)]
pub struct JsonLineWriter<W> {
    output: W,
}

impl<W: Write> JsonLineWriter<W> {
    /// A writer; give it a buffered output.
    pub fn new(output: W) -> Self {
        JsonLineWriter { output }
    }

    /// Writes one line.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, line: &BillableLine<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.output, line)?;
        self.output.write_all(b"\n")
    }

    /// The output again, to flush and finish it.
    pub fn into_inner(self) -> W {
        self.output
    }
}

//! Finds where a record and its cells end.

use memchr::{memchr, memchr_iter, memchr3};

/// A record that was found.
#[derive(Debug)]
pub(super) struct Split {
    /// Its bytes, without the end of the line.
    pub(super) length: usize,
    /// The same with the end of the line, if there is one.
    pub(super) with_end: usize,
    /// True if there is no quote in it: its cells stand in it as they are. Else they were copied.
    pub(super) is_plain: bool,
}

/// The cells of a record; reused.
#[derive(Debug, Default)]
pub(super) struct Cells {
    ends: Vec<u32>,
    copied: String,
}

impl Cells {
    /// Where each ends, in the record or in what was copied; the next begins one byte further on.
    pub(super) fn ends(&self) -> &[u32] {
        &self.ends
    }

    /// The cells of a record that is not plain.
    pub(super) fn copied(&self) -> &str {
        &self.copied
    }

    /// A record is far shorter than 4 GiB.
    fn end(&mut self, at: usize) {
        self.ends.push(u32::try_from(at).unwrap_or(u32::MAX));
    }
}

/// How many line feeds there are.
pub(super) fn line_feeds(text: &str) -> u64 {
    memchr_iter(b'\n', text.as_bytes()).count() as u64
}

/// Finds the record that a text begins with, which is no empty line. `None` if more must be read to know its end; if the
/// text is all there is, its end is the record's.
pub(super) fn split(text: &str, delimiter: u8, is_all: bool, cells: &mut Cells) -> Option<Split> {
    let bytes = text.as_bytes();
    let (length, is_plain) = match memchr3(b'\n', b'\r', b'"', bytes) {
        Some(quote) if bytes.get(quote) == Some(&b'"') => (quoted(text, delimiter, is_all, cells)?, false),
        Some(end) => (end, true),
        None if is_all => (bytes.len(), true),
        None => return None,
    };
    let end_of_line = match (bytes.get(length), bytes.get(length + 1)) {
        (Some(b'\r'), Some(b'\n')) => 2,
        // A line feed may be to come.
        (Some(b'\r'), None) if !is_all => return None,
        (Some(_), _) => 1,
        (None, _) => 0,
    };
    if is_plain {
        plain(bytes.get(..length).unwrap_or_default(), delimiter, cells);
    }
    Some(Split { length, with_end: length + end_of_line, is_plain })
}

/// Finds the cells of a record without quotes, eight bytes at a time.
fn plain(record: &[u8], delimiter: u8, cells: &mut Cells) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f * EACH;
    let wanted = u64::from(delimiter) * EACH;
    cells.ends.clear();
    let mut look = |begin: usize, eight: [u8; 8]| {
        let other = u64::from_le_bytes(eight) ^ wanted;
        // The highest bit of each byte that is the delimiter.
        let mut found = !(((other & LOW) + LOW) | other | LOW);
        while found != 0 {
            cells.end(begin + found.trailing_zeros() as usize / 8);
            found &= found - 1;
        }
    };
    let (eights, rest) = record.as_chunks::<8>();
    for (at, eight) in eights.iter().enumerate() {
        look(at * 8, *eight);
    }
    // NUL is no delimiter, and stands in no text.
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    look(eights.len() * 8, last);
    cells.end(record.len());
}

/// Copies the cells of a record with quotes, cell by cell; its length.
///
/// As `csv` reads it: a quote means something at the beginning of a cell only. What stands behind the closing one belongs to
/// the cell as it is, and a cell whose quote is not closed goes on to the end of the file.
fn quoted(text: &str, delimiter: u8, is_all: bool, cells: &mut Cells) -> Option<usize> {
    let bytes = text.as_bytes();
    cells.ends.clear();
    cells.copied.clear();
    let mut at = 0;
    loop {
        if bytes.get(at) == Some(&b'"') {
            at = inside_quotes(text, at + 1, is_all, &mut cells.copied)?;
        }
        let rest = text.get(at..).unwrap_or_default();
        let length = match memchr3(delimiter, b'\n', b'\r', rest.as_bytes()) {
            None if !is_all => return None,
            end => end.unwrap_or(rest.len()),
        };
        cells.copied.push_str(rest.get(..length).unwrap_or_default());
        cells.end(cells.copied.len());
        at += length;
        if bytes.get(at) != Some(&delimiter) {
            return Some(at);
        }
        cells.copied.push(',');
        at += 1;
    }
}

/// Copies what stands from here to the closing quote; where it goes on behind that.
fn inside_quotes(text: &str, mut at: usize, is_all: bool, copied: &mut String) -> Option<usize> {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(quote) = memchr(b'"', rest.as_bytes()) else {
            copied.push_str(rest);
            return is_all.then_some(text.len());
        };
        copied.push_str(rest.get(..quote).unwrap_or_default());
        at += quote + 1;
        match text.as_bytes().get(at) {
            Some(b'"') => copied.push('"'),
            None if !is_all => return None,
            _ => return Some(at),
        }
        at += 1;
    }
}

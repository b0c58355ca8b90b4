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
    begins: Vec<u32>,
    copied: String,
}

impl Cells {
    /// Where each begins, in the record or in what was copied, and where one more would: one byte stands between two.
    pub(super) fn begins(&self) -> &[u32] {
        &self.begins
    }

    fn clear(&mut self) {
        self.begins.clear();
        self.begins.push(0);
        self.copied.clear();
    }

    /// The cells of a record that is not plain.
    pub(super) fn copied(&self) -> &str {
        &self.copied
    }

    /// Ends a cell at each bit of a block that begins here.
    fn mark(&mut self, begin: usize, mut found: u64) {
        let next = next(begin);
        // Room for all of them is made at once.
        self.begins.extend((0..found.count_ones()).map(|_| {
            let at = found.trailing_zeros();
            found &= found.wrapping_sub(1);
            next + at
        }));
    }

    fn end(&mut self, at: usize) {
        self.begins.push(next(at));
    }
}

/// The place behind one, in a record, which is far shorter than 4 GiB.
fn next(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or_default()
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

/// Finds the cells of a record without quotes, 64 bytes at a time.
fn plain(record: &[u8], delimiter: u8, cells: &mut Cells) {
    cells.clear();
    let (blocks, rest) = record.as_chunks::<64>();
    for (at, block) in blocks.iter().enumerate() {
        cells.mark(at * 64, places(block, delimiter));
    }
    // NUL is no delimiter, and stands in no text.
    let mut last = [0; 64];
    if let Some(last) = last.get_mut(..rest.len()) {
        last.copy_from_slice(rest);
    }
    cells.mark(record.len() - rest.len(), places(&last, delimiter));
    cells.end(record.len());
}

/// A bit for each byte that is the delimiter, the lowest for the first.
fn places(block: &[u8; 64], delimiter: u8) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f * EACH;
    /// Brings the highest bits of eight bytes together in the highest byte.
    const TOGETHER: u64 = 0x0002_0408_1020_4081;
    let wanted = u64::from(delimiter) * EACH;
    let (eights, _) = block.as_chunks::<8>();
    eights.iter().rev().fold(0, |found, eight| {
        let other = u64::from_le_bytes(*eight) ^ wanted;
        // The highest bit of each byte that is the delimiter.
        let here = !(((other & LOW) + LOW) | other | LOW);
        found << 8 | here.wrapping_mul(TOGETHER) >> 56
    })
}

/// Copies the cells of a record with quotes, cell by cell; its length.
///
/// As `csv` reads it: a quote means something at the beginning of a cell only. What stands behind the closing one belongs to
/// the cell as it is, and a cell whose quote is not closed goes on to the end of the file.
fn quoted(text: &str, delimiter: u8, is_all: bool, cells: &mut Cells) -> Option<usize> {
    let bytes = text.as_bytes();
    cells.clear();
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
            _ => return Some(at),
        }
        at += 1;
    }
}

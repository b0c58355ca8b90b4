//! Reads CSV record by record, as the crate `csv` with `flexible` and without headers does: the same records, or a refusal.
//!
//! A record without a quote, which most are, is looked at where it lies: its cells are found and nothing is copied.

mod fault;
mod split;
mod text;

use std::io::Read;

use memchr::memchr_iter;

pub use fault::CsvFault;
use split::{Cells, Split, split};
use text::Text;

use crate::fingerprint::Fingerprint;

/// The most bytes that one record may have; more of them mean a quote that is not closed.
const RECORD_LIMIT: usize = 4 << 20;

/// Records of a stream of CSV. A quote is `"`, doubled inside a quoted cell; a record ends with LF, CRLF or CR; a byte order
/// mark at the beginning and empty lines are passed over.
pub struct CsvReader<R> {
    text: Text<R>,
    cells: Cells,
    delimiter: u8,
    /// The line that comes next: one more than there were ends of lines, as editors count them.
    line: u64,
}

impl<R: Read> CsvReader<R> {
    /// Reads cells that are separated by an ASCII character, which is neither a quote nor the end of a line.
    pub fn new(input: R, delimiter: u8) -> CsvReader<R> {
        CsvReader { text: Text::new(input), cells: Cells::default(), delimiter, line: 1 }
    }

    /// The line of the file, from 1, that begins after what was read.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    /// What stands in the way, once every record before it was given.
    pub fn read(&mut self) -> Result<Option<CsvRecord<'_>>, CsvFault> {
        let found = loop {
            self.pass_over_empty_lines();
            let (rest, is_all) = (self.text.rest(), self.text.is_all());
            if rest.is_empty() && is_all {
                return Ok(None);
            }
            match split(rest, self.delimiter, is_all, &mut self.cells) {
                Some(found) => break found,
                None if rest.len() > RECORD_LIMIT => {
                    let byte = self.text.byte();
                    self.text.give_up();
                    return Err(CsvFault::TooLong { byte, limit: RECORD_LIMIT });
                }
                None => self.more()?,
            }
        };
        let Split { length, with_end, is_plain } = found;
        let (begin, line) = (self.line, self.text.take(with_end));
        let (record, mut has_line_breaks) = (line.get(..length).unwrap_or_default(), false);
        self.line += u64::from(with_end > length);
        if !is_plain {
            let breaks = line_breaks(record);
            self.line += breaks;
            has_line_breaks = breaks > 0;
        }
        Ok(Some(CsvRecord {
            text: if is_plain { record } else { self.cells.copied() },
            begins: self.cells.begins(),
            between: match (is_plain, self.delimiter) {
                (true, b',') => Between::Commas,
                (true, _) => Between::OtherSigns,
                (false, _) => Between::CommasAsInside,
            },
            line: begin,
            has_line_breaks,
        }))
    }

    fn pass_over_empty_lines(&mut self) {
        let rest = self.text.rest();
        if rest.starts_with(['\r', '\n']) {
            let mut count = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
            // A line feed of the same end may be to come.
            count -= usize::from(count == rest.len() && rest.ends_with('\r') && !self.text.is_all());
            self.line += line_breaks(self.text.take(count));
        }
    }

    /// Reads on; says in which cell what is wrong stands.
    fn more(&mut self) -> Result<(), CsvFault> {
        self.text.more().map_err(|fault| {
            // What there is of the record that it stands in.
            split(self.text.rest(), self.delimiter, true, &mut self.cells);
            let cell = self.cells.begins().len().saturating_sub(1).max(1);
            self.text.give_up();
            fault.at(self.line, cell)
        })
    }
}

/// How many ends of lines there are: LF, CRLF or CR.
fn line_breaks(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let alone = memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n'));
    split::line_feeds(text) + alone.count() as u64
}

/// What stands between two cells.
#[derive(Clone, Copy, Debug)]
enum Between {
    /// Commas, which stand nowhere else.
    Commas,
    /// Commas, and there may be some in cells.
    CommasAsInside,
    /// Another sign.
    OtherSigns,
}

/// One record.
#[derive(Clone, Copy, Debug)]
pub struct CsvRecord<'r> {
    /// The cells, with one byte between two.
    text: &'r str,
    /// Where each cell begins, and where one more would.
    begins: &'r [u32],
    between: Between,
    line: u64,
    has_line_breaks: bool,
}

impl<'r> CsvRecord<'r> {
    /// How many cells it has; at least one.
    #[expect(clippy::len_without_is_empty, reason = "no record is without a cell")]
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.begins.len() - 1
    }

    /// A cell by its place, from 0.
    #[inline]
    #[must_use]
    pub fn cell(&self, at: usize) -> Option<&'r str> {
        let [begin, next] = *self.begins.get(at..)?.first_chunk()?;
        self.text.get(begin as usize..next as usize - 1)
    }

    /// The cells at some places; one that is not there is empty.
    #[must_use]
    pub fn cells_at<const COUNT: usize>(&self, places: &[usize; COUNT]) -> [&'r str; COUNT] {
        let mut cells = [""; COUNT];
        for (cell, place) in cells.iter_mut().zip(places) {
            *cell = self.cell(*place).unwrap_or_default();
        }
        cells
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let record = *self;
        (0..record.len()).filter_map(move |at| record.cell(at))
    }

    fn lengths(&self) -> impl ExactSizeIterator<Item = usize> + use<'r> {
        self.begins.windows(2).map(|cell| match cell {
            [begin, next] => (next - begin) as usize - 1,
            _ => 0,
        })
    }

    /// The line of the file, from 1, that it begins in.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// True if one of the cells may hold the end of a line; false if none does.
    #[must_use]
    pub fn has_line_breaks(&self) -> bool {
        self.has_line_breaks
    }

    /// That of its cells, however they are quoted.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        match self.between {
            Between::Commas => Fingerprint::of_plain(self.text),
            Between::CommasAsInside => Fingerprint::of_joined(self.text, self.lengths()),
            Between::OtherSigns => Fingerprint::of(self.cells()),
        }
    }
}

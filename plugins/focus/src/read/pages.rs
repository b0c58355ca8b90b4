//! How far the pages of a Parquet file inflate, by what stands before each of them: the library makes room for a page before
//! it inflates it.
//!
//! Headers are Thrift's compact protocol: the second field of a page's is its size once inflated, the third the size it has
//! in the file. What cannot be read here is left to the library, which says what is wrong with it.

use parquet::file::metadata::ParquetMetaData;
use ratebook_plugin::Problem;

use super::budget::Budget;

/// The largest page; programs write pages of a few MiB.
const LARGEST: u64 = 128 << 20;

/// How deep the fields of a header may nest.
const DEPTH: u32 = 8;

/// Refuses a file whose pages of these columns inflate to more than it may hold.
pub(super) fn check(
    bytes: &[u8],
    metadata: &ParquetMetaData,
    leaves: &[usize],
    budget: &Budget,
) -> Result<(), Problem> {
    let mut inflated = 0;
    for group in metadata.row_groups() {
        for leaf in leaves {
            let Some(chunk) = group.columns().get(*leaf) else { continue };
            let (start, length) = chunk.byte_range();
            let end = start.saturating_add(length);
            let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
            let mut rest = range.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default();
            while let Some((before, page)) = Page::at(rest) {
                inflated += page.inflated;
                if page.inflated > LARGEST {
                    return Err(Problem::data(format!(
                        "a page of the file inflates to {} bytes, at most {LARGEST} are taken",
                        page.inflated
                    )));
                }
                budget.within(inflated)?;
                let next = usize::try_from(page.bytes).ok().and_then(|bytes| before.checked_add(bytes));
                rest = next.and_then(|next| rest.get(next..)).unwrap_or_default();
            }
        }
    }
    Ok(())
}

/// What a page's header says of its sizes.
struct Page {
    inflated: u64,
    bytes: u64,
}

impl Page {
    /// The header at the beginning of some bytes, and its own length.
    fn at(bytes: &[u8]) -> Option<(usize, Page)> {
        let mut reading = Reading { rest: bytes };
        let (mut inflated, mut own) = (None, None);
        let mut last = 0;
        while let Some((id, kind)) = reading.field(last)? {
            match (id, kind) {
                (2, INT32) => inflated = Some(reading.signed()?),
                (3, INT32) => own = Some(reading.signed()?),
                _ => reading.skip(kind, DEPTH)?,
            }
            last = id;
        }
        let page = Page { inflated: u64::try_from(inflated?).ok()?, bytes: u64::try_from(own?).ok()? };
        Some((bytes.len() - reading.rest.len(), page))
    }
}

const INT32: u8 = 5;

struct Reading<'b> {
    rest: &'b [u8],
}

impl Reading<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number whose sign is its last bit.
    fn signed(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn over(&mut self, count: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// The next field of a structure: its id and type; `Some(None)` at its end.
    fn field(&mut self, last: i64) -> Option<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        let id = match byte >> 4 {
            0 => self.signed()?,
            more => last.checked_add(i64::from(more))?,
        };
        Some(Some((id, byte & 0x0f)))
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            1 | 2 => Some(()),
            3 => self.over(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.over(8),
            8 => self.varint().and_then(|length| self.over(length)),
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                self.skip_many(count, &[head & 0x0f], depth)
            }
            11 => {
                let count = self.varint()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                self.skip_many(count, &[kinds >> 4, kinds & 0x0f], depth)
            }
            12 => {
                let mut last = 0;
                while let Some((id, kind)) = self.field(last)? {
                    self.skip(kind, depth)?;
                    last = id;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn skip_many(&mut self, count: u64, kinds: &[u8], depth: u32) -> Option<()> {
        for _ in 0..count {
            for kind in kinds {
                // In a list a truth value takes a byte.
                self.skip(if *kind <= 2 { 3 } else { *kind }, depth)?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_other_fields_are_passed_over() {
        // type 0, inflated 300, compressed 20, a crc, a structure with a list, a text and a truth value, the end.
        let header = [
            0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x28, 0x15, 0x07, 0x1c, 0x19, 0x25, 0x02, 0x04, 0x18, 0x02,
            b'a', b'b', 0x11, 0x00, 0x00, 0xff,
        ];
        let (length, page) = Page::at(&header).unwrap();
        assert_eq!((length, page.inflated, page.bytes), (header.len() - 1, 300, 20));
        for end in 0..header.len() - 1 {
            assert!(Page::at(&header[..end]).is_none(), "cut to {end}");
        }
        // A size below zero, a size that is missing, nests without end, an endless text.
        assert!(Page::at(&[0x25, 0x01, 0x15, 0x02, 0x00]).is_none());
        assert!(Page::at(&[0x25, 0x02, 0x00]).is_none());
        assert!(Page::at(&[0x1c; 64]).is_none());
        assert!(Page::at(&[0x18, 0xff, 0xff, 0xff, 0xff, 0x0f]).is_none());
    }
}

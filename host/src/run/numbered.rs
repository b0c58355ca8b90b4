//! Texts about single lines of usage: written part by part, read again through all parts by the lines' numbers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};

use super::laid::Halt;
use crate::failure::Failure;
use crate::rating::{Spill, SpillFile};

/// The texts of a part, on their way: before each stand its line's number and its length.
pub(super) struct NumberedFile {
    file: SpillFile,
    text: Vec<u8>,
}

impl NumberedFile {
    /// Begins a file.
    pub(super) fn new(spill: &Spill, kind: &str, part: u32) -> Result<NumberedFile, Failure> {
        Ok(NumberedFile { file: spill.write(kind, part)?, text: Vec::new() })
    }

    /// Writes the next text, whose number is above those before it.
    pub(super) fn push(
        &mut self,
        number: u64,
        write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        self.text.clear();
        write(&mut self.text)
            .and_then(|()| self.file.write_all(&number.to_le_bytes()))
            .and_then(|()| self.file.write_all(&(self.text.len() as u64).to_le_bytes()))
            .and_then(|()| self.file.write_all(&self.text))
            .map_err(|error| self.file.unwritable(&error))
    }

    /// Writes what is in the buffer.
    pub(super) fn finish(self) -> Result<(), Failure> {
        self.file.finish()
    }
}

/// The texts of all parts, in the order of their lines' numbers.
pub(super) struct Numbered<'s> {
    spill: &'s Spill,
    kind: &'static str,
    files: Vec<BufReader<File>>,
    /// The next number of each part that has one.
    next: BinaryHeap<Reverse<(u64, u32)>>,
    text: Vec<u8>,
}

impl Numbered<'_> {
    /// Opens the files of a kind.
    pub(super) fn open<'s>(spill: &'s Spill, kind: &'static str, parts: u32) -> Result<Numbered<'s>, Halt> {
        let files: Result<_, Failure> = (0..parts).map(|part| spill.read(kind, part)).collect();
        let mut numbered = Numbered { spill, kind, files: files?, next: BinaryHeap::new(), text: Vec::new() };
        (0..parts).try_for_each(|part| numbered.look_at(part))?;
        Ok(numbered)
    }

    /// The next text.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Halt> {
        let Some(Reverse((_, part))) = self.next.pop() else { return Ok(None) };
        let read = number(&mut self.files[part as usize]).and_then(|bytes| {
            self.text.clear();
            let text = &mut self.files[part as usize];
            match text.take(bytes).read_to_end(&mut self.text)? as u64 == bytes {
                true => Ok(()),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        });
        read.map_err(|error| self.unreadable(part, &error))?;
        self.look_at(part)?;
        Ok(Some(&self.text))
    }

    /// Notes the next number of a part.
    fn look_at(&mut self, part: u32) -> Result<(), Halt> {
        let file = &mut self.files[part as usize];
        let read = file.fill_buf().map(<[u8]>::is_empty).and_then(|is_end| match is_end {
            true => Ok(None),
            false => number(file).map(Some),
        });
        let number = read.map_err(|error| self.unreadable(part, &error))?;
        self.next.extend(number.map(|number| Reverse((number, part))));
        Ok(())
    }

    fn unreadable(&self, part: u32, error: &io::Error) -> Halt {
        Halt::from(self.spill.unreadable(self.kind, part, error))
    }
}

fn number(file: &mut BufReader<File>) -> io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

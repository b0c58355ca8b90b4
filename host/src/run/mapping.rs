//! What a plugin asks of the host while it maps a payload; lines are checked on arrival, column by column, and written down.

use std::io::{self, Read};

use ratebook_line::{BETWEEN_TAGS, Block, Month, TextColumn, TextField};
use ratebook_plugin::batch::{BatchError, SkippedRecords, read_block};
use ratebook_plugin::call::{Call, FORMAT_DRIFT, HostServices, PAYLOAD_BODY, Reply};
use ratebook_plugin::{Payload, Problem, Records, Skip, WrongTexts};

use super::contents::NewContents;
use super::references::References;
use super::written::Written;
use crate::fetch::KeptBytes;
use crate::plugins::MapHost;
use crate::terminal::Voice;
use crate::unpack::{ContentDigest, Limits};

/// What the host does for `map`: gives the payload's bytes, takes lines and skipped records.
pub(super) struct MapServices<'m> {
    pub(super) payload: KeptBytes,
    /// How much the payload may hold.
    pub(super) limits: Limits,
    pub(super) references: References<'m>,
    pub(super) vendor: &'m str,
    pub(super) month: Month,
    pub(super) contents: &'m mut NewContents,
    pub(super) written: Written<'m>,
    pub(super) records: Records,
    pub(super) wrong_texts: WrongTexts,
    pub(super) voice: &'m Voice,
}

/// What a record is called that was skipped because of `duplicates = "drop"`.
const IN_EARLIER: &str = "a record of an earlier payload once more";

impl MapServices<'_> {
    fn take_block(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let mut block = read_block(bytes, self.month).map_err(broken)?;
        let kept = self.contents.kept(block.lines.rows(), &block.fingerprints, &block.duplicates);
        self.check(&block.lines, kept.as_deref())?;
        self.contents.lines(&block, kept.as_deref())?;
        if let Some(kept) = &kept {
            let dropped = (0..kept.len()).filter(|row| !kept[*row]);
            let dropped = dropped.map(|row| block.lines.records().get(row)).collect();
            self.written.skipped(&SkippedRecords::alike(dropped, Skip::Duplicate, IN_EARLIER))?;
            block.lines = block.lines.keeping(kept);
        }
        let mut lines = block.lines;
        self.complete(&mut lines);
        // Told with all others at the end: nothing of the payload is used then.
        self.wrong_texts.look_at(&lines).map_err(broken)?;
        self.written.lines(&lines)?;
        let skipped = &block.skipped;
        let records = (0..skipped.rows()).map(|row| skipped.records().get(row));
        let accounted = self.records.account_all(records);
        accounted.map_err(|(_, what)| Problem::data(what))?;
        self.written.skipped(skipped)
    }

    /// Refuses lines for the first record that is wrong: each counts once and is of the month; no line has an empty tag,
    /// for nobody would read it again. What is not kept is only counted.
    fn check(&mut self, lines: &Block, kept: Option<&[bool]>) -> Result<(), Problem> {
        let rows = lines.rows();
        let record = |row: usize| lines.records().get(row);
        let first = |field: TextField, marked: &[bool]| {
            let ids = &lines.text(field).ids;
            match kept {
                None => ids.first_marked(rows, marked),
                Some(kept) => (0..rows).find(|row| kept[*row] && marked[ids.get(*row) as usize]),
            }
        };
        // Records that do not come out even must not be billed, whoever got it wrong.
        let accounted = self.records.account_all((0..rows).map(record));
        let accounted = accounted.err().map(|(row, what)| (row, Problem::data(what)));
        let months = lines.months().map_err(broken)?;
        let others: Vec<bool> = months.iter().map(|month| *month != self.month).collect();
        let of_another = first(TextField::UsageMonth, &others).map(|row| {
            let found = lines.text(TextField::UsageMonth).get(row);
            (row, Problem::data(format!("record {} is of {found}, not of {}", record(row), self.month)))
        });
        let tags = lines.text(TextField::Tags).texts.iter();
        let with_empty: Vec<bool> =
            tags.map(|tags| !tags.is_empty() && tags.split(BETWEEN_TAGS).any(str::is_empty)).collect();
        let empty_tag = first(TextField::Tags, &with_empty)
            .map(|row| (row, Problem::plugin(format!("record {} has an empty tag", record(row)))));
        match [accounted, of_another, empty_tag].into_iter().flatten().min_by_key(|(row, _)| *row) {
            None => Ok(()),
            Some((_, problem)) => Err(problem),
        }
    }

    /// Adds what the host says of lines.
    fn complete(&self, lines: &mut Block) {
        let Written { source, file, .. } = &self.written;
        for (field, text) in [
            (TextField::Source, source.name.as_str()),
            (TextField::Vendor, self.vendor),
            (TextField::Payload, &file.sha256),
        ] {
            lines.set_text(field, TextColumn::same(text));
        }
        for (field, text) in [(TextField::Tenant, &source.tenant), (TextField::Customer, &source.customer)] {
            if let Some(text) = text {
                let mut column = lines.text(field).clone();
                column.fill(text);
                lines.set_text(field, column);
            }
        }
    }
}
impl MapServices<'_> {
    /// Reads what is left of the payload, so that its digest is checked, and counts the records. `content` is what the payload
    /// holds, by the worker's word.
    pub(super) fn finish(mut self, content: ContentDigest) -> Result<u64, Problem> {
        io::copy(&mut self.payload, &mut io::sink()).map_err(|error| Payload::read_error(&error))?;
        self.references.finish()?;
        self.wrong_texts.refuse()?;
        let records = self.records.finish().map_err(Problem::data)?;
        self.contents.end_payload(self.written.file, &content.to_string(), records);
        Ok(records)
    }
}

impl MapHost for MapServices<'_> {
    fn inflated(&mut self, bytes: u64) {
        // Whoever says so may lie, but not beyond what the payload can hold.
        self.written.read = bytes.min(self.limits.most(self.payload.read_so_far()));
    }
}

impl HostServices for MapServices<'_> {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        match call {
            Call::Block => self.take_block(bytes).map(|()| Reply::Done),
            Call::Read { body: PAYLOAD_BODY, limit } => read_part(&mut self.payload, limit, bytes),
            Call::Read { body, limit } => read_part(self.references.reader(body)?, limit, bytes),
            Call::References { format } => self.references.of_format(&format),
            Call::Log { text, code: Some(code), .. } if code == FORMAT_DRIFT => {
                self.voice.warn(Some(FORMAT_DRIFT), &text);
                Ok(Reply::Done)
            }
            Call::Log { level, text, .. } => {
                self.voice.log(level, &text);
                Ok(Reply::Done)
            }
            Call::Progress { text } => {
                self.voice.progress(&text);
                Ok(Reply::Done)
            }
            other => Err(Problem::plugin(format!("mapping a payload must not ask for anything ({other:?})"))),
        }
    }
}

/// Appends the next bytes of a payload; none of them at its end.
fn read_part(from: &mut impl Read, limit: u32, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
    let count = from.take(u64::from(limit)).read_to_end(bytes);
    let count = count.map_err(|error| Payload::read_error(&error))?;
    Ok(Reply::Bytes(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn broken(error: impl Into<BatchError>) -> Problem {
    Problem::plugin(error.into().to_string())
}

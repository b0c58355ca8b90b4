//! What `map` hands over: lines, and records skipped with a reason.

use std::collections::{BTreeSet, HashMap};

use ratebook_line::MOST_ROWS;

use crate::batch::{BlockBatch, check_tags};
use crate::border::skipped_name;
use crate::call::{Call, FORMAT_DRIFT, HostServices, Level};
use crate::duplicates::Duplicates;
use crate::fingerprint::Fingerprint;
use crate::line::Line;
use crate::problem::Problem;
use crate::skip::Skip;

/// Bytes of text that cross together, but for one line that has more.
const TEXT_PER_BATCH: usize = 4 << 20;
/// Bytes of memory that texts take until then.
const MEMORY_PER_BATCH: usize = 16 << 20;

/// Where `map` puts what it makes; crosses to the host in blocks.
pub struct Lines<'h> {
    services: &'h mut dyn HostServices,
    block: BlockBatch,
    noted: BTreeSet<String>,
    /// The record that was looked at last, if it is neither pushed nor skipped yet: what it is compared by, and what becomes
    /// of it if it is there again.
    looked_at: Option<(u64, Fingerprint, Duplicates)>,
    /// Those before it of which the same is true. Most plugins push a record right after they have looked at it.
    looked_at_before: HashMap<u64, (Fingerprint, Duplicates)>,
}

impl<'h> Lines<'h> {
    /// Lines for a host.
    pub fn new(services: &'h mut dyn HostServices) -> Self {
        Lines {
            services,
            block: BlockBatch::default(),
            noted: BTreeSet::new(),
            looked_at: None,
            looked_at_before: HashMap::new(),
        }
    }

    /// Notes what the line of a record is compared by when it is pushed.
    pub(crate) fn look_at(&mut self, row: u64, fingerprint: Fingerprint, duplicates: Duplicates) {
        match self.looked_at.replace((row, fingerprint, duplicates)) {
            Some((before, fingerprint, duplicates)) if before != row => {
                self.looked_at_before.insert(before, (fingerprint, duplicates));
            }
            _ => {}
        }
    }

    /// What was noted of a record, if it was looked at.
    fn noted_of(&mut self, row: u64) -> Option<(Fingerprint, Duplicates)> {
        match self.looked_at {
            Some((last, fingerprint, duplicates)) if last == row => {
                self.looked_at = None;
                Some((fingerprint, duplicates))
            }
            _ if self.looked_at_before.is_empty() => None,
            _ => self.looked_at_before.remove(&row),
        }
    }

    /// Hands over a line.
    ///
    /// # Errors
    /// If the host is gone, or a tag would be two.
    pub fn push(&mut self, line: &Line<'_>) -> Result<(), Problem> {
        line.check_lengths()?;
        check_tags(line.row, &line.tags)?;
        let looked_at = self.noted_of(line.row);
        let (mut fingerprint, mut duplicates) = (line.fingerprint, line.duplicates);
        if let (None, Some((of_record, said))) = (fingerprint, looked_at) {
            (fingerprint, duplicates) = (Some(of_record), said);
        }
        self.block.push(line, fingerprint, duplicates);
        self.send_if_full()
    }

    /// Says that a record is not a line, and why; `what` names it for people (a tenant, a meter).
    ///
    /// # Errors
    /// If the host is gone.
    pub fn skip(&mut self, row: u64, reason: Skip, what: &str) -> Result<(), Problem> {
        self.noted_of(row);
        self.block.skip(row, reason, &skipped_name(what));
        self.send_if_full()
    }

    /// Tells the operator something about the payload; the same text is told once.
    ///
    /// # Errors
    /// If the host is gone.
    pub fn log(&mut self, level: Level, text: impl Into<String>) -> Result<(), Problem> {
        self.tell(level, text.into(), None)
    }

    /// Warns that the vendor's format is not what it was: a field that is new, or one that is gone. Name it, and no record,
    /// so that the operator is told once for each field. [`crate::Shape`] does so.
    ///
    /// # Errors
    /// If the host is gone.
    pub fn drifted(&mut self, text: impl Into<String>) -> Result<(), Problem> {
        self.tell(Level::Warning, text.into(), Some(FORMAT_DRIFT.to_owned()))
    }

    fn tell(&mut self, level: Level, text: String, code: Option<String>) -> Result<(), Problem> {
        if !self.noted.insert(text.clone()) {
            return Ok(());
        }
        self.services.call(Call::Log { level, text, code }, &mut Vec::new()).map(|_| ())
    }

    /// Hands over what is still here. The host's adapter calls it after `map`.
    ///
    /// # Errors
    /// If the host is gone.
    pub fn finish(mut self) -> Result<(), Problem> {
        self.send()
    }

    fn send_if_full(&mut self) -> Result<(), Problem> {
        let is_full = self.block.rows() >= MOST_ROWS
            || self.block.text() >= TEXT_PER_BATCH
            || self.block.memory() >= MEMORY_PER_BATCH;
        if is_full { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), Problem> {
        if self.block.rows() == 0 {
            return Ok(());
        }
        self.services.call(Call::Block, &mut self.block.take()).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use ratebook_line::LONGEST_NAME;

    use super::*;
    use crate::call::Reply;

    /// Counts batches and the longest of them.
    #[derive(Default)]
    struct Batches(usize, usize);

    impl HostServices for Batches {
        fn call(&mut self, _: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
            *self = Batches(self.0 + 1, self.1.max(bytes.len()));
            Ok(Reply::Done)
        }
    }

    #[test]
    fn a_text_that_no_field_takes_does_not_go_on_its_way() {
        let (mut host, sku) = (Batches::default(), "x".repeat(100 << 20));
        let mut lines = Lines::new(&mut host);
        let refused = lines.push(&Line { sku_id: Some(&sku), ..Line::at(7) }).unwrap_err();
        assert_eq!(refused.kind, crate::problem::ProblemKind::Data);
        assert!(refused.message.starts_with("record 7: skuId: ") && refused.message.len() < 500, "{refused}");
        assert!(refused.message.contains("(104857600 bytes)"), "{refused}");
        let two = lines.push(&Line { tags: vec!["a\u{1f}b"], ..Line::at(8) }).unwrap_err();
        assert!(two.message.contains("U+001F"), "{two}");
        drop(lines);
        assert_eq!(host.0, 0);
    }

    #[test]
    fn what_is_the_same_in_many_lines_crosses_once() {
        let (mut host, name) = (Batches::default(), "x".repeat(LONGEST_NAME));
        let mut lines = Lines::new(&mut host);
        for row in 1..=100_000 {
            lines.push(&Line { sku_name: Some(&name), ..Line::at(row) }).unwrap();
        }
        lines.finish().unwrap();
        let Batches(count, longest) = host;
        assert!(count == 2 && longest < 5000, "{count} batches, {longest} bytes");
    }

    #[test]
    fn long_texts_cross_in_more_batches() {
        let mut host = Batches::default();
        let mut lines = Lines::new(&mut host);
        for row in 1..=6000 {
            let name = format!("{row:0LONGEST_NAME$}");
            lines.push(&Line { sku_name: Some(&name), ..Line::at(row) }).unwrap();
            lines.skip(row, Skip::Zero, &name).unwrap();
        }
        lines.finish().unwrap();
        let Batches(count, longest) = host;
        assert!(count >= 6 && longest < 5 << 20, "{count} batches, {longest} bytes");
    }
}

//! What is written down of a payload while it is mapped: its lines and skipped records, counted, and no more than such a
//! payload can lead to.

use ratebook_line::{Block, TextField};
use ratebook_plugin::batch::{BatchError, SkippedRecords};
use ratebook_plugin::{Problem, ProblemKind};

use super::costs::add_costs;
use super::counts::Counts;
use crate::config::Source;
use crate::failure::Failure;
use crate::fetch::PayloadFile;
use crate::store::{LinesWriter, SkippedWriter};

/// What is written down of a payload.
pub(super) struct Written<'m> {
    pub(super) source: &'m Source,
    pub(super) file: &'m PayloadFile,
    pub(super) lines: &'m mut LinesWriter,
    pub(super) skipped: &'m mut SkippedWriter,
    pub(super) counts: &'m mut Counts,
    /// Bytes of the payload that were read, inflated.
    pub(super) read: u64,
    /// Bytes that were written for it.
    pub(super) bytes: u64,
}

/// What a row counts for beside the distinct texts of its block.
const BYTES_PER_ROW: u64 = 300;

impl Written<'_> {
    pub(super) fn lines(&mut self, lines: &Block) -> Result<(), Problem> {
        self.counts.lines += lines.rows() as u64;
        let currencies =
            lines.currencies().map_err(|error| Problem::plugin(BatchError::from(error).to_string()))?;
        add_costs(&mut self.counts.costs, lines, &currencies).map_err(|(row, error)| {
            let record = lines.records().get(row);
            Problem::data(format!("record {record}: the sum of the vendor's costs: {error}"))
        })?;
        let texts = TextField::ALL.into_iter().map(|field| lines.text(field).texts.bytes());
        self.is_within(lines.rows(), texts.sum())?;
        self.lines.push(lines).map_err(|failure| unwritten(&failure))
    }

    pub(super) fn skipped(&mut self, skipped: &SkippedRecords) -> Result<(), Problem> {
        for (reason, count) in skipped.counts() {
            *self.counts.skipped.entry(reason.word().to_owned()).or_default() += count;
        }
        self.is_within(skipped.rows(), skipped.what().texts.bytes())?;
        self.skipped.push(&self.file.sha256, skipped).map_err(|failure| unwritten(&failure))
    }

    /// Refuses a payload that leads to too much: a few bytes of some formats stand for any number of rows.
    fn is_within(&mut self, rows: usize, texts: usize) -> Result<(), Problem> {
        self.bytes += rows as u64 * BYTES_PER_ROW + texts as u64;
        let most = self.source.limits.output(self.read);
        if self.bytes <= most {
            return Ok(());
        }
        let problem = Problem::data(format!(
            "the lines of this payload take more than {most} bytes, and it holds {}: that is no usage report",
            self.read
        ));
        let advice = format!(
            "If it is what it should be, set output = \"...\" under [source.{}.limits].",
            self.source.name
        );
        Err(problem.advise(advice))
    }
}

fn unwritten(failure: &Failure) -> Problem {
    Problem::new(ProblemKind::Storage, format!("cannot write: {}", failure.message))
}

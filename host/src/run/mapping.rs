//! What a plugin asks of the host while it maps a payload; each line is checked on arrival and written down.

use std::io::{self, Read};

use ratebook_line::{BillableLine, Month, Origin};
use ratebook_plugin::batch::{BatchError, read_lines, read_skipped};
use ratebook_plugin::call::{Call, FORMAT_DRIFT, HostServices, PAYLOAD_BODY, Reply};
use ratebook_plugin::{Line, Payload, Problem, ProblemKind, Skip, WrongTexts, skipped_name};

use super::contents::NewContents;
use super::normalize::Counts;
use super::records::Records;
use super::references::References;
use crate::config::Source;
use crate::failure::Failure;
use crate::fetch::{PayloadFile, PayloadReader};
use crate::store::{LinesWriter, SkippedRecord, SkippedWriter};
use crate::terminal::Voice;

/// What the host does for `map`: gives the payload's bytes, takes lines and skipped records.
pub(super) struct MapServices<'m> {
    pub(super) payload: PayloadReader,
    pub(super) references: References<'m>,
    pub(super) vendor: &'m str,
    pub(super) month: Month,
    pub(super) contents: &'m mut NewContents,
    pub(super) written: Written<'m>,
    pub(super) records: Records,
    pub(super) wrong_texts: WrongTexts,
    pub(super) voice: &'m Voice,
}

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

/// What a row counts for beside its texts.
const BYTES_PER_ROW: u64 = 200;

/// What a record is called that was skipped because of `duplicates = "drop"`.
const IN_EARLIER: &str = "a record of an earlier payload once more";

impl Written<'_> {
    fn line(&mut self, line: &BillableLine<'_>, row: u64) -> Result<(), Refused> {
        self.counts.lines += 1;
        self.counts.add_cost(line).map_err(|error| {
            Refused(Problem::data(format!("record {row}: the sum of the vendor's costs: {error}")))
        })?;
        self.lines.push_line(line).map_err(Refused::of_failure)?;
        let texts =
            [&line.tenant, &line.tenant_name, &line.partner, &line.customer, &line.sku_id, &line.sku_name];
        self.bytes += texts.into_iter().flatten().map(|text| text.len() as u64).sum::<u64>();
        self.is_within()
    }

    fn skipped(&mut self, row: u64, reason: Skip, what: &str) -> Result<(), Refused> {
        match self.counts.skipped.get_mut(reason.word()) {
            Some(count) => *count += 1,
            None => _ = self.counts.skipped.insert(reason.word().to_owned(), 1),
        }
        let what = skipped_name(what);
        let record =
            SkippedRecord { payload: &self.file.sha256, record: row, reason: reason.word(), what: &what };
        self.skipped.push(record).map_err(Refused::of_failure)?;
        self.bytes += what.len() as u64;
        self.is_within()
    }

    /// Refuses a payload that leads to too much: a few bytes of some formats stand for any number of rows.
    fn is_within(&mut self) -> Result<(), Refused> {
        self.bytes += BYTES_PER_ROW;
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
        Err(Refused(problem.advise(advice)))
    }
}

impl MapServices<'_> {
    fn take_lines(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let MapServices { vendor, month, contents, written, records, wrong_texts, .. } = self;
        read_lines(bytes, |line: Line<'_>| {
            let row = line.row;
            records.account(row).map_err(Refused::of_records)?;
            let (fingerprint, duplicates) = (line.fingerprint, line.duplicates);
            if contents.drops(fingerprint, duplicates) {
                return written.skipped(row, Skip::Duplicate, IN_EARLIER);
            }
            let source = written.source;
            let mut billable = BillableLine {
                source: Some(source.name.as_str().into()),
                vendor: Some((*vendor).into()),
                tenant: source.tenant.as_deref().map(Into::into),
                customer: source.customer.as_deref().map(Into::into),
                origin: Some(Origin { payload: written.file.sha256.as_str().into(), row }),
                ..BillableLine::new(*month)
            };
            line.write_to(&mut billable);
            if billable.usage_month != *month {
                let found = billable.usage_month;
                return Err(Refused(Problem::data(format!("record {row} is of {found}, not of {month}"))));
            }
            // Nobody would read such a line again.
            if billable.tags.iter().any(|tag| tag.is_empty()) {
                return Err(Refused(Problem::plugin(format!("record {row} has an empty tag"))));
            }
            // Told with all others at the end.
            if !wrong_texts.look(&billable, row) {
                return Ok(());
            }
            contents.line(row, fingerprint, duplicates).map_err(Refused)?;
            written.line(&billable, row)
        })
        .map_err(|Refused(problem)| problem)
    }

    fn take_skipped(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let MapServices { written, records, .. } = self;
        read_skipped(bytes, |row, reason, what| {
            records.account(row).map_err(Refused::of_records)?;
            written.skipped(row, reason, what)
        })
        .map_err(|Refused(problem)| problem)
    }

    /// Reads what the plugin left of the payload, so that its digest is checked, and counts the records.
    pub(super) fn finish(mut self) -> Result<u64, Problem> {
        io::copy(&mut self.payload, &mut io::sink()).map_err(|error| Payload::read_error(&error))?;
        self.references.finish()?;
        self.wrong_texts.refuse()?;
        let records = self.records.finish().map_err(Problem::data)?;
        let content = self
            .payload
            .content()
            .ok_or_else(|| Problem::new(ProblemKind::Storage, "the payload was not read to its end"))?;
        self.contents.end_payload(self.written.file, content, records);
        Ok(records)
    }
}

impl HostServices for MapServices<'_> {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        match call {
            Call::Lines => self.take_lines(bytes).map(|()| Reply::Done),
            Call::Skipped => self.take_skipped(bytes).map(|()| Reply::Done),
            Call::Read { body: PAYLOAD_BODY, limit } => {
                let reply = read_part(&mut self.payload, limit, bytes)?;
                if let Reply::Bytes(count) = reply {
                    self.written.read += u64::from(count);
                }
                Ok(reply)
            }
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
fn read_part(from: &mut PayloadReader, limit: u32, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
    let count = from.take(u64::from(limit)).read_to_end(bytes);
    let count = count.map_err(|error| Payload::read_error(&error))?;
    Ok(Reply::Bytes(u32::try_from(count).unwrap_or(u32::MAX)))
}

/// Why a line is not taken.
struct Refused(Problem);

impl Refused {
    /// Records that do not come out even: what must not be billed, whoever got it wrong.
    fn of_records(message: String) -> Refused {
        Refused(Problem::data(message))
    }

    fn of_failure(failure: Failure) -> Refused {
        Refused(Problem::new(ProblemKind::Storage, format!("cannot write: {}", failure.message)))
    }
}

impl From<BatchError> for Refused {
    fn from(error: BatchError) -> Refused {
        Refused(Problem::plugin(error.to_string()))
    }
}

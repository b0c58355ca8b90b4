//! From payloads to billable lines: the plugin maps, the host checks each line on arrival and writes it down.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use ratebook_line::{BillableLine, Currency, Decimal, JsonLineWriter, Month, NumberError, Origin};
use ratebook_plugin::batch::{BatchError, read_lines, read_skipped};
use ratebook_plugin::call::{Call, HostServices, PAYLOAD_BODY, Reply};
use ratebook_plugin::{Line, Payload, Problem, ProblemKind, Skip};
use serde::{Deserialize, Serialize};

use super::contents::{Contents, NewContents, again};
use super::records::Records;
use super::references::References;
use super::{Stages, source_failure};
use crate::config::Source;
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::{PayloadFile, PayloadReader, Payloads};
use crate::files::{Draft, Published, digest};
use crate::plugins::PluginError;
use crate::terminal::Voice;

/// What became of a source's payloads.
#[derive(Debug)]
pub(crate) struct Normalized {
    /// The source's name.
    pub source: String,
    /// The file of lines.
    pub lines: Published,
    /// The file of skipped records.
    pub skipped: Published,
    /// The files of what its payloads hold.
    pub contents: [Published; 2],
    /// How much there was.
    pub counts: Counts,
    /// The payloads it came from.
    pub payloads: Payloads,
}

/// How much there was in a source's payloads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// What the vendor charges for the lines, as far as it says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: BTreeMap<Currency, Decimal>,
    /// Billable lines.
    pub lines: u64,
    /// Records of all payloads.
    pub records: u64,
    /// Skipped records by reason.
    pub skipped: BTreeMap<String, u64>,
}

impl Stages<'_> {
    /// Maps the payloads of every source, which must be here.
    ///
    /// # Errors
    /// For every source that failed; nothing of it is published.
    pub(crate) fn normalize(&self) -> Result<Vec<Normalized>, Failures> {
        let result = self.for_each_source(|source| {
            let payloads = self.archived(source)?;
            Ok(self.normalize_source(source, &payloads, &self.terminal.voice(&source.name))?)
        });
        let normalized = result.map_err(|Failures(mut failed)| {
            if let Some(first) = failed.first_mut() {
                first.notes.push("No bill was written.".to_owned());
            }
            Failures(failed)
        })?;
        self.ask_about_twice()?;
        Ok(normalized)
    }

    /// What an earlier [`Stages::normalize`] has published.
    ///
    /// # Errors
    /// If it is not there or cannot be read; if anything of it would be billed twice and nobody has said what it is.
    pub(crate) fn normalized(&self) -> Result<Vec<Normalized>, Failures> {
        self.usage()?;
        let normalized = self.for_each_source(|source| {
            let published = |path: PathBuf| {
                let (sha256, bytes) =
                    digest(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
                Ok::<_, Failure>(Published { path, sha256, bytes, changed: false })
            };
            let (lines, skipped) =
                (published(self.folder.lines(&source.name))?, published(self.folder.skipped(&source.name))?);
            Ok(Normalized {
                source: source.name.clone(),
                counts: Counts::of_files(&lines.path, &skipped.path)?,
                contents: self.contents_of(source, &lines)?,
                lines,
                skipped,
                payloads: self.archived(source)?,
            })
        })?;
        self.ask_about_twice()?;
        Ok(normalized)
    }

    /// The files of what a source's payloads hold, which must be about these lines.
    fn contents_of(&self, source: &Source, lines: &Published) -> Result<[Published; 2], Failure> {
        let folder = &self.folder;
        let contents = Contents::read(folder, &source.name)?;
        if contents.is_none_or(|contents| contents.lines != lines.sha256) {
            let what = "what its payloads hold was not kept with these lines, so nobody knows whether anything is in them twice";
            let failure = Failure::new(Exit::Data, "E-DATA", what).of(&source.name, folder.month);
            return Err(failure.note("No bill was written.").fix(again(folder)));
        }
        let of = |path: PathBuf| {
            let (sha256, bytes) = digest(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
            Ok::<_, Failure>(Published { path, sha256, bytes, changed: false })
        };
        Ok([of(folder.contents(&source.name))?, of(folder.fingerprints(&source.name))?])
    }

    fn normalize_source(
        &self,
        source: &Source,
        payloads: &Payloads,
        voice: &Voice,
    ) -> Result<Normalized, Failure> {
        let folder = &self.folder;
        let mut lines = Draft::new(&folder.lines(&source.name))?;
        let mut skipped = Draft::new(&folder.skipped(&source.name))?;
        let mut contents = NewContents::new(folder, &source.name, &source.plugin)?;
        let mut counts = Counts::default();
        let plugin = self.plugin(source)?;
        let failed = |error: &PluginError| source_failure(error, source, Some(folder.month));
        let about = plugin.about().map_err(|error| failed(&error))?;
        let config = source.plugin_config(about.default_url.as_deref());
        let looked_up = |file: &PayloadFile| {
            about.formats.iter().any(|format| format.reference && format.id == file.format)
        };
        for file in payloads.files().iter().filter(|file| !looked_up(file)) {
            voice.progress(&format!("mapping {}", file.file));
            let place = format!("payloads/{}/{}", source.name, file.file);
            let refused =
                |problem| Failure::from_problem(problem).of(&source.name, folder.month).at(place.clone());
            let references = References::beside(file, payloads, source.http.limits());
            let mut services = MapServices {
                payload: payloads.read(file, source.http.limits()).map_err(refused)?,
                references,
                source,
                vendor: &about.id,
                month: folder.month,
                file,
                lines: JsonLineWriter::new(&mut lines),
                skipped: &mut skipped,
                records: Records::default(),
                contents: &mut contents,
                counts: &mut counts,
                voice,
            };
            plugin.map(&config, folder.month, &file.format, &file.name, &mut services).map_err(|error| {
                let failure = failed(&error);
                if failure.place.is_some() { failure } else { failure.at(place.clone()) }
            })?;
            let records = services.finish().map_err(refused)?;
            counts.records += records;
        }
        if counts.lines == 0 && !source.expect_empty {
            let problem = Problem::empty(nothing_billable(&counts));
            return Err(Failure::from_problem(problem)
                .of(&source.name, folder.month)
                .note("A month without usage is more often a mistake than true.")
                .fix(format!("If it is right, set expect_empty = true under [source.{}].", source.name)));
        }
        let (lines, skipped) = (folder.publish(lines)?, folder.publish(skipped)?);
        Ok(Normalized {
            source: source.name.clone(),
            contents: contents.publish(folder, &source.name, &lines)?,
            lines,
            skipped,
            counts,
            payloads: payloads.clone(),
        })
    }
}

impl Counts {
    /// Counts what an earlier run has written.
    fn of_files(lines: &Path, skipped: &Path) -> Result<Counts, Failure> {
        #[derive(Deserialize)]
        struct Reason {
            reason: String,
        }
        let mut counts = Counts::default();
        each_line(lines, |text| {
            counts.lines += 1;
            counts.add_cost(&serde_json::from_str(text)?).map_err(io::Error::other)
        })?;
        let mut reasons = BTreeMap::new();
        each_line(skipped, |line| {
            let Reason { reason } = serde_json::from_str(line)?;
            *reasons.entry(reason).or_insert(0) += 1;
            Ok(())
        })?;
        counts.records = counts.lines + reasons.values().sum::<u64>();
        counts.skipped = reasons;
        Ok(counts)
    }
}

impl Counts {
    fn add_cost(&mut self, line: &BillableLine<'_>) -> Result<(), NumberError> {
        if let (Some(cost), Some(currency)) = (line.total_cost, line.currency) {
            let sum = self.costs.entry(currency).or_insert(Decimal::ZERO);
            *sum = sum.checked_add(cost)?;
        }
        Ok(())
    }
}

fn each_line(path: &Path, mut take: impl FnMut(&str) -> io::Result<()>) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::storage(path, "read", &error);
    let mut input = BufReader::with_capacity(256 << 10, File::open(path).map_err(failed)?);
    let mut line = String::new();
    while input.read_line(&mut line).map_err(failed)? > 0 {
        take(&line).map_err(failed)?;
        line.clear();
    }
    Ok(())
}

fn nothing_billable(counts: &Counts) -> String {
    if counts.records == 0 {
        return "the payload holds no records".to_owned();
    }
    let reasons: Vec<String> =
        counts.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    format!("all {} records were skipped ({})", counts.records, reasons.join(", "))
}

/// What the host does for `map`: gives the payload's bytes, takes lines and skipped records.
struct MapServices<'m> {
    payload: PayloadReader,
    references: References<'m>,
    source: &'m Source,
    vendor: &'m str,
    month: Month,
    file: &'m PayloadFile,
    lines: JsonLineWriter<&'m mut Draft>,
    skipped: &'m mut Draft,
    records: Records,
    contents: &'m mut NewContents,
    counts: &'m mut Counts,
    voice: &'m Voice,
}

/// What a record is called that was skipped because of `duplicates = "drop"`.
const IN_EARLIER: &str = "a record of an earlier payload once more";

/// A skipped record as it is written down.
#[derive(Serialize)]
struct SkippedRecord<'a> {
    payload: &'a str,
    row: u64,
    reason: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    what: &'a str,
}

impl MapServices<'_> {
    fn take_lines(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let MapServices { source, vendor, month, file, lines, skipped, records, contents, counts, .. } = self;
        read_lines(bytes, |line: Line<'_>| {
            let row = line.row;
            records.account(row).map_err(Refused::of_records)?;
            let (fingerprint, duplicates) = (line.fingerprint, line.duplicates);
            if contents.drops(fingerprint, duplicates) {
                return skip(skipped, counts, file, row, Skip::Duplicate, IN_EARLIER);
            }
            let mut billable = BillableLine {
                source: Some(source.name.as_str().into()),
                vendor: Some((*vendor).into()),
                tenant: source.tenant.as_deref().map(Into::into),
                customer: source.customer.as_deref().map(Into::into),
                origin: Some(Origin { payload: file.sha256.as_str().into(), row }),
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
            contents.line(row, fingerprint, duplicates).map_err(Refused)?;
            counts.lines += 1;
            counts.add_cost(&billable).map_err(|error| {
                Refused(Problem::data(format!("record {row}: the sum of the vendor's costs: {error}")))
            })?;
            lines.write(&billable).map_err(|error| Refused::of_storage(&error))
        })
        .map_err(|Refused(problem)| problem)
    }

    fn take_skipped(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let MapServices { file, skipped, records, counts, .. } = self;
        read_skipped(bytes, |row, reason, what| {
            records.account(row).map_err(Refused::of_records)?;
            skip(skipped, counts, file, row, reason, what)
        })
        .map_err(|Refused(problem)| problem)
    }

    /// Reads what the plugin left of the payload, so that its digest is checked, and counts the records.
    fn finish(mut self) -> Result<u64, Problem> {
        std::io::copy(&mut self.payload, &mut std::io::sink())
            .map_err(|error| Payload::read_error(&error))?;
        self.references.finish()?;
        let records = self.records.finish().map_err(Problem::data)?;
        let content = self
            .payload
            .content()
            .ok_or_else(|| Problem::new(ProblemKind::Storage, "the payload was not read to its end"))?;
        self.contents.end_payload(self.file, content, records);
        Ok(records)
    }
}

impl HostServices for MapServices<'_> {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        match call {
            Call::Lines => self.take_lines(bytes).map(|()| Reply::Done),
            Call::Skipped => self.take_skipped(bytes).map(|()| Reply::Done),
            Call::Read { body: PAYLOAD_BODY, limit } => read_part(&mut self.payload, limit, bytes),
            Call::Read { body, limit } => read_part(self.references.reader(body)?, limit, bytes),
            Call::References { format } => self.references.of_format(&format),
            Call::Log { level, text } => {
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

/// Writes a skipped record down.
fn skip(
    to: &mut Draft,
    counts: &mut Counts,
    file: &PayloadFile,
    row: u64,
    reason: Skip,
    what: &str,
) -> Result<(), Refused> {
    match counts.skipped.get_mut(reason.word()) {
        Some(count) => *count += 1,
        None => _ = counts.skipped.insert(reason.word().to_owned(), 1),
    }
    let record = SkippedRecord { payload: &file.sha256, row, reason: reason.word(), what };
    serde_json::to_writer(&mut *to, &record)
        .map_err(std::io::Error::from)
        .and_then(|()| to.write_all(b"\n"))
        .map_err(|error| Refused::of_storage(&error))
}

/// Why a line is not taken.
struct Refused(Problem);

impl Refused {
    /// Records that do not come out even: what must not be billed, whoever got it wrong.
    fn of_records(message: String) -> Refused {
        Refused(Problem::data(message))
    }

    fn of_storage(error: &std::io::Error) -> Refused {
        Refused(Problem::new(ProblemKind::Storage, format!("cannot write: {error}")))
    }
}

impl From<BatchError> for Refused {
    fn from(error: BatchError) -> Refused {
        Refused(Problem::plugin(error.to_string()))
    }
}

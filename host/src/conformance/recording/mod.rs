//! Kept payloads made fixtures: names, ids and addresses replaced, so that they can be shown to others.
//!
//! What is replaced is found by the lines: a column or member that holds what lines carry as tenant, partner or customer
//! is replaced as a whole, for skipped records name people too. Afterwards the payload must still map to the same lines
//! but for these, and nothing of what was replaced may stand anywhere. Nothing is written before that is so.

mod document;
mod find;
mod pseudonyms;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ratebook_line::{BillableLine, Month};
use ratebook_plugin::testing::{Bodies, Mapped};
use ratebook_plugin::{About, Config, Problem};

use crate::config::Source;
use crate::failure::{Exit, Failure, Failures};
use crate::fetch::{Payloads, Redactor};
use crate::plugins::Plugin;
use crate::run::source_failure;
use document::Document;
use find::Found;

/// More is no fixture: somebody is to read it.
const LONGEST: u64 = 32 << 20;

/// What is recorded, and how.
pub(crate) struct Recording<'r> {
    /// The plugin.
    pub plugin: Plugin<'r>,
    /// What it says of itself.
    pub about: About,
    /// The source whose payloads they are.
    pub source: &'r Source,
    /// Their month.
    pub month: Month,
    /// The payloads.
    pub payloads: &'r Payloads,
    /// Knows all secrets of the source.
    pub redactor: &'r Redactor,
    /// Further columns or members to replace.
    pub replace: &'r [String],
    /// Columns or members to leave as they are.
    pub keep: &'r [String],
    /// The fixture's folder.
    pub into: &'r Path,
}

/// What was recorded.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The folders, one for each payload that is mapped.
    pub folders: Vec<PathBuf>,
    /// Lines and skipped records.
    pub records: (usize, usize),
    /// How many values were replaced.
    pub values: usize,
    /// The columns or members that were replaced.
    pub replaced: BTreeSet<String>,
    /// Those that stand there as the vendor wrote them.
    pub left: BTreeSet<String>,
}

/// A payload on its way to a fixture.
struct Part {
    name: String,
    format: String,
    /// True if it is looked up while others are mapped.
    reference: bool,
    bytes: Vec<u8>,
}

impl Recording<'_> {
    /// Replaces, compares and writes.
    ///
    /// # Errors
    /// Everything that stands in the way; nothing is written then.
    pub(crate) fn write(&self) -> Result<Recorded, Failures> {
        let parts = self.parts()?;
        let config = self.source.plugin_config(None);
        let before = self.map(&parts, &config)?;
        let documents: Vec<Document<'_>> = parts
            .iter()
            .map(|part| Document::of(&part.bytes).map_err(|why| self.refused(why).at(&*part.name)))
            .collect::<Result<_, _>>()?;
        let lines: Vec<&BillableLine<'_>> = before.iter().flat_map(|mapped| &mapped.lines).collect();
        let mut found = Found::of(self, &documents, &lines)?;
        let mut replaced = Vec::new();
        for (part, document) in parts.iter().zip(&documents) {
            let bytes = document
                .rewrite(&mut |field, value| found.replacement(field, value))
                .map_err(|why| self.refused(why).at(&*part.name))?;
            replaced.push(Part { bytes, name: part.name.clone(), format: part.format.clone(), ..*part });
        }
        let config = Config { values: found.config(&config.values), ..config };
        let after = self.map(&replaced, &config)?;
        for (before, after) in before.iter().zip(&after) {
            same(before, after, !self.keep.is_empty()).map_err(|what| {
                self.refused(format!("with names and ids replaced it maps otherwise: {what}")).fix(
                    "A column that is no name was replaced, or must be too: --keep COLUMN, --replace COLUMN.",
                )
            })?;
        }
        let cases = write::cases(self, &documents, &replaced, &config.values, &after)?;
        let left_over: Vec<String> = cases
            .iter()
            .flat_map(|case| &case.files)
            .filter_map(|(name, bytes)| {
                let text = String::from_utf8_lossy(bytes);
                if self.redactor.finds(&text) {
                    return Some(format!("a secret of the source stands in {name}"));
                }
                found.left_over(&text).map(|what| format!("{name} still holds {what}"))
            })
            .collect();
        if !left_over.is_empty() {
            return Err(self
                .refused(left_over.join("\n"))
                .fix("Replace the column it stands in: --replace COLUMN; or say that it may stand there: --keep COLUMN.")
                .into());
        }
        write::write(&cases)?;
        let records = (
            before.iter().map(|mapped| mapped.lines.len()).sum(),
            before.iter().map(|mapped| mapped.skipped.len()).sum(),
        );
        Ok(Recorded {
            folders: cases.into_iter().map(|case| case.folder).collect(),
            records,
            values: found.pseudonyms.count(),
            replaced: found.replaced_fields(),
            left: found.left_fields(),
        })
    }

    fn refused(&self, message: impl Into<String>) -> Failure {
        Failure::new(Exit::Data, "E-DATA", message)
            .of(&self.source.name, self.month)
            .note("Nothing was written.")
    }

    fn parts(&self) -> Result<Vec<Part>, Failure> {
        let failed = |problem: Problem| Failure::from_problem(problem).of(&self.source.name, self.month);
        let mut parts = Vec::new();
        for file in self.payloads.files() {
            let reader = self.payloads.read(file, self.source.http.limits()).map_err(failed)?;
            let mut bytes = Vec::new();
            reader
                .take(LONGEST + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| failed(ratebook_plugin::Payload::read_error(&error)))?;
            if bytes.len() as u64 > LONGEST {
                return Err(
                    self.refused(format!("{} is longer than 32 MiB, and a fixture is to be read", file.file))
                );
            }
            let reference =
                self.about.formats.iter().any(|format| format.reference && format.id == file.format);
            parts.push(Part { name: file.file.clone(), format: file.format.clone(), reference, bytes });
        }
        Ok(parts)
    }

    /// What comes of each payload that is mapped.
    fn map(&self, parts: &[Part], config: &Config) -> Result<Vec<Mapped>, Failure> {
        let mapped = parts.iter().enumerate().filter(|(_, part)| !part.reference).map(|(at, part)| {
            let others = parts.iter().enumerate().filter(|(other, _)| *other != at);
            let bodies = others
                .fold(Bodies::of(&part.bytes), |bodies, (_, part)| bodies.beside(&part.format, &part.bytes));
            super::mapped(&self.plugin, config, self.month, &part.format, &part.name, bodies)
                .map_err(|error| source_failure(&error, self.source, Some(self.month)))
        });
        mapped.collect()
    }
}

/// Says where two mappings differ in what is billed; who it is for must differ (unless it may stay), the same by the same.
fn same(before: &Mapped, after: &Mapped, may_stay: bool) -> Result<(), String> {
    if before.lines.len() != after.lines.len() {
        return Err(format!("{} lines, {} before", after.lines.len(), before.lines.len()));
    }
    let mut there = BTreeMap::new();
    let mut back = BTreeMap::new();
    for (old, new) in before.lines.iter().zip(&after.lines) {
        let row = old.origin.as_ref().map_or(0, |origin| origin.row);
        for ((kind, old), (_, new)) in who(old).into_iter().zip(who(new)) {
            let (old, new) = (old.map(str::to_lowercase), new.map(str::to_lowercase));
            if old.is_some() && old == new && !may_stay {
                return Err(format!("record {row}: the {kind} is as it was"));
            }
            let is_new = there.insert((kind, old.clone()), new.clone()).is_none_or(|known| known == new);
            let is_own = back.insert((kind, new.clone()), old.clone()).is_none_or(|known| known == old);
            if !is_new || !is_own || old.is_some() != new.is_some() {
                return Err(format!("record {row}: the {kind} is not replaced by one and the same"));
            }
        }
        let nobody = |line: &BillableLine<'static>| BillableLine {
            tenant: None,
            tenant_name: None,
            partner: None,
            customer: None,
            ..line.clone()
        };
        if nobody(old) != nobody(new) {
            return Err(format!("record {row} is another line"));
        }
    }
    let skipped =
        |mapped: &Mapped| -> Vec<_> { mapped.skipped.iter().map(|(row, why, _)| (*row, *why)).collect() };
    match skipped(before) == skipped(after) {
        true => Ok(()),
        false => Err("other records are skipped".to_owned()),
    }
}

/// Whom a line is for.
fn who<'l>(line: &'l BillableLine<'_>) -> [(&'static str, Option<&'l str>); 4] {
    [
        ("tenant", line.tenant.as_deref()),
        ("tenantName", line.tenant_name.as_deref()),
        ("partner", line.partner.as_deref()),
        ("customer", line.customer.as_deref()),
    ]
}

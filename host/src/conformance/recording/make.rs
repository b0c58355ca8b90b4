//! Makes fixtures of kept payloads: replaces, maps both, compares, writes.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::PathBuf;

use ratebook_line::BillableLine;
use ratebook_plugin::testing::{Bodies, Mapped};
use ratebook_plugin::{Config, Problem};

use super::super::mapped::mapped;
use super::document::Document;
use super::find::Found;
use super::same::same;
use super::wanted::{Part, Recording};
use super::write;
use crate::failure::{Failure, Failures};
use crate::run::source_failure;

/// More is no fixture: somebody is to read it.
const LONGEST: u64 = 32 << 20;

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
            mapped(&self.plugin, config, self.month, &part.format, &part.name, bodies)
                .map_err(|error| source_failure(&error, self.source, Some(self.month)))
        });
        mapped.collect()
    }
}

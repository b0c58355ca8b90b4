//! The last stage: lines and rules to bills, and the files of the month that hold them.

use ratebook_line::Month;
use ratebook_rating::{Rulebook, RunCode};

use super::laid::lay_down;
use super::normalize::Normalized;
use super::rows::RatedMonth;
use super::stages::Stages;
use super::totals::Totals;
use super::warnings::refused_warnings;
use super::{adjustments, bounds};
use crate::disk;
use crate::failure::{Exit, Failure, Failures};
use crate::files::{Draft, json_text};
use crate::rating::{How, Usage};

/// What it is that a month of a source was not mapped yet.
pub(crate) fn no_lines(source: &str, month: Month) -> Failure {
    let failure = Failure::new(Exit::Data, "E-DATA", "there are no lines of this month yet");
    failure.of(source, month).fix(format!("Make them first: ratebook normalize --month {month}"))
}

/// What cannot be priced, with where all of it is to be had, ready to paste.
fn with_todo(mut failures: Failures, month: Month) -> Failures {
    for failure in failures.0.iter_mut().filter(|failure| failure.code == RunCode::Unpriced.word()) {
        let advice = failure.fix.take().unwrap_or_default();
        failure.fix = Some(
            format!("{advice} ratebook todo --month {month} lists them all, ready to paste.")
                .trim()
                .to_owned(),
        );
    }
    failures
}

impl Stages<'_> {
    /// Rates the lines of all sources, which must be here: [`Stages::normalize`] or [`Stages::normalized`] gives them, and
    /// asks about what would be billed twice.
    ///
    /// # Errors
    /// Lines that are missing or damaged; run errors, with nothing written.
    pub(crate) fn rate<'r>(
        &self,
        rulebook: &'r Rulebook,
        _normalized: &[Normalized],
    ) -> Result<RatedMonth<'r>, Failures> {
        let usage = self.usage()?;
        let voice = self.terminal.voice("bills");
        let how = How {
            parts: usage.parts(self.part_lines)?,
            spill: &self.folder.path().join(".parts"),
            cancel: &self.cancel,
            voice: &voice,
        };
        let mut laid = lay_down(&usage, rulebook, how, &self.folder.bill_tables())
            .map_err(|failures| with_todo(failures, self.month()))?;
        laid.rows.place_warnings(rulebook, &self.workspace.vendors());
        if self.strict && !laid.rows.warnings.is_empty() {
            let mut refused = refused_warnings(Exit::Review, &laid.rows.warnings, 0);
            if let Some(last) = refused.0.last_mut() {
                last.notes.push("No bill was written: --strict.".to_owned());
            }
            return Err(refused);
        }
        let totals = Totals::of(&laid.rows);
        if let Some(baseline) = &self.baseline {
            let suspects = baseline.suspects(&totals);
            if !suspects.is_empty() {
                return Err(bounds::refused(self.month(), baseline.month, &suspects));
            }
        }
        let mut totals_draft = Draft::new(&self.folder.totals())?;
        totals_draft.put(json_text(&totals)?.as_bytes())?;
        let [bills, lines, fates] = laid.tables;
        let rated = RatedMonth {
            tables: [self.folder.publish(bills)?, self.folder.publish(lines)?, self.folder.publish(fates)?],
            totals: self.folder.publish(totals_draft)?,
            rows: laid.rows,
        };
        for other in self.folder.other_results().iter().filter(|other| other.exists()) {
            disk::remove(&self.folder.manifest()).map_err(Failure::from_problem)?;
            disk::remove(other).map_err(Failure::from_problem)?;
        }
        Ok(rated)
    }

    /// The lines of all sources.
    ///
    /// # Errors
    /// If those of a source are not here.
    pub(crate) fn usage(&self) -> Result<Usage, Failure> {
        let files = self.line_files();
        for (source, path) in self.sources.iter().zip(&files) {
            if !path.is_file() {
                return Err(no_lines(&source.name, self.month()));
            }
        }
        Ok(Usage { month: self.month(), files, adjustments: adjustments::read(&self.folder)? })
    }
}

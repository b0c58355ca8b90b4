//! `ratebook verify`: a finished month compared with its manifest, and made once more from its payloads.

use std::str::FromStr;

use ratebook_line::Month;
use serde_json::{Value, json};

use super::context::Context;
use super::stage;
use crate::archive::{self, Archive, Findings};
use crate::failure::{Exit, Failure, Failures, escaped};
use crate::output::money::counted;
use crate::run::MonthFolder;

/// Compare a finished month with its manifest, and make it once more from its payloads
#[derive(clap::Args)]
pub(super) struct Verify {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Compare files with their digests only; no plugin is run and nothing is rated
    #[arg(long)]
    quick: bool,
}

impl Verify {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let folder = MonthFolder::new(&workspace.root, self.month);
        let archive = finished(folder)?;
        let findings = verified(context, &workspace, &archive, self.quick)?;
        context.print_either(|| text(&archive, &findings, self.quick), || json_of(&archive, &findings))
    }
}

/// Opens a month that must be finished.
pub(super) fn finished(folder: MonthFolder) -> Result<Archive, Failures> {
    let month = folder.month;
    let place = folder.manifest().display().to_string();
    Archive::open(folder)?.ok_or_else(|| {
        let failure = Failure::new(Exit::Data, "E-DATA", "there is no finished run of this month").at(place);
        failure.fix(format!("Make one: ratebook run --month {month}")).into()
    })
}

/// Verifies a month.
///
/// # Errors
/// Everything that differs.
pub(super) fn verified(
    context: &Context,
    workspace: &crate::config::Workspace,
    archive: &Archive,
    quick: bool,
) -> Result<Findings, Failures> {
    let mut findings = archive::verify_files(archive)?;
    // Nothing can be made of payloads or by rules that are not what was kept.
    let sound =
        !findings.wrong.iter().any(|(name, _)| name.starts_with("payloads/") || name.starts_with("rules/"));
    if !quick && sound {
        let scratch = stage::temporary()?;
        let ready = stage::month(context, workspace, archive.folder.month, false)?;
        archive::verify_results(archive, ready, scratch.path(), &mut findings)?;
    }
    if findings.wrong.is_empty() { Ok(findings) } else { Err(refused(archive, &findings)) }
}

fn refused(archive: &Archive, findings: &Findings) -> Failures {
    let failures = findings.wrong.iter().map(|(name, why)| {
        let failure = Failure::new(archive.exit_if_damaged(), "E-DAMAGED", why.clone());
        let place = archive.folder.path().join(name).display().to_string();
        Failure { month: Some(archive.folder.month), ..failure }.at(place)
    });
    let mut failures: Vec<Failure> = failures.collect();
    if let Some(last) = failures.last_mut() {
        last.notes.extend(findings.notes.iter().map(|note| format!("{note}.")));
        last.fix = Some(if archive.closed.is_some() {
            "Copy the month back from where it is kept.".to_owned()
        } else {
            format!(
                "Copy it back from where it is kept, or make it anew: ratebook run --month {} --force",
                archive.folder.month
            )
        });
    }
    Failures(failures)
}

fn text(archive: &Archive, findings: &Findings, quick: bool) -> String {
    let month = archive.folder.month;
    let mut text = format!("{month} ({}): {} files are as they were written", archive.word(), findings.files);
    text += &format!(" ({} bytes)\n", findings.bytes);
    if !quick {
        text += "Made once more from the payloads, lines, bills and totals come out the same.\n";
    }
    for note in &findings.notes {
        text += &format!("Note: {note}.\n");
    }
    text += &held(archive).map(|held| escaped(&held) + "\n").unwrap_or_default();
    for (currency, totals) in &archive.manifest.bills {
        text += &format!("{}, {} {currency}\n", counted(totals.bills, "bill"), totals.total);
    }
    text
}

/// The lines that are on no bill, and who accepted that.
fn held(archive: &Archive) -> Option<String> {
    match archive.closed.as_ref().and_then(|closed| closed.held.as_ref()) {
        Some(accepted) => Some(accepted.text()),
        None if archive.manifest.counts.held == 0 => None,
        None => Some(format!("{} held, on no bill", counted(archive.manifest.counts.held, "line"))),
    }
}

fn json_of(archive: &Archive, findings: &Findings) -> Value {
    json!({
        "month": archive.folder.month,
        "state": archive.word(),
        "files": findings.files,
        "bytes": findings.bytes,
        "notes": findings.notes,
        "held": archive.manifest.counts.held,
        "heldAccepted": archive.closed.as_ref().and_then(|closed| closed.held.as_ref()),
        "bills": archive.manifest.bills,
    })
}

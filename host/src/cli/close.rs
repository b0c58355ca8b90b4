//! `ratebook close`: freezes a month.

use std::str::FromStr;

use ratebook_line::Month;

use super::context::Context;
use super::stage;
use super::verify;
use crate::archive::{self, Archive, Closed, Closing};
use crate::failure::{Failures, escaped};
use crate::output::money::counted;
use crate::run::{self, MonthFolder};

/// Close a month: verify it and freeze it; later corrections become adjustments of an open month
#[derive(clap::Args)]
pub(super) struct Close {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Why or by whose leave, kept with the month
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Close although lines are held: they stay on no bill until rules decide them and `ratebook adjust` bills them
    #[arg(long, requires = "because")]
    accept_held: bool,
    /// Why that is right; kept with the month, with who said it, when, and how many lines are held
    #[arg(long, value_name = "TEXT", requires = "accept_held")]
    because: Option<String>,
}

impl Close {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let folder = MonthFolder::new(&workspace.root, self.month);
        let _lock = folder.lock()?;
        let archive = verify::finished(folder)?;
        if let Some(closed) = &archive.closed {
            verify::verified(context, &workspace, &archive, true)?;
            archive::freeze(&archive)?;
            return self.tell(context, &archive, closed, "was closed already");
        }
        let (_, rules) = run::load_rules(&workspace)?;
        verify::verified(context, &workspace, &archive, false)?;
        let closing = Closing {
            rules: &rules,
            at: jiff::Timestamp::now(),
            by: stage::user(),
            note: self.note.clone(),
            accept_held: self.because.clone().filter(|_| self.accept_held),
        };
        let closed = archive::close(&archive, &workspace.root, closing)?;
        for what in archive::never_asked(&archive, &workspace)? {
            context.terminal.warn(None, &what);
        }
        self.tell(context, &archive, &closed, "is closed")
    }

    fn tell(&self, context: &Context, archive: &Archive, closed: &Closed, how: &str) -> Result<(), Failures> {
        context.print_either(
            || {
                let totals = archive.manifest.bills.iter();
                let totals: Vec<String> = totals
                    .map(|(currency, totals)| format!("{}, {} {currency}", counted(totals.bills, "bill"), totals.total))
                    .collect();
                let held = closed.held.as_ref().map(|held| escaped(&held.text()) + "\n").unwrap_or_default();
                format!(
                    "{} {how} ({}, by {}): {}\n{held}Its files are read-only; `ratebook verify --month {}` compares them at any time.\n",
                    self.month,
                    closed.at,
                    closed.by,
                    totals.join("; "),
                    self.month
                )
            },
            || closed,
        )
    }
}

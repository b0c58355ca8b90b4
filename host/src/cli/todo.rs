//! `ratebook todo`: what is to be done about the lines of a month that wait, ready to be pasted.

use std::str::FromStr;

use ratebook_line::Month;
use ratebook_rating::{NameOf, Undeclared};

use super::context::{Context, Format};
use super::stage;
use crate::failure::Failures;
use crate::files::json_text;
use crate::output::todo as output;
use crate::rating::{How, PART_LINES};
use crate::{run, todo};

/// Show what waits for somebody to do, ready to paste into the rules: tenants, prices, decisions
#[derive(clap::Args)]
pub(super) struct Todo {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
}

impl Todo {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let rulebook = run::load_rules(&workspace)?.0.hold_unpriced();
        let stages = stage::stages(context, &workspace, &stage::Selection::of_month(self.month))?;
        let usage = stages.usage()?;
        // Pasted with the source's name where the vendor belongs, a tenant is nobody's and no error.
        let unknown = rulebook.undeclared(&workspace.vendors());
        let vendors: Vec<_> =
            unknown.iter().filter(|name| name.of == NameOf::Vendor).map(Undeclared::warning).collect();
        stage::warn(context, &vendors, 0);
        let (spill, voice) = (stage::temporary()?, context.terminal.voice("bills"));
        let how = How {
            parts: usage.parts(PART_LINES)?,
            spill: &spill.path().join("parts"),
            cancel: &context.stop.flag(),
            voice: &voice,
        };
        let found = todo::find(&usage, &rulebook, how)?;
        drop(voice);
        match context.global.format {
            Format::Json => context.print(&json_text(&output::json(&found))?),
            Format::Csv => context.print(&output::csv(&found)?),
            // The others are not given to this command.
            _ => context.print(&output::toml(&found)),
        }
    }
}

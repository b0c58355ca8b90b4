//! `ratebook test record`: a month that was run, as a test.

use std::str::FromStr;

use ratebook_line::Month;

use crate::cli::context::Context;
use crate::cli::stage;
use crate::failure::Failures;
use crate::output::money::counted;
use crate::rating::How;
use crate::run::{self, MonthFolder};
use crate::testing::{self, Look};

/// Record a month that was run: its lines, and its bills under the rules as they are now
#[derive(clap::Args)]
pub(super) struct Record {
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Replace the names of tenants, and ids that the rules do not name; what the rules say of customers stays
    #[arg(long)]
    anonymize: bool,
    /// Record it anew if it is recorded already
    #[arg(long)]
    replace: bool,
}

impl Record {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let (rulebook, _) = run::load_rules(&workspace)?;
        let folder = MonthFolder::new(&workspace.root, self.month);
        let voice = context.terminal.voice("tests");
        let temporary = stage::temporary()?;
        let spill = temporary.path().join("lines");
        let cancel = context.stop.flag();
        let how = How { parts: 1, spill: &spill, cancel: &cancel, voice: &voice };
        let look = Look { how, write: false, coverage: false };
        let record = testing::record(&workspace, &rulebook, &folder, look, self.anonymize, self.replace)?;
        drop(voice);
        let place = record.recorded.folder.strip_prefix(&workspace.root).unwrap_or(&record.recorded.folder);
        let mut text = format!(
            "{}: {}, {} in {}\n",
            self.month,
            counted(record.checked.lines, "line"),
            counted(record.checked.bills, "bill"),
            place.display()
        );
        if let Some((replaced, kept)) = record.replaced {
            text += &format!(
                "{} replaced",
                counted(replaced, "name or id").replace("name or ids", "names and ids")
            );
            text += &match kept {
                0 => ".\n".to_owned(),
                1 => "; 1 id stays, because the rules name it, and so does what they call customers.\n"
                    .to_owned(),
                kept => format!(
                    "; {kept} ids stay, because the rules name them, and so does what they call customers.\n"
                ),
            };
        }
        text += "Look at the bills, then commit the folder.\n";
        context.print(&text)
    }
}

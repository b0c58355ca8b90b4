//! `ratebook import`: a file downloaded by hand in place of what the vendor's API would send.

use std::path::PathBuf;
use std::str::FromStr;

use ratebook_line::Month;
use serde_json::json;

use super::context::Context;
use super::stage;
use crate::failure::Failures;
use crate::run;

/// Take in files downloaded by hand as a source's payloads of a month
#[derive(clap::Args)]
pub(super) struct Import {
    /// The source they belong to
    #[arg(long, short, value_name = "NAME")]
    source: String,
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Their format, if the plugin does not recognize it (`ratebook check` lists the formats)
    #[arg(long = "as", value_name = "FORMAT")]
    read_as: Option<String>,
    /// The files: plain or gzip. They replace what the source has for the month
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Import {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let source = workspace.source(&self.source)?;
        let selection = stage::Selection::of_source(self.month, &self.source);
        let stages = stage::stages(context, &workspace, &selection)?;
        let _lock = stage::hold(&stages, true)?;
        let payloads = run::import(&stages, source, &self.files, self.read_as.as_deref(), "--as FORMAT")?;
        context.print_either(
            || {
                let mut text = String::new();
                for file in payloads.files() {
                    text += &format!(
                        "{}  {}  {} bytes  sha256 {}\n",
                        file.file, file.format, file.bytes, file.sha256
                    );
                }
                text + &format!("Next: ratebook run --month {}\n", self.month)
            },
            || json!({ "source": self.source, "payloads": payloads.files() }),
        )
    }
}

//! `ratebook import`: a file downloaded by hand in place of what the vendor's API would send.

use std::path::PathBuf;
use std::str::FromStr;

use ratebook_line::Month;
use serde_json::json;

use super::context::Context;
use super::stage;
use crate::config::Source;
use crate::failure::{Failure, Failures};
use crate::fetch::{PayloadFile, Payloads};
use crate::run::{self, Stages};

/// Take in files downloaded by hand as a source's payloads of a month
#[derive(clap::Args)]
pub(super) struct Import {
    /// The source they belong to; not needed where only one reads them
    #[arg(long, short, value_name = "NAME")]
    source: Option<String>,
    /// The month, like 2026-03
    #[arg(long, short, value_name = "YYYY-MM", value_parser = Month::from_str)]
    month: Month,
    /// Their format, if the plugin does not recognize it (`ratebook check` lists the formats)
    #[arg(long = "as", value_name = "FORMAT", requires = "source")]
    read_as: Option<String>,
    /// Take them in without a look at whether they become lines of the month
    #[arg(long)]
    unchecked: bool,
    /// Take these out again, by the names they are kept under, instead of taking files in
    #[arg(long, conflicts_with_all = ["read_as", "unchecked"])]
    remove: bool,
    /// The files: plain, gzip or in a ZIP archive. They replace what the source has for the month
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// The payloads of a source.
type OfSource = (String, Vec<PayloadFile>);

impl Import {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let workspace = stage::workspace(context)?;
        let selection = match &self.source {
            Some(source) => stage::Selection::of_source(self.month, source),
            None => stage::Selection::of_month(self.month),
        };
        let stages = stage::stages(context, &workspace, &selection)?;
        let _lock = stage::hold(&stages, true)?;
        if self.remove {
            return self.take_out(context, &stages);
        }
        let of_sources: Vec<(&Source, Vec<PathBuf>)> = match &self.source {
            Some(name) => vec![(workspace.source(name)?, self.files.clone())],
            None => run::sources_of(&stages, &self.files)?.into_values().collect(),
        };
        let how = run::How {
            format: self.read_as.as_deref(),
            how_to_say: "--as FORMAT",
            is_tried: !self.unchecked,
        };
        let mut all: Vec<OfSource> = Vec::new();
        for (source, files) in of_sources {
            let payloads = run::import(&stages, source, &files, &how)?;
            all.push((source.name.clone(), payloads.files().to_vec()));
        }
        context.print_either(|| self.text(&all), || of_all(&all))
    }

    fn text(&self, all: &[OfSource]) -> String {
        let mut text = String::new();
        for (source, files) in all {
            if self.source.is_none() {
                text += &format!("source {source}:\n");
            }
            for file in files {
                text += &format!(
                    "{}  {}  {} bytes  sha256 {}\n",
                    file.file, file.format, file.bytes, file.sha256
                );
            }
        }
        text + &format!("Next: ratebook run --month {}\n", self.month)
    }

    /// Takes payloads out, by the names that they are kept under.
    fn take_out(&self, context: &Context, stages: &Stages<'_>) -> Result<(), Failures> {
        let wanted: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        let mut found: Vec<(&Source, Payloads)> = Vec::new();
        for source in &stages.sources {
            let kept =
                Payloads::find(&stages.folder.payloads(&source.name)).map_err(Failure::from_problem)?;
            found.extend(kept.map(|kept| (*source, kept)));
        }
        let holders = |name: &String| {
            let holds = |kept: &Payloads| kept.files().iter().any(|file| file.file == *name);
            found
                .iter()
                .filter(|(_, kept)| holds(kept))
                .map(|(source, _)| source.name.as_str())
                .collect::<Vec<_>>()
        };
        let mut failed = Vec::new();
        for name in &wanted {
            let failure = match holders(name).as_slice() {
                [_] => continue,
                [] => {
                    let names =
                        found.iter().flat_map(|(_, kept)| kept.files()).map(|file| file.file.as_str());
                    let names: Vec<&str> = names.collect();
                    let failure = Failure::usage(format!("no file {name:?} was taken in for {}", self.month));
                    failure.fix(match names.is_empty() {
                        true => "There are none.".to_owned(),
                        false => format!("There are: {}.", names.join(", ")),
                    })
                }
                several => {
                    let failure = Failure::usage(format!(
                        "several sources have a file {name:?}: {}",
                        several.join(", ")
                    ));
                    failure.fix("Say which one is meant: --source NAME.")
                }
            };
            failed.push(failure);
        }
        if !failed.is_empty() {
            return Err(Failures(failed));
        }
        let mut all: Vec<OfSource> = Vec::new();
        for (source, kept) in &found {
            if kept.files().iter().any(|file| wanted.contains(&file.file)) {
                let left =
                    kept.without(&wanted, stages.folder.names_payloads()).map_err(Failure::from_problem)?;
                all.push((source.name.clone(), left));
            }
        }
        let left = |files: &[PayloadFile]| match files {
            [] => "nothing is left of this month".to_owned(),
            files => format!(
                "left: {}",
                files.iter().map(|file| file.file.as_str()).collect::<Vec<_>>().join(", ")
            ),
        };
        context.print_either(
            || {
                let told = all.iter().map(|(source, files)| format!("source {source}: {}\n", left(files)));
                format!("taken out: {}\n{}", wanted.join(", "), told.collect::<String>())
            },
            || of_all(&all),
        )
    }
}

/// As one document: of one source as it always was, of several each.
fn of_all(all: &[OfSource]) -> serde_json::Value {
    let of = |(source, files): &OfSource| json!({ "source": source, "payloads": files });
    match all {
        [one] => of(one),
        all => json!(all.iter().map(of).collect::<Vec<_>>()),
    }
}

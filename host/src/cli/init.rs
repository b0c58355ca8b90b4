//! `ratebook init`: a workspace that checks and explains itself.

use std::path::PathBuf;

use super::{Context, schema};
use crate::config;
use crate::disk::make_folder;
use crate::failure::{Failure, Failures};
use crate::files::write_file;

/// Make a workspace: ratebook.toml, rules, schemas for your editor, .gitignore
#[derive(clap::Args)]
pub(super) struct Init {
    /// The folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// What a new workspace holds.
const FILES: [(&str, &str); 5] = [
    (config::FILE, include_str!("../../templates/ratebook.toml")),
    ("rules/main.toml", include_str!("../../templates/rules.toml")),
    // The templates name these in their first line.
    ("schemas/ratebook.schema.json", schema::RATEBOOK),
    ("schemas/rules.schema.json", schema::RULES),
    (".gitignore", include_str!("../../templates/gitignore")),
];

impl Init {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let taken: Vec<String> = FILES
            .iter()
            .map(|(name, _)| self.folder.join(name))
            .filter(|path| path.exists())
            .map(|path| path.display().to_string())
            .collect();
        if !taken.is_empty() {
            let failure = Failure::usage(format!("{} is there already", taken.join(", ")));
            return Err(failure
                .note("Nothing was written.")
                .fix("Name a new folder: `ratebook init DIR`.")
                .into());
        }
        make_folder(&self.folder).map_err(Failure::from_problem)?;
        for (name, text) in FILES {
            write_file(&self.folder.join(name), text.as_bytes())?;
        }
        let folder = self.folder.display().to_string();
        context.print_either(
            || {
                format!(
                    "Made a workspace in {folder}.\n\
                     Next: name your accounts in {folder}/{}, your prices in {folder}/rules/main.toml, then\n  \
                     ratebook check --workspace {folder}\n",
                    config::FILE
                )
            },
            || serde_json::json!({ "workspace": folder, "files": FILES.map(|(name, _)| name) }),
        )
    }
}

//! `ratebook init`: a workspace that checks and explains itself.

use std::path::PathBuf;

use super::context::Context;
use super::schema;
use crate::config;
use crate::disk::make_folder;
use crate::failure::{Failure, Failures};
use crate::template::{self, Readers};

/// Make a workspace: ratebook.toml, rules, schemas for your editor, .gitignore
#[derive(clap::Args)]
pub(super) struct Init {
    /// The folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// What a new workspace holds. What makes it one is written last.
const FILES: [(&str, &str); 5] = [
    (".gitignore", include_str!("../../templates/gitignore")),
    // The templates name these in their first line.
    ("schemas/ratebook.schema.json", schema::RATEBOOK),
    ("schemas/rules.schema.json", schema::RULES),
    ("rules/main.toml", include_str!("../../templates/rules.toml")),
    (config::FILE, include_str!("../../templates/ratebook.toml")),
];

impl Init {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let there = template::standing(&self.folder, &FILES)?;
        if !there.others.is_empty() {
            let taken: Vec<String> = there.others.iter().map(|path| path.display().to_string()).collect();
            let (is, one) = if taken.len() == 1 { ("is", "it") } else { ("are", "them") };
            let failure = Failure::usage(format!("{} {is} there already", taken.join(", ")));
            return Err(failure
                .note("Nothing was written.")
                .fix(format!("Name a new folder: `ratebook init DIR`; or move {one} away."))
                .into());
        }
        make_folder(&self.folder).map_err(Failure::from_problem)?;
        template::write(&self.folder, &FILES, Readers::Owner)?;
        let folder = self.folder.display().to_string();
        context.print_either(
            || {
                let begun = match there.same {
                    0 => format!("Made a workspace in {folder}.\n"),
                    same if same == FILES.len() => format!("{folder} is a new workspace already.\n"),
                    same => format!(
                        "Made a workspace in {folder}; {same} of its {} files were there already.\n",
                        FILES.len()
                    ),
                };
                format!(
                    "{begun}\
                     Next: name your accounts in {folder}/{}, your prices in {folder}/rules/main.toml, then\n  \
                     ratebook check --workspace {folder}\n",
                    config::FILE
                )
            },
            || serde_json::json!({ "workspace": folder, "files": FILES.map(|(name, _)| name) }),
        )
    }
}

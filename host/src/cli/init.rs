//! `ratebook init`: a workspace that checks and explains itself; in one that there is, its schemas brought up to date.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::workspace_schema::{self, RULES, WorkspaceSchema};
use crate::config;
use crate::disk::make_folder;
use crate::failure::{Failure, Failures};
use crate::files::read_if_there;
use crate::plugins::{Options, Places, Plugins};
use crate::run::plugin_failure;
use crate::template::{self, Readers};

/// Make a workspace: ratebook.toml, rules, schemas for your editor, .gitignore; or bring the schemas of one up to date
#[derive(clap::Args)]
pub(super) struct Init {
    /// The folder
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// The schema of rules files, where the templates name it in their first line.
const RULES_SCHEMA: &str = "schemas/rules.schema.json";

impl Init {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        let options = Options { cancel: context.stop.flag(), ..Options::default() };
        let plugins = Plugins::find(&Places::usual(Some(&self.folder)), options)
            .map_err(|error| plugin_failure(&error))?;
        let own = WorkspaceSchema::of(&plugins)?;
        own.missing.iter().for_each(|missing| context.terminal.warn(None, missing));
        // What makes it a workspace is written last.
        let files = [
            (".gitignore", include_str!("../../templates/gitignore")),
            (workspace_schema::FILE, own.text.as_str()),
            (RULES_SCHEMA, RULES),
            ("rules/main.toml", include_str!("../../templates/rules.toml")),
            (config::FILE, include_str!("../../templates/ratebook.toml")),
        ];
        let there = template::standing(&self.folder, &files)?;
        // Schemas that another ratebook, or other plugins, wrote are brought up to date.
        let others: Vec<&PathBuf> = there.others.iter().filter(|path| !is_schema_of_ours(path)).collect();
        let is_workspace = self.folder.join(config::FILE).is_file();
        if !is_workspace && !others.is_empty() {
            let taken: Vec<String> = others.iter().map(|path| path.display().to_string()).collect();
            let (is, one) = if taken.len() == 1 { ("is", "it") } else { ("are", "them") };
            let failure = Failure::usage(format!("{} {is} there already", taken.join(", ")));
            return Err(failure
                .note("Nothing was written.")
                .fix(format!("Name a new folder: `ratebook init DIR`; or move {one} away."))
                .into());
        }
        make_folder(&self.folder).map_err(Failure::from_problem)?;
        let mut written = Vec::new();
        for (name, text) in [(workspace_schema::FILE, own.text.as_str()), (RULES_SCHEMA, RULES)] {
            let only_if_there = !is_workspace;
            if workspace_schema::put(&self.folder, name, text, only_if_there)? {
                written.push(name);
            }
        }
        if !is_workspace {
            template::write(&self.folder, &files, Readers::Owner)?;
        }
        let folder = self.folder.display().to_string();
        let names = files.map(|(name, _)| name);
        context.print_either(
            || match is_workspace {
                true => brought_up_to_date(&folder, &written),
                false => made(&folder, there.same, names.len()),
            },
            || match is_workspace {
                true => serde_json::json!({ "workspace": folder, "files": written }),
                false => serde_json::json!({ "workspace": folder, "files": names }),
            },
        )
    }
}

fn is_schema_of_ours(path: &Path) -> bool {
    let is_schema = path.ends_with(workspace_schema::FILE) || path.ends_with(RULES_SCHEMA);
    is_schema
        && read_if_there(path).is_ok_and(|bytes| bytes.is_some_and(|bytes| workspace_schema::is_ours(&bytes)))
}

fn brought_up_to_date(folder: &str, written: &[&str]) -> String {
    match written {
        [] => format!("{folder} is a workspace already, and its schemas are up to date.\n"),
        written => format!("{folder} is a workspace already; brought up to date: {}.\n", written.join(", ")),
    }
}

fn made(folder: &str, same: usize, all: usize) -> String {
    let begun = match same {
        0 => format!("Made a workspace in {folder}.\n"),
        same => format!("Made a workspace in {folder}; {same} of its {all} files were there already.\n"),
    };
    format!(
        "{begun}\
         Next: name your accounts in {folder}/{}, your prices in {folder}/rules/main.toml, then\n  \
         ratebook check --workspace {folder}\n",
        config::FILE
    )
}

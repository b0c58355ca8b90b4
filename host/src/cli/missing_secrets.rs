//! Secrets that a source will be asked for and does not have: better told before a month is fetched than by the vendor.

use ratebook_plugin::About;

use crate::config::{Source, Workspace, nearest};
use crate::failure::Failure;

/// What is missing, and where to say it.
pub(super) struct Missing {
    /// `ratebook.toml:line:column`.
    pub(super) place: String,
    /// What: a fragment.
    pub(super) what: String,
    /// What to do: a sentence.
    pub(super) fix: String,
}

/// The secrets of a plugin that a source which asks the vendor names none of.
pub(super) fn not_named(about: &About, source: &Source) -> Option<Missing> {
    let asks = source.files.is_none() && source.plugin_config(about.default_url.as_deref()).url.is_some();
    let has_one = about.secrets.iter().any(|secret| source.secrets.contains_key(secret));
    let [first, ..] = about.secrets.as_slice() else { return None };
    if !asks || has_one {
        return None;
    }
    let slip = source.secrets.keys().find_map(|named| {
        let near = nearest(named, about.secrets.iter().map(String::as_str))?;
        Some(format!("{named} is not among them: did you mean {near}?"))
    });
    Some(Missing {
        place: source.place(if source.secrets.is_empty() { "plugin" } else { "secrets" }),
        what: format!("source {} has no secret ({})", source.name, about.secrets.join(" or ")),
        fix: slip.unwrap_or_else(|| {
            format!(
                "Add {first} = {{ env = \"NAME\" }} under [source.{}.secrets]; files taken in by hand need none.",
                source.name
            )
        }),
    })
}

/// The secrets that are named and not there. What a program prints is not asked for.
pub(super) fn not_there(workspace: &Workspace, source: &Source) -> Vec<Missing> {
    let quiet = source.secrets.iter().filter(|(_, reference)| !reference.is_command());
    let missing = quiet.filter_map(|(name, reference)| {
        let problem = reference.try_out(name, &workspace.root).err()?;
        let failure = Failure::from_problem(problem);
        Some(Missing {
            place: source.place(&format!("secrets.{name}")),
            what: format!("secret {name} of source {}: {}", source.name, failure.message),
            fix: failure.fix.unwrap_or_else(|| "`ratebook fetch` will ask for it.".to_owned()),
        })
    });
    missing.collect()
}

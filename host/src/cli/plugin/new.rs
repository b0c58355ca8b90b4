//! `ratebook plugin new`: the crate that a plugin for one more vendor begins with.

use std::path::{Component, Path, PathBuf};

use serde_json::json;

use crate::cli::context::Context;
use crate::disk::is_draft;
use crate::failure::{Failure, Failures};
use crate::template::{self, Readers};

/// Write a crate that builds and passes its tests: what a plugin for one more vendor begins with
#[derive(clap::Args)]
pub(crate) struct New {
    /// The vendor's id: small letters, digits and `-`
    #[arg(value_name = "NAME")]
    name: String,
    /// Where ratebook's source is: a folder, or the address of a git repository
    #[arg(long, value_name = "PATH|URL")]
    ratebook: String,
    /// The folder to write it into [default: ratebook-plugin-NAME]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// A file of examples/plugin, which is built and tested with everything else.
macro_rules! template {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!("../../../../examples/plugin/", $path)))),*]
    };
}

/// The crate, but for its `Cargo.toml`. There the vendor is called acme.
const FILES: [(&str, &str); 16] = template![
    "README.md",
    "clippy.toml",
    "config.schema.json",
    "fixtures/one-page/case.json",
    "fixtures/one-page/lines.snap",
    "fixtures/one-page/payload.json",
    "fixtures/wrong-rows/case.json",
    "fixtures/wrong-rows/lines.snap",
    "fixtures/wrong-rows/payload.json",
    "src/collect.rs",
    "src/lib.rs",
    "src/map.rs",
    "src/payload.rs",
    "tests/collect.rs",
    "tests/fields.rs",
    "tests/fixtures.rs",
];

/// The manifest of a crate that stands alone says its versions itself.
const MANIFEST: &str = include_str!("../../../templates/plugin-manifest.toml");

/// In the repository it takes them from the workspace.
const MEMBER: &str = include_str!("../../../../examples/plugin/Cargo.toml");

/// Where the snapshots of the template come from.
const SNAPSHOTS_OF: &str = "source: examples/plugin/";

impl New {
    pub(crate) fn run(&self, context: &Context) -> Result<(), Failures> {
        let name = &self.name;
        let is_id = name.starts_with(|letter: char| letter.is_ascii_lowercase())
            && name
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
            && !name.ends_with('-')
            && name.len() <= 40;
        if !is_id {
            let failure = Failure::usage(format!("{name:?} is no id of a vendor"));
            return Err(failure
                .fix("Small letters, digits and `-`, beginning with a letter: `acme-backup`.")
                .into());
        }
        let folder = self.dir.clone().unwrap_or_else(|| format!("ratebook-plugin-{name}").into());
        let source = source(&self.ratebook, &folder)?;
        let member = member(&self.ratebook, &folder);
        let mut files = vec![(".gitignore", "/target\n*.snap.new\n".to_owned())];
        // insta writes where in the workspace a snapshot's test is.
        let of = member.as_ref().map_or_else(|| "source: ".to_owned(), |member| format!("source: {member}/"));
        files.extend(FILES.iter().map(|(path, text)| (*path, named(&text.replace(SNAPSHOTS_OF, &of), name))));
        files.push((
            "Cargo.toml",
            if member.is_some() { named(MEMBER, name) } else { manifest(name, &source) },
        ));
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        if !is_begun(&folder, &files)? {
            let failure = Failure::usage("the folder is not empty").at(folder.display().to_string());
            return Err(failure.note("Nothing was written.").fix("Name another one with --dir.").into());
        }
        template::write(&folder, &files, Readers::Everybody)?;
        let shown = folder.display().to_string();
        let library = format!("libratebook_plugin_{}.so", name.replace('-', "_"));
        if member.is_some() {
            let text = || {
                format!(
                    "Wrote a plugin for {name} into {shown}, a member of the workspace.\n\
                     Next:\n  \
                     cargo test -p ratebook-plugin-{name}            # passes, on an invented vendor\n  \
                     cargo build --release                           # it stands beside the binary then\n\
                     Then replace src/payload.rs, src/collect.rs and src/map.rs by what the vendor says: CONTRIBUTING.md.\n"
                )
            };
            return context.print_either(text, || json!({ "plugin": name, "folder": shown }));
        }
        context.print_either(
            || {
                format!(
                    "Wrote a plugin for {name} into {shown}.\n\
                     Next:\n  \
                     cd {shown}\n  \
                     cargo test                                       # passes, on an invented vendor\n  \
                     cargo build --release\n  \
                     ratebook plugin trust target/release/{library} --workspace YOUR-WORKSPACE\n\
                     Then replace src/payload.rs, src/collect.rs and src/map.rs by what the vendor says.\n"
                )
            },
            || json!({ "plugin": name, "folder": shown }),
        )
    }
}

fn manifest(name: &str, source: &str) -> String {
    let mut text = named(MANIFEST, name);
    for part in ["line", "plugin"] {
        text = text.replace(&format!("{{source:{part}}}"), &source.replace("{crate}", part));
    }
    text
}

/// The folder of a plugin in ratebook's own source, as its workspace names it: there it is a member.
fn member(ratebook: &str, folder: &Path) -> Option<String> {
    let plugins = std::fs::canonicalize(Path::new(ratebook).join("plugins")).ok()?;
    let into = std::fs::canonicalize(folder.parent().filter(|parent| *parent != Path::new(""))?).ok()?;
    (into == plugins).then(|| Some(format!("plugins/{}", folder.file_name()?.to_str()?)))?
}

/// How the manifest names ratebook's crates: as the command does, from the crate's folder.
fn source(place: &str, into: &Path) -> Result<String, Failure> {
    if place.contains("://") || place.starts_with("git@") {
        return Ok(format!("git = {}", quoted(place)));
    }
    let folder =
        std::fs::canonicalize(place).map_err(|error| Failure::storage(Path::new(place), "find", &error))?;
    if !folder.join("core/plugin/Cargo.toml").is_file() {
        let failure = Failure::usage("this is not ratebook's source: there is no core/plugin in it");
        return Err(failure.at(place).fix("Name the folder that holds core, plugins and host."));
    }
    let goes_down = into.components().all(|part| matches!(part, Component::Normal(_)));
    let named = match Path::new(place).is_absolute() || !goes_down {
        true => folder,
        // As many folders up as the crate's is down.
        false => {
            let up = into.components().map(|_| Path::new(".."));
            let down = Path::new(place).components().filter(|part| *part != Component::CurDir);
            up.collect::<PathBuf>().join(down.collect::<PathBuf>())
        }
    };
    Ok(format!("path = {}", quoted(&named.join("core/{crate}").display().to_string())))
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A text of the template with the vendor's own name in it.
fn named(text: &str, name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    let type_name: String = words.collect();
    let snake = name.replace('-', "_");
    text.replace("ratebook_plugin_acme", &format!("ratebook_plugin_{snake}"))
        .replace("ACME", &snake.to_ascii_uppercase())
        .replace("Acme", &type_name)
        .replace("acme", name)
}

/// True if the folder is empty, is not there, or holds what a try that failed has left, and nothing else.
fn is_begun(folder: &Path, files: &[(&str, &str)]) -> Result<bool, Failure> {
    let standing = template::standing(folder, files)?;
    let ours = |name: &std::ffi::OsStr| {
        let name = name.to_str().unwrap_or_default();
        is_draft(name) || files.iter().any(|(path, _)| path.split('/').next() == Some(name))
    };
    let mut entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(Failure::storage(folder, "read", &error)),
    };
    let is_whole = standing.same == files.len();
    Ok(!is_whole
        && standing.others.is_empty()
        && entries.all(|entry| entry.is_ok_and(|entry| ours(&entry.file_name()))))
}

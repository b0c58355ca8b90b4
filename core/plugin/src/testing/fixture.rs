//! A folder of a plugin's `fixtures/`: a payload, what is said of it, and what lies beside it.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests of plugins read their fixtures; no plugin calls this"
)]

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::{fs, io};

use ratebook_line::Month;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::bodies::Bodies;
use super::mapped::{Mapped, map_beside};
use super::table::refusal;
use crate::config::Config;
use crate::problem::Problem;
use crate::vendor_plugin::VendorPlugin;

/// What is said of a payload.
const CASE: &str = "case.json";

/// What it leads to, as it should be and as it is.
const SNAPSHOTS: [&str; 2] = ["lines.snap", "lines.snap.new"];

/// A payload, what `case.json` says of it, and what may be looked up beside it.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Where it is; `lines.snap` stands there too.
    pub folder: PathBuf,
    /// What it shows.
    pub about: String,
    /// The month it is of.
    pub month: Month,
    /// The payload's format, if the case says it.
    pub format: Option<String>,
    /// A source's named `test`: the case's `config`, or an empty one as the host's; no address, no secrets.
    pub config: Config,
    /// The name of the payload's file, `payload.*`.
    pub file: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// What may be looked up, by its format.
    pub references: BTreeMap<String, Vec<Vec<u8>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    month: String,
    format: Option<String>,
    #[serde(default)]
    config: Map<String, Value>,
    /// Files of the folder that may be looked up, by format.
    #[serde(default)]
    references: BTreeMap<String, Vec<String>>,
}

impl Fixture {
    /// Reads every folder of `fixtures/` of a crate, in the order of their names; `manifest_dir` is its
    /// `env!("CARGO_MANIFEST_DIR")`.
    ///
    /// # Errors
    /// The first folder that is not as [`Fixture::read`] expects it.
    pub fn all(manifest_dir: impl AsRef<Path>) -> io::Result<Vec<Fixture>> {
        let folder = manifest_dir.as_ref().join("fixtures");
        entries(&folder)?.iter().map(|name| Fixture::read(folder.join(name))).collect()
    }

    /// Reads a folder: `case.json`, the files that it names, and the payload, the only file that it does not name.
    ///
    /// # Errors
    /// What is missing, or is not named, or a key of `case.json` that is not known.
    pub fn read(folder: impl Into<PathBuf>) -> io::Result<Fixture> {
        let folder = folder.into();
        let read = |file: &str| fs::read(folder.join(file)).map_err(|error| wrong(&folder.join(file), error));
        let said = |why: &dyn Display| wrong(&folder.join(CASE), why);
        let case: Case = serde_json::from_slice(&read(CASE)?).map_err(|error| said(&error))?;
        let month = case.month.parse().map_err(|error| said(&error))?;
        let is_named = |name: &str| {
            name == CASE
                || SNAPSHOTS.contains(&name)
                || case.references.values().flatten().any(|file| file == name)
        };
        let mut others = entries(&folder)?;
        others.retain(|name| !is_named(name));
        let file = match others.as_slice() {
            [file] if file.starts_with("payload.") => file.clone(),
            _ => {
                let why =
                    format!("one file payload.* is expected that {CASE} does not name, there is {others:?}");
                return Err(wrong(&folder, why));
            }
        };
        let mut references = BTreeMap::new();
        for (format, files) in &case.references {
            let bodies: io::Result<Vec<Vec<u8>>> = files.iter().map(|file| read(file)).collect();
            references.insert(format.clone(), bodies?);
        }
        let (source, values) = ("test".to_owned(), Value::Object(case.config));
        let config = Config { source, url: None, values, secrets: Vec::new() };
        let payload = read(&file)?;
        Ok(Fixture {
            folder,
            about: case.about,
            month,
            format: case.format,
            config,
            file,
            payload,
            references,
        })
    }

    /// The payload, and what lies beside it.
    #[must_use]
    pub fn bodies(&self) -> Bodies {
        let references =
            self.references.iter().flat_map(|(format, all)| all.iter().map(move |one| (format, one)));
        references.fold(Bodies::of(&self.payload), |bodies, (format, one)| bodies.beside(format, one))
    }

    /// Maps the payload as the host would.
    ///
    /// # Errors
    /// The plugin's problem.
    pub fn map<P: VendorPlugin>(&self, plugin: &P, format: &str) -> Result<Mapped, Problem> {
        map_beside(plugin, format, self.bodies(), self.month)
    }

    /// What came of it as its `lines.snap` says it.
    #[must_use]
    pub fn snapshot(&self, mapped: &Result<Mapped, Problem>) -> String {
        let shown = match mapped {
            Ok(mapped) => mapped.to_string(),
            Err(problem) => refusal(problem),
        };
        format!("{}\nmonth {}\n\n{shown}", self.about, self.month)
    }
}

/// The names of what stands in a folder, in order.
fn entries(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| wrong(folder, error))? {
        let name = entry?.file_name();
        names.push(
            name.into_string().map_err(|name| wrong(folder, format!("the name {name:?} is not text")))?,
        );
    }
    names.sort();
    Ok(names)
}

fn wrong(path: &Path, why: impl Display) -> io::Error {
    io::Error::other(format!("{}: {why}", path.display()))
}

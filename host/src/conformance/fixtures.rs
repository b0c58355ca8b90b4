//! Payloads of a plugin's author: a folder each, as a new plugin has them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ratebook_line::Month;
use ratebook_plugin::About;
use ratebook_plugin::testing::Bodies;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::inputs;
use crate::plugins::Plugin;

/// No file of a fixture is longer.
const LONGEST: u64 = 1 << 30;

/// A payload, and what it is.
#[derive(Debug)]
pub(crate) struct Fixture {
    /// The name of its folder.
    pub name: String,
    /// The name of its file.
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The format it is in.
    pub format: String,
    /// The month it is of.
    pub month: Month,
    config: Value,
    /// What may be looked up beside it: format and bytes.
    references: Vec<(String, Vec<u8>)>,
}

/// `case.json`: what is said of a payload.
#[derive(Deserialize)]
struct Case {
    month: String,
    format: Option<String>,
    #[serde(default)]
    config: Value,
    /// Files of the folder that may be looked up, by format.
    #[serde(default)]
    references: BTreeMap<String, Vec<String>>,
}

impl Fixture {
    /// The plugin's own configuration: the fixture's if it says one.
    pub(crate) fn config(&self, otherwise: &ratebook_plugin::Config) -> Value {
        if self.config.is_null() { otherwise.values.clone() } else { self.config.clone() }
    }

    /// A payload, with what the fixture says lies beside it.
    pub(crate) fn beside(&self, payload: &[u8]) -> Bodies {
        let looked_up = self.references.iter();
        looked_up.fold(Bodies::of(payload), |bodies, (format, bytes)| bodies.beside(format, bytes))
    }
}

/// Reads every folder of a folder: `case.json` and one `payload.*`.
///
/// # Errors
/// If one is not as it must be.
pub(crate) fn read_fixtures(
    folder: &Path,
    plugin: &Plugin<'_>,
    about: &About,
) -> Result<Vec<Fixture>, Failure> {
    let failed = |path: &Path, error: std::io::Error| Failure::storage(path, "read", &error);
    let wrong =
        |path: &Path, why: String| Failure::new(Exit::Usage, "E-FIXTURE", why).at(path.display().to_string());
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    let mut fixtures = Vec::new();
    for path in folders {
        let said = path.join("case.json");
        let text = inputs::read(&said, LONGEST).map_err(|error| failed(&said, error))?;
        let case: Case = serde_json::from_slice(&text).map_err(|error| wrong(&said, error.to_string()))?;
        let month = case.month.parse().map_err(|error| wrong(&said, format!("{:?}: {error}", case.month)))?;
        let mut payloads = Vec::new();
        for entry in fs::read_dir(&path).map_err(|error| failed(&path, error))? {
            let name =
                entry.map_err(|error| failed(&path, error))?.file_name().to_string_lossy().into_owned();
            if name.starts_with("payload.") {
                payloads.push(name);
            }
        }
        let [file] = payloads.as_slice() else {
            return Err(wrong(
                &path,
                format!("there are {} files payload.*; one is expected", payloads.len()),
            ));
        };
        let payload = path.join(file);
        let bytes = inputs::read(&payload, LONGEST).map_err(|error| failed(&payload, error))?;
        let format = match case.format {
            Some(format) => format,
            None => {
                let head = &bytes[..bytes.len().min(4096)];
                let format =
                    plugin.recognize(file, head).map_err(|error| wrong(&payload, error.to_string()))?;
                // What is not recognised is still tried: as the plugin's first format.
                format.or_else(|| about.formats.first().map(|format| format.id.clone())).unwrap_or_default()
            }
        };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut references = Vec::new();
        for (format, files) in case.references {
            for file in files {
                let beside = path.join(file);
                let bytes = inputs::read(&beside, LONGEST).map_err(|error| failed(&beside, error))?;
                references.push((format.clone(), bytes));
            }
        }
        let (file, config) = (file.clone(), case.config);
        fixtures.push(Fixture { name, file, bytes, format, month, config, references });
    }
    Ok(fixtures)
}

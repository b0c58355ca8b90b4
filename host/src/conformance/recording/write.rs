//! The files of a fixture: payload, what is said of it, and the lines it leads to.

use std::fs;
use std::path::{Path, PathBuf};

use ratebook_plugin::testing::Mapped;
use serde_json::{Map, Value, json};

use super::document::Document;
use super::wanted::{Part, Recording};
use crate::disk;
use crate::failure::{Failure, Failures};
use crate::files::write_readable;

/// A fixture's folder, not yet written.
pub(super) struct Case {
    pub(super) folder: PathBuf,
    pub(super) files: Vec<(String, Vec<u8>)>,
}

/// A fixture for each payload that is mapped, with all that is looked up beside it.
pub(super) fn cases(
    recording: &Recording<'_>,
    documents: &[Document<'_>],
    parts: &[Part],
    config: &Value,
    mapped: &[Mapped],
) -> Result<Vec<Case>, Failures> {
    // A plugin that looks nothing up needs no copies of the other pages.
    let looks_up = recording.about.formats.iter().any(|format| format.reference);
    let usage = parts.iter().zip(documents).enumerate().filter(|(_, (part, _))| !part.reference);
    let mut cases = Vec::new();
    for ((at, (part, document)), mapped) in usage.zip(mapped) {
        let mut references: Map<String, Value> = Map::new();
        let mut beside = Vec::new();
        let others = parts.iter().zip(documents).enumerate().filter(|(other, _)| looks_up && *other != at);
        for (_, (part, document)) in others {
            let name = format!("beside-{}.{}", beside.len() + 1, document.extension());
            let list = references.entry(part.format.clone()).or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.push(json!(name));
            }
            beside.push((name, part.bytes.clone()));
        }
        let folder = match cases.len() {
            0 => recording.into.to_owned(),
            before => {
                let name = recording.into.file_name().unwrap_or_default().to_string_lossy();
                recording.into.with_file_name(format!("{name}-{}", before + 1))
            }
        };
        if folder.exists() {
            let failure = Failure::usage("it is there already").at(folder.display().to_string());
            return Err(failure.note("Nothing was written.").fix("Name a new folder.").into());
        }
        let file = format!("payload.{}", document.extension());
        let about = format!("Recorded of {}; names and ids replaced.", recording.about.name);
        let mut said = Map::new();
        said.insert("about".to_owned(), json!(about));
        said.insert("month".to_owned(), json!(recording.month.to_string()));
        if recording.about.formats.iter().filter(|format| !format.reference).count() > 1 {
            said.insert("format".to_owned(), json!(part.format));
        }
        if config.as_object().is_some_and(|config| !config.is_empty()) {
            said.insert("config".to_owned(), config.clone());
        }
        if !references.is_empty() {
            said.insert("references".to_owned(), Value::Object(references));
        }
        let lines = format!("{about}\nmonth {}\n\n{mapped}", recording.month);
        let mut files = vec![
            (file, part.bytes.clone()),
            ("case.json".to_owned(), format!("{:#}\n", Value::Object(said)).into_bytes()),
            (
                "lines.snap".to_owned(),
                format!("---\nsource: tests/fixtures.rs\n---\n{}\n", lines.trim_end()).into_bytes(),
            ),
        ];
        files.extend(beside);
        cases.push(Case { folder, files });
    }
    Ok(cases)
}

/// Writes every folder beside its place first.
pub(super) fn write(cases: &[Case]) -> Result<(), Failure> {
    let incomplete = |folder: &Path| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        folder.with_file_name(format!(".{name}.incomplete"))
    };
    for case in cases {
        let folder = incomplete(&case.folder);
        disk::remove(&folder).map_err(Failure::from_problem)?;
        for (name, bytes) in &case.files {
            let path = folder.join(name);
            write_readable(&path, bytes)?;
        }
    }
    for (at, case) in cases.iter().enumerate() {
        if let Err(error) = fs::rename(incomplete(&case.folder), &case.folder) {
            // All or none: those that are in their place would be in the way of the next try.
            for done in &cases[..at] {
                let _ = fs::rename(&done.folder, incomplete(&done.folder));
            }
            return Err(Failure::storage(&case.folder, "write", &error));
        }
    }
    let mut folders = cases.iter().map(|case| disk::folder_of(&case.folder));
    folders.try_for_each(disk::sync_folder).map_err(Failure::from_problem)
}

//! The request log: one JSON line for each request, without bodies and credentials.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ratebook_plugin::Problem;
use serde::Serialize;

use super::redact::Redactor;
use crate::disk;

/// What came of a request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    pub(super) method: &'a str,
    /// The address without its query.
    pub(super) url: &'a str,
    /// The query, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) query: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    pub(super) bytes: u64,
    pub(super) tries: u32,
    pub(super) ms: u128,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    source: &'a str,
    #[serde(flatten)]
    entry: &'a Entry<'a>,
}

/// The request log of one source.
#[derive(Debug)]
pub(super) struct RequestLog {
    source: String,
    path: PathBuf,
    file: Option<File>,
    redactor: Arc<Redactor>,
}

impl RequestLog {
    /// A log that begins with its first entry.
    pub(super) fn new(source: &str, path: &Path, redactor: Arc<Redactor>) -> RequestLog {
        RequestLog { source: source.to_owned(), path: path.to_owned(), file: None, redactor }
    }

    pub(super) fn write(&mut self, entry: &Entry<'_>) -> Result<(), Problem> {
        let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        // Each text by itself: in the line a secret could take a quote with it.
        let clean = |text: &Option<String>| text.as_deref().map(|text| self.redactor.clean(text));
        let entry = &Entry {
            method: &self.redactor.clean(entry.method),
            url: &self.redactor.clean(entry.url),
            query: clean(&entry.query),
            problem: clean(&entry.problem),
            ..*entry
        };
        let line = serde_json::to_string(&Line { time, source: &self.source, entry })
            .map_err(|error| Problem::plugin(format!("cannot write the request log: {error}")))?;
        let line = line + "\n";
        let failed = |error: std::io::Error| disk::storage("write", &self.path, &error);
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                disk::make_folder(disk::folder_of(&self.path))?;
                none.insert(disk::append_file(&self.path).map_err(failed)?)
            }
        };
        file.write_all(line.as_bytes()).map_err(failed)
    }
}

/// Milliseconds, for [`Entry::ms`].
pub(super) fn milliseconds(time: Duration) -> u128 {
    time.as_millis()
}

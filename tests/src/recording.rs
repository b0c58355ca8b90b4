//! Recordings: payloads in a folder and the `payloads.json` that names them, as the host keeps them.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The format ids of the plugins, by which `map` reads a payload.
pub const ACRONIS_CSV: &str = "acronis-csv-v2";
/// See [`ACRONIS_CSV`].
pub const METALLIC_SUMMARY: &str = "metallic-usage-summary";

/// A payload to be recorded.
#[derive(Clone, Debug)]
pub struct Payload<'a> {
    /// The file's name in the folder, and, without a final `.gz`, the name that the plugin gave it.
    pub file: &'a str,
    /// The format that the plugin reads it as.
    pub format: &'a str,
    /// The bytes, as they came.
    pub bytes: &'a [u8],
}

/// SHA-256 in hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes payloads of a plugin for a month, and the `payloads.json` that names them, into a folder.
///
/// # Errors
/// Those of the file system.
pub fn write(folder: &Path, plugin: &str, month: &str, payloads: &[Payload<'_>]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for payload in payloads {
        fs::write(folder.join(payload.file), payload.bytes)?;
    }
    fs::write(folder.join("payloads.json"), index(plugin, month, payloads))
}

/// The text of `payloads.json`.
#[must_use]
pub fn index(plugin: &str, month: &str, payloads: &[Payload<'_>]) -> String {
    let files: Vec<Value> = payloads
        .iter()
        .map(|payload| {
            json!({
                "bytes": payload.bytes.len(),
                "file": payload.file,
                "format": payload.format,
                "gzip": payload.bytes.starts_with(&[0x1f, 0x8b]),
                "name": payload.file.trim_end_matches(".gz"),
                "sha256": sha256(payload.bytes),
            })
        })
        .collect();
    let index = json!({ "files": files, "month": month, "plugin": plugin });
    format!("{index:#}\n")
}

//! Changes a manifest as somebody would who wants a changed file to look right.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The text of a manifest that says of a file what its new bytes are, sealed anew.
///
/// # Errors
/// If the text is no JSON.
pub fn reseal(manifest: &str, file: &str, bytes: &[u8]) -> serde_json::Result<String> {
    let mut manifest: Value = serde_json::from_str(manifest)?;
    let entry = &mut manifest["files"][file];
    entry["bytes"] = bytes.len().into();
    entry["sha256"] = hex(bytes).into();
    manifest["seal"] = "".into();
    let open = serde_json::to_string_pretty(&manifest)? + "\n";
    manifest["seal"] = hex(open.as_bytes()).into();
    Ok(serde_json::to_string_pretty(&manifest)? + "\n")
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

//! What a run left behind in a workspace, whole or not.

use std::collections::BTreeMap;
use std::io;

use serde_json::Value;

use crate::recording::sha256;
use crate::workspace::Workspace;

/// The files under `runs/` that are somebody's result: not locks, logs, notes or drafts that a kill left behind.
///
/// # Errors
/// Those of the file system.
pub fn results(workspace: &Workspace) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let is_result = |path: &str| {
        let mut parts = path.split('/');
        parts.next() == Some("runs")
            && !path.split('/').any(|part| part.starts_with('.'))
            && (path.contains("/state/mapped/") || !matches!(parts.nth(1), Some("log" | "state")))
    };
    Ok(workspace.files()?.into_iter().filter(|(path, _)| is_result(path)).collect())
}

/// What the manifests of a workspace say is there and is not as they say; nothing of what they do not name counts.
#[must_use]
pub fn torn(results: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut torn = Vec::new();
    for (path, bytes) in results.iter().filter(|(path, _)| path.ends_with("/manifest.json")) {
        let Ok(manifest) = serde_json::from_slice::<Value>(bytes) else {
            torn.push(path.clone());
            continue;
        };
        let folder = path.trim_end_matches("manifest.json");
        for (name, entry) in manifest["files"].as_object().into_iter().flatten() {
            let there = results.get(&format!("{folder}{name}"));
            if there.is_none_or(|bytes| entry["sha256"] != sha256(bytes).as_str()) {
                torn.push(format!("{folder}{name}"));
            }
        }
    }
    torn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_manifest_names_must_be_as_it_says() {
        let manifest = serde_json::json!({"files": {"bills.json": {"sha256": sha256(b"{}")}}}).to_string();
        let results = |bills: &[u8]| {
            let file = |name: &str, bytes: &[u8]| (format!("runs/2026-03/{name}"), bytes.to_vec());
            BTreeMap::from([file("manifest.json", manifest.as_bytes()), file("bills.json", bills)])
        };
        assert!(torn(&results(b"{}")).is_empty());
        assert_eq!(torn(&results(b"{")), ["runs/2026-03/bills.json"]);
        let mut gone = results(b"{}");
        gone.remove("runs/2026-03/bills.json");
        assert_eq!(torn(&gone), ["runs/2026-03/bills.json"]);
        assert_eq!(torn(&BTreeMap::from([("runs/x/manifest.json".to_owned(), b"{".to_vec())])).len(), 1);
    }
}

//! `payloads.json`: what it says of each kept payload, and whether a file is what it says.

use ratebook_plugin::{Month, Problem};
use serde::{Deserialize, Serialize};

use crate::unpack::{Limits, Packed};

/// The file that names the others.
pub(super) const LISTING: &str = "payloads.json";
/// What helps if a payload is not what was kept.
pub(super) const AGAIN: &str = "Fetch the month again, or copy the folder back from where it is kept.";

/// One kept payload. The fields stand in the order in which they are written: sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PayloadFile {
    /// How many bytes, as they came.
    pub(crate) bytes: u64,
    /// The file's name in the folder.
    pub(crate) file: String,
    /// The format that the plugin reads it as.
    pub(crate) format: String,
    /// True if the file is a gzip stream.
    pub(crate) gzip: bool,
    /// The name that the plugin gave it.
    pub(crate) name: String,
    /// SHA-256 of the bytes as they came, in hex.
    pub(crate) sha256: String,
}

/// `payloads.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Listing {
    pub(super) files: Vec<PayloadFile>,
    pub(super) month: Month,
    pub(super) plugin: String,
}

impl Listing {
    pub(super) fn text(&self) -> Result<String, Problem> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Problem::plugin(error.to_string()))?;
        Ok(text + "\n")
    }
}

impl PayloadFile {
    /// How its bytes came, and how much they may hold.
    pub(crate) fn packed(&self, limits: Limits) -> Packed {
        Packed { file: self.file.clone(), gzip: self.gzip, limits }
    }

    /// Holds what was read against what was kept.
    pub(super) fn same(&self, bytes: u64, sha256: &str) -> Result<(), Problem> {
        self.length(bytes)?;
        if self.sha256 != sha256 {
            let (kept, found) = (short(&self.sha256), short(sha256));
            return Err(Problem::data(format!(
                "the kept payload {} was changed: its sha256 is {found}.., {kept}.. was kept",
                self.file
            ))
            .advise(AGAIN));
        }
        Ok(())
    }

    /// The same of its length alone.
    pub(super) fn length(&self, bytes: u64) -> Result<(), Problem> {
        if self.bytes != bytes {
            return Err(Problem::data(format!(
                "the kept payload {} has {bytes} bytes, {} were kept",
                self.file, self.bytes
            ))
            .advise(AGAIN));
        }
        Ok(())
    }
}

fn short(sha256: &str) -> String {
    sha256.chars().take(12).collect()
}

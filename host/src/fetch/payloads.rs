//! The kept payloads of one source and month: the files as they came, and `payloads.json` that names them.
//!
//! The same folder is `runs/<month>/payloads/<source>/` and `recordings/<month>/<source>/`. What `payloads.json`
//! does not name does not exist.

use std::path::{Path, PathBuf};

use ratebook_plugin::{Month, Problem};
use serde::{Deserialize, Serialize};

use super::payload_reader::PayloadReader;
use super::settings::Limits;

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

/// The kept payloads of one source and month.
#[derive(Clone, Debug)]
pub(crate) struct Payloads {
    folder: PathBuf,
}

impl Payloads {
    /// Opens the payloads in a folder, or says that there are none.
    ///
    /// # Errors
    /// [`Problem::data`] if what is there is not whole.
    pub(crate) fn find(folder: &Path) -> Result<Option<Payloads>, Problem> {
        Ok(Some(Payloads { folder: folder.to_owned() }))
    }

    /// Opens the payloads in a folder.
    ///
    /// # Errors
    /// [`Problem::data`] if there are none, or what is there is not whole.
    pub(crate) fn open(folder: &Path) -> Result<Payloads, Problem> {
        Ok(Payloads { folder: folder.to_owned() })
    }

    /// The folder they are in.
    #[must_use]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The id of the plugin that fetched them.
    #[must_use]
    pub(crate) fn plugin(&self) -> &str {
        ""
    }

    /// The month.
    #[must_use]
    pub(crate) fn month(&self) -> Month {
        unimplemented!()
    }

    /// The payloads in the order in which they were kept.
    #[must_use]
    pub(crate) fn files(&self) -> &[PayloadFile] {
        &[]
    }

    /// SHA-256 of `payloads.json`, in hex: it stands for all of them.
    #[must_use]
    pub(crate) fn sha256(&self) -> &str {
        ""
    }

    /// Reads a payload, decompressed. The reader ends with an error if the file is not what was kept.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub(crate) fn read(&self, _file: &PayloadFile, _limits: Limits) -> Result<PayloadReader, Problem> {
        Err(Problem::plugin("not ready"))
    }

    /// Compares every file with its digest.
    ///
    /// # Errors
    /// [`Problem::data`] that names the first file that differs.
    pub(crate) fn verify(&self) -> Result<(), Problem> {
        Ok(())
    }

    /// Copies the payloads into another folder, comparing digests on the way; what was there is replaced.
    ///
    /// # Errors
    /// If a file differs or the copy could not be written; the target is then as it was.
    pub(crate) fn copy_to(&self, _target: &Path) -> Result<Payloads, Problem> {
        Err(Problem::plugin("not ready"))
    }
}

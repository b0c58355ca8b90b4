//! The secrets of one source: fetched when first needed, once per run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ratebook_plugin::Problem;
use secrecy::{ExposeSecret, SecretString};

use super::redact::Redactor;
use super::secret::{SecretRef, usable};
use crate::disk;

/// The secrets of one source.
pub(crate) struct Secrets {
    references: BTreeMap<String, SecretRef>,
    folder: PathBuf,
    redactor: Arc<Redactor>,
    fetched: BTreeMap<String, SecretString>,
    cancel: Arc<AtomicBool>,
}

impl Secrets {
    /// The secrets behind these references. Relative paths begin in `folder`, the workspace; `cancel` stops waiting for one.
    ///
    /// # Errors
    /// [`Problem::config`] if a reference is not one; nothing is fetched yet.
    pub(crate) fn new(
        references: &BTreeMap<String, SecretRef>,
        folder: &Path,
        redactor: Arc<Redactor>,
        cancel: Arc<AtomicBool>,
    ) -> Result<Secrets, Problem> {
        for (name, reference) in references {
            reference.check().map_err(|message| Problem::config(key(name), message))?;
        }
        let (references, folder) = (references.clone(), folder.to_owned());
        Ok(Secrets { references, folder, redactor, fetched: BTreeMap::new(), cancel })
    }

    /// The secret of a name, and a warning if it lies about too openly. The redactor learns it.
    pub(super) fn get(&mut self, name: &str) -> Result<(SecretString, Option<String>), Problem> {
        if let Some(secret) = self.fetched.get(name) {
            return Ok((secret.clone(), None));
        }
        let (secret, warning) = self.reference(name)?.resolve(&key(name), &self.folder, &self.cancel)?;
        self.redactor.learn(secret.expose_secret());
        self.fetched.insert(name.to_owned(), secret.clone());
        Ok((secret, warning))
    }

    /// Replaces a secret that the vendor has rotated. Only a file can be written.
    pub(super) fn store(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        self.redactor.learn(value);
        let secret = usable(&key(name), value).map_err(|_| {
            Problem::plugin(format!("the new value of the secret {name} is not one line of text"))
        })?;
        let SecretRef::File(path) = self.reference(name)? else {
            return Err(Problem::config(
                key(name),
                "the vendor has replaced this secret, and only a file can take the new value",
            )
            .advise("Put the secret into a file of its own (chmod 600) and write { file = \"path\" }."));
        };
        // The file itself is replaced, not a link that stands for it.
        let path = self.folder.join(path);
        let path = path.canonicalize().unwrap_or(path);
        disk::write_whole(&path, format!("{value}\n").as_bytes())?;
        self.fetched.insert(name.to_owned(), secret);
        Ok(())
    }

    fn reference(&self, name: &str) -> Result<&SecretRef, Problem> {
        self.references.get(name).ok_or_else(|| {
            Problem::config(key(name), "this secret is needed and not configured").advise(format!(
                "Add {name} = {{ env = \"...\" }} (or file, or command) under the source's secrets."
            ))
        })
    }
}

/// Lets a redactor learn every secret of a source, to search for them.
///
/// # Errors
/// If one cannot be had.
pub(crate) fn learn_all(
    references: &BTreeMap<String, SecretRef>,
    folder: &Path,
    redactor: &Arc<Redactor>,
) -> Result<(), Problem> {
    let mut secrets = Secrets::new(references, folder, Arc::clone(redactor), Arc::default())?;
    references.keys().try_for_each(|name| secrets.get(name).map(|_| ()))
}

fn key(name: &str) -> String {
    format!("secrets.{name}")
}

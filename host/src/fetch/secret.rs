//! Where a secret is: a reference that may stand in a file people share. The secret itself may not.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use ratebook_plugin::Problem;
use secrecy::SecretString;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::secret_command::{LONGEST, Patience, first_line, read_whole};

/// How a reference is written.
const HOW: &str =
    "write { env = \"NAME\" }, { file = \"path\" } or { command = [\"program\", \"argument\"] }";

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretRef {
    /// In an environment variable.
    Env(String),
    /// In a file, which the host may rewrite if the vendor rotates the secret.
    File(PathBuf),
    /// The first line that a program prints; no shell is asked.
    Command(Vec<String>),
    /// Not a reference: somebody wrote a value. It is forgotten at once and refused by [`SecretRef::check`], because
    /// an error of the parser would quote the line with the secret in it.
    Written,
}

impl SecretRef {
    /// Says what is wrong with the reference itself, without looking at what it points to.
    ///
    /// # Errors
    /// A fragment for people.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            SecretRef::Written => Err(format!(
                "the secret itself must not stand here; {HOW}, and give the vendor's secret a new value"
            )),
            SecretRef::Env(name) if !is_variable(name) => Err(format!(
                "`env` takes the name of an environment variable (letters, digits and _), not a secret; {HOW}"
            )),
            SecretRef::File(path) if path.as_os_str().is_empty() => Err(format!("`file` is empty; {HOW}")),
            SecretRef::Command(words) if words.first().is_none_or(String::is_empty) => {
                Err(format!("`command` is empty; {HOW}"))
            }
            _ => Ok(()),
        }
    }

    /// Fetches the secret. `folder` is where relative paths begin. The second part is a warning, if there is one.
    pub(super) fn resolve(
        &self,
        key: &str,
        folder: &Path,
        cancel: &AtomicBool,
    ) -> Result<(SecretString, Option<String>), Problem> {
        self.check().map_err(|message| Problem::config(key, message))?;
        let (text, warning) = match self {
            SecretRef::Env(name) => {
                let value = std::env::var_os(name).ok_or_else(|| {
                    Problem::config(key, format!("the environment variable {name} is not set"))
                })?;
                let value = value.into_string().map_err(|_| {
                    Problem::config(key, format!("the environment variable {name} does not hold text"))
                })?;
                (value, None)
            }
            SecretRef::File(path) => read_file(key, &folder.join(path), cancel)?,
            SecretRef::Command(words) => (first_line(key, words, folder, Patience::default(), cancel)?, None),
            SecretRef::Written => (String::new(), None),
        };
        Ok((usable(key, &text)?, warning))
    }
}

impl SecretRef {
    /// True if a program is run for it.
    pub(crate) fn is_command(&self) -> bool {
        matches!(self, SecretRef::Command(_))
    }

    /// Fetches the secret and lets it go. Gives a warning, if there is one.
    ///
    /// # Errors
    /// As for [`SecretRef::resolve`].
    pub(crate) fn try_out(&self, key: &str, folder: &Path) -> Result<Option<String>, Problem> {
        self.resolve(key, folder, &AtomicBool::new(false)).map(|(_, warning)| warning)
    }
}

/// A secret as it can be sent: one line, without the line's end.
pub(super) fn usable(key: &str, text: &str) -> Result<SecretString, Problem> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Problem::config(key, "the secret is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(Problem::config(key, "the secret has more than one line or control characters in it"));
    }
    Ok(SecretString::from(text))
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn read_file(key: &str, path: &Path, cancel: &AtomicBool) -> Result<(String, Option<String>), Problem> {
    let shown = path.display();
    let failed = |error: std::io::Error| Problem::config(key, format!("cannot read {shown}: {error}"));
    let (metadata, bytes) = read_whole(key, path, Patience::default(), cancel)?.map_err(failed)?;
    let warning = permissions(key, &metadata, path)?;
    if bytes.len() as u64 > LONGEST {
        return Err(Problem::config(key, format!("{shown} is too long for a secret")));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Problem::config(key, format!("cannot read {shown}: it does not hold text")))?;
    Ok((text, warning))
}

/// A file that others may write is refused: they could put their own secret there. One that others may read earns a
/// warning only, because secrets that a container mounts are often like that.
#[cfg(unix)]
fn permissions(key: &str, metadata: &fs::Metadata, path: &Path) -> Result<Option<String>, Problem> {
    use std::os::unix::fs::PermissionsExt;
    let (mode, shown) = (metadata.permissions().mode(), path.display());
    if mode & 0o022 != 0 {
        return Err(Problem::config(key, format!("{shown} can be written by others than its owner"))
            .advise(format!("Run: chmod 600 {shown}")));
    }
    Ok((mode & 0o044 != 0)
        .then(|| format!("{key}: {shown} can be read by others than its owner (chmod 600 {shown})")))
}

#[cfg(not(unix))]
fn permissions(_: &str, _: &fs::Metadata, _: &Path) -> Result<Option<String>, Problem> {
    Ok(None)
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<SecretRef, D::Error> {
        from.deserialize_any(ReferenceVisitor)
    }
}

struct ReferenceVisitor;

impl<'de> Visitor<'de> for ReferenceVisitor {
    type Value = SecretRef;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a reference to a secret: {HOW}")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<SecretRef, E> {
        Ok(SecretRef::Written)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<SecretRef, E> {
        Ok(SecretRef::Written)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<SecretRef, E> {
        Ok(SecretRef::Written)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretRef, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            let next = match key.as_str() {
                "env" => SecretRef::Env(map.next_value()?),
                "file" => SecretRef::File(map.next_value()?),
                "command" => SecretRef::Command(map.next_value()?),
                other => return Err(de::Error::unknown_field(other, &["env", "file", "command"])),
            };
            if found.replace(next).is_some() {
                return Err(de::Error::custom(format!("a secret is in one place only; {HOW}")));
            }
        }
        found.ok_or_else(|| de::Error::custom(format!("nothing says where the secret is; {HOW}")))
    }
}

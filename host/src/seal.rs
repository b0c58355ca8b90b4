//! Documents that carry the digest of their own text, so that a changed byte in them is found.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::disk::hex;
use crate::failure::Failure;
use crate::files::json_text;

/// A document with a seal: SHA-256 of its text with an empty seal.
pub(crate) trait Sealed: Serialize + DeserializeOwned + Clone {
    /// The seal.
    fn seal(&mut self) -> &mut String;
}

/// The document as it is written, sealed.
///
/// # Errors
/// None that a document of ours could lead to.
pub(crate) fn sealed<T: Sealed>(document: &T) -> Result<String, Failure> {
    let mut document = document.clone();
    document.seal().clear();
    let seal = hex(&Sha256::digest(json_text(&document)?));
    *document.seal() = seal;
    json_text(&document)
}

/// Reads a sealed document.
///
/// # Errors
/// What is wrong with it, in words, if it is not byte for byte what [`sealed`] wrote.
pub(crate) fn unsealed<T: Sealed>(bytes: &[u8]) -> Result<T, String> {
    let document: T = serde_json::from_slice(bytes).map_err(|error| format!("it is damaged: {error}"))?;
    match sealed(&document) {
        Ok(text) if text.as_bytes() == bytes => Ok(document),
        _ => Err("it was changed after it was written".to_owned()),
    }
}

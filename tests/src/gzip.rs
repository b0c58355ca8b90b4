//! gzip as the fixtures have it: the same bytes on every run.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// Compresses bytes. The stream names no file and no time, so equal bytes give equal streams.
///
/// # Panics
/// Never: a vector takes what is written to it.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("a vector takes what is written to it")
}

/// Decompresses all members of a gzip stream.
///
/// # Errors
/// If it is not gzip, or cut, or damaged.
pub fn gunzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut plain)?;
    Ok(plain)
}

//! The plain-text manifest in a plugin's file, readable without running any of it.
//!
//! [`export!`](crate::export) writes it into a section of the library. It is text, one `key=value` a line after a
//! first line that says what it is, so that `strings` shows it to a person and a host of any age can read it.

use std::fmt;

/// The version of the plugin interface that this crate speaks: major, minor. It is the version of this crate.
pub const INTERFACE: (u32, u32) =
    (number(env!("CARGO_PKG_VERSION_MAJOR")), number(env!("CARGO_PKG_VERSION_MINOR")));

/// What this crate, and whatever is linked with it, is built for.
pub const TARGET: &str = env!("RATEBOOK_TARGET");

/// The compiler that builds it.
pub const RUSTC: &str = env!("RATEBOOK_RUSTC");

/// The section in ELF files.
pub const SECTION: &str = ".ratebook";
/// The section in Mach-O files.
pub const SECTION_MACHO: &str = "__ratebook";
/// The section in PE files, where names have at most eight letters.
pub const SECTION_PE: &str = ".ratebk";

const FIRST_LINE: &str = "ratebook plugin\n";

/// What a plugin's file says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The plugin's id.
    pub id: String,
    /// The plugin's version.
    pub version: String,
    /// The version of the plugin interface: major, minor.
    pub interface: (u32, u32),
    /// `unwind` or `abort`.
    pub panic: String,
    /// The compiler that built it.
    pub rustc: String,
    /// What it was built for.
    pub target: String,
}

impl Manifest {
    /// Reads the section of a file.
    ///
    /// # Errors
    /// [`ManifestError`] if it is none.
    pub fn read(section: &[u8]) -> Result<Manifest, ManifestError> {
        let text = section.split(|byte| *byte == 0).next().unwrap_or_default();
        let text = std::str::from_utf8(text).map_err(|_| ManifestError("it is not text".to_owned()))?;
        let lines =
            text.strip_prefix(FIRST_LINE).ok_or_else(|| ManifestError("it has no first line".to_owned()))?;
        let value = |key: &str| {
            let value = lines.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            value
                .filter(|value| !value.chars().any(char::is_control))
                .ok_or_else(|| ManifestError(format!("it does not say {key}")))
        };
        let interface = value("interface")?;
        let numbers = interface
            .split_once('.')
            .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let id = value("id")?;
        if !is_id(id) {
            return Err(ManifestError(format!("{id:?} cannot be an id")));
        }
        Ok(Manifest {
            id: id.to_owned(),
            version: value("version")?.to_owned(),
            interface: numbers.ok_or_else(|| ManifestError(format!("{interface:?} is not a version")))?,
            panic: value("panic")?.to_owned(),
            rustc: value("rustc")?.to_owned(),
            target: value("target")?.to_owned(),
        })
    }
}

/// Why a section is not a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError(pub String);

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its manifest is broken: {}", self.0)
    }
}

impl std::error::Error for ManifestError {}

/// True if a text can be a plugin's id: lower-case letters, digits and `-`.
#[must_use]
pub const fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
            return false;
        }
        at += 1;
    }
    !bytes.is_empty() && bytes.len() <= 64
}

/// The pieces of a manifest's text. For [`export!`](crate::export).
#[doc(hidden)]
#[must_use]
pub const fn pieces(id: &'static str, version: &'static str, unwinds: bool) -> [&'static str; 14] {
    assert!(is_id(id), "a plugin's id is of lower-case letters, digits and `-`");
    let panic = if unwinds { "unwind" } else { "abort" };
    let interface = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    let end = "\n";
    [
        FIRST_LINE,
        "interface=",
        interface,
        "\nid=",
        id,
        "\nversion=",
        version,
        "\npanic=",
        panic,
        "\nrustc=",
        RUSTC,
        "\ntarget=",
        TARGET,
        end,
    ]
}

/// How long the joined pieces are. For [`export!`](crate::export).
#[doc(hidden)]
#[must_use]
pub const fn length(pieces: &[&str]) -> usize {
    let (mut length, mut at) = (0, 0);
    while at < pieces.len() {
        length += pieces[at].len();
        at += 1;
    }
    length
}

/// The pieces as the bytes of a section. For [`export!`](crate::export).
#[doc(hidden)]
#[must_use]
pub const fn join<const N: usize>(pieces: &[&str]) -> [u8; N] {
    let mut joined = [0; N];
    let (mut piece, mut to) = (0, 0);
    while piece < pieces.len() {
        let bytes = pieces[piece].as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            joined[to] = bytes[at];
            (at, to) = (at + 1, to + 1);
        }
        piece += 1;
    }
    joined
}

const fn number(digits: &str) -> u32 {
    match u32::from_str_radix(digits, 10) {
        Ok(number) => number,
        // Cargo gives nothing but numbers.
        Err(_) => u32::MAX,
    }
}

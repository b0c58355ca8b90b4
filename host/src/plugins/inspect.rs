//! Reads a plugin's file without running any of it: what it is, and whether it can be loaded here.

use std::env::consts;

use object::read::{File, FileKind, Object, ObjectSection, ObjectSegment};
use object::{Architecture, BinaryFormat, ObjectKind};
use ratebook_plugin::manifest::{INTERFACE, Manifest, SECTION, SECTION_MACHO, SECTION_PE, TARGET};

/// What a file's bytes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inspected {
    /// The manifest, if there is one that can be read.
    pub(super) manifest: Option<Manifest>,
    /// Why the file cannot be loaded here: a lower-case fragment.
    pub(super) unfit: Option<String>,
}

/// Reads the bytes of a file.
pub(super) fn inspect(bytes: &[u8]) -> Inspected {
    match manifest_of(bytes) {
        Ok(manifest) => Inspected { unfit: unfit(&manifest), manifest: Some(manifest) },
        Err(why) => Inspected { manifest: None, unfit: Some(why) },
    }
}

fn manifest_of(bytes: &[u8]) -> Result<Manifest, String> {
    if bytes.is_empty() {
        return Err("the file is empty".to_owned());
    }
    let kind = FileKind::parse(bytes).map_err(|_| "it is not a library".to_owned())?;
    let file = File::parse(bytes).map_err(|error| match kind {
        FileKind::MachOFat32 | FileKind::MachOFat64 => "it holds libraries for several machines".to_owned(),
        _ => format!("the file is cut short or damaged ({error})"),
    })?;
    let (theirs, ours) = (platform(file.format()), platform(BinaryFormat::native_object()));
    if theirs != ours {
        return Err(format!("it is built for {theirs}, this ratebook runs on {ours}"));
    }
    let machine = machine(file.architecture());
    if machine != consts::ARCH {
        return Err(format!("it is built for {machine}, this ratebook runs on {}", consts::ARCH));
    }
    let length = bytes.len() as u64;
    let missing = file.segments().map(|segment| segment.file_range());
    if missing.filter_map(|(at, size)| at.checked_add(size)).any(|end| end > length) {
        return Err("the file is cut short".to_owned());
    }
    let section = [SECTION, SECTION_MACHO, SECTION_PE].iter().find_map(|name| file.section_by_name(name));
    let section = match section {
        Some(section) if file.kind() == ObjectKind::Dynamic => section,
        _ => return Err("it is not a plugin of ratebook".to_owned()),
    };
    let data = section.data().map_err(|_| "the file is cut short".to_owned())?;
    Manifest::read(data).map_err(|error| error.to_string())
}

/// Why a plugin with this manifest cannot be loaded here.
fn unfit(manifest: &Manifest) -> Option<String> {
    let ((major, minor), (our_major, our_minor)) = (manifest.interface, INTERFACE);
    if major != our_major {
        return Some(format!(
            "it speaks the plugin interface {major}.{minor}, this ratebook speaks {our_major}.{our_minor}"
        ));
    }
    (manifest.target != TARGET)
        .then(|| format!("it is built for {}, this ratebook is built for {TARGET}", manifest.target))
}

fn platform(format: BinaryFormat) -> &'static str {
    match format {
        BinaryFormat::MachO => "macOS",
        BinaryFormat::Pe | BinaryFormat::Coff => "Windows",
        BinaryFormat::Elf => "Linux",
        _ => "another system",
    }
}

/// The machine in the words of [`consts::ARCH`].
fn machine(architecture: Architecture) -> String {
    match architecture {
        Architecture::X86_64 => "x86_64".to_owned(),
        Architecture::Aarch64 => "aarch64".to_owned(),
        Architecture::I386 => "x86".to_owned(),
        other => format!("{other:?}").to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(bytes: &[u8]) -> String {
        inspect(bytes).unfit.unwrap()
    }

    #[test]
    fn what_is_no_library_is_said() {
        assert_eq!(why(b""), "the file is empty");
        assert_eq!(
            why(b"#!/bin/sh\nexit 0\n# and some more of it, so that it is long enough"),
            "it is not a library"
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_is_not_a_plugin_and_a_cut_one_is_said_to_be_cut() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(why(&bytes), "it is not a plugin of ratebook");
        for length in [70, 1000, bytes.len() / 2, bytes.len() - 1] {
            assert!(why(&bytes[..length]).starts_with("the file is cut short"), "{}", why(&bytes[..length]));
        }
    }

    #[test]
    fn another_major_interface_or_target_does_not_fit() {
        let manifest = Manifest {
            id: "acme".to_owned(),
            version: "0.1.0".to_owned(),
            interface: INTERFACE,
            panic: "unwind".to_owned(),
            rustc: String::new(),
            target: TARGET.to_owned(),
        };
        assert_eq!(unfit(&manifest), None);
        assert_eq!(unfit(&Manifest { interface: (INTERFACE.0, INTERFACE.1 + 1), ..manifest.clone() }), None);
        let newer = unfit(&Manifest { interface: (3, 0), ..manifest.clone() }).unwrap();
        assert!(newer.starts_with("it speaks the plugin interface 3.0, this ratebook speaks 2."), "{newer}");
        let foreign = unfit(&Manifest { target: "mips-unknown-linux-gnu".to_owned(), ..manifest }).unwrap();
        assert!(foreign.starts_with("it is built for mips-unknown-linux-gnu, "), "{foreign}");
    }
}

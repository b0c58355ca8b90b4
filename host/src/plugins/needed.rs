//! Which libraries of the system a plugin's library needs, read from its bytes.

use object::Endianness;
use object::elf::{DT_NEEDED, FileHeader64};
use object::read::elf::{Dyn as _, FileHeader as _};

/// The names of the libraries that an ELF file needs, as it writes them; empty for any other file.
pub(super) fn needed(bytes: &[u8]) -> Vec<String> {
    read(bytes).unwrap_or_default()
}

fn read(bytes: &[u8]) -> Result<Vec<String>, object::read::Error> {
    let header = FileHeader64::<Endianness>::parse(bytes)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, bytes)?;
    let Some((entries, names)) = sections.dynamic(endian, bytes)? else { return Ok(Vec::new()) };
    let names = sections.strings(endian, bytes, names)?;
    let needed = entries.iter().filter(|entry| entry.tag(endian) == DT_NEEDED);
    needed
        .map(|entry| entry.string(endian, names).map(|name| String::from_utf8_lossy(name).into_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_needs_the_c_library() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(needed(&bytes).iter().any(|name| name.starts_with("libc.")), "{:?}", needed(&bytes));
        assert!(needed(b"").is_empty() && needed(&bytes[..1000]).is_empty());
    }
}

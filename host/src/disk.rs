//! Files and folders that only their owner can read, written so that they are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use ratebook_plugin::{Problem, ProblemKind};

/// How the name of a file begins that is being written: none is left but by a process that was killed.
pub(crate) const DRAFT: &str = ".draft-";

/// A [`ProblemKind::Storage`] about a path.
pub(crate) fn storage(doing: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Storage, format!("cannot {doing} {}: {error}", path.display()))
}

/// Makes a folder, and those above it, for their owner only.
pub(crate) fn make_folder(path: &Path) -> Result<(), Problem> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| storage("make the folder", path, &error))
}

/// A file that is being written. Where there is no room for more, its errors say how much is needed.
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    bytes: u64,
}

impl NewFile {
    /// A file that is empty yet.
    pub(crate) fn of(file: File) -> NewFile {
        NewFile { file, bytes: 0 }
    }

    /// How many bytes were written.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes what was written last.
    pub(crate) fn sync_all(&self) -> io::Result<()> {
        self.file.sync_all().map_err(|error| self.told(error, 0))
    }

    fn told(&self, error: io::Error, more: usize) -> io::Error {
        if !matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            return error;
        }
        let needed = self.bytes + more as u64;
        let free = free(&self.file).map(|free| format!(", {free} are free")).unwrap_or_default();
        io::Error::new(error.kind(), format!("{error}: at least {needed} bytes are needed{free}"))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes).map_err(|error| self.told(error, bytes.len()))?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// How many bytes may still be written where a file is, if the system says.
#[cfg(unix)]
pub(crate) fn free(file: &File) -> Option<u64> {
    let found = rustix::fs::fstatvfs(file).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
pub(crate) fn free(_: &File) -> Option<u64> {
    None
}

/// Makes a file that is not there yet; a link planted in its place is not followed.
pub(crate) fn new_file(path: &Path) -> io::Result<NewFile> {
    let mut options = OpenOptions::new();
    options.write(true).read(true).create_new(true);
    private(&mut options);
    options.open(path).map(NewFile::of)
}

/// Opens a file to write at its end, making it if it is missing.
pub(crate) fn append_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    private(&mut options);
    options.open(path)
}

/// Opens a file that holds whoever has it locked, making it if it is missing; a link is not followed, what is there stays.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    options.open(path)
}

/// True if an open file is the one that stands at a path, and not one that was taken away from there.
#[cfg(unix)]
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |found: &fs::Metadata| (found.dev(), found.ino());
    matches!((file.metadata(), fs::symlink_metadata(path)), (Ok(open), Ok(there)) if id(&open) == id(&there))
}

/// Elsewhere a file that is open cannot be taken away.
#[cfg(not(unix))]
pub(crate) fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// Opens a file to read it; a link is not followed, and what is no file is refused.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    private(&mut options);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok(file)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    options.mode(0o600).custom_flags(flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

/// Puts a file in its place in one step: written beside it, synced, renamed, the folder synced.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = |error: &io::Error| storage("write", path, error);
    let draft = tempfile::Builder::new().prefix(DRAFT).tempfile_in(folder).map_err(|error| failed(&error))?;
    let (file, temporary) = draft.into_parts();
    let mut draft = NewFile::of(file);
    draft.write_all(bytes).and_then(|()| draft.sync_all()).map_err(|error| failed(&error))?;
    temporary.persist(path).map_err(|error| failed(&error.error))?;
    sync_folder(folder)
}

/// Makes a folder's list of names last.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Problem> {
    // Only Unix lets a folder be opened and synced.
    if cfg!(unix) {
        File::open(path)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| storage("sync the folder", path, &error))?;
    }
    Ok(())
}

/// Takes a file or a whole folder away; a missing one is fine.
pub(crate) fn remove(path: &Path) -> Result<(), Problem> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(storage("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A file name made of a name that came from elsewhere: never a path, never hidden, never too long.
pub(crate) fn safe_name(name: &str) -> String {
    const LONGEST: usize = 80;
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let mut slug: String = name.chars().map(|letter| if safe(letter) { letter } else { '-' }).collect();
    while slug.contains("..") {
        slug = slug.replace("..", ".");
    }
    let slug = slug.trim_matches(['.', '-']);
    // The end says what it is, so a long name loses its middle.
    let slug = if slug.len() > LONGEST {
        format!("{}-{}", &slug[..LONGEST / 2], &slug[slug.len() - LONGEST / 2 + 1..])
    } else {
        slug.to_owned()
    };
    let stem = slug.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let reserved = ["CON", "PRN", "AUX", "NUL"].contains(&stem.as_str())
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    match slug.as_str() {
        "" => "payload".to_owned(),
        _ if reserved => format!("payload-{slug}"),
        _ => slug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendors_name_never_becomes_a_path() {
        for (name, safe) in [
            ("usage.json", "usage.json"),
            ("../../etc/cron.d/x", "etc-cron.d-x"),
            ("/etc/passwd", "etc-passwd"),
            ("a/b\\c", "a-b-c"),
            ("..", "payload"),
            ("", "payload"),
            ("-rf", "rf"),
            (".hidden", "hidden"),
            ("a\0b\u{202e}.csv", "a-b-.csv"),
            ("CON", "payload-CON"),
            ("nul.csv", "payload-nul.csv"),
            ("a....b", "a.b"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        let long = safe_name(&format!("{}.csv.gz", "x".repeat(100_000)));
        assert!(long.len() <= 80 && long.ends_with(".csv.gz"), "{long}");
    }

    #[cfg(unix)]
    #[test]
    fn planted_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        fs::write(&victim, "old").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        assert!(new_file(&link).is_err());
        assert!(append_file(&link).is_err());
        assert!(open_file(&link).is_err());
        write_whole(&link, b"new").unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "old");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }
}

//! Files and folders that only their owner can read, written so that they are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use ratebook_plugin::{Problem, ProblemKind};

/// How the name of a file begins that is being written: none is left but by a process that was killed.
pub(crate) const DRAFT: &str = ".draft-";

/// True for the whole name of a file that is being written, as [`tempfile`] ends it.
pub(crate) fn is_draft(name: &str) -> bool {
    let end = name.strip_prefix(DRAFT);
    end.is_some_and(|end| end.len() == 6 && end.bytes().all(|letter| letter.is_ascii_alphanumeric()))
}

/// A [`ProblemKind::Storage`] about a path.
pub(crate) fn storage(doing: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Storage, format!("cannot {doing} {}: {error}", path.display()))
}

/// The folder that a file is in: the one we are in where its path names none.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
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
        let needed = self.bytes + more as u64;
        if error.kind() == io::ErrorKind::FileTooLarge {
            let most = most_bytes().map(|most| format!(", {most} are allowed here (see `ulimit -f`)"));
            let why = format!("{error}: at least {needed} bytes are needed{}", most.unwrap_or_default());
            return io::Error::new(error.kind(), why);
        }
        if !matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            return error;
        }
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

/// How large this process may let a file become, if that is limited.
#[cfg(unix)]
fn most_bytes() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

#[cfg(not(unix))]
fn most_bytes() -> Option<u64> {
    None
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

/// Puts a file in its place in one step: written beside it, synced, renamed, the folder synced. Its owner alone reads it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    put_whole(path, bytes, &mut tempfile::Builder::new())
}

/// The same for a file that is kept with the rules, in a repository: everybody can read it, its owner alone writes it. Its
/// folder is made if it is missing.
pub(crate) fn write_readable(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(|error| storage("make the folder", folder, &error))?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    put_whole(path, bytes, &mut builder)
}

/// The same for a file that the caller holds against others: what a killed one has left half written of it goes.
pub(crate) fn write_held(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let folder = folder_of(path);
    // By the file's name, and not by chance: others may be writing files of their own in this folder.
    let draft = folder.join(format!("{DRAFT}{}", path.file_name().unwrap_or_default().to_string_lossy()));
    remove(&draft)?;
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
        let mut file = NewFile::of(options.open(&draft)?);
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    if let Err(error) = write() {
        // What was wrong is told; what stays is taken away next time.
        let _ = remove(&draft);
        return Err(storage("write", path, &error));
    }
    sync_folder(folder)
}

fn put_whole(path: &Path, bytes: &[u8], builder: &mut tempfile::Builder<'_, '_>) -> Result<(), Problem> {
    let folder = folder_of(path);
    let failed = |error: &io::Error| storage("write", path, error);
    let draft = builder.prefix(DRAFT).tempfile_in(folder).map_err(|error| failed(&error))?;
    let (file, temporary) = draft.into_parts();
    let mut draft = NewFile::of(file);
    draft.write_all(bytes).and_then(|()| draft.sync_all()).map_err(|error| failed(&error))?;
    temporary.persist(path).map_err(|error| failed(&error.error))?;
    sync_folder(folder)
}

/// Puts a folder in its place in one step; what was there goes to where the new one was.
pub(crate) fn put_folder(new: &Path, place: &Path) -> Result<(), Problem> {
    let failed = |error: &io::Error| storage("write", place, error);
    if fs::symlink_metadata(place).is_err() {
        return fs::rename(new, place).map_err(|error| failed(&error));
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE) {
            Ok(()) => return Ok(()),
            // Some file systems cannot exchange.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {}
            Err(error) => return Err(failed(&error.into())),
        }
    }
    // Without an exchange there is a moment in which nothing is there.
    let old = new.with_extension("old");
    remove(&old)?;
    fs::rename(place, &old).map_err(|error| failed(&error))?;
    if let Err(error) = fs::rename(new, place) {
        // Back as it was; the first error is the one to tell.
        let _ = fs::rename(&old, place);
        return Err(failed(&error));
    }
    remove(&old)
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

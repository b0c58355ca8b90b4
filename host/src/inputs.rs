//! Files that people and other programs put down for ratebook: what they may be, how much of them is read, and who may
//! write those that decide what is billed.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};

/// Opens a file to read it, without waiting for anybody: what is a pipe, a device or a folder is refused unread. Links are
/// followed.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Opening a pipe waits for its writer otherwise, and a terminal would become ours.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    match kind(&file.metadata()?) {
        None => Ok(file),
        Some(kind) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {kind}, not a file"))),
    }
}

/// The bytes of a file, at most so many: what counts is what is read, for some files say that they are empty, and some
/// grow.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_open(open(path)?, most)
}

/// The same for a file that is open.
pub(crate) fn read_open(file: File, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let why = format!("it is larger than {} MiB", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

/// True if that is what is wrong with the file itself, and no trouble with the disk.
pub(crate) fn is_unfit(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge)
}

/// A file of data that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    if is_unfit(error) {
        return Failure::new(Exit::Data, "E-DATA", error.to_string()).at(path.display().to_string());
    }
    Failure::storage(path, "read", error)
}

/// What something is that is no file.
fn kind(found: &Metadata) -> Option<&'static str> {
    if found.is_file() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = found.file_type();
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    Some(if found.is_dir() { "a folder" } else { "something else" })
}

/// True if everybody on the machine may write to what this is of.
#[cfg(unix)]
pub(crate) fn everybody_may_write(found: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o002 != 0
}

#[cfg(not(unix))]
pub(crate) fn everybody_may_write(_: &Metadata) -> bool {
    false
}

/// True for a folder in which nobody can replace what another one put there, such as `/tmp`.
#[cfg(unix)]
fn is_sticky(found: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o1000 != 0
}

#[cfg(not(unix))]
fn is_sticky(_: &Metadata) -> bool {
    false
}

/// What everybody may write to of a file and the folders that it is in, up to and with `root`.
pub(crate) fn open_to_all(file: &Path, root: &Path) -> Vec<PathBuf> {
    let steps = file.ancestors().take_while(|step| step.starts_with(root));
    let is_open = |(height, step): &(usize, &Path)| {
        // The root of rules that a command names may be empty: the folder we are in.
        let step = if step.as_os_str().is_empty() { Path::new(".") } else { step };
        let found = std::fs::metadata(step);
        found.is_ok_and(|found| everybody_may_write(&found) && (*height == 0 || !is_sticky(&found)))
    };
    steps.enumerate().filter(is_open).map(|(_, step)| step.to_owned()).collect()
}

/// What is refused for what everybody may do with it.
pub(crate) fn refused(path: &Path) -> Failure {
    let shown = path.display().to_string();
    Failure::new(Exit::Rules, "E-CONFIG", "everybody on this machine may write to it")
        .at(shown.clone())
        .note("Whoever changes it says which vendor is asked, which command gives a secret, and who pays.")
        .fix(format!("chmod o-w {shown}"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn what_is_no_file_is_refused_without_waiting_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let link = folder.path().join("link");
        symlink(&pipe, &link).unwrap();
        for (path, why) in [
            (pipe.as_path(), "it is a pipe, not a file"),
            (&link, "it is a pipe, not a file"),
            (Path::new("/dev/zero"), "it is a device, not a file"),
            (folder.path(), "it is a folder, not a file"),
        ] {
            let error = open(path).unwrap_err();
            assert_eq!((error.to_string().as_str(), is_unfit(&error)), (why, true), "{}", path.display());
        }
    }

    #[test]
    fn limits_hold_on_what_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, vec![b'x'; 3 << 20]).unwrap();
        assert_eq!(read(&path, 3 << 20).unwrap().len(), 3 << 20);
        assert_eq!(read(&path, 2 << 20).unwrap_err().to_string(), "it is larger than 2 MiB");
        // It says of itself that it has no bytes.
        #[cfg(target_os = "linux")]
        assert!(is_unfit(&read(Path::new("/proc/self/maps"), 8).unwrap_err()));
    }

    #[test]
    fn a_file_and_each_folder_that_it_is_in_count() {
        let folder = tempfile::tempdir().unwrap();
        let books = folder.path().join("rules/books");
        fs::create_dir_all(&books).unwrap();
        let file = books.join("main.toml");
        fs::write(&file, "").unwrap();
        let mode = |path: &Path, mode: u32| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let open = || open_to_all(&file, folder.path());
        assert!(open().is_empty());
        mode(&file, 0o606);
        mode(&books, 0o777);
        mode(folder.path(), 0o777);
        assert_eq!(open(), [file.clone(), books.clone(), folder.path().to_owned()]);
        // Nobody can replace what another one put there.
        mode(&books, 0o1777);
        mode(folder.path(), 0o1777);
        assert_eq!(open(), std::slice::from_ref(&file));
        // What is above is not looked at.
        assert!(open_to_all(&file, &books.join("main.toml")).len() == 1);
    }
}

//! Opens a plugin's library: the only place that runs foreign code, and with it the only unsafe one of the host.
#![expect(
    unsafe_code,
    reason = "a library that is opened runs its own code; there is no safe way to do that"
)]

use std::path::{Path, PathBuf};

use libloading::Library;
use ratebook_plugin::abi::{HeaderRef, LoadedPlugin, SYMBOL};

use super::find::{read, sha256};
#[cfg(target_os = "linux")]
use super::needed::needed;

/// A library whose bytes were checked and cannot change any more, as far as the system can see to that.
#[derive(Debug)]
pub(super) struct Checked {
    path: PathBuf,
    on_disk: bool,
}

impl Checked {
    /// Reads a library and checks that it has this digest.
    ///
    /// On Linux the bytes that were checked go into a sealed file in memory, and that is what is opened: whatever
    /// happens to the file on disk meanwhile does not matter.
    pub(super) fn new(path: &Path, digest: &str) -> Result<Checked, String> {
        let bytes = read(path)?;
        if !sha256(&bytes).eq_ignore_ascii_case(digest) {
            return Err(format!("{} is not the file any more that was found", path.display()));
        }
        #[cfg(target_os = "linux")]
        open_needed(&bytes);
        Ok(match sealed(&bytes) {
            Some(path) => Checked { path, on_disk: false },
            None => Checked { path: path.to_owned(), on_disk: true },
        })
    }

    /// The file that is still needed to open it, if its bytes are not in memory.
    pub(super) fn readable(&self) -> Option<&Path> {
        self.on_disk.then_some(&*self.path)
    }

    /// Opens the library and takes the plugin out of it, which must be the one of this id.
    pub(super) fn open(self, id: &str) -> Result<LoadedPlugin, String> {
        // SAFETY: none that could be proven: the library is foreign code, trusted by its place or by plugins.lock,
        // and run in a process of its own unless the operator says otherwise.
        let library = unsafe { open(&self.path) }.map_err(|error| reason(&error))?;
        // Never closed: the plugin's functions, and what they have registered, stay.
        let library: &'static Library = Box::leak(Box::new(library));
        // SAFETY: only `export!` makes this symbol, and the header begins with a mark that is checked.
        let header = unsafe { library.get::<HeaderRef>(SYMBOL) };
        let header = header.map_err(|_| "it exports no plugin".to_owned())?;
        let plugin = LoadedPlugin::new(*header).map_err(|error| error.to_string())?;
        let about = plugin.about().map_err(|problem| problem.to_string())?;
        if about.id != id {
            return Err(format!("it says of itself that it is {:?}", about.id));
        }
        Ok(plugin)
    }
}

#[cfg(unix)]
unsafe fn open(path: &Path) -> Result<Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: the caller's.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map(Into::into)
}

#[cfg(not(unix))]
unsafe fn open(path: &Path) -> Result<Library, libloading::Error> {
    // SAFETY: the caller's.
    unsafe { Library::new(path) }
}

/// Opens the libraries of the system that a library needs, so that no file has to be readable when it is opened itself.
/// What is not found is told then. A path is not followed: the system's own are found by their names.
#[cfg(target_os = "linux")]
fn open_needed(bytes: &[u8]) {
    for name in needed(bytes).iter().filter(|name| !name.contains('/')) {
        // SAFETY: none that could be proven, but it is the system's own code.
        if let Ok(library) = unsafe { open(Path::new(name)) } {
            std::mem::forget(library);
        }
    }
}

/// What the system's loader says, without the path that it was given.
fn reason(error: &libloading::Error) -> String {
    let source = std::error::Error::source(error).map(ToString::to_string);
    let text = source.unwrap_or_else(|| error.to_string());
    text.rsplit_once("/proc/self/fd/").map_or(text.clone(), |(_, rest)| {
        rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ':').trim().to_owned()
    })
}

/// The bytes as a file in memory that nobody can change, by a path to open it.
///
/// The descriptor stays open: the loader knows libraries by their path, and a second one under the number of a
/// closed one would be taken for the first.
#[cfg(target_os = "linux")]
fn sealed(bytes: &[u8]) -> Option<PathBuf> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use std::io::Write as _;
    use std::os::fd::{AsRawFd as _, IntoRawFd as _};

    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let memory = memfd_create("ratebook-plugin", flags).ok()?;
    let mut file = std::fs::File::from(memory);
    file.write_all(bytes).ok()?;
    fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL).ok()?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    path.exists().then(|| {
        let _ = file.into_raw_fd();
        path
    })
}

#[cfg(not(target_os = "linux"))]
fn sealed(_bytes: &[u8]) -> Option<PathBuf> {
    None
}

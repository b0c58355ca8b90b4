//! The body of an answer: complete, checked and hashed before anybody sees it.

use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use ratebook_plugin::Problem;
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::gzip::{Bad, Checker};
use crate::disk::{self, NewFile};
use crate::unpack::Limits;

/// Shorter bodies stay in memory.
const IN_MEMORY: usize = 1 << 20;
const BUFFER: usize = 256 << 10;

/// A body on its way in.
pub(super) struct Spool<'f> {
    folder: &'f Path,
    limits: Limits,
    memory: Vec<u8>,
    file: Option<(NewFile, TempPath)>,
    hash: Sha256,
    bytes: u64,
    checker: Checker,
}

/// A complete body.
#[derive(Debug)]
pub(super) struct Body {
    store: Store,
    /// Bytes as they came.
    pub(super) bytes: u64,
    /// SHA-256 of them, in hex.
    pub(super) sha256: String,
    /// True if they are a gzip stream.
    pub(super) gzip: bool,
}

#[derive(Debug)]
enum Store {
    Memory(Arc<[u8]>),
    /// Goes when the body goes.
    Temporary(TempPath),
    /// Kept as a payload.
    Kept(PathBuf),
}

impl<'f> Spool<'f> {
    /// A body that will be spooled to `folder` if it gets long.
    pub(super) fn new(folder: &'f Path, limits: Limits) -> Self {
        let checker = Checker::new(limits);
        Spool { folder, limits, memory: Vec::new(), file: None, hash: Sha256::new(), bytes: 0, checker }
    }

    /// How many bytes have come.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Bad> {
        self.checker.push(bytes)?;
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        if let Some((file, path)) = &mut self.file {
            return file.write_all(bytes).map_err(|error| storage(path, &error));
        }
        self.memory.extend_from_slice(bytes);
        if self.memory.len() > IN_MEMORY {
            let temporary = tempfile::Builder::new().prefix(".body-").tempfile_in(self.folder);
            let (file, path) = temporary.map_err(|error| storage(self.folder, &error))?.into_parts();
            let mut file = NewFile::of(file);
            file.write_all(&self.memory).map_err(|error| storage(&path, &error))?;
            self.memory = Vec::new();
            self.file = Some((file, path));
        }
        Ok(())
    }

    /// Ends the body. `transport` is true if HTTP says that it has put gzip around what the vendor sends.
    pub(super) fn finish(self, transport: bool) -> Result<Body, Bad> {
        let found = self.checker.finish()?;
        let store = match self.file {
            None => Store::Memory(self.memory.into()),
            // Closed here; a reader opens it again, so that bodies in waiting hold no descriptors.
            Some((_, path)) => Store::Temporary(path),
        };
        let sha256 = disk::hex(&self.hash.finalize());
        let body = Body { store, bytes: self.bytes, sha256, gzip: found.gzip };
        match (found.nested, transport) {
            (false, _) => Ok(body),
            // HTTP's own layer is not part of what the vendor stores, so it goes.
            (true, true) => body.stripped(self.folder, self.limits),
            (true, false) => {
                Err(Bad::Refused(Problem::data("there is a gzip stream inside the gzip stream")))
            }
        }
    }
}

impl Body {
    fn stripped(&self, folder: &Path, limits: Limits) -> Result<Body, Bad> {
        let mut inner = Spool::new(folder, limits);
        let mut reader = self.decoded().map_err(Bad::Refused)?;
        let mut buffer = vec![0; BUFFER];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return inner.finish(false),
                Ok(count) => inner.push(&buffer[..count])?,
                Err(error) => return Err(storage(folder, &error)),
            }
        }
    }

    /// The bytes as they came.
    pub(super) fn wire(&self) -> Result<Box<dyn Read + Send>, Problem> {
        let path: &Path = match &self.store {
            Store::Memory(bytes) => return Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
            Store::Temporary(path) => path,
            Store::Kept(path) => path,
        };
        let file = disk::open_file(path).map_err(|error| disk::storage("read", path, &error))?;
        Ok(Box::new(file))
    }

    /// The bytes decompressed. They have been checked, so what fails now is the disk.
    pub(super) fn decoded(&self) -> Result<Box<dyn Read + Send>, Problem> {
        let wire = self.wire()?;
        if !self.gzip {
            return Ok(wire);
        }
        Ok(Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(BUFFER, wire))))
    }

    /// Puts the bytes at `path`, synced, where nothing may be yet.
    pub(super) fn keep(&mut self, path: &Path) -> Result<(), Problem> {
        let failed = |error: &io::Error| disk::storage("write", path, error);
        match std::mem::replace(&mut self.store, Store::Kept(path.to_owned())) {
            Store::Temporary(temporary) => match temporary.persist_noclobber(path) {
                Ok(()) => {
                    disk::open_file(path).and_then(|file| file.sync_all()).map_err(|error| failed(&error))
                }
                Err(error) => {
                    self.store = Store::Temporary(error.path);
                    Err(failed(&error.error))
                }
            },
            other => {
                self.store = other;
                let mut from = self.wire()?;
                let mut to = disk::new_file(path).map_err(|error| failed(&error))?;
                io::copy(&mut from, &mut to).map_err(|error| failed(&error))?;
                to.sync_all().map_err(|error| failed(&error))
            }
        }
    }
}

fn storage(path: &Path, error: &io::Error) -> Bad {
    Bad::Refused(disk::storage("write", path, error))
}

#[cfg(test)]
mod tests {
    use super::super::gzip::tests::gzip;
    use super::*;

    fn spooled(folder: &Path, bytes: &[u8], transport: bool) -> Result<Body, Bad> {
        let mut spool = Spool::new(folder, Limits::default());
        for part in bytes.chunks(100_000) {
            spool.push(part)?;
        }
        spool.finish(transport)
    }

    fn read(mut reader: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Bytes that hardly shrink, so that the gzip stream is long too.
    fn noise(count: usize) -> Vec<u8> {
        let mut state = 1u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn short_and_long_bodies_come_back_as_they_came() {
        let folder = tempfile::tempdir().unwrap();
        for (count, files) in [(0, 0), (10, 0), (1 << 20, 0), ((1 << 20) + 1, 1), (3 << 20, 1)] {
            let bytes = noise(count);
            let mut body = spooled(folder.path(), &bytes, false).unwrap();
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), files, "{count}");
            assert_eq!((body.bytes, body.gzip), (count as u64, false));
            assert_eq!(body.sha256, disk::hex(&Sha256::digest(&bytes)));
            assert_eq!(read(body.wire().unwrap()), bytes);
            // A reader that is open before the body is kept goes on.
            let early = body.decoded().unwrap();
            let kept = folder.path().join("kept");
            body.keep(&kept).unwrap();
            assert_eq!(read(early), bytes);
            assert_eq!(read(body.decoded().unwrap()), bytes);
            let again = folder.path().join("again");
            body.keep(&again).unwrap();
            assert_eq!(std::fs::read(&again).unwrap(), bytes);
            assert!(body.keep(&kept).is_err(), "a kept payload was written over");
            assert_eq!(std::fs::read(&kept).unwrap(), bytes);
            drop(body);
            std::fs::remove_file(kept).unwrap();
            std::fs::remove_file(again).unwrap();
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn gzip_by_header_by_magic_both_neither_and_twice() {
        let folder = tempfile::tempdir().unwrap();
        let plain = noise(2 << 20);
        let once = gzip(&plain);
        let twice = gzip(&once);
        for (wire, transport, stored, is_gzip) in [
            (&plain, false, &plain, false),
            (&plain, true, &plain, false),
            (&once, false, &once, true),
            (&once, true, &once, true),
            (&twice, true, &once, true),
        ] {
            let body = spooled(folder.path(), wire, transport).unwrap();
            assert_eq!((body.gzip, body.bytes), (is_gzip, stored.len() as u64));
            assert_eq!(body.sha256, disk::hex(&Sha256::digest(stored)));
            assert_eq!(read(body.wire().unwrap()), *stored);
            assert_eq!(read(body.decoded().unwrap()), plain);
        }
        for (wire, transport) in [(&twice, false), (&gzip(&twice), true)] {
            let refused = spooled(folder.path(), wire, transport).unwrap_err();
            assert!(matches!(refused, Bad::Refused(problem) if problem.message.contains("inside the gzip")));
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_spooled_is_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mut body = spooled(folder.path(), &noise(2 << 20), false).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let spool = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        assert_eq!(mode(&spool), 0o600);
        let kept = folder.path().join("kept");
        body.keep(&kept).unwrap();
        assert_eq!(mode(&kept), 0o600);
    }
}

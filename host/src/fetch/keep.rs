//! Payloads on their way into their folder: nothing is at its place before [`NewPayloads::commit`].

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use ratebook_plugin::call::Kept;
use ratebook_plugin::{Month, Problem};
use sha2::{Digest, Sha256};

use super::body::{Body, Spool};
use super::gzip::Bad;
use super::listing::{LISTING, Listing, PayloadFile};
use super::payloads::Payloads;
use crate::disk;
use crate::inputs;
use crate::unpack::{Limits, MAGIC};

const BUFFER: usize = 256 << 10;
/// How much of a file a plugin sees to recognize it.
const HEAD: u64 = 64 << 10;

/// Payloads on their way into their folder.
///
/// They are collected beside it, in `.<name>.incomplete`, which stays after a failed run so that one can look at what
/// came, and is emptied by the next.
#[derive(Debug)]
pub(crate) struct NewPayloads {
    target: PathBuf,
    folder: PathBuf,
    listing: Listing,
    /// Names in use, in lower case, because some file systems do not tell cases apart.
    names: BTreeSet<String>,
    /// What names the payloads that are at the place.
    named_in: Option<PathBuf>,
}

impl NewPayloads {
    /// Begins the payloads of a plugin for a month, to be put at `target`.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub(crate) fn begin(target: &Path, plugin: &str, month: Month) -> Result<NewPayloads, Problem> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let folder = target.with_file_name(format!(".{name}.incomplete"));
        disk::remove(&folder)?;
        disk::make_folder(&folder)?;
        let listing = Listing { files: Vec::new(), month, plugin: plugin.to_owned() };
        Ok(NewPayloads {
            target: target.to_owned(),
            folder,
            listing,
            names: BTreeSet::from([LISTING.to_owned()]),
            named_in: None,
        })
    }

    /// The same for payloads that a manifest may name: it goes before they change.
    pub(crate) fn named_in(mut self, manifest: &Path) -> NewPayloads {
        self.named_in = Some(manifest.to_owned());
        self
    }

    /// Where files are collected; bodies may be spooled there too.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps an answer's body as a payload.
    pub(super) fn keep(&mut self, body: &mut Body, name: &str, format: &str) -> Result<Kept, Problem> {
        let file = self.free_name(name, body.gzip);
        body.keep(&self.folder.join(&file))?;
        let kept = Kept { sha256: body.sha256.clone(), bytes: body.bytes };
        self.listing.files.push(PayloadFile {
            bytes: body.bytes,
            file,
            format: format.to_owned(),
            gzip: body.gzip,
            name: name.to_owned(),
            sha256: kept.sha256.clone(),
        });
        Ok(kept)
    }

    /// Takes in a file that was downloaded by hand, as it is: plain or gzip.
    ///
    /// # Errors
    /// If it cannot be read or is a damaged gzip stream.
    pub(crate) fn import(&mut self, file: &Path, format: &str, limits: Limits) -> Result<Kept, Problem> {
        let mut from = inputs::open(file).map_err(|error| unreadable(file, &error))?;
        let mut spool = Spool::new(&self.folder, limits);
        let mut buffer = vec![0; BUFFER];
        let damaged = |bad: Bad| match bad {
            Bad::Damaged(what) => Problem::data(format!("{}: {what}", file.display())),
            Bad::Refused(problem) => problem,
        };
        loop {
            match from.read(&mut buffer).map_err(|error| unreadable(file, &error))? {
                0 => break,
                count => spool.push(&buffer[..count]).map_err(damaged)?,
            }
        }
        let mut body = spool.finish(false).map_err(damaged)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        self.keep(&mut body, &name, format)
    }

    /// Takes in a payload that is kept elsewhere, comparing its digest.
    fn copy(&mut self, from: &Path, file: &PayloadFile) -> Result<(), Problem> {
        let read = |error: &io::Error| disk::storage("read", from, error);
        let path = self.folder.join(&file.file);
        let write = |error: &io::Error| disk::storage("write", &path, error);
        let mut input = disk::open_file(from).map_err(|error| read(&error))?;
        let mut output = disk::new_file(&path).map_err(|error| write(&error))?;
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; BUFFER]);
        loop {
            let count = input.read(&mut buffer).map_err(|error| read(&error))?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
            bytes += count as u64;
            output.write_all(&buffer[..count]).map_err(|error| write(&error))?;
        }
        output.sync_all().map_err(|error| write(&error))?;
        file.same(bytes, &disk::hex(&hash.finalize()))?;
        self.names.insert(file.file.to_ascii_lowercase());
        self.listing.files.push(file.clone());
        Ok(())
    }

    /// True if nothing was kept yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.listing.files.is_empty()
    }

    /// Puts the payloads at their place, in one step, instead of what was there. If the same payloads are there
    /// already, whole, they stay untouched.
    ///
    /// # Errors
    /// If they could not be written; the place is then as it was.
    pub(crate) fn commit(self) -> Result<Payloads, Problem> {
        let text = self.listing.text()?;
        if let Ok(Some(there)) = Payloads::find(&self.target)
            && there.sha256() == disk::hex(&Sha256::digest(&text))
            && there.verify().is_ok()
        {
            disk::remove(&self.folder)?;
            there.came_again()?;
            return Ok(there);
        }
        disk::write_whole(&self.folder.join(LISTING), text.as_bytes())?;
        // Where nothing was, nothing is named.
        if let Some(manifest) = self.named_in.as_ref().filter(|_| self.target.exists()) {
            disk::remove(manifest)?;
        }
        disk::put_folder(&self.folder, &self.target)?;
        disk::sync_folder(disk::folder_of(&self.target))?;
        disk::remove(&self.folder)?;
        Payloads::open(&self.target)
    }

    /// A file name for a payload that no other has.
    fn free_name(&mut self, name: &str, gzip: bool) -> String {
        let safe = disk::safe_name(name);
        let end = if gzip && !safe.to_ascii_lowercase().ends_with(".gz") { ".gz" } else { "" };
        let (stem, extension) = match safe.split_once('.') {
            Some((stem, extension)) => (stem, format!(".{extension}")),
            None => (safe.as_str(), String::new()),
        };
        let mut free = format!("{safe}{end}");
        let mut number = 1u32;
        while !self.names.insert(free.to_ascii_lowercase()) {
            number += 1;
            free = format!("{stem}-{number}{extension}{end}");
        }
        free
    }
}

impl Payloads {
    /// Copies the payloads into another folder, comparing digests on the way; what was there is replaced, and the manifest
    /// that may name it goes before.
    ///
    /// # Errors
    /// If a file differs or the copy could not be written; the target is then as it was.
    pub(crate) fn copy_to(&self, target: &Path, named_in: &Path) -> Result<Payloads, Problem> {
        let mut copy = NewPayloads::begin(target, self.plugin(), self.month())?.named_in(named_in);
        for file in self.files() {
            copy.copy(&self.folder().join(&file.file), file)?;
        }
        copy.commit()
    }
}

impl Payloads {
    /// Takes payloads out, by the names of their files; none left is none kept. Gives those that stay.
    ///
    /// # Errors
    /// If one of the others differs, or they could not be written; all is then as it was.
    pub(crate) fn without(&self, names: &[String], named_in: &Path) -> Result<Vec<PayloadFile>, Problem> {
        let left: Vec<&PayloadFile> =
            self.files().iter().filter(|file| !names.contains(&file.file)).collect();
        if left.is_empty() {
            disk::remove(named_in)?;
            disk::remove(self.folder())?;
            return Ok(Vec::new());
        }
        let mut copy = NewPayloads::begin(self.folder(), self.plugin(), self.month())?.named_in(named_in);
        for file in left {
            copy.copy(&self.folder().join(&file.file), file)?;
        }
        copy.commit().map(|left| left.files().to_vec())
    }
}

impl Drop for NewPayloads {
    fn drop(&mut self) {
        // What came in vain stays to be looked at; an empty folder says nothing.
        let _ = fs::remove_dir(&self.folder);
    }
}

fn unreadable(file: &Path, error: &io::Error) -> Problem {
    match inputs::is_unfit(error) {
        true => Problem::data(format!("{}: {error}", file.display())),
        false => disk::storage("read", file, error),
    }
}

/// A file that was downloaded by hand, decompressed, whole.
///
/// # Errors
/// If it cannot be read, is a damaged gzip stream or longer than 1 GiB.
pub(crate) fn read_plain(file: &Path) -> Result<Vec<u8>, Problem> {
    const LONGEST: u64 = 1 << 30;
    let mut from = io::BufReader::new(inputs::open(file).map_err(|error| unreadable(file, &error))?);
    let packed =
        io::BufRead::fill_buf(&mut from).map_err(|error| unreadable(file, &error))?.starts_with(&MAGIC);
    let mut bytes = Vec::new();
    let read = match packed {
        true => MultiGzDecoder::new(from).take(LONGEST + 1).read_to_end(&mut bytes),
        false => from.take(LONGEST + 1).read_to_end(&mut bytes),
    };
    read.map_err(|error| Problem::data(format!("{} cannot be read: {error}", file.display())))?;
    match bytes.len() as u64 > LONGEST {
        true => Err(Problem::data(format!("{} is longer than 1 GiB", file.display()))),
        false => Ok(bytes),
    }
}

/// The first bytes (at most 64 KiB) of a file that was downloaded by hand, decompressed: for a plugin to recognize.
///
/// # Errors
/// If it cannot be read or is a damaged gzip stream.
pub(crate) fn head_of(file: &Path) -> Result<Vec<u8>, Problem> {
    let mut from = io::BufReader::new(inputs::open(file).map_err(|error| unreadable(file, &error))?);
    let mut head = Vec::new();
    let magic =
        io::BufRead::fill_buf(&mut from).map_err(|error| unreadable(file, &error))?.starts_with(&MAGIC);
    if !magic {
        from.take(HEAD).read_to_end(&mut head).map_err(|error| unreadable(file, &error))?;
        return Ok(head);
    }
    MultiGzDecoder::new(from)
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(|error| Problem::data(format!("{} is a damaged gzip stream: {error}", file.display())))?;
    Ok(head)
}

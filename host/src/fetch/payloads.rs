//! The kept payloads of one source and month: the files as they came, and `payloads.json` that names them.
//!
//! The same folder is `runs/<month>/payloads/<source>/` and `recordings/<month>/<source>/`. What `payloads.json`
//! does not name does not exist.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use ratebook_plugin::{Date, Month, Problem};
use sha2::{Digest, Sha256};

use super::kept::KeptBytes;
use super::listing::{AGAIN, LISTING, Listing, PayloadFile};
use crate::disk;
use crate::unpack::{Limits, Unpacked};

const LONGEST_LISTING: u64 = 64 << 20;

/// The kept payloads of one source and month.
#[derive(Clone, Debug)]
pub(crate) struct Payloads {
    folder: PathBuf,
    listing: Listing,
    /// Length and SHA-256 of the listing.
    listing_bytes: u64,
    sha256: String,
}

impl Payloads {
    /// Opens the payloads in a folder, or says that there are none.
    ///
    /// # Errors
    /// [`Problem::data`] if what is there is not whole.
    pub(crate) fn find(folder: &Path) -> Result<Option<Payloads>, Problem> {
        let path = folder.join(LISTING);
        let file = match disk::open_file(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk::storage("read", &path, &error)),
        };
        let mut text = String::new();
        file.take(LONGEST_LISTING)
            .read_to_string(&mut text)
            .map_err(|error| disk::storage("read", &path, &error))?;
        let listing: Listing = serde_json::from_str(&text).map_err(|error| {
            Problem::data(format!("{} is damaged: {error}", path.display())).advise(AGAIN)
        })?;
        let payloads = Payloads {
            folder: folder.to_owned(),
            listing,
            listing_bytes: text.len() as u64,
            sha256: disk::hex(&Sha256::digest(&text)),
        };
        payloads.check()?;
        Ok(Some(payloads))
    }

    /// Opens the payloads in a folder.
    ///
    /// # Errors
    /// [`Problem::data`] if there are none, or what is there is not whole.
    pub(crate) fn open(folder: &Path) -> Result<Payloads, Problem> {
        Payloads::find(folder)?
            .ok_or_else(|| Problem::data(format!("there are no kept payloads in {}", folder.display())))
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The day (UTC) on which they were put at their place.
    pub(crate) fn kept_on(&self) -> Option<Date> {
        let kept = fs::metadata(self.folder.join(LISTING)).and_then(|listing| listing.modified()).ok()?;
        Some(jiff::Timestamp::try_from(kept).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Notes that the same payloads came once more. What was kept before the month was over may lack usage of its last
    /// days; that is not so any more if the vendor gives the same afterwards.
    ///
    /// # Errors
    /// If that cannot be noted.
    pub(crate) fn came_again(&self) -> Result<(), Problem> {
        if self.kept_on().is_some_and(|day| day > self.month().last_day()) {
            return Ok(());
        }
        let listing = self.folder.join(LISTING);
        let noted = disk::append_file(&listing).and_then(|file| file.set_modified(SystemTime::now()));
        noted.map_err(|error| disk::storage("note the day of", &listing, &error))
    }

    /// The file that lists them: name, length and digest.
    pub(crate) fn listing(&self) -> (&'static str, u64, &str) {
        (LISTING, self.listing_bytes, &self.sha256)
    }

    /// The id of the plugin that fetched them.
    pub(crate) fn plugin(&self) -> &str {
        &self.listing.plugin
    }

    /// The month.
    pub(crate) fn month(&self) -> Month {
        self.listing.month
    }

    /// The payloads in the order in which they were kept.
    pub(crate) fn files(&self) -> &[PayloadFile] {
        &self.listing.files
    }

    /// SHA-256 of `payloads.json`, in hex: it stands for all of them.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Reads a payload, decompressed. The reader ends with an error if the file is not what was kept.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub(crate) fn read(&self, file: &PayloadFile, limits: Limits) -> Result<Unpacked<KeptBytes>, Problem> {
        Ok(Unpacked::new(self.bytes(file)?, file.packed(limits)))
    }

    /// The bytes of a payload, as they came. They end with an error if the file is not what was kept.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub(crate) fn bytes(&self, file: &PayloadFile) -> Result<KeptBytes, Problem> {
        let path = self.folder.join(&file.file);
        let opened = disk::open_file(&path).map_err(|error| disk::storage("read", &path, &error))?;
        Ok(KeptBytes::new(opened, file.clone()))
    }

    /// Compares every file with its digest.
    ///
    /// # Errors
    /// [`Problem::data`] that names the first file that differs.
    pub(crate) fn verify(&self) -> Result<(), Problem> {
        for file in self.files() {
            let path = self.folder.join(&file.file);
            let mut hash = Sha256::new();
            let count = disk::open_file(&path)
                .and_then(|mut from| io::copy(&mut from, &mut Hashing(&mut hash)))
                .map_err(|error| disk::storage("read", &path, &error))?;
            file.same(count, &disk::hex(&hash.finalize()))?;
        }
        Ok(())
    }

    /// Names must be names, and every file must be there with its length: digests are compared on reading.
    fn check(&self) -> Result<(), Problem> {
        let listing = self.folder.join(LISTING);
        let damaged = |what: String| Problem::data(format!("{}: {what}", listing.display())).advise(AGAIN);
        let mut names = BTreeSet::new();
        for file in self.files() {
            let mut parts = Path::new(&file.file).components();
            let name = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
            if !name || file.file.contains(['/', '\\', '\0']) || file.file == LISTING {
                return Err(damaged(format!("{:?} is not the name of a payload", file.file)));
            }
            if !names.insert(&file.file) {
                return Err(damaged(format!("{:?} stands there twice", file.file)));
            }
            let found = fs::symlink_metadata(self.folder.join(&file.file));
            match found {
                Ok(found) if !found.is_file() => {
                    return Err(damaged(format!("{:?} is not a file", file.file)));
                }
                Ok(found) => file.length(found.len())?,
                Err(error) => {
                    return Err(damaged(format!("{:?} is missing ({error})", file.file)).advise(AGAIN));
                }
            }
        }
        Ok(())
    }
}

/// A hash as a place to write to.
struct Hashing<'h>(&'h mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

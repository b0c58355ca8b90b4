//! The index as a file: one writer at a time, for its owner only, begun anew if it is not ours or damaged.

use std::fs;
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::disk;
use crate::failure::{Exit, Failure};
use crate::hold::{Hold, Part};

const SCHEMA: &str = include_str!("../../../schemas/index.sql");

/// Says that a SQLite file is our index: "RbIx".
const APPLICATION: i32 = 0x5262_4978;

/// The version of the schema. Another version's index is made anew: it is never the only copy.
const VERSION: i32 = 1;

/// What SQLite writes beside a database.
const JOURNALS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// The code word of a failure that ends with the index being begun anew.
pub(super) const DAMAGED: &str = "E-INDEX-DAMAGED";

/// Where the index is, held against other writers of ours.
pub(super) struct IndexFile {
    path: PathBuf,
    _hold: Hold,
}

impl IndexFile {
    /// Holds the index of a workspace; waits for a command that does.
    pub(super) fn hold(root: &Path) -> Result<IndexFile, Failure> {
        let runs = root.join("runs");
        disk::make_folder(&runs).map_err(Failure::from_problem)?;
        // SQLite is told to follow no link, and means the whole path.
        let runs = fs::canonicalize(&runs).map_err(|error| Failure::storage(&runs, "find", &error))?;
        let hold = Part::Index.alone(root).map_err(Failure::from_problem)?;
        Ok(IndexFile { path: runs.join("index.sqlite"), _hold: hold })
    }

    /// Opens it, made if it is missing; with why it was begun anew, if it was.
    pub(super) fn open(&self) -> Result<(Connection, Option<String>), Failure> {
        if !fs::symlink_metadata(&self.path).is_ok_and(|found| found.len() > 0) {
            return Ok((self.make()?, None));
        }
        let why = match connect(&self.path)
            .and_then(|database| Standing::of(&database).map(|found| (database, found)))
        {
            Ok((database, Standing::Ours(VERSION))) => return Ok((database, None)),
            Ok((_, Standing::Ours(other))) => format!("it was version {other}, this ratebook's is {VERSION}"),
            // What a killed command has left: nothing to tell of, and nothing to keep.
            Ok((_, Standing::Empty)) => return Ok((self.make()?, None)),
            Ok((_, Standing::Foreign)) => "it was another program's".to_owned(),
            Err(error) if is_damage(&error) => format!("it was damaged: {error}"),
            Err(error) => return Err(self.failed(&error)),
        };
        let aside = self.put_aside()?;
        Ok((self.make()?, Some(format!("{why}. It is {aside} now"))))
    }

    /// Begins it anew: an index of ours goes, it was never the only copy; anything else is put aside.
    pub(super) fn begin_anew(&self) -> Result<Connection, Failure> {
        let standing = connect(&self.path).and_then(|database| Standing::of(&database));
        if !matches!(standing, Ok(Standing::Ours(_) | Standing::Empty)) {
            self.put_aside()?;
        }
        self.make()
    }

    /// Puts the file aside, with its journals, and gives its name there: what is not ours is not deleted, and what was put
    /// aside before is not written over.
    pub(super) fn put_aside(&self) -> Result<String, Failure> {
        let is_free = |path: &Path| fs::symlink_metadata(path).is_err_and(|error| error.kind() == NotFound);
        let numbered = (2..u32::MAX).map(|number| self.path.with_extension(format!("sqlite.old-{number}")));
        let mut names = std::iter::once(self.path.with_extension("sqlite.old")).chain(numbered);
        let aside =
            names.find(|path| is_free(path)).unwrap_or_else(|| self.path.with_extension("sqlite.old"));
        for ending in JOURNALS.into_iter().chain([""]) {
            let (from, to) = (ending_in(&self.path, ending), ending_in(&aside, ending));
            match fs::rename(&from, &to) {
                Err(error) if error.kind() != NotFound => {
                    return Err(Failure::storage(&from, "move", &error));
                }
                _ => {}
            }
        }
        Ok(aside.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    /// Makes it beside its place, so that it is there with its tables or not at all.
    fn make(&self) -> Result<Connection, Failure> {
        let draft = self.path.with_extension("sqlite.new");
        for ending in JOURNALS.into_iter().chain([""]) {
            disk::remove(&ending_in(&draft, ending)).map_err(Failure::from_problem)?;
        }
        // SQLite would give it the mode of the day.
        disk::new_file(&draft).map_err(|error| Failure::storage(&draft, "make", &error))?;
        let make = || -> rusqlite::Result<()> {
            let mut database = connect(&draft)?;
            let transaction = database.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
            database.close().map_err(|(_, error)| error)
        };
        make().map_err(|error| self.failed(&error))?;
        for ending in JOURNALS {
            disk::remove(&ending_in(&self.path, ending)).map_err(Failure::from_problem)?;
        }
        fs::rename(&draft, &self.path).map_err(|error| Failure::storage(&self.path, "make", &error))?;
        disk::sync_folder(disk::folder_of(&self.path)).map_err(Failure::from_problem)?;
        connect(&self.path).map_err(|error| self.failed(&error))
    }

    /// What SQLite has to say, as a failure.
    pub(super) fn failed(&self, error: &rusqlite::Error) -> Failure {
        let place = self.path.display().to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Failure::new(Exit::Busy, "E-BUSY", "another program holds the index")
                    .at(place)
                    .fix("Run it again when that one is done.")
            }
            _ if is_damage(error) => {
                Failure::new(Exit::Storage, DAMAGED, format!("it was damaged: {error}")).at(place)
            }
            _ => Failure::new(Exit::Storage, "E-STORAGE", format!("the index: {error}"))
                .at(place)
                .fix("It is made from the months' files: `ratebook index --anew`."),
        }
    }
}

/// Whose a SQLite file is.
enum Standing {
    /// Ours, of this version.
    Ours(i32),
    /// Nobody's: there is nothing in it.
    Empty,
    /// Another program's.
    Foreign,
}

impl Standing {
    fn of(database: &Connection) -> rusqlite::Result<Standing> {
        let pragma = |name: &str| -> rusqlite::Result<i32> {
            database.pragma_query_value(None, name, |row| row.get(0))
        };
        let (application, version) = (pragma("application_id")?, pragma("user_version")?);
        if application == APPLICATION {
            return Ok(Standing::Ours(version));
        }
        let count = "SELECT count(*) FROM sqlite_schema";
        let objects: i64 = database.query_row(count, [], |row| row.get(0))?;
        let is_empty = (application, version, objects) == (0, 0, 0);
        Ok(if is_empty { Standing::Empty } else { Standing::Foreign })
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let database = Connection::open_with_flags(path, flags)?;
    database.busy_timeout(Duration::from_secs(30))?;
    database.pragma_update(None, "foreign_keys", true)?;
    Ok(database)
}

/// The file of a database that has this ending.
fn ending_in(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

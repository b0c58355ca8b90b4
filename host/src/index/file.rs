//! The index as a file: one writer at a time, for its owner only, begun anew if it is not ours or damaged.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::disk;
use crate::failure::{Exit, Failure};

const SCHEMA: &str = include_str!("../../../schemas/index.sql");

/// Says that a SQLite file is our index: "RbIx".
const APPLICATION: i32 = 0x5262_4978;

/// The version of the schema. Another version's index is made anew: it is never the only copy.
const VERSION: i32 = 1;

/// The code word of a failure that ends with the index being begun anew.
pub(super) const DAMAGED: &str = "E-INDEX-DAMAGED";

/// Where the index is, held against other writers of ours.
pub(super) struct IndexFile {
    path: PathBuf,
    _lock: File,
}

impl IndexFile {
    /// Holds the index of a workspace; waits for a command that does.
    pub(super) fn hold(root: &Path) -> Result<IndexFile, Failure> {
        let runs = root.join("runs");
        disk::make_folder(&runs).map_err(Failure::from_problem)?;
        // SQLite is told to follow no link, and means the whole path.
        let runs = fs::canonicalize(&runs).map_err(|error| Failure::storage(&runs, "find", &error))?;
        let lock_path = runs.join(".index.lock");
        let lock = disk::append_file(&lock_path)
            .and_then(|lock| lock.lock().map(|()| lock))
            .map_err(|error| Failure::storage(&lock_path, "lock", &error))?;
        Ok(IndexFile { path: runs.join("index.sqlite"), _lock: lock })
    }

    /// Opens it, made if it is missing; with why it was begun anew, if it was.
    pub(super) fn open(&self) -> Result<(Connection, Option<String>), Failure> {
        if !fs::symlink_metadata(&self.path).is_ok_and(|found| found.len() > 0) {
            return Ok((self.make()?, None));
        }
        let why = match self.connect().and_then(|database| version(&database).map(|found| (database, found)))
        {
            Ok((database, (APPLICATION, VERSION))) => return Ok((database, None)),
            Ok((_, (APPLICATION, other))) => format!("it was version {other}, this ratebook's is {VERSION}"),
            Ok(_) => "it was another program's".to_owned(),
            Err(error) if is_damage(&error) => format!("it was damaged: {error}"),
            Err(error) => return Err(self.failed(&error)),
        };
        self.put_away()?;
        Ok((self.make()?, Some(why)))
    }

    /// Puts the file aside: what is not ours is not deleted.
    pub(super) fn put_away(&self) -> Result<(), Failure> {
        let aside = self.path.with_extension("sqlite.old");
        match fs::rename(&self.path, &aside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::storage(&self.path, "move", &error));
            }
            _ => {}
        }
        // A journal belongs to the file that is gone.
        for ending in ["-journal", "-wal", "-shm"] {
            let mut name = self.path.clone().into_os_string();
            name.push(ending);
            disk::remove(Path::new(&name)).map_err(Failure::from_problem)?;
        }
        Ok(())
    }

    fn make(&self) -> Result<Connection, Failure> {
        // SQLite would give it the mode of the day.
        disk::append_file(&self.path).map_err(|error| Failure::storage(&self.path, "make", &error))?;
        let make = || -> rusqlite::Result<Connection> {
            let mut database = self.connect()?;
            let transaction = database.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
            Ok(database)
        };
        make().map_err(|error| self.failed(&error))
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let database = Connection::open_with_flags(&self.path, flags)?;
        database.busy_timeout(Duration::from_secs(30))?;
        database.pragma_update(None, "foreign_keys", true)?;
        Ok(database)
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

fn version(database: &Connection) -> rusqlite::Result<(i32, i32)> {
    let pragma =
        |name: &str| -> rusqlite::Result<i32> { database.pragma_query_value(None, name, |row| row.get(0)) };
    Ok((pragma("application_id")?, pragma("user_version")?))
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

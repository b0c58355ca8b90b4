//! What the payloads of a source hold, kept beside its lines so that other payloads of the month can be compared with it:
//! a digest of each, and the fingerprint of each record that became a line.

use std::io::{BufReader, Read, Write as _};

use ratebook_line::Values;
use ratebook_plugin::batch::PluginBlock;
use ratebook_plugin::{Duplicates, Fingerprint, Problem, ProblemKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::month::MonthFolder;
use crate::disk::{self, hex};
use crate::failure::{Exit, Failure};
use crate::fetch::PayloadFile;
use crate::files::{Draft, Published, json_text, read_if_there};

/// A record's number and its fingerprint, little-endian.
const ENTRY: usize = 8 + 16;

/// `contents/<source>.json`: what the payloads of a source hold. The fields stand in the order in which they are written:
/// sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Contents {
    /// SHA-256 of the file of fingerprints, `contents/<source>.fingerprints`.
    pub fingerprints: String,
    /// SHA-256 of the file of lines that came of the payloads.
    pub lines: String,
    /// Each payload that may hold usage, in the order in which they were kept.
    pub payloads: Vec<Content>,
    /// The plugin that mapped them: fingerprints are compared among its payloads.
    pub plugin: String,
}

/// What one payload holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Content {
    /// How many bytes, as they came.
    pub bytes: u64,
    /// XXH3-128 of what it holds: decompressed, line ends, a byte order mark and the last newline aside.
    pub content: String,
    /// What the source's configuration says of records that stand there once more.
    pub duplicates: Duplicates,
    /// The file's name.
    pub file: String,
    /// How many of its lines have a fingerprint.
    pub fingerprints: u64,
    /// How many lines came of it.
    pub lines: u64,
    /// How many records it has.
    pub records: u64,
    /// SHA-256 of the bytes as they came.
    pub sha256: String,
}

/// What the payloads of a source hold, on its way to its files.
pub(super) struct NewContents {
    fingerprints: Draft,
    payloads: Vec<Content>,
    plugin: String,
    /// Of the payload that is being mapped.
    lines: u64,
    count: u64,
    duplicates: Duplicates,
    earlier: Earlier,
}

/// Fingerprints of the source's payloads, where a record that is there again is to be dropped.
#[derive(Default)]
struct Earlier {
    /// Those of the payloads that are done, sorted.
    before: Vec<u128>,
    now: Vec<u128>,
}

impl NewContents {
    pub(super) fn new(folder: &MonthFolder, source: &str, plugin: &str) -> Result<NewContents, Failure> {
        Ok(NewContents {
            fingerprints: Draft::new(&folder.fingerprints(source))?,
            payloads: Vec::new(),
            plugin: plugin.to_owned(),
            lines: 0,
            count: 0,
            duplicates: Duplicates::default(),
            earlier: Earlier::default(),
        })
    }

    /// Which of some records are to be kept: the others an earlier payload of the source has, and its configuration says
    /// that they are dropped then. None if all are kept.
    pub(super) fn kept(
        &mut self,
        rows: usize,
        fingerprints: &Values<Option<Fingerprint>>,
        duplicates: &Values<Duplicates>,
    ) -> Option<Vec<bool>> {
        if matches!(duplicates, Values::Same(said) if *said != Duplicates::Drop) {
            return None;
        }
        let kept: Vec<bool> =
            (0..rows).map(|row| !self.drops(fingerprints.get(row), duplicates.get(row))).collect();
        kept.contains(&false).then_some(kept)
    }

    fn drops(&mut self, fingerprint: Option<Fingerprint>, duplicates: Duplicates) -> bool {
        let Some(fingerprint) = fingerprint.filter(|_| duplicates == Duplicates::Drop) else { return false };
        self.duplicates = duplicates;
        if self.earlier.before.binary_search(&fingerprint.number()).is_ok() {
            return true;
        }
        self.earlier.now.push(fingerprint.number());
        false
    }

    /// Notes the records of a block that became lines: those that are kept.
    pub(super) fn lines(&mut self, block: &PluginBlock, kept: Option<&[bool]>) -> Result<(), Problem> {
        let PluginBlock { lines, fingerprints, duplicates, .. } = block;
        let rows = (0..lines.rows()).filter(|row| kept.is_none_or(|kept| kept[*row]));
        if *fingerprints == Values::Same(None) {
            self.lines += rows.count() as u64;
            return Ok(());
        }
        let mut entries = Vec::with_capacity(lines.rows() * ENTRY);
        rows.for_each(|row| {
            self.line(&mut entries, lines.records().get(row), fingerprints.get(row), duplicates.get(row));
        });
        self.write(&entries)
    }

    fn line(
        &mut self,
        entries: &mut Vec<u8>,
        row: u64,
        fingerprint: Option<Fingerprint>,
        duplicates: Duplicates,
    ) {
        self.lines += 1;
        let Some(fingerprint) = fingerprint else { return };
        self.duplicates = duplicates;
        self.count += 1;
        entries.extend_from_slice(&row.to_le_bytes());
        entries.extend_from_slice(&fingerprint.number().to_le_bytes());
    }

    fn write(&mut self, entries: &[u8]) -> Result<(), Problem> {
        self.fingerprints
            .write_all(entries)
            .map_err(|error| Problem::new(ProblemKind::Storage, format!("cannot write: {error}")))
    }

    /// Ends a payload, with the digest of what it holds.
    pub(super) fn end_payload(&mut self, file: &PayloadFile, content: &str, records: u64) {
        self.payloads.push(Content {
            bytes: file.bytes,
            content: content.to_owned(),
            duplicates: std::mem::take(&mut self.duplicates),
            file: file.file.clone(),
            fingerprints: std::mem::take(&mut self.count),
            lines: std::mem::take(&mut self.lines),
            records,
            sha256: file.sha256.clone(),
        });
        self.earlier.end_payload();
    }

    /// Puts the files at their places; `lines` are those that came of the payloads.
    pub(super) fn publish(
        self,
        folder: &MonthFolder,
        source: &str,
        lines: &Published,
    ) -> Result<[Published; 2], Failure> {
        let fingerprints = folder.publish(self.fingerprints)?;
        let contents = Contents {
            fingerprints: fingerprints.sha256.clone(),
            lines: lines.sha256.clone(),
            payloads: self.payloads,
            plugin: self.plugin,
        };
        let mut draft = Draft::new(&folder.contents(source))?;
        draft.put(json_text(&contents)?.as_bytes())?;
        let listed = folder.publish(draft)?;
        Ok([listed, fingerprints])
    }
}

impl Earlier {
    fn end_payload(&mut self) {
        self.now.sort_unstable();
        self.before.append(&mut self.now);
        // Two runs, each in order: a merge.
        self.before.sort();
    }
}

impl Contents {
    /// What a source's payloads hold; none if they were not mapped, or before such files were kept.
    ///
    /// # Errors
    /// If the file is not what was written.
    pub(super) fn read(folder: &MonthFolder, source: &str) -> Result<Option<Contents>, Failure> {
        let path = folder.contents(source);
        let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            let failure =
                Failure::new(Exit::Data, "E-DAMAGED", format!("this is not what payloads hold: {error}"));
            failure.at(path.display().to_string()).of(source, folder.month).fix(again(folder))
        })
    }

    /// Hands over the fingerprints of payload after payload: its place in the list, the record, the fingerprint.
    ///
    /// # Errors
    /// If the file cannot be read, or is not what was written.
    pub(super) fn each_fingerprint(
        &self,
        folder: &MonthFolder,
        source: &str,
        mut take: impl FnMut(usize, u64, u128),
    ) -> Result<(), Failure> {
        let path = folder.fingerprints(source);
        let failed = |error: std::io::Error| Failure::storage(&path, "read", &error);
        let mut input = BufReader::with_capacity(256 << 10, disk::open_file(&path).map_err(failed)?);
        let mut hash = Sha256::new();
        for (place, payload) in self.payloads.iter().enumerate() {
            for _ in 0..payload.fingerprints {
                let mut entry = [0; ENTRY];
                match input.read_exact(&mut entry) {
                    Ok(()) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
                    Err(error) => return Err(failed(error)),
                }
                hash.update(entry);
                let (mut row, mut fingerprint) = ([0; 8], [0; 16]);
                row.copy_from_slice(&entry[..8]);
                fingerprint.copy_from_slice(&entry[8..]);
                take(place, u64::from_le_bytes(row), u128::from_le_bytes(fingerprint));
            }
        }
        let mut rest = Vec::new();
        input.take(1).read_to_end(&mut rest).map_err(failed)?;
        hash.update(&rest);
        if hex(&hash.finalize()) == self.fingerprints {
            return Ok(());
        }
        let failure =
            Failure::new(Exit::Data, "E-DAMAGED", "these are not the fingerprints that were written");
        Err(failure.at(path.display().to_string()).of(source, folder.month).fix(again(folder)))
    }
}

/// How these files are made anew.
pub(super) fn again(folder: &MonthFolder) -> String {
    format!("Make them once more: ratebook normalize --month {}", folder.month)
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::files::write_file;

    fn file(name: &str) -> PayloadFile {
        PayloadFile {
            bytes: 7,
            file: name.to_owned(),
            format: "csv".to_owned(),
            gzip: false,
            name: name.to_owned(),
            sha256: "0".repeat(64),
        }
    }

    /// What these payloads of a source hold: each a list of cells, a record each.
    pub(crate) fn kept(root: &Path, source: &str, payloads: &[&[&str]], said: Duplicates) -> Contents {
        let folder = MonthFolder::new(root, "2026-03".parse().unwrap());
        let mut new = NewContents::new(&folder, source, "table").unwrap();
        for (number, payload) in payloads.iter().enumerate() {
            for (row, cell) in (1..).zip(*payload) {
                let fingerprint = Some(Fingerprint::of([*cell]));
                if !new.drops(fingerprint, said) {
                    let mut entries = Vec::new();
                    new.line(&mut entries, row, fingerprint, said);
                    new.write(&entries).unwrap();
                }
            }
            let name = format!("{number}.csv");
            new.end_payload(&file(&name), &payload.join("\n"), payload.len() as u64);
        }
        let lines = write_file(&folder.lines(source), b"").unwrap();
        new.publish(&folder, source, &lines).unwrap();
        Contents::read(&folder, source).unwrap().unwrap()
    }

    #[test]
    fn what_was_kept_of_payloads_is_compared_with_its_digest() {
        let root = tempfile::tempdir().unwrap();
        let folder = MonthFolder::new(root.path(), "2026-03".parse().unwrap());
        let kept = kept(root.path(), "main", &[&["a", "b"], &["a"]], Duplicates::Refuse);
        let mut seen = Vec::new();
        kept.each_fingerprint(&folder, "main", |payload, row, fingerprint| {
            seen.push((payload, row, fingerprint));
        })
        .unwrap();
        let of = |cell: &str| Fingerprint::of([cell]).number();
        assert_eq!(seen, [(0, 1, of("a")), (0, 2, of("b")), (1, 1, of("a"))]);

        let path = folder.fingerprints("main");
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[30] ^= 1;
        for wrong in [&flipped[..], &whole[..whole.len() - 1], &[&whole[..], b"x"].concat()] {
            fs::write(&path, wrong).unwrap();
            let refused = kept.each_fingerprint(&folder, "main", |_, _, _| ()).unwrap_err();
            assert_eq!(refused.code, "E-DAMAGED");
        }
        fs::write(folder.contents("main"), "{}").unwrap();
        assert_eq!(Contents::read(&folder, "main").unwrap_err().code, "E-DAMAGED");
    }

    #[test]
    fn a_record_of_an_earlier_payload_is_dropped_if_that_is_said() {
        let root = tempfile::tempdir().unwrap();
        let payloads: [&[&str]; 3] = [&["a", "b", "a"], &["b", "c"], &["c", "a", "d"]];
        let lines = |said| {
            let kept = kept(root.path(), "main", &payloads, said);
            kept.payloads.iter().map(|payload| payload.lines).collect::<Vec<_>>()
        };
        // What stands twice in one payload is the plugin's to find.
        assert_eq!(lines(Duplicates::Drop), [3, 1, 1]);
        assert_eq!(lines(Duplicates::Keep), [3, 2, 3]);
        assert_eq!(lines(Duplicates::Refuse), [3, 2, 3]);
    }
}

//! Archives in place of files: what is in a `.zip` is taken in as if each file of it had been named.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ratebook_plugin::Problem;
use tempfile::TempDir;
use zip::ZipArchive;

use crate::disk;
use crate::inputs;

/// The most files that an archive may hold.
const MOST_FILES: usize = 1000;

/// A file that is taken in, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Where its bytes are.
    pub(crate) path: PathBuf,
    /// What people named: the file, or the archive and the file in it.
    pub(crate) shown: String,
}

/// The files that are meant: each as it is, or those in it if it is an archive; they are put down in `folder`. A workbook is an
/// archive too, and a file all the same.
///
/// # Errors
/// If an archive cannot be read, is empty, or holds more than `most` bytes.
pub(crate) fn unpacked(file: &Path, folder: &TempDir, most: u64) -> Result<Vec<Taken>, Problem> {
    let shown = file.display().to_string();
    let wrong = |why: &dyn std::fmt::Display| {
        Problem::data(format!("{shown} is not an archive that can be read: {why}"))
    };
    let unreadable = |error: io::Error| match inputs::is_unfit(&error) {
        true => Problem::data(format!("{shown}: {error}")),
        false => disk::storage("read", file, &error),
    };
    let mut opened = inputs::open(file).map_err(unreadable)?;
    let mut magic = Vec::new();
    (&mut opened).take(4).read_to_end(&mut magic).map_err(unreadable)?;
    let as_it_is = Taken { path: file.to_owned(), shown: shown.clone() };
    if magic != b"PK\x03\x04" {
        return Ok(vec![as_it_is]);
    }
    let mut archive =
        ZipArchive::new(inputs::open(file).map_err(unreadable)?).map_err(|error| wrong(&error))?;
    let names: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    if names.iter().any(|name| name == "[Content_Types].xml") {
        return Ok(vec![as_it_is]);
    }
    if names.len() > MOST_FILES {
        return Err(Problem::data(format!(
            "{shown} holds {} files; no more than {MOST_FILES} are taken",
            names.len()
        )));
    }
    let (mut taken, mut used, mut left) = (Vec::new(), BTreeSet::new(), most);
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| wrong(&error))?;
        let Some(name) = entry.enclosed_name() else {
            return Err(wrong(&format_args!(
                "it names a file outside of itself: {:?}",
                entry.name().unwrap_or_default()
            )));
        };
        let base = name.file_name().map(|base| base.to_string_lossy().into_owned()).unwrap_or_default();
        // What macOS adds to archives is no file of anybody's.
        if entry.is_dir() || base.starts_with('.') || name.starts_with("__MACOSX") {
            continue;
        }
        let safe = disk::safe_name(&base);
        if !used.insert(safe.to_lowercase()) {
            return Err(Problem::data(format!("{shown} holds two files called {base}"))
                .advise("Unpack it, and name its files."));
        }
        let path = folder.path().join(&safe);
        let mut out = disk::new_file(&path).map_err(|error| disk::storage("write", &path, &error))?;
        let count = io::copy(&mut entry.take(left + 1), &mut out).map_err(|error| wrong(&error))?;
        left = left.checked_sub(count).ok_or_else(|| {
            Problem::data(format!("{shown} holds more than {most} bytes"))
                .advise("If that is right, raise max_decoded_bytes under [source.<name>.http].")
        })?;
        taken.push(Taken { path, shown: format!("{shown}: {}", name.display()) });
    }
    match taken.is_empty() {
        true => Err(Problem::data(format!("{shown} holds no file"))),
        false => Ok(taken),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(folder: &TempDir, entries: &[(&str, &str)]) -> PathBuf {
        let path = folder.path().join("a.zip");
        let mut writer = ZipWriter::new(fs::File::create(&path).unwrap());
        for (name, text) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        path
    }

    fn of(entries: &[(&str, &str)], most: u64) -> Result<Vec<(String, String)>, Problem> {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let taken = unpacked(&archive(&from, entries), &to, most)?;
        Ok(taken
            .iter()
            .map(|taken| {
                let name = taken.path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read_to_string(&taken.path).unwrap_or_default())
            })
            .collect())
    }

    #[test]
    fn the_files_of_an_archive_are_taken_each_and_a_workbook_as_it_is() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let entries =
            [("a/usage.csv", "x,y\n"), ("b.csv", "z\n"), ("__MACOSX/._b.csv", "?"), (".DS_Store", "?")];
        assert_eq!(of(&entries, 100).unwrap(), [pair("usage.csv", "x,y\n"), pair("b.csv", "z\n")]);
        let workbook = of(&[("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "")], 100).unwrap();
        assert_eq!(workbook.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a.zip"]);
    }

    #[test]
    fn archives_that_are_none_or_hold_too_much_are_refused() {
        let told = |entries: &[(&str, &str)], most| of(entries, most).unwrap_err().message;
        assert!(told(&[("a.csv", "12345"), ("b.csv", "12345")], 9).ends_with("holds more than 9 bytes"));
        assert!(told(&[("a/x.csv", "1"), ("b/x.csv", "2")], 9).ends_with("holds two files called x.csv"));
        assert!(told(&[(".x", "1")], 9).ends_with("holds no file"));
        assert!(told(&[("../x.csv", "1")], 9).contains("outside of itself"));
        let folder = tempfile::tempdir().unwrap();
        let cut = folder.path().join("cut.zip");
        fs::write(&cut, b"PK\x03\x04 and no more").unwrap();
        assert!(
            unpacked(&cut, &folder, 9).unwrap_err().message.contains("is not an archive that can be read")
        );
    }
}

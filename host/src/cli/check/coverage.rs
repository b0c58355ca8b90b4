//! What price books and the months there have been say of each other: SKUs nobody uses, months without prices.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ratebook_line::{Month, TextField};
use ratebook_rating::{Rulebook, Warning};

use crate::config::Workspace;
use crate::failure::Failure;
use crate::run::MonthFolder;
use crate::store::LinesReader;

/// How many SKUs of a book are named; the rest are counted.
const EXAMPLES: usize = 3;

/// What is worth a look in the books, given the months that have lines; nothing if there are none.
pub(super) fn warnings(workspace: &Workspace, rulebook: &Rulebook) -> Vec<Warning> {
    let months = match months(&workspace.root) {
        Ok(months) => months,
        Err(error) => return vec![warning("W-LINES", format!("cannot read the months under runs: {error}"))],
    };
    let Some((latest, _)) = months.last_key_value() else { return Vec::new() };
    let mut warnings = without_prices(rulebook, *latest);
    match unused(&workspace.root, rulebook, &months) {
        Ok(found) => warnings.extend(found),
        Err(told) => warnings.push(warning(
            "W-LINES",
            format!("{told}; whether all SKUs of the books are used cannot be told"),
        )),
    }
    warnings
}

pub(super) fn warning(code: &'static str, message: String) -> Warning {
    Warning { code, rules: Vec::new(), line: None, message }
}

/// The files of lines of every month that has some.
pub(super) fn months(root: &Path) -> io::Result<BTreeMap<Month, Vec<PathBuf>>> {
    let mut months = BTreeMap::new();
    for folder in entries(&root.join("runs"))? {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Ok(month) = name.parse() else { continue };
        let mut files = entries(&MonthFolder::new(root, month).path().join("lines"))?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "parquet"));
        if !files.is_empty() {
            months.insert(month, files);
        }
    }
    Ok(months)
}

/// What stands in a folder, in order; nothing if there is none.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let listed = match fs::read_dir(folder) {
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(Vec::new());
        }
        listed => listed?,
    };
    let mut paths = listed.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Books that have no prices in the latest month or the next, although rules take theirs from them.
fn without_prices(rulebook: &Rulebook, latest: Month) -> Vec<Warning> {
    let mut books: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for month in [latest, latest.next()] {
        for book in rulebook.books_without_prices(month) {
            books.entry(book).or_default().push(month.to_string());
        }
    }
    let told = |(book, months): (&str, Vec<String>)| {
        let months = months.join(" and ");
        warning(
            "W-BOOK-MONTHS",
            format!("book \"{book}\" has no prices in {months} (the latest month is {latest})"),
        )
    };
    books.into_iter().map(told).collect()
}

/// By book, the SKUs that no line of any month has.
///
/// # Errors
/// Which file could not be read, and why.
fn unused(
    root: &Path,
    rulebook: &Rulebook,
    months: &BTreeMap<Month, Vec<PathBuf>>,
) -> Result<Vec<Warning>, String> {
    let skus = rulebook.book_skus();
    let mut unseen: HashSet<&str> = skus.iter().map(|(_, sku)| *sku).collect();
    // The newest month shows most of what is sold now.
    for file in months.values().rev().flatten() {
        if unseen.is_empty() {
            break;
        }
        strike_out(file, &mut unseen).map_err(|told| {
            format!("cannot read {}: {told}", file.strip_prefix(root).unwrap_or(file).display())
        })?;
    }
    let mut books: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    for (book, sku) in skus {
        let (count, unused) = books.entry(book).or_default();
        *count += 1;
        if unseen.contains(sku) {
            unused.push(sku);
        }
    }
    books.retain(|_, (_, unused)| !unused.is_empty());
    let shown = match months.len() {
        1 => "the one month there is".to_owned(),
        count => format!("any of the {count} months there are"),
    };
    let told = |(book, (count, unused)): (&str, (usize, Vec<&str>))| {
        let mut named = unused.iter().take(EXAMPLES).copied().collect::<Vec<_>>().join(", ");
        if unused.len() > EXAMPLES {
            named += &format!(" and {} more", unused.len() - EXAMPLES);
        }
        let message =
            format!("book \"{book}\": {} of {count} SKUs stand on no line of {shown}: {named}", unused.len());
        warning("W-BOOK-UNUSED", message)
    };
    Ok(books.into_iter().map(told).collect())
}

/// Takes the SKUs of a table's lines out: its dictionaries name them, no row is read.
fn strike_out(file: &Path, unseen: &mut HashSet<&str>) -> Result<(), String> {
    let told = |failure: Failure| failure.message;
    let table = LinesReader::open(file).map_err(told)?;
    for block in 0..table.blocks() {
        let seen = |sku: &str| {
            unseen.remove(sku);
            false
        };
        table.any_text(block, TextField::SkuId, seen).map_err(told)?;
        if unseen.is_empty() {
            break;
        }
    }
    Ok(())
}

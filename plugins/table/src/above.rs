//! What a file says above its header, and cells there that a configuration names.

use serde_json::Value;

use crate::config::keys::{Keys, Wrong};

/// A line above the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AboveLine {
    /// Its number in the file, from 1.
    pub(crate) line: u64,
    pub(crate) cells: Vec<String>,
}

/// A cell above the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AboveCell {
    /// What is said under a word: the cell behind it, or what follows a colon in the same cell.
    Word(String),
    /// A line of the file and a cell in it, both from 1.
    At { line: u64, cell: usize },
}

impl AboveCell {
    /// Takes a word, or a table of line and cell; an empty word is none.
    pub(crate) fn read(value: Value, path: &str, wrong: &mut Wrong) -> Option<AboveCell> {
        match value {
            Value::String(word) => {
                Some(word.trim().to_owned()).filter(|word| !word.is_empty()).map(AboveCell::Word)
            }
            Value::Object(_) => AboveCell::at(Keys::of(path.to_owned(), value, wrong)?, wrong),
            other => wrong.add(
                path,
                format_args!("expected the word before the cell, or {{ line = 2, cell = 3 }}, found {other}"),
            ),
        }
    }

    /// Takes a table with `preamble`, or with `line` and `cell`.
    pub(crate) fn at(mut keys: Keys, wrong: &mut Wrong) -> Option<AboveCell> {
        let path = keys.own_path().to_owned();
        let word: Option<String> = keys.take("preamble", wrong);
        let (line, cell): (Option<u64>, Option<usize>) = (keys.take("line", wrong), keys.take("cell", wrong));
        keys.finish(wrong);
        match (word, line, cell) {
            (Some(word), None, None) if !word.trim().is_empty() => {
                Some(AboveCell::Word(word.trim().to_owned()))
            }
            (None, Some(line), Some(cell)) if line > 0 && cell > 0 => Some(AboveCell::At { line, cell }),
            _ => wrong.add(
                path,
                "expected { preamble = \"Currency\" } (the word before the cell) or { line = 2, cell = 3 }, both from 1",
            ),
        }
    }

    /// What the cell holds, if there is anything in it.
    pub(crate) fn said<'p>(&self, above: &'p [AboveLine]) -> Option<&'p str> {
        match self {
            AboveCell::Word(word) => said(above, word),
            AboveCell::At { line, cell } => {
                let found = above.iter().find(|above| above.line == *line)?;
                found.cells.get(cell - 1).map(String::as_str).filter(|text| !text.is_empty())
            }
        }
    }

    /// The cell, for people.
    pub(crate) fn name(&self) -> String {
        match self {
            AboveCell::Word(word) => word.clone(),
            AboveCell::At { line, cell } => format!("cell {cell} of line {line}"),
        }
    }
}

/// What stands behind a word above the header: in the next cell that is not empty, or behind a colon in the same one.
pub(crate) fn said<'p>(above: &'p [AboveLine], word: &str) -> Option<&'p str> {
    above.iter().find_map(|line| {
        let first = line.cells.first()?.trim();
        if first.trim_end_matches(':').trim_end().eq_ignore_ascii_case(word) {
            return line.cells.iter().skip(1).map(String::as_str).find(|cell| !cell.is_empty());
        }
        let (before, behind) = first.split_at_checked(word.len())?;
        let behind = behind.trim_start().strip_prefix(':')?.trim();
        (before.eq_ignore_ascii_case(word) && !behind.is_empty()).then_some(behind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_above_the_header_is_found_by_its_word_or_its_place() {
        let line = |line, cells: &[&str]| AboveLine {
            line,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        };
        let above = [
            line(1, &["Usage report"]),
            line(2, &["Currency: EUR"]),
            line(4, &["Period:", "", "October 2026"]),
            line(5, &["Total", ""]),
        ];
        let of = |word: &str| said(&above, word);
        assert_eq!(of("currency"), Some("EUR"));
        assert_eq!(of("Period"), Some("October 2026"));
        assert_eq!((of("Total"), of("Usage"), of("Curr")), (None, None, None));
        let at = |line, cell| AboveCell::At { line, cell }.said(&above);
        assert_eq!((at(4, 3), at(1, 1)), (Some("October 2026"), Some("Usage report")));
        assert_eq!((at(3, 1), at(4, 2), at(4, 9)), (None, None, None));
    }
}

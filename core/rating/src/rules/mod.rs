//! Rules: as written, then checked, then ready. Three types; only what is ready reaches the engine.

pub(crate) mod checked;
pub(crate) mod csv_rows;
pub(crate) mod definitions;
pub(crate) mod fields;
pub(crate) mod files;
pub(crate) mod flat;
pub(crate) mod glob;
pub(crate) mod name_of;
pub(crate) mod names;
pub(crate) mod problem;
pub(crate) mod ready;
pub(crate) mod written;

use std::collections::BTreeSet;

use checked::sound::WrittenFile;
use definitions::Definitions;
use files::{RuleFiles, folder, join, safe};
use problem::{LoadCode, LoadError};
use ready::Rulebook;
use written::{Node, Sources, Value};

/// Bytes a rules file may have; longer lists belong into CSV files.
const LONGEST_FILE: usize = 16 << 20;

/// Reads the root file and all that it includes, checks everything, and makes it ready to rate lines.
///
/// # Errors
/// [`LoadError`] with every problem found, in file order.
pub fn load(root: &str, files: &dyn RuleFiles) -> Result<Rulebook, LoadError> {
    let mut sources = Sources::default();
    let mut written = Vec::new();
    let text = files.read(root);
    match text {
        Ok(text) => {
            let mut seen = BTreeSet::from([root.to_owned()]);
            follow(root, text, files, &mut seen, &mut written, &mut sources);
        }
        Err(why) => sources.report_file(root, LoadCode::Include, why),
    }
    let checked = if written.is_empty() || sources.are_broken() {
        None
    } else {
        checked::check(&written, files, &mut sources)
    };
    match checked {
        Some(checked) if !sources.has_problems() => {
            let definitions = Definitions::of(&written, &checked, &sources);
            Ok(Rulebook::new(checked, definitions, &sources))
        }
        _ => Err(LoadError { problems: sources.into_problems() }),
    }
}

/// Reads a file and then, each in its place, the files that it includes.
fn follow(
    path: &str,
    text: String,
    files: &dyn RuleFiles,
    seen: &mut BTreeSet<String>,
    written: &mut Vec<WrittenFile>,
    sources: &mut Sources,
) {
    if text.len() > LONGEST_FILE {
        let message = format!("the file has {} bytes, a rules file has at most {LONGEST_FILE}", text.len());
        sources.report_file(path, LoadCode::Include, message);
        return;
    }
    let file = sources.add(path, text);
    let table = written::read(sources, file);
    let include = table.0.iter().find(|(key, _)| key.name == "include").map(|(_, node)| node.clone());
    written.push(WrittenFile { file, table });
    let Some(include) = include else { return };
    let Some(patterns) = patterns(&include, sources) else { return };
    for node in patterns {
        let Value::Text(pattern) = &node.value else { continue };
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        if let Err(why) = safe(pattern) {
            sources.report(node.place, LoadCode::Include, why);
            continue;
        }
        let mut paths = match files.matching(folder(path), pattern) {
            Ok(paths) => paths,
            Err(why) => {
                sources.report(node.place, LoadCode::Include, format!("{pattern}: {why}"));
                continue;
            }
        };
        paths.sort();
        paths.dedup();
        if paths.is_empty() {
            let message = format!("no file matches {}", join(folder(path), pattern));
            sources.report(node.place, LoadCode::Include, message);
        }
        for included in paths {
            if !seen.insert(included.clone()) {
                sources.report(node.place, LoadCode::Include, format!("{included} is included twice"));
                continue;
            }
            match files.read(&included) {
                Ok(text) => follow(&included, text, files, seen, written, sources),
                Err(why) => sources.report(node.place, LoadCode::Include, format!("{included}: {why}")),
            }
        }
    }
}

fn patterns(include: &Node, sources: &mut Sources) -> Option<Vec<Node>> {
    match &include.value {
        Value::List(list) if list.iter().all(|node| matches!(node.value, Value::Text(_))) => {
            Some(list.clone())
        }
        Value::Refused => None,
        _ => {
            let hint = "write: include = [\"books/*.toml\"]";
            sources.report_hint(include.place, LoadCode::Include, "include is a list of texts", hint);
            None
        }
    }
}

//! Rules as written: the files read, floats refused, constants put in, every value with its place.
//!
//! Nothing is understood here yet. What comes out is a tree of values that know where they stand, in file
//! order, so that everything after can say exactly what is wrong where.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{LoadCode, Problem};

/// A place in one of the files that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    /// Digits as written, a sign perhaps.
    Whole(String),
    Bool(bool),
    Date(toml::value::Datetime),
    List(Vec<Node>),
    Table(Table),
    /// Reported already; whoever meets it stays silent.
    Refused,
}

/// A table: its entries in file order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(pub(crate) Vec<(Key, Node)>);

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// The texts of all files read, and what was found wrong in them.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: Vec<(String, String)>,
    problems: Vec<(Place, Problem)>,
}

impl Sources {
    /// Takes a file in; the number stands for it in every [`Place`].
    pub(crate) fn add(&mut self, path: &str, text: String) -> usize {
        self.files.push((path.to_owned(), text));
        self.files.len() - 1
    }

    pub(crate) fn path(&self, file: usize) -> &str {
        &self.files[file].0
    }

    /// A place in words: `rules.toml:14`.
    pub(crate) fn spot(&self, place: Place) -> String {
        let (path, text) = &self.files[place.file];
        format!("{path}:{}", text[..place.start.min(text.len())].matches('\n').count() + 1)
    }

    pub(crate) fn text(&self, file: usize) -> &str {
        &self.files[file].1
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str())
    }

    pub(crate) fn report(&mut self, place: Place, code: LoadCode, message: impl Into<String>) {
        self.report_with(place, code, message, None, Vec::new());
    }

    pub(crate) fn report_hint(
        &mut self,
        place: Place,
        code: LoadCode,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.report_with(place, code, message, Some(hint.into()), Vec::new());
    }

    pub(crate) fn report_with(
        &mut self,
        place: Place,
        code: LoadCode,
        message: impl Into<String>,
        hint: Option<String>,
        rules: Vec<String>,
    ) {
        let (path, text) = &self.files[place.file];
        let start = place.start.min(text.len());
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let source_line = text[line_start..line_end].trim_end_matches('\r');
        let end = place.end.clamp(start, (line_start + source_line.len()).max(start));
        let problem = Problem {
            code,
            message: message.into(),
            file: path.clone(),
            line: text[..start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            source_line: source_line.to_owned(),
            marked: text[start..end].chars().count(),
            hint,
            rules,
        };
        self.problems.push((place, problem));
    }

    /// A problem of a file that could not be read at all.
    pub(crate) fn report_file(&mut self, path: &str, code: LoadCode, message: impl Into<String>) {
        let file = self.files.len();
        let problem = Problem {
            code,
            message: message.into(),
            file: path.to_owned(),
            line: 0,
            column: 0,
            source_line: String::new(),
            marked: 0,
            hint: None,
            rules: Vec::new(),
        };
        self.problems.push((Place { file, start: 0, end: 0 }, problem));
    }

    /// How many problems were reported so far.
    pub(crate) fn count(&self) -> usize {
        self.problems.len()
    }

    /// Says which rule the problems are about that were reported since there were so many, where nothing said it.
    pub(crate) fn are_about(&mut self, rule: &str, since: usize) {
        for (_, problem) in
            self.problems.iter_mut().skip(since).filter(|(_, problem)| problem.rules.is_empty())
        {
            problem.rules.push(rule.to_owned());
        }
    }

    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// True if some file is not TOML: what its text means is a guess then.
    pub(crate) fn are_broken(&self) -> bool {
        self.problems.iter().any(|(_, problem)| problem.code == LoadCode::Toml)
    }

    /// Everything reported, in file order.
    pub(crate) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|(place, _)| (place.file, place.start));
        let mut problems: Vec<Problem> = self.problems.into_iter().map(|(_, problem)| problem).collect();
        problems.dedup();
        problems
    }
}

/// Reads one file's text into a tree, its `[let]` put in. Whatever is wrong with it is reported.
pub(crate) fn read(sources: &mut Sources, file: usize) -> Table {
    let text = sources.text(file).to_owned();
    let (root, errors) = DeTable::parse_recoverable(&text);
    let mut lines = Vec::new();
    for error in errors {
        let Range { start, end } = error.span().unwrap_or(0..0);
        let line = text[..start.min(text.len())].matches('\n').count();
        // One slip cascades: the first of a line says it.
        if !lines.contains(&line) {
            lines.push(line);
            let what = error.message().lines().next().unwrap_or("not TOML").to_owned();
            sources.report(Place { file, start, end }, LoadCode::Toml, what);
        }
    }
    let mut table = Reader { sources, file }.table(root.get_ref());
    let constants = take_constants(sources, &mut table);
    for (_, node) in &mut table.0 {
        put_in(sources, &constants, node);
    }
    table
}

struct Reader<'s> {
    sources: &'s mut Sources,
    file: usize,
}

impl Reader<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        Place { file: self.file, start: span.start, end: span.end }
    }

    fn table(&mut self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<(Key, Node)> = table
            .iter()
            .map(|(key, value)| {
                let key = Key { name: key.get_ref().to_string(), place: self.place(key.span()) };
                let node = self.node(value);
                (key, node)
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.place);
        Table(entries)
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>) -> Node {
        let place = self.place(value.span());
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(whole) if whole.radix() == 10 => Value::Whole(whole.as_str().to_owned()),
            DeValue::Integer(_) => {
                self.sources.report(place, LoadCode::Number, "numbers are written in decimal digits");
                Value::Refused
            }
            DeValue::Float(float) => {
                let text = float.as_str();
                self.sources.report_hint(
                    place,
                    LoadCode::Float,
                    format!("{text} is a floating point number, which cannot hold money exactly"),
                    format!("write it as text: \"{text}\""),
                );
                Value::Refused
            }
            DeValue::Boolean(bool) => Value::Bool(*bool),
            DeValue::Datetime(date) => Value::Date(*date),
            DeValue::Array(list) => Value::List(list.iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node { place, value }
    }
}

/// Takes `[let]` out of a file's table.
fn take_constants(sources: &mut Sources, table: &mut Table) -> BTreeMap<String, Value> {
    let mut constants = BTreeMap::new();
    let Some(at) = table.0.iter().position(|(key, _)| key.name == "let") else { return constants };
    let (key, node) = table.0.remove(at);
    let Value::Table(entries) = node.value else {
        sources.report(key.place, LoadCode::Let, "[let] is a table of constants: care = \"1.50\"");
        return constants;
    };
    for (key, node) in entries.0 {
        let nested = match &node.value {
            Value::Text(text) => constant_name(text).is_some(),
            Value::Table(_) | Value::List(_) => true,
            _ => false,
        };
        if nested {
            sources.report(node.place, LoadCode::Let, "a constant is one plain value, not made of others");
        } else if constant_name(&format!("${}", key.name)).is_none() {
            sources.report(key.place, LoadCode::Let, "a constant's name has letters, digits, - and _ only");
        } else {
            constants.insert(key.name, node.value);
        }
    }
    constants
}

/// Replaces every text that is wholly `$name`.
fn put_in(sources: &mut Sources, constants: &BTreeMap<String, Value>, node: &mut Node) {
    match &mut node.value {
        Value::Text(text) => {
            let Some(name) = constant_name(text) else { return };
            if let Some(value) = constants.get(name) {
                node.value = value.clone();
                return;
            }
            let message = format!("the constant {text} is not in this file's [let]");
            let hint = nearest(name, constants.keys().map(String::as_str))
                .map(|near| format!("did you mean `${near}`?"));
            sources.report_with(node.place, LoadCode::Let, message, hint, Vec::new());
            node.value = Value::Refused;
        }
        Value::List(list) => list.iter_mut().for_each(|node| put_in(sources, constants, node)),
        Value::Table(table) => table.0.iter_mut().for_each(|(_, node)| put_in(sources, constants, node)),
        _ => {}
    }
}

fn constant_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?;
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    (starts && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).then_some(name)
}

/// The known word that a misspelt one was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= 1 + candidate.chars().count().min(word.chars().count()) / 4
        })
        .min()
        .map(|(_, candidate)| candidate)
}

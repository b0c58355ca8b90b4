//! Records in JSON: columns are members of a record, or JSON pointers into it (RFC 6901); numbers keep every digit.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ratebook_plugin::{
    Faults, Fingerprint, LineCount, Place, Problem, describe, each_member, json_error, shown,
};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::preamble::check_preamble;
use super::record::{Cell, Record, Seen, Take};
use crate::config::Settings;
use crate::misspelt::did_you_mean;

/// An object: its members in their order, none twice.
struct Object<'a>(Vec<(String, &'a str)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Object<'de>, D::Error> {
        let (mut members, mut names) = (Vec::new(), BTreeSet::new());
        each_member(from, "an object", |name, value| {
            let name = name.into_owned();
            if !names.insert(name.clone()) {
                return Err(format!("the member {name:?} is there twice"));
            }
            members.push((name, value));
            Ok(())
        })?;
        Ok(Object(members))
    }
}

/// What a pointer leads to.
type Found<'a> = Result<Option<&'a str>, String>;

/// Follows a JSON pointer; `None` if nothing is there.
fn follow<'a>(raw: &'a str, pointer: &str) -> Found<'a> {
    let mut raw = raw.trim_ascii();
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let next = match raw.as_bytes().first() {
            Some(b'{') => {
                let Object(members) = serde_json::from_str(raw).map_err(|error| error.to_string())?;
                members.into_iter().find(|(name, _)| *name == token).map(|(_, value)| value)
            }
            Some(b'[') => {
                let list: Vec<&RawValue> = serde_json::from_str(raw).map_err(|error| error.to_string())?;
                token.parse::<usize>().ok().and_then(|at| list.get(at).map(|value| value.get()))
            }
            _ => None,
        };
        match next {
            Some(value) => raw = value,
            None => return Ok(None),
        }
    }
    Ok(Some(raw))
}

/// The value of a raw scalar.
fn cell(raw: &str) -> Cell<'_> {
    match raw.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(raw) {
            Ok(text) if text.trim().is_empty() => Cell::Absent,
            Ok(text) => Cell::Text(Cow::Owned(text.trim().to_owned())),
            Err(_) => Cell::Strange("a text that cannot be read"),
        },
        Some(b'n') => Cell::Absent,
        Some(b't' | b'f') => Cell::Text(Cow::Borrowed(raw)),
        Some(b'{') => Cell::Strange("an object where one value is expected"),
        Some(b'[') => Cell::Strange("a list where one value is expected"),
        _ => Cell::Number(Cow::Borrowed(raw)),
    }
}

/// The text or number at a pointer of a document; `None` if there is none, or it is null or empty.
pub(crate) fn scalar_at(document: &str, pointer: &str) -> Result<Option<String>, Problem> {
    checked(document)?;
    match follow(document, pointer).map_err(Problem::data)?.map(cell) {
        Some(Cell::Strange(what)) => Err(Problem::data(format!("{pointer} is {what}"))),
        found => Ok(found.map(|cell| cell.text().to_owned()).filter(|text| !text.is_empty())),
    }
}

/// True if the list of records of a document is empty.
pub(crate) fn is_empty_list(document: &str, rows: &str) -> Result<bool, Problem> {
    Ok(list_of(document, rows)?.is_empty())
}

/// Refuses what is not JSON, with line and column.
fn checked(document: &str) -> Result<(), Problem> {
    let wrong = |error| Problem::unexpected("JSON", document.as_bytes(), error);
    serde_json::from_str::<&RawValue>(document).map(|_| ()).map_err(wrong)
}

fn list_of<'a>(document: &'a str, rows: &str) -> Result<Vec<&'a RawValue>, Problem> {
    checked(document)?;
    let at = if rows.is_empty() { "the top".to_owned() } else { rows.to_owned() };
    let raw = follow(document, rows).map_err(Problem::data)?.filter(|raw| raw.starts_with('['));
    let Some(raw) = raw else {
        let members = serde_json::from_str::<Object<'_>>(document).map(|Object(members)| members);
        let lists: Vec<String> = members
            .unwrap_or_default()
            .iter()
            .filter(|(_, value)| value.starts_with('['))
            .map(|(name, _)| format!("/{name}"))
            .collect();
        let problem =
            Problem::data(format!("there is no list at {at}, got {}", describe(document.as_bytes())));
        return Err(match lists.is_empty() {
            true => problem
                .advise("Say in rows where the list of records is, as a JSON pointer such as /data/items."),
            false => problem.advise(format!("Set rows to one of the lists there are: {}.", lists.join(", "))),
        });
    };
    serde_json::from_str(raw).map_err(|error| Problem::data(error.to_string()))
}

/// The records of one document.
pub(super) fn each(settings: &Settings, text: &str, take: Take<'_>) -> Result<Seen, Problem> {
    check_preamble(settings, &[])?;
    let (mut reading, mut lines) = (Reading::new(settings), LineCount::of(text));
    for row in list_of(text, &settings.rows)? {
        reading.record(row.get(), lines.line_of(row.get()), take)?;
    }
    reading.finish()
}

/// A record on each line; blank lines are none.
pub(super) fn each_line(settings: &Settings, text: &str, take: Take<'_>) -> Result<Seen, Problem> {
    check_preamble(settings, &[])?;
    let mut reading = Reading::new(settings);
    for (line, at) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        reading.record(line, Some(at), take)?;
    }
    reading.finish()
}

struct Reading<'s> {
    settings: &'s Settings,
    seen: Seen,
    /// For each column, whether any record had it.
    found: Vec<bool>,
    /// The names of members, for whoever misspelt one.
    members: BTreeSet<String>,
    faults: Faults,
}

impl<'s> Reading<'s> {
    fn new(settings: &'s Settings) -> Reading<'s> {
        Reading {
            settings,
            seen: Seen::default(),
            found: vec![false; settings.columns.len()],
            members: BTreeSet::new(),
            faults: Faults::default(),
        }
    }

    fn record(&mut self, raw: &str, line: Option<u64>, take: Take<'_>) -> Result<(), Problem> {
        self.seen.records += 1;
        let place = Place { record: self.seen.records, line };
        let object = match serde_json::from_str::<Object<'_>>(raw) {
            Ok(Object(members)) => members,
            Err(error) => {
                let error = json_error(&error, line);
                self.faults.add(place, format_args!("expected an object, got {}: {error}", shown(raw)));
                return Ok(());
            }
        };
        for (name, _) in &object {
            if !self.members.contains(name) {
                self.members.insert(name.clone());
            }
        }
        let mut cells = Vec::with_capacity(self.settings.columns.len());
        for (column, found) in self.settings.columns.iter().zip(&mut self.found) {
            let raw = match column.name.starts_with('/') {
                true => follow(raw, &column.name),
                false => Ok(object.iter().find(|(name, _)| *name == column.name).map(|(_, value)| *value)),
            };
            *found |= matches!(raw, Ok(Some(_)));
            cells.push(match raw {
                Ok(raw) => raw.map_or(Cell::Absent, cell),
                Err(error) => {
                    self.faults.add(place, format_args!("{}: {error}", column.name));
                    Cell::Absent
                }
            });
        }
        if self.faults.is_empty() {
            let (blank, fingerprint) = (object.is_empty(), Fingerprint::of([raw]));
            let first = Cow::Borrowed("");
            take(&Record { place, cells: &cells, preamble: &[], first, blank, fingerprint, fault: None })?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Seen, Problem> {
        let Reading { settings, mut seen, found, members, faults } = self;
        faults.refuse()?;
        let names = || members.iter().map(String::as_str);
        if seen.records > 0 {
            seen.absent =
                found.iter().zip(0..).filter(|(found, _)| !**found).map(|(_, column)| column).collect();
        }
        let missing: Vec<String> = settings
            .columns
            .iter()
            .zip(found)
            .filter(|(column, found)| !found && !column.optional && seen.records > 0)
            .map(|(column, _)| {
                format!(
                    "no record has {:?}{}",
                    column.name,
                    did_you_mean(column.name.trim_start_matches('/'), names())
                )
            })
            .collect();
        if !missing.is_empty() {
            let found: Vec<&str> = names().collect();
            return Err(Problem::data(format!("{}\nfound: {}", missing.join("\n"), found.join(", "))).advise(
                "Name the members as the document does, take a field out with columns.<field> = \"\", or list a member \
                 that may be missing in optional.",
            ));
        }
        let used = |name: &str| {
            settings.columns.iter().any(|column| {
                column.name == name || column.name.split('/').nth(1).is_some_and(|first| first == name)
            })
        };
        seen.unused = members.iter().filter(|name| !used(name)).cloned().collect();
        Ok(seen)
    }
}

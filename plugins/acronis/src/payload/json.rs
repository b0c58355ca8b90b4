//! `json_v2_0`, experimental: no real body has been published.
//!
//! Acronis says that both formats hold the same; the CSV's dotted names are plainly nested members written flat. So
//! any nesting is flattened to dotted names and fed to the reader of rows. Top level: Acronis, "Usage reports v2"
//! (`params` with UNIX times, `tenants`).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use ratebook_plugin::{
    Decimal, Faults, Fingerprint, JsonReading, LineCount, Month, Place, Problem, Shape, each_member,
    json_error,
};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::row::Row;
use crate::unix;

/// How deep members may nest.
const DEPTH: u32 = 8;
/// A list of this name inside an element holds its rows.
const ROWS: &str = "usages";

/// The whole report, its elements unread.
pub(crate) struct JsonReport<'a> {
    text: &'a [u8],
    params: Option<&'a str>,
    tenants: Vec<&'a RawValue>,
    /// Members beside those two.
    unknown: BTreeSet<String>,
}

/// An object's members in their order; one that stands twice is refused.
struct Members<'a>(Vec<(Cow<'a, str>, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut members: Vec<(Cow<'de, str>, &'de str)> = Vec::new();
        each_member(from, "an object", |name, value| {
            if members.iter().any(|(known, _)| *known == name) {
                return Err(format!("the member {name:?} stands twice"));
            }
            members.push((name, value));
            Ok(())
        })?;
        Ok(Members(members))
    }
}

/// The cells of one row by dotted name.
type Cells<'a> = Vec<(String, Cow<'a, str>)>;

impl<'a> JsonReport<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<JsonReport<'a>, Problem> {
        let refused = |error: &dyn fmt::Display| Problem::unexpected("a json_v2_0 report", bytes, error);
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let Members(members) = serde_json::from_slice(text).map_err(|error| refused(&error))?;
        let mut report = JsonReport { text, params: None, tenants: Vec::new(), unknown: BTreeSet::new() };
        let mut found = false;
        for (name, value) in members {
            match &*name {
                "params" => report.params = Some(value),
                "tenants" => {
                    report.tenants = serde_json::from_str(value).map_err(|error| refused(&error))?;
                    found = true;
                }
                _ => {
                    report.unknown.insert(name.into_owned());
                }
            }
        }
        if found { Ok(report) } else { Err(refused(&"it has no member `tenants`")) }
    }

    /// Refuses a report whose `params` say another period; a day of tolerance, as the time zone is not said.
    pub(crate) fn check_period(&self, month: Month) -> Result<(), Problem> {
        #[derive(Deserialize)]
        struct Params {
            begin_date: Option<i64>,
            end_date: Option<i64>,
        }
        let Some(params) = self.params else { return Ok(()) };
        let Ok(Params { begin_date, end_date }) = serde_json::from_str(params) else { return Ok(()) };
        for (name, seconds, date) in
            [("begin_date", begin_date, month.first_day()), ("end_date", end_date, month.last_day())]
        {
            let Some(seconds) = seconds else { continue };
            let off = seconds.div_euclid(unix::DAY) - unix::days(date);
            if off.abs() > 1 {
                return Err(Problem::data(format!(
                    "asked for {}..{}, the report's {name} is {seconds} (UNIX time), {off} days off",
                    month.first_day(),
                    month.last_day(),
                )));
            }
        }
        Ok(())
    }

    /// Hands over each row that has what it must have.
    pub(crate) fn rows(
        &self,
        shape: &mut Shape<'_>,
        faults: &mut Faults,
        mut take: impl FnMut(&Row<'_>, &mut Faults) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.unknown.iter().for_each(|name| shape.is_unknown(name));
        let (mut number, mut lines) = (0, LineCount::of(self.text));
        for element in &self.tenants {
            let line = lines.line_of(element.get());
            let mut outer = Cells::new();
            let mut nested = None;
            if let Err(what) = flatten(element.get(), "", DEPTH, line, &mut outer, &mut nested) {
                number += 1;
                faults.add(Place { record: number, line }, what);
                continue;
            }
            for (raw, inner) in &nested.unwrap_or_else(|| vec![(element.get(), Cells::new())]) {
                number += 1;
                let line = lines.line_of(raw);
                let cells = || outer.iter().chain(inner);
                let fingerprint = Fingerprint::of(cells().flat_map(|(name, value)| [name.as_str(), value]));
                let mut row = Row::of(Place { record: number, line }, fingerprint, Default::default());
                cells().for_each(|(name, value)| row.set(name, value));
                let cell = |name: &str| cells().find(|(known, _)| known == name).map(|(_, value)| &**value);
                let names = cells().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
                let unknown = names.iter().copied().filter(|name| !shape.knows(name)).collect::<Vec<_>>();
                if shape.row(
                    &mut JsonReading::of("record", number, faults).in_line(line),
                    cell,
                    unknown.iter().copied(),
                ) {
                    take(&row, faults)?;
                }
            }
        }
        Ok(())
    }
}

fn flatten<'a>(
    raw: &'a str,
    name: &str,
    depth: u32,
    line: Option<u64>,
    cells: &mut Cells<'a>,
    nested: &mut Option<Vec<(&'a str, Cells<'a>)>>,
) -> Result<(), String> {
    match raw.as_bytes().first() {
        _ if raw == "null" => Ok(()),
        Some(b'{') => {
            let depth = depth.checked_sub(1).ok_or_else(|| format!("{name} nests too deep"))?;
            let Members(members) = serde_json::from_str(raw).map_err(|error| json_error(&error, line))?;
            // A part of a part begins in a line of its own.
            let line = None;
            members.into_iter().try_for_each(|(member, value)| {
                let name = if name.is_empty() { member.into_owned() } else { format!("{name}.{member}") };
                flatten(value, &name, depth, line, cells, nested)
            })
        }
        Some(b'[') if name == ROWS => {
            let rows: Vec<&RawValue> = serde_json::from_str(raw).map_err(|error| error.to_string())?;
            let found = nested.get_or_insert_default();
            for row in rows {
                let mut inner = Cells::new();
                flatten(row.get(), "", depth.saturating_sub(1), None, &mut inner, &mut None)?;
                found.push((row.get(), inner));
            }
            Ok(())
        }
        Some(b'"') => {
            let text = serde_json::from_str(raw).map_err(|error| error.to_string())?;
            cells.push((name.to_owned(), text));
            Ok(())
        }
        Some(b'-' | b'0'..=b'9') if raw.contains(['e', 'E']) => {
            let number = Decimal::from_json_number(raw).map_err(|error| format!("{name} {raw}: {error}"))?;
            cells.push((name.to_owned(), Cow::Owned(number.to_string())));
            Ok(())
        }
        _ => {
            cells.push((name.to_owned(), Cow::Borrowed(raw)));
            Ok(())
        }
    }
}

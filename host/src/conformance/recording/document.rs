//! A payload as text values with names: the cells of a CSV under its header, the members of JSON documents. Everything
//! but the values that are replaced stays: order, numbers with every digit, line ends.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};
use ratebook_plugin::each_member;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

const BOM: &str = "\u{feff}";

/// A payload that can be rewritten.
pub(super) struct Document<'t> {
    kind: Kind,
    text: &'t str,
}

enum Kind {
    Csv(u8),
    Json,
    JsonLines,
}

/// What is done with a value: its field (none above a CSV's header), its text; what stands there then, if not the same.
pub(super) type Replace<'r> = &'r mut dyn FnMut(Option<&str>, &str) -> Option<String>;

impl<'t> Document<'t> {
    /// A payload by its bytes.
    ///
    /// # Errors
    /// Why nothing can be replaced in it.
    pub(super) fn of(bytes: &'t [u8]) -> Result<Document<'t>, String> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        let text =
            text.ok_or("names can be replaced in CSV and JSON that are UTF-8 text, and this is neither")?;
        let plain = text.trim_start_matches(BOM).trim();
        let is_json = |text: &str| serde_json::from_str::<&RawValue>(text).is_ok();
        let kind = if !plain.starts_with(['{', '[']) {
            Kind::Csv(delimiter(plain))
        } else if is_json(plain) {
            Kind::Json
        } else if plain.lines().all(|line| line.trim().is_empty() || is_json(line)) {
            Kind::JsonLines
        } else {
            return Err("it begins like JSON and is none".to_owned());
        };
        Ok(Document { kind, text })
    }

    /// What the fixture's file ends in.
    pub(super) fn extension(&self) -> &'static str {
        match self.kind {
            Kind::Csv(b'\t') => "tsv",
            Kind::Csv(_) => "csv",
            Kind::Json => "json",
            Kind::JsonLines => "jsonl",
        }
    }

    /// The document with values replaced.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn rewrite(&self, replace: Replace<'_>) -> Result<Vec<u8>, String> {
        let plain = self.text.trim_start_matches(BOM);
        let mut out = if plain.len() < self.text.len() { BOM.to_owned() } else { String::new() };
        match self.kind {
            Kind::Csv(delimiter) => out += &rewrite_csv(plain, delimiter, replace)?,
            Kind::Json => {
                rewrite_json(plain, "", Some(0), replace, &mut out)?;
                out.push('\n');
            }
            Kind::JsonLines => {
                for line in plain.lines().filter(|line| !line.trim().is_empty()) {
                    rewrite_json(line, "", None, replace, &mut out)?;
                    out.push('\n');
                }
            }
        }
        Ok(out.into_bytes())
    }
}

/// The sign that stands most often in the first lines.
fn delimiter(text: &str) -> u8 {
    let often = |sign: u8| text.lines().take(50).flat_map(str::bytes).filter(|byte| *byte == sign).count();
    b",;\t|".iter().copied().rev().max_by_key(|sign| often(*sign)).unwrap_or(b',')
}

fn rewrite_csv(text: &str, delimiter: u8, replace: Replace<'_>) -> Result<String, String> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let records: Vec<StringRecord> =
        reader.records().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    for record in &records {
        *widths.entry(record.len()).or_default() += 1;
    }
    // Lines above a header are shorter, and fewer.
    let usual =
        widths.into_iter().max_by_key(|(width, count)| (*count, *width)).map_or(0, |(width, _)| width);
    let header = records.iter().position(|record| record.len() == usual).unwrap_or(0);
    let ends = if text.contains("\r\n") { Terminator::CRLF } else { Terminator::Any(b'\n') };
    let mut writer =
        WriterBuilder::new().flexible(true).delimiter(delimiter).terminator(ends).from_writer(Vec::new());
    let names: Vec<&str> =
        records.get(header).map(|names| names.iter().map(str::trim).collect()).unwrap_or_default();
    for (at, record) in records.iter().enumerate() {
        let mut cells = Vec::new();
        for (column, cell) in record.iter().enumerate() {
            let name = names.get(column).copied().filter(|_| at > header);
            let replaced = if at == header { None } else { replace(name, cell.trim()) };
            cells.push(replaced.unwrap_or_else(|| cell.to_owned()));
        }
        writer.write_record(&cells).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Members in their order, those that stand twice too.
struct Members<'a>(Vec<(String, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut members = Vec::new();
        each_member(from, "an object", |name, value| {
            members.push((name.into_owned(), value));
            Ok(())
        })?;
        Ok(Members(members))
    }
}

/// Writes a value; `indent` is how deep it stands, `None` on one line.
fn rewrite_json(
    raw: &str,
    path: &str,
    indent: Option<usize>,
    replace: Replace<'_>,
    out: &mut String,
) -> Result<(), String> {
    let read = |error: serde_json::Error| error.to_string();
    let raw = raw.trim();
    let next_line = |out: &mut String, depth: usize| {
        if let Some(indent) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", indent + depth));
        }
    };
    match raw.as_bytes().first() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(raw).map_err(read)?;
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                next_line(out, 1);
                out.push_str(&serde_json::Value::from(name.as_str()).to_string());
                out.push_str(": ");
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                rewrite_json(value, &below, indent.map(|indent| indent + 1), replace, out)?;
            }
            if !members.is_empty() {
                next_line(out, 0);
            }
            out.push('}');
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(raw).map_err(read)?;
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                next_line(out, 1);
                rewrite_json(value.get(), path, indent.map(|indent| indent + 1), replace, out)?;
            }
            if !values.is_empty() {
                next_line(out, 0);
            }
            out.push(']');
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).map_err(read)?;
            match replace(Some(path), text.trim()) {
                Some(replaced) => out.push_str(&serde_json::Value::from(replaced).to_string()),
                None => out.push_str(raw),
            }
        }
        Some(b'-' | b'0'..=b'9') => match replace(Some(path), raw) {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => out.push_str(&digits),
            Some(text) => out.push_str(&serde_json::Value::from(text).to_string()),
            None => out.push_str(raw),
        },
        _ => out.push_str(raw),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shouted(text: &str, field: &str) -> String {
        let document = Document::of(text.as_bytes()).unwrap_or_else(|why| panic!("{why}"));
        let mut replace = |name: Option<&str>, value: &str| {
            (name.unwrap_or("above") == field).then(|| value.to_uppercase())
        };
        String::from_utf8(document.rewrite(&mut replace).unwrap()).unwrap()
    }

    #[test]
    fn cells_of_a_column_are_replaced_and_nothing_else() {
        let text = "\u{feff}Report of march\r\nname;n\r\n\"Ann; Bob\";1,50\r\nCarl;2\r\nDora;3\r\n";
        let expected = "\u{feff}Report of march\r\nname;n\r\n\"ANN; BOB\";1,50\r\nCARL;2\r\nDORA;3\r\n";
        assert_eq!(shouted(text, "name"), expected);
        assert_eq!(shouted(text, "n"), text);
        assert!(shouted(text, "above").contains("REPORT OF MARCH"));
    }

    #[test]
    fn members_are_replaced_where_they_stand_and_numbers_keep_their_digits() {
        let text = "{\"a\":[{\"b\":\"x\",\"c\":1.10},{\"b\":\"y\"}],\"b\":\"z\",\"e\":[],\"n\":12345678901234567890.5}";
        let expected = "{\n  \"a\": [\n    {\n      \"b\": \"X\",\n      \"c\": 1.10\n    },\n    {\n      \"b\": \"Y\"\n    }\n  ],\n  \
                        \"b\": \"z\",\n  \"e\": [],\n  \"n\": 12345678901234567890.5\n}\n";
        assert_eq!(shouted(text, "a.b"), expected);
        assert_eq!(
            shouted("{\"b\":\"x\"}\n{\"b\":\"y\",\"c\":1.0}\n", "b"),
            "{\"b\": \"X\"}\n{\"b\": \"Y\",\"c\": 1.0}\n"
        );
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"PK\x03\x04\0\0"[..], b"\xff\xfea\0", b"M\xfcller,1\n"] {
            assert!(Document::of(bytes).err().unwrap().contains("CSV and JSON"));
        }
        assert!(Document::of(b"{\"a\": ").is_err());
    }
}

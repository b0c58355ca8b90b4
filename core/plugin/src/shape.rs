//! What a vendor's rows must have, held against what they have: a field that is gone is refused or told, one that is new
//! is told, and so is which of the new ones looks like the one that is gone.

use std::collections::BTreeSet;

use crate::about::{Field, Presence};
use crate::json_reading::JsonReading;
use crate::lines::Lines;
use crate::problem::Problem;
use crate::quoted::shown;

/// New fields that are told one by one; the rest is counted.
const TOLD: usize = 20;

/// The fields of a payload format, and those that a payload turned out to have.
#[derive(Debug)]
pub struct Shape<'f> {
    /// What the payload is called, for people.
    called: &'static str,
    /// The fields that are known, each once, and whether the payload has it.
    known: Vec<(&'f Field, bool)>,
    unknown: BTreeSet<String>,
    rows: u64,
}

impl<'f> Shape<'f> {
    /// Of a payload that people call so (`the summary`), in a format of [`crate::About::fields`].
    #[must_use]
    pub fn of(called: &'static str, fields: &'f [Field], format: &str) -> Shape<'f> {
        let mut known: Vec<(&Field, bool)> = Vec::new();
        for field in fields.iter().filter(|field| field.format.is_empty() || field.format == format) {
            if !known.iter().any(|(other, _)| other.name == field.name) {
                known.push((field, false));
            }
        }
        Shape { called, known, unknown: BTreeSet::new(), rows: 0 }
    }

    /// Looks at a row of JSON: `raw` gives a member by its name, `unknown` are the names of those that are not known. What
    /// it must have and lacks is noted; true if it lacks nothing.
    pub fn row<'n>(
        &mut self,
        reading: &mut JsonReading<'_>,
        raw: impl Fn(&str) -> Option<&'n str>,
        unknown: impl Iterator<Item = &'n str>,
    ) -> bool {
        let mut whole = true;
        let unknown: Vec<&str> = unknown.collect();
        self.rows += 1;
        for name in &unknown {
            self.is_unknown(name);
        }
        for (field, seen) in &mut self.known {
            if !is_lacking(raw(&field.name)) {
                *seen = true;
            } else if field.presence == Presence::Always {
                let hint = hint(&field.name, unknown.iter().copied());
                whole = false;
                reading.fault(format_args!("{} is missing{hint}", field.name));
            }
        }
        whole
    }

    /// True if a field of this name is known.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.known.iter().any(|(field, _)| field.name == name)
    }

    /// Notes that the payload has a field of this name; false if no such field is known.
    pub fn has(&mut self, name: &str) -> bool {
        self.rows += 1;
        match self.known.iter_mut().find(|(field, _)| field.name == name) {
            Some((_, seen)) => *seen = true,
            None => self.is_unknown(name),
        }
        self.knows(name)
    }

    /// Notes a field that is not known.
    pub fn is_unknown(&mut self, name: &str) {
        if !self.unknown.contains(name) {
            self.unknown.insert(name.to_owned());
        }
    }

    /// The names of the fields that a table must have.
    #[must_use]
    pub fn needed(&self) -> Vec<&str> {
        let needed = self.known.iter().filter(|(field, _)| field.presence.is_needed());
        needed.map(|(field, _)| field.name.as_str()).collect()
    }

    /// The names of fields that a table must have and has not, each with what looks like it.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let missing = self.known.iter().filter(|(field, seen)| !seen && field.presence.is_needed());
        missing
            .map(|(field, _)| {
                format!("{}{}", field.name, hint(&field.name, self.unknown.iter().map(String::as_str)))
            })
            .collect()
    }

    /// Warns of each field that is new, and of each that payloads are known to have and this one has not.
    ///
    /// # Errors
    /// If the host is gone.
    pub fn tell(&self, out: &mut Lines<'_>) -> Result<(), Problem> {
        let called = self.called;
        for name in self.unknown.iter().take(TOLD) {
            out.drifted(format!(
                "{called} has a field that ratebook does not know and does not use: {}",
                named(name)
            ))?;
        }
        if let Some(more) = self.unknown.len().checked_sub(TOLD).filter(|more| *more > 0) {
            out.drifted(format!("{called} has {more} more fields that ratebook does not know"))?;
        }
        let unknown = || self.unknown.iter().map(String::as_str);
        for (field, _) in self.known.iter().filter(|(field, seen)| !seen && field.presence == Presence::Usual)
        {
            if self.rows > 0 {
                out.drifted(format!("{called} has no {}{}", field.name, hint(&field.name, unknown())))?;
            }
        }
        Ok(())
    }
}

/// A name as it stands, if it is a plain one.
fn named(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    if !name.is_empty() && name.len() <= 60 && name.chars().all(plain) {
        name.to_owned()
    } else {
        shown(name)
    }
}

/// True for a member that is not there, is `null`, or is a text with nothing in it: they are the same lack.
#[must_use]
pub fn is_lacking(raw: Option<&str>) -> bool {
    match raw {
        None | Some("null") => true,
        Some(raw) if raw.trim().is_empty() => true,
        Some(raw) => raw
            .strip_prefix('"')
            .and_then(|raw| raw.strip_suffix('"'))
            .is_some_and(|text| text.trim().is_empty()),
    }
}

fn hint<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> String {
    looks_like(name, candidates).map_or_else(String::new, |like| format!(" ({} looks like it)", named(like)))
}

/// Which of the candidates looks most like a name: `billableQty` like `billableQuantity`. None if none does.
pub fn looks_like<'n>(name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let letters = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(200).collect()
    };
    let wanted = letters(name);
    let mut best: Option<(usize, usize, &str)> = None;
    for candidate in candidates {
        let other = letters(candidate);
        let (both, common) = (wanted.len() + other.len(), in_common(&wanted, &other));
        // Three quarters of the letters of both stand in the other, in their order.
        if common * 8 < both * 3 || common == 0 {
            continue;
        }
        if best.is_none_or(|(most, of, _)| common * of > most * both) {
            best = Some((common, both, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

/// How many letters two words have in common, in their order.
fn in_common(one: &[char], other: &[char]) -> usize {
    let mut above = vec![0; other.len() + 1];
    for letter in one {
        let mut diagonal = 0;
        for (at, against) in other.iter().enumerate() {
            let here = above[at + 1];
            above[at + 1] = if letter == against { diagonal + 1 } else { here.max(above[at]) };
            diagonal = here;
        }
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Call, FORMAT_DRIFT, HostServices, Reply};
    use crate::faults::Faults;

    struct Heard(Vec<String>);

    impl HostServices for Heard {
        fn call(&mut self, call: Call, _: &mut Vec<u8>) -> Result<Reply, Problem> {
            let Call::Log { text, code, .. } = call else { panic!("{call:?}") };
            assert_eq!(code.as_deref(), Some(FORMAT_DRIFT));
            self.0.push(text);
            Ok(Reply::Done)
        }
    }

    fn fields() -> Vec<Field> {
        let field = |name, presence| Field::mapped("usage", name, name, "").with(presence);
        vec![
            field("skuId", Presence::Always),
            field("billableQuantity", Presence::Always),
            field("unit", Presence::Present),
            field("kind", Presence::Usual),
            field("note", Presence::Maybe),
            Field::mapped("other", "elsewhere", "x", "").with(Presence::Always),
        ]
    }

    #[test]
    fn a_row_without_what_it_must_have_is_refused_and_the_new_name_is_offered() {
        let fields = fields();
        let mut shape = Shape::of("the usage", &fields, "usage");
        let mut faults = Faults::default();
        let rows: [&[(&str, &str)]; 4] = [
            &[("skuId", "\"A\""), ("billableQuantity", "1")],
            &[("skuId", "\" \""), ("billableQuantity", "1")],
            &[("skuId", "\"A\""), ("billableQuantity", "null")],
            &[("skuId", "\"A\""), ("billableQty", "330"), ("colour", "1")],
        ];
        for (number, row) in (1..).zip(rows) {
            let mut reading = JsonReading::of("row", number, &mut faults);
            let known = |name: &&str| fields.iter().any(|field| field.name == **name);
            let unknown = row.iter().map(|(name, _)| *name).filter(|name| !known(name));
            shape.row(
                &mut reading,
                |name| row.iter().find(|(known, _)| *known == name).map(|(_, raw)| *raw),
                unknown,
            );
        }
        assert_eq!(
            faults.refuse().unwrap_err().message,
            "row 2: skuId is missing\nrow 3: billableQuantity is missing\n\
             row 4: billableQuantity is missing (billableQty looks like it)"
        );
        let mut heard = Heard(Vec::new());
        let mut out = Lines::new(&mut heard);
        shape.tell(&mut out).unwrap();
        drop(out);
        assert_eq!(
            heard.0,
            [
                "the usage has a field that ratebook does not know and does not use: billableQty",
                "the usage has a field that ratebook does not know and does not use: colour",
                "the usage has no kind",
            ]
        );
    }

    #[test]
    fn a_table_lacks_columns_by_name() {
        let fields = fields();
        let mut shape = Shape::of("the file", &fields, "usage");
        for (name, known) in [("skuId", true), ("Units", false), ("Billable quantity", false), ("kind", true)]
        {
            assert_eq!(shape.has(name), known, "{name}");
        }
        assert_eq!(
            shape.missing(),
            ["billableQuantity (\"Billable quantity\" looks like it)", "unit (Units looks like it)"]
        );
    }

    #[test]
    fn many_new_fields_are_counted_and_strange_names_are_quoted() {
        let mut shape = Shape::of("the file", &[], "usage");
        for at in 0..25 {
            shape.is_unknown(&format!("f{at:02}"));
        }
        shape.is_unknown("a\u{1b}[31m");
        let mut heard = Heard(Vec::new());
        shape.tell(&mut Lines::new(&mut heard)).unwrap();
        assert_eq!(heard.0.len(), 21);
        assert!(heard.0[0].ends_with(": \"a\\u{1b}[31m\""), "{}", heard.0[0]);
        assert_eq!(heard.0[20], "the file has 6 more fields that ratebook does not know");
    }

    #[test]
    fn what_looks_like_a_name_shares_its_letters() {
        let others = ["billableQty", "unitPrice", "consumedQuantity", "x"];
        assert_eq!(looks_like("billableQuantity", others), Some("billableQty"));
        assert_eq!(looks_like("billable_quantity", ["billedQuantity"]), Some("billedQuantity"));
        assert_eq!(looks_like("tenant.id", ["tenant_id", "tenantid2"]), Some("tenant_id"));
        assert_eq!(looks_like("cost", ["currency", "", "x"]), None);
    }
}

//! Which column is which field of the line, and which fields are the same for every record.

use std::collections::BTreeSet;

use ratebook_plugin::{Currency, Decimal};
use serde_json::Value;

use super::keys::{Keys, Wrong, one_or_many};
use crate::field::{FIELDS, Field, Number, REQUIRED, Text};
use crate::misspelt::did_you_mean;

/// A column of the file, or a member of each record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name in the header; in JSON, a member's name or a pointer.
    pub(crate) name: String,
    /// True if a file may come without it.
    pub(crate) optional: bool,
}

/// The columns that are used, each once.
#[derive(Debug, Default)]
pub(crate) struct Columns(Vec<Column>);

impl Columns {
    /// The place of a column.
    pub(crate) fn used(&mut self, name: &str) -> usize {
        let name = name.trim();
        self.0.iter().position(|column| column.name == name).unwrap_or_else(|| {
            self.0.push(Column { name: name.to_owned(), optional: false });
            self.0.len() - 1
        })
    }

    /// All of them, those marked that a file may come without.
    pub(super) fn finish(mut self, optional: Vec<String>, wrong: &mut Wrong) -> Vec<Column> {
        for name in optional {
            match self.0.iter_mut().find(|column| column.name == name) {
                Some(column) => column.optional = true,
                None => {
                    let hint = did_you_mean(&name, self.0.iter().map(|column| column.name.as_str()));
                    wrong.add::<()>(
                        "optional",
                        format_args!("{name:?} is not a column that the map uses{hint}"),
                    );
                }
            }
        }
        self.0
    }
}

/// The value of a field that is the same for every record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    Text(Text, String),
    Number(Number, Decimal),
}

/// How a line is made of a record.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Fields that are columns, by the place of the column.
    pub(crate) texts: Vec<(Text, usize)>,
    pub(crate) numbers: Vec<(Number, usize)>,
    pub(crate) currency: Option<usize>,
    pub(crate) tags: Vec<usize>,
    /// Fields that are not.
    pub(crate) constants: Vec<Constant>,
    pub(crate) constant_currency: Option<Currency>,
    pub(crate) constant_tags: Vec<String>,
    /// Fields whose cell must not be empty.
    pub(crate) required: BTreeSet<Field>,
}

impl Fields {
    /// The column of a text.
    pub(crate) fn column_of(&self, text: Text) -> Option<usize> {
        self.texts.iter().find(|(known, _)| *known == text).map(|(_, column)| *column)
    }
}

/// Takes `columns`, `constants` and `required`.
pub(super) fn fields(keys: &mut Keys, columns: &mut Columns, wrong: &mut Wrong) -> Fields {
    let mut fields = Fields::default();
    let mut filled = BTreeSet::new();
    for (name, field, path, value) in named(keys, "columns", wrong) {
        let mut names = one_or_many(value, &path, wrong);
        names.retain(|name| !name.trim().is_empty());
        if field != Field::Tags && names.len() > 1 {
            wrong.add::<()>(path, format_args!("{name} is one column; only tags may be several"));
            continue;
        }
        for column in names {
            filled.insert(field);
            let at = columns.used(&column);
            match field {
                Field::Text(text) => fields.texts.push((text, at)),
                Field::Number(number) => fields.numbers.push((number, at)),
                Field::Currency => fields.currency = Some(at),
                Field::Tags => fields.tags.push(at),
            }
        }
    }
    for (name, field, path, value) in named(keys, "constants", wrong) {
        if field != Field::Tags && filled.contains(&field) {
            wrong.add::<()>(
                path,
                format_args!("{name} is a column too; take that out with columns.{name} = \"\" if the constant is meant"),
            );
            continue;
        }
        if let Some(true) = constant(&mut fields, field, &path, value, wrong) {
            filled.insert(field);
        }
    }
    fields.required = required(keys, &filled, wrong);
    let any = [Number::Consumed, Number::Billable, Number::TotalCost];
    if !any.into_iter().any(|number| filled.contains(&Field::Number(number))) {
        wrong.add::<()>(
            "columns",
            "no column is a quantity: name one of consumedQuantity (what was used), billableQuantity (what the vendor \
             bills) or at least totalCost",
        );
    }
    let priced = [Number::UnitPrice, Number::TotalCost];
    if priced.into_iter().any(|number| filled.contains(&Field::Number(number)))
        && !filled.contains(&Field::Currency)
    {
        wrong.add::<()>(
            "columns",
            "a price or cost without a currency: name columns.currency, or constants.currency = \"EUR\"",
        );
    }
    fields
}

/// The entries of a table whose keys are fields.
fn named(
    keys: &mut Keys,
    table: &'static str,
    wrong: &mut Wrong,
) -> Vec<(&'static str, Field, String, Value)> {
    let Some(mut keys) = keys.nested(table, wrong) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in keys.rest() {
        let path = keys.path(&name);
        match Field::of_name(&name) {
            Some(field) => found.push((field.name(), field, path, value)),
            None => {
                let names = FIELDS.map(|(name, _)| name);
                let hint = did_you_mean(&name, names);
                let known = if hint.is_empty() { format!(" (there are {})", names.join(", ")) } else { hint };
                wrong.add::<()>(path, format_args!("a line has no such field{known}"));
            }
        }
    }
    found
}

/// Takes a constant; `Some(false)` if it is empty, which takes a shipped map's constant out.
fn constant(fields: &mut Fields, field: Field, path: &str, value: Value, wrong: &mut Wrong) -> Option<bool> {
    let mut texts = one_or_many(value, path, wrong);
    texts.retain(|text| !text.trim().is_empty());
    if field == Field::Tags {
        let any = !texts.is_empty();
        fields.constant_tags = texts;
        return Some(any);
    }
    if texts.len() > 1 {
        return wrong.add(path, "expected one text");
    }
    let Some(text) = texts.pop() else { return Some(false) };
    match field {
        Field::Text(field) => fields.constants.push(Constant::Text(field, text)),
        Field::Number(field) => match text.parse() {
            Ok(number) => fields.constants.push(Constant::Number(field, number)),
            Err(error) => return wrong.add(path, format_args!("{text:?}: {error}")),
        },
        Field::Currency => match text.parse() {
            Ok(currency) => fields.constant_currency = Some(currency),
            Err(error) => return wrong.add(path, error),
        },
        Field::Tags => {}
    }
    Some(true)
}

fn required(keys: &mut Keys, filled: &BTreeSet<Field>, wrong: &mut Wrong) -> BTreeSet<Field> {
    let Some(names) = keys.take::<Vec<String>>("required", wrong) else {
        return BTreeSet::from(REQUIRED);
    };
    let mut required = BTreeSet::new();
    for name in names {
        match Field::of_name(&name) {
            Some(field) if filled.contains(&field) => _ = required.insert(field),
            Some(_) => {
                wrong.add::<()>("required", format_args!("{name} is neither a column nor a constant"));
            }
            None => {
                wrong.choice::<()>("required", &name, &FIELDS.map(|(name, _)| name));
            }
        }
    }
    required
}

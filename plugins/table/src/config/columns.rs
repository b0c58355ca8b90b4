//! Which column is which field of the line, and which fields are the same for every record.

use std::collections::BTreeSet;

use ratebook_plugin::{Currency, Decimal};
use serde_json::Value;

use super::keys::{Keys, Wrong, one_or_many};
use crate::above::AboveCell;
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

impl Column {
    /// Its number, from 1, if it is named by that.
    pub(crate) fn number(&self) -> Option<usize> {
        let digits = Some(&self.name).filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse().ok().filter(|number| *number > 0)
    }
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

    /// The place of a column, if it is used.
    pub(super) fn known(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column.name == name.trim())
    }

    /// Which of them a name was meant to be, as the end of a sentence.
    pub(super) fn meant(&self, name: &str) -> String {
        did_you_mean(name, self.0.iter().map(|column| column.name.as_str()))
    }

    /// All of them, those marked that a file may come without. Without a header they are numbers.
    pub(super) fn finish(
        mut self,
        optional: Vec<String>,
        are_numbers: bool,
        wrong: &mut Wrong,
    ) -> Vec<Column> {
        for name in optional {
            match self.0.iter_mut().find(|column| column.name == name) {
                Some(column) => column.optional = true,
                None => {
                    let hint = self.meant(&name);
                    wrong.add::<()>(
                        "optional",
                        format_args!("{name:?} is not a column that the map uses{hint}"),
                    );
                }
            }
        }
        for column in self.0.iter().filter(|_| are_numbers) {
            if column.number().is_none() {
                let name = &column.name;
                wrong.add::<()>(
                    "columns",
                    format_args!("{name:?}: without a header (header = false) columns are named by their numbers, from 1"),
                );
            }
        }
        self.0
    }
}

/// The columns that a number is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// By their places; added up.
    pub(crate) plus: Vec<usize>,
    /// Taken off.
    pub(crate) minus: Vec<usize>,
}

impl Parts {
    /// The only column, if there is one.
    pub(crate) fn only(&self) -> Option<usize> {
        match (self.plus.as_slice(), self.minus.as_slice()) {
            ([only], []) => Some(*only),
            _ => None,
        }
    }
}

/// The value of a field that is the same for every record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    Text(Text, String),
    Number(Number, Decimal),
    /// What the file says above its header.
    Above(Field, AboveCell),
}

/// How a line is made of a record.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Fields that are columns, by the place of the column.
    pub(crate) texts: Vec<(Text, usize)>,
    pub(crate) numbers: Vec<(Number, Parts)>,
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
        if let Value::Object(_) = value {
            if let Some((number, parts)) = sum(field, path, value, columns, wrong) {
                filled.insert(field);
                fields.numbers.push((number, parts));
            }
            continue;
        }
        let mut names = one_or_many(value, &path, wrong);
        names.retain(|name| !name.trim().is_empty());
        if field != Field::Tags && names.len() > 1 {
            let how = match field {
                Field::Number(_) => "; a sum of several is written { sum = [\"A\", \"B\"] }",
                _ => "; only tags may be several",
            };
            wrong.add::<()>(path, format_args!("{name} is one column{how}"));
            continue;
        }
        for column in names {
            filled.insert(field);
            let at = columns.used(&column);
            match field {
                Field::Text(text) => fields.texts.push((text, at)),
                Field::Number(number) => {
                    fields.numbers.push((number, Parts { plus: vec![at], ..Parts::default() }));
                }
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

/// Takes `{ sum = ["A", "B"], minus = ["C"] }`.
fn sum(
    field: Field,
    path: String,
    value: Value,
    columns: &mut Columns,
    wrong: &mut Wrong,
) -> Option<(Number, Parts)> {
    let Field::Number(number) = field else {
        return wrong.add(path, "only a number can be the sum of columns; a text is one column");
    };
    let mut keys = Keys::of(path, value, wrong)?;
    let mut places = |key: &'static str, keys: &mut Keys, wrong: &mut Wrong| {
        let names = keys.take::<Value>(key, wrong).map(|value| one_or_many(value, &keys.path(key), wrong));
        names.unwrap_or_default().iter().map(|name| columns.used(name)).collect::<Vec<_>>()
    };
    let parts = Parts { plus: places("sum", &mut keys, wrong), minus: places("minus", &mut keys, wrong) };
    let mut all: Vec<usize> = parts.plus.iter().chain(&parts.minus).copied().collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    if parts.plus.is_empty() {
        let path = keys.own_path().to_owned();
        wrong
            .add::<()>(path, "expected { sum = [\"A\", \"B\"] }, with minus = [\"C\"] for what is taken off");
    } else if all.len() < count {
        wrong.add::<()>(keys.own_path().to_owned(), "a column is there twice");
    }
    keys.finish(wrong);
    Some((number, parts))
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
    if let Value::Object(_) = value {
        if field == Field::Tags {
            return wrong.add(path, "a tag is a text, not a cell above the header");
        }
        let cell = AboveCell::at(Keys::of(path.to_owned(), value, wrong)?, wrong)?;
        fields.constants.push(Constant::Above(field, cell));
        return Some(true);
    }
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

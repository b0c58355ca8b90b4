//! Which columns and members name somebody, and what stands in their place.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::BillableLine;
use serde_json::Value;

use super::document::Document;
use super::pseudonyms::{Pseudonyms, Role, is_email, is_telling, is_uuid};
use super::same::who;
use super::wanted::Recording;
use crate::failure::{Exit, Failure};

/// Keys of a configuration that say who we are at the vendor.
const OURS: [&str; 4] = ["id", "user", "account", "tenant"];

/// What names somebody in the documents.
pub(super) struct Found {
    /// Every field of the documents, and the values that stand in it, in lower case.
    fields: BTreeMap<String, BTreeSet<String>>,
    /// Those that are replaced as a whole.
    named: BTreeMap<String, Role>,
    kept: BTreeSet<String>,
    /// What is sold and counted: never replaced.
    sold: BTreeSet<String>,
    /// Who we are at the vendor, as the source's configuration says it.
    also: BTreeSet<String>,
    pub(super) pseudonyms: Pseudonyms,
}

impl Found {
    /// Looks through the documents.
    ///
    /// # Errors
    /// If what the lines carry stands in no field of the documents, or a field that is asked for is not there.
    pub(super) fn of(
        recording: &Recording<'_>,
        documents: &[Document<'_>],
        lines: &[&BillableLine<'_>],
    ) -> Result<Found, Failure> {
        let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for document in documents {
            let mut note = |field: Option<&str>, value: &str| {
                if let Some(field) = field.filter(|_| !value.is_empty()) {
                    fields.entry(field.to_owned()).or_default().insert(value.to_lowercase());
                }
                None
            };
            document.rewrite(&mut note).map_err(|why| recording.refused(why))?;
        }
        let is = |field: &str, asked: &String| field == asked || field.ends_with(&format!(".{asked}"));
        let unknown: Vec<&str> = recording
            .replace
            .iter()
            .chain(recording.keep)
            .filter(|asked| !fields.keys().any(|field| is(field, asked)))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            let known: Vec<&str> = fields.keys().map(String::as_str).collect();
            let message = format!("the payloads have no {}", unknown.join(", "));
            let fix = match known.is_empty() {
                true => "They have no fields.".to_owned(),
                false => format!("They have: {}.", known.join(", ")),
            };
            return Err(Failure::new(Exit::Usage, "E-USAGE", message).fix(fix));
        }
        let asked_for = |names: &[String]| -> BTreeSet<String> {
            fields.keys().filter(|field| names.iter().any(|asked| is(field, asked))).cloned().collect()
        };
        let mut found = Found {
            named: asked_for(recording.replace).into_iter().map(|field| (field, Role::Id)).collect(),
            kept: asked_for(recording.keep),
            sold: lines.iter().flat_map(|line| sold(line)).map(str::to_lowercase).collect(),
            also: BTreeSet::new(),
            pseudonyms: Pseudonyms::default(),
            fields,
        };
        let source = recording.source;
        found.also.extend([&source.tenant, &source.customer].into_iter().flatten().cloned());
        ours(&source.config, "", &mut found.also);
        found.name_fields(lines, !recording.replace.is_empty()).map_err(|missing| {
            recording
                .refused(format!(
                    "the lines' {missing} stands in no column or member of the payloads as it is"
                ))
                .fix("Name the column or member that it is made of: --replace NAME.")
        })?;
        for value in found.also.clone() {
            found.pseudonyms.of(&value, Role::Id);
        }
        Ok(found)
    }

    /// Finds the fields that hold whom lines are for.
    fn name_fields(&mut self, lines: &[&BillableLine<'_>], asked: bool) -> Result<(), &'static str> {
        let mut values: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        for line in lines {
            for (kind, value) in who(line) {
                if let Some(value) = value {
                    values.entry(kind).or_default().insert(value.trim().to_lowercase());
                }
            }
        }
        for (kind, values) in values {
            let role = if kind == "tenantName" { Role::Name } else { Role::Id };
            for (field, there) in &self.fields {
                // A number that is somebody's is a quantity elsewhere: then all of them must be there.
                let holds = values.is_subset(there)
                    || there
                        .intersection(&values)
                        .any(|value| is_telling(value) && !self.sold.contains(value));
                if holds && !self.kept.contains(field) && there.is_disjoint(&self.sold) {
                    self.named.entry(field.clone()).or_insert(role);
                }
            }
            let named = self.named.keys().chain(&self.kept).filter_map(|field| self.fields.get(field));
            let covered: BTreeSet<&String> = named.flatten().collect();
            // Where somebody says which field it is made of, the lines show whether that was right.
            let ours: BTreeSet<String> = self.also.iter().map(|value| value.to_lowercase()).collect();
            if !asked && !values.iter().all(|value| covered.contains(value) || ours.contains(value)) {
                return Err(kind);
            }
        }
        Ok(())
    }

    /// What stands in the place of a value.
    pub(super) fn replacement(&mut self, field: Option<&str>, value: &str) -> Option<String> {
        if value.is_empty() || field.is_some_and(|field| self.kept.contains(field)) {
            return None;
        }
        if let Some(role) = field.and_then(|field| self.named.get(field)) {
            return Some(self.pseudonyms.of(value, *role));
        }
        if self.sold.contains(&value.to_lowercase()) {
            return None;
        }
        if is_uuid(value) || is_email(value) {
            return Some(self.pseudonyms.of(value, Role::Id));
        }
        if is_telling(value) { self.pseudonyms.get(value).map(str::to_owned) } else { None }
    }

    /// The configuration with what says who we are replaced.
    pub(super) fn config(&mut self, values: &Value) -> Value {
        match values {
            Value::String(text) if is_uuid(text) || is_email(text) => {
                self.pseudonyms.of(text, Role::Id).into()
            }
            Value::String(text) => self.pseudonyms.get(text).map_or_else(|| values.clone(), Value::from),
            Value::Array(list) => list.iter().map(|value| self.config(value)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.config(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// What was replaced and stands in a text all the same.
    pub(super) fn left_over(&self, text: &str) -> Option<String> {
        let text = text.to_lowercase();
        let may_stay = |value: &str| {
            let kept = self.kept.iter().filter_map(|field| self.fields.get(field));
            let stays = kept.flatten().chain(&self.sold);
            stays.into_iter().any(|other| other.contains(value))
        };
        let mut originals = self.pseudonyms.originals().filter(|value| is_telling(value));
        let left = originals.find(|value| text.contains(value) && !may_stay(value))?;
        let holds = |there: &BTreeSet<String>| there.iter().any(|other| other.contains(left));
        let fields =
            self.fields.iter().filter(|(field, there)| !self.named.contains_key(*field) && holds(there));
        let fields: Vec<&str> = fields.map(|(field, _)| field.as_str()).collect();
        let place = if fields.is_empty() { String::new() } else { format!(", in {}", fields.join(", ")) };
        Some(format!("{left:?}{place}"))
    }

    pub(super) fn replaced_fields(&self) -> BTreeSet<String> {
        self.named.keys().cloned().collect()
    }

    pub(super) fn left_fields(&self) -> BTreeSet<String> {
        self.fields.keys().filter(|field| !self.named.contains_key(*field)).cloned().collect()
    }
}

/// What a line says of what is sold and counted.
fn sold<'l>(line: &'l BillableLine<'_>) -> impl Iterator<Item = &'l str> {
    let texts = [
        &line.sku_id,
        &line.sku_name,
        &line.edition,
        &line.meter,
        &line.billing_unit,
        &line.measure,
        &line.payment_option,
    ];
    texts.into_iter().filter_map(|text| text.as_deref()).chain(line.tags.iter().map(AsRef::as_ref))
}

/// The values of a configuration that say who we are at the vendor.
fn ours(values: &Value, key: &str, found: &mut BTreeSet<String>) {
    match values {
        Value::String(text) if OURS.iter().any(|end| key == *end || key.ends_with(&format!("_{end}"))) => {
            found.insert(text.trim().to_owned());
        }
        Value::Array(list) => list.iter().for_each(|value| ours(value, key, found)),
        // The columns of a map are the vendor's words, not ours.
        Value::Object(members) if key != "columns" => {
            members.iter().for_each(|(key, value)| ours(value, key, found));
        }
        _ => {}
    }
}

//! What a rule looks at: the matcher, and how two of them lie to each other.

use std::collections::BTreeMap;

use crate::rules::fields::Fields;
use crate::rules::glob::Glob;
use crate::rules::name_of::NameOf;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources};

/// A key of a matcher that compares texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    Tenant,
    Customer,
    Partner,
    Group,
    Vendor,
    Source,
    Sku,
    Meter,
    Edition,
    Unit,
    Tag,
    Payment,
}

pub(crate) const FIELDS: [(&str, Field); 12] = [
    ("tenant", Field::Tenant),
    ("customer", Field::Customer),
    ("partner", Field::Partner),
    ("group", Field::Group),
    ("vendor", Field::Vendor),
    ("source", Field::Source),
    ("sku", Field::Sku),
    ("meter", Field::Meter),
    ("edition", Field::Edition),
    ("unit", Field::Unit),
    ("tag", Field::Tag),
    ("payment", Field::Payment),
];

impl Field {
    pub(crate) fn is_who(self) -> bool {
        self <= Field::Group
    }

    /// True if one line can have several values of it.
    pub(crate) fn is_set(self) -> bool {
        matches!(self, Field::Group | Field::Tag)
    }

    /// What its values are names of, if somebody declares them.
    fn name_of(self) -> Option<NameOf> {
        match self {
            Field::Tenant => Some(NameOf::Tenant),
            Field::Customer => Some(NameOf::Customer),
            Field::Partner => Some(NameOf::Partner),
            Field::Group => Some(NameOf::Group),
            Field::Vendor => Some(NameOf::Vendor),
            Field::Source => Some(NameOf::Source),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        FIELDS.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }
}

/// The values a key may have: any of the exact ones, or what fits a pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Values {
    /// Sorted, each once.
    pub(crate) exact: Vec<String>,
    /// Sorted, each once.
    pub(crate) globs: Vec<Glob>,
}

impl Values {
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.exact.binary_search_by(|value| value.as_str().cmp(text)).is_ok()
            || self.globs.iter().any(|glob| glob.matches(text))
    }

    fn is_within(&self, other: &Values) -> bool {
        self.exact.iter().all(|value| other.matches(value))
            && self.globs.iter().all(|glob| other.globs.iter().any(|o| glob.is_within(o)))
    }

    /// True if some text fits both.
    pub(crate) fn meets(&self, other: &Values) -> bool {
        self.exact.iter().any(|value| other.matches(value))
            || other.exact.iter().any(|value| self.matches(value))
            || self.globs.iter().any(|a| other.globs.iter().any(|b| a.meets(b)))
    }

    fn takes_some_text(&self) -> bool {
        self.exact.iter().any(|value| !value.is_empty()) || !self.globs.is_empty()
    }
}

/// A matcher: every key must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When {
    pub(crate) fields: BTreeMap<Field, Values>,
    pub(crate) zero: Option<bool>,
    /// None of these may hold.
    pub(crate) not: Vec<When>,
}

/// Which keys a matcher may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Of a line.
    Line,
    /// Of a customer's bill.
    Bill,
    /// Inside `not`.
    Not,
}

impl When {
    pub(crate) fn read(node: &Node, scope: Scope, sources: &mut Sources) -> Option<When> {
        let mut fields =
            Fields::of(node, sources, LoadCode::When, "a matcher is a table: { sku = \"ACR-*\" }")?;
        let mut when = When::default();
        let mut sound = true;
        for (name, field) in FIELDS {
            let allowed =
                scope != Scope::Bill || matches!(field, Field::Customer | Field::Partner | Field::Group);
            if !allowed {
                if fields.has(name) {
                    let place = fields.key_place(name);
                    fields.take(name);
                    sources.report_hint(
                        place,
                        LoadCode::When,
                        format!("a [[bill]] rule looks at a customer's bill, it cannot match `{name}`"),
                        "use customer, partner or group, or a [[rule]]",
                    );
                    sound = false;
                }
                continue;
            }
            let Some(node) = fields.take(name) else { continue };
            match read_values(node, sources) {
                Some(Some(values)) => {
                    if let Some(of) = field.name_of() {
                        sources.mentions.of_key(of, node);
                    }
                    when.fields.insert(field, values);
                }
                Some(None) => {}
                None => sound = false,
            }
        }
        if scope != Scope::Bill {
            if let Some(node) = fields.take("zero") {
                when.zero = sources.bool_of(node);
                sound &= when.zero.is_some();
            }
            if scope == Scope::Line
                && let Some(node) = fields.take("not")
            {
                match When::read(node, Scope::Not, sources) {
                    Some(not) if not == When::default() => {
                        sources.report(node.place, LoadCode::When, "this `not` excludes every line");
                        sound = false;
                    }
                    Some(not) => when.not.push(not),
                    None => sound = false,
                }
            }
        }
        let also: &[(&str, LoadCode, &str)] = match scope {
            Scope::Line => &[],
            Scope::Bill => &[
                (
                    "zero",
                    LoadCode::When,
                    "a [[bill]] rule looks at a customer's bill, it cannot match `zero`",
                ),
                ("not", LoadCode::When, "a [[bill]] rule takes customer, partner and group only"),
            ],
            Scope::Not => &[("not", LoadCode::When, "`not` has one level only")],
        };
        sound &= fields.finish(sources, also);
        sound.then_some(when)
    }

    /// True if every line that this matches, the other matches too, key by key.
    pub(crate) fn is_within(&self, other: &When) -> bool {
        let fields = other
            .fields
            .iter()
            .all(|(field, values)| self.fields.get(field).is_some_and(|own| own.is_within(values)));
        let zero = other.zero.is_none() || other.zero == self.zero;
        let not = other.not.iter().all(|excluded| self.not.iter().any(|own| excluded.is_within(own)));
        fields && zero && not
    }

    /// True if this is the narrower of the two (step 4 of who wins).
    pub(crate) fn is_narrower(&self, other: &When) -> bool {
        self.is_within(other) && !other.is_within(self)
    }

    /// True if some line could be matched by both; groups are looked at by the caller, who knows the customers.
    pub(crate) fn meets(&self, other: &When) -> bool {
        for (field, a) in &self.fields {
            let Some(b) = other.fields.get(field) else { continue };
            let meet = match field {
                // The customers say who is in which groups.
                Field::Group => true,
                _ if field.is_set() => {
                    (a.matches("") && b.matches("")) || (a.takes_some_text() && b.takes_some_text())
                }
                _ => a.meets(b),
            };
            if !meet {
                return false;
            }
        }
        if self.zero.is_some() && other.zero.is_some() && self.zero != other.zero {
            return false;
        }
        // What both match together must not lie wholly inside something that one of them excludes.
        let inside = |excluded: &When| {
            excluded.fields.iter().all(|(field, values)| {
                [self, other]
                    .iter()
                    .any(|side| side.fields.get(field).is_some_and(|own| own.is_within(values)))
            }) && (excluded.zero.is_none() || [self.zero, other.zero].contains(&excluded.zero))
        };
        !self.not.iter().chain(&other.not).any(inside)
    }

    /// Step 2 of who wins.
    pub(crate) fn who_rank(&self) -> u8 {
        let rank = |(field, values): (&Field, &Values)| match field {
            _ if !field.is_who() => 0,
            _ if !values.globs.is_empty() => 1,
            Field::Tenant => 4,
            Field::Customer => 3,
            Field::Partner => 2,
            _ => 1,
        };
        self.fields.iter().map(rank).max().unwrap_or(0)
    }

    /// Step 3 of who wins.
    pub(crate) fn what_rank(&self) -> u8 {
        match self.fields.get(&Field::Sku) {
            Some(values) if values.globs.is_empty() => 3,
            Some(_) => 2,
            None => {
                let other = self.fields.keys().any(|field| !field.is_who());
                u8::from(other || self.zero.is_some() || !self.not.is_empty())
            }
        }
    }

    /// Puts a file's `only` into a rule's matcher. `Err` names the key that reaches outside.
    pub(crate) fn narrowed_to(mut self, only: &When) -> Result<When, &'static str> {
        for (field, values) in &only.fields {
            match self.fields.get(field) {
                Some(own) if !own.is_within(values) => return Err(field.name()),
                Some(_) => {}
                None => {
                    self.fields.insert(*field, values.clone());
                }
            }
        }
        match (self.zero, only.zero) {
            (Some(own), Some(outer)) if own != outer => return Err("zero"),
            (None, Some(outer)) => self.zero = Some(outer),
            _ => {}
        }
        self.not.extend(only.not.iter().cloned());
        Ok(self)
    }

    /// The texts of a key, if it is given and has no patterns.
    pub(crate) fn named(&self, field: Field) -> Option<&[String]> {
        self.fields.get(&field).filter(|values| values.globs.is_empty()).map(|values| values.exact.as_slice())
    }
}

/// `Some(None)` is a matcher that takes everything.
fn read_values(node: &Node, sources: &mut Sources) -> Option<Option<Values>> {
    let texts = sources.texts_of(node, LoadCode::When)?;
    if texts.is_empty() {
        sources.report(node.place, LoadCode::When, "an empty list matches nothing");
        return None;
    }
    if let Some(long) = texts.iter().position(|text| text.chars().count() > 256) {
        let place = node.item_place(long);
        sources.report(place, LoadCode::When, "a pattern has at most 256 characters");
        return None;
    }
    if texts.iter().any(|text| !text.is_empty() && text.chars().all(|c| c == '*')) {
        return Some(None);
    }
    let (globs, mut exact): (Vec<String>, Vec<String>) =
        texts.into_iter().partition(|text| Glob::is_pattern(text));
    let mut globs: Vec<Glob> = globs.iter().map(|text| Glob::new(text)).collect();
    exact.sort();
    exact.dedup();
    globs.sort();
    globs.dedup();
    Some(Some(Values { exact, globs }))
}

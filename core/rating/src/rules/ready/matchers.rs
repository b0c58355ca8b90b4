//! Matchers made ready: values as numbers, and an index, so that no line is tried against every rule.
//!
//! A matcher falls into what it says about who and what it says about what. The matchers that fit a who
//! (a tenant, its customer, partner and groups) are found once for each distinct who, those that fit a what
//! once for each distinct what; the matchers of a line are those in both. An exclusion (`not`) is a matcher
//! of its own, so that it takes part in both.

use std::collections::BTreeMap;

use crate::rules::checked::when::{Field, Values, When};
use crate::rules::glob::Glob;
use crate::texts::{TextId, Texts};

/// The number of a matcher. The rules come first, in the order of their ids.
pub(crate) type MatcherId = u32;

/// Whose line it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) tenant: TextId,
    pub(crate) customer: TextId,
    pub(crate) partner: TextId,
    pub(crate) groups: Vec<TextId>,
}

/// What was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct What {
    pub(crate) vendor: TextId,
    pub(crate) source: TextId,
    pub(crate) sku: TextId,
    pub(crate) meter: TextId,
    pub(crate) edition: TextId,
    pub(crate) unit: TextId,
    pub(crate) payment: TextId,
    pub(crate) zero: bool,
    pub(crate) tags: Vec<TextId>,
}

impl What {
    /// Tags as they are compared: in no order, each once.
    pub(crate) fn tags_of(mut tags: Vec<TextId>) -> Vec<TextId> {
        tags.sort_unstable();
        tags.dedup();
        tags
    }
}

#[derive(Clone, Debug)]
struct Wanted {
    field: Field,
    /// Sorted.
    exact: Vec<TextId>,
    globs: Vec<Glob>,
}

impl Wanted {
    fn new(field: Field, values: &Values, texts: &mut Texts) -> Wanted {
        let mut exact: Vec<TextId> = values.exact.iter().map(|value| texts.intern(value)).collect();
        exact.sort_unstable();
        Wanted { field, exact, globs: values.globs.clone() }
    }

    fn fits(&self, id: TextId, texts: &Texts) -> bool {
        self.exact.binary_search(&id).is_ok() || self.globs.iter().any(|glob| glob.matches(texts.get(id)))
    }

    fn fits_any(&self, ids: &[TextId], texts: &Texts) -> bool {
        if ids.is_empty() {
            self.fits(TextId::EMPTY, texts)
        } else {
            ids.iter().any(|id| self.fits(*id, texts))
        }
    }
}

#[derive(Clone, Debug)]
struct Matcher {
    who: Vec<Wanted>,
    what: Vec<Wanted>,
    zero: Option<bool>,
    /// Matchers of which none may fit.
    not: Vec<MatcherId>,
}

impl Matcher {
    fn fits_who(&self, who: &Who, texts: &Texts) -> bool {
        self.who.iter().all(|wanted| match wanted.field {
            Field::Tenant => wanted.fits(who.tenant, texts),
            Field::Customer => wanted.fits(who.customer, texts),
            Field::Partner => wanted.fits(who.partner, texts),
            _ => wanted.fits_any(&who.groups, texts),
        })
    }

    fn fits_what(&self, what: &What, texts: &Texts) -> bool {
        self.zero.is_none_or(|zero| zero == what.zero)
            && self.what.iter().all(|wanted| match wanted.field {
                Field::Tag => wanted.fits_any(&what.tags, texts),
                field => wanted.fits(value(what, field), texts),
            })
    }
}

fn value(what: &What, field: Field) -> TextId {
    match field {
        Field::Vendor => what.vendor,
        Field::Source => what.source,
        Field::Sku => what.sku,
        Field::Meter => what.meter,
        Field::Edition => what.edition,
        Field::Unit => what.unit,
        _ => what.payment,
    }
}

/// All matchers of a rulebook.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matchers {
    all: Vec<Matcher>,
    /// By a key that the matcher names exactly.
    who_index: BTreeMap<(Field, TextId), Vec<MatcherId>>,
    what_index: BTreeMap<(Field, TextId), Vec<MatcherId>>,
    /// Those that name no key exactly.
    who_rest: Vec<MatcherId>,
    what_rest: Vec<MatcherId>,
}

/// The matchers that fit a what.
#[derive(Clone, Debug, Default)]
pub(crate) struct WhatFits {
    /// Those that say nothing about who.
    everybody: Vec<MatcherId>,
    /// Those that also want something of who. Sorted.
    some: Vec<MatcherId>,
}

impl WhatFits {
    /// Those of a who that fit the what as well. Sorted.
    pub(crate) fn of_who(&self, who: &[MatcherId]) -> Vec<MatcherId> {
        who.iter().copied().filter(|id| self.some.binary_search(id).is_ok()).collect()
    }
}

impl Matchers {
    /// True if a pattern of whose line it is fits an id.
    pub(crate) fn has_who_pattern(&self, id: &str) -> bool {
        let wanted = self.all.iter().flat_map(|matcher| &matcher.who);
        wanted.flat_map(|wanted| &wanted.globs).any(|glob| glob.matches(id))
    }

    /// Adds a matcher and its exclusions.
    pub(crate) fn add(&mut self, when: &When, texts: &mut Texts) -> MatcherId {
        let id = self.add_plain(when, texts);
        self.add_exclusions(id, when, texts);
        id
    }

    /// Adds many matchers so that they are numbered in a row; their exclusions come after.
    pub(crate) fn add_all<'w>(&mut self, whens: impl Iterator<Item = &'w When> + Clone, texts: &mut Texts) {
        let ids: Vec<MatcherId> = whens.clone().map(|when| self.add_plain(when, texts)).collect();
        for (id, when) in ids.into_iter().zip(whens) {
            self.add_exclusions(id, when, texts);
        }
    }

    /// Adds the matcher of a bill rule, which no line is tried against.
    pub(crate) fn add_for_bills(&mut self, when: &When, texts: &mut Texts) -> MatcherId {
        let id = MatcherId::try_from(self.all.len()).unwrap_or(MatcherId::MAX);
        let who = when.fields.iter().map(|(field, values)| Wanted::new(*field, values, texts)).collect();
        self.all.push(Matcher { who, what: Vec::new(), zero: None, not: Vec::new() });
        id
    }

    fn add_exclusions(&mut self, id: MatcherId, when: &When, texts: &mut Texts) {
        let not = when.not.iter().map(|not| self.add(not, texts)).collect();
        self.all[id as usize].not = not;
    }

    fn add_plain(&mut self, when: &When, texts: &mut Texts) -> MatcherId {
        let id = MatcherId::try_from(self.all.len()).unwrap_or(MatcherId::MAX);
        let mut wanted = |who: bool| -> Vec<Wanted> {
            let fields = when.fields.iter().filter(|(field, _)| field.is_who() == who);
            fields.map(|(field, values)| Wanted::new(*field, values, texts)).collect()
        };
        let (who, what) = (wanted(true), wanted(false));
        let who_keys = [Field::Tenant, Field::Customer, Field::Partner, Field::Group];
        let what_keys =
            [Field::Sku, Field::Vendor, Field::Meter, Field::Edition, Field::Payment, Field::Source];
        if !who.is_empty() {
            enter(&who, &who_keys, id, &mut self.who_index, &mut self.who_rest);
        }
        enter(&what, &what_keys, id, &mut self.what_index, &mut self.what_rest);
        self.all.push(Matcher { who, what, zero: when.zero, not: Vec::new() });
        id
    }

    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Of the matchers that want something of who, those that fit. Sorted.
    pub(crate) fn fit_who(&self, who: &Who, texts: &Texts) -> Vec<MatcherId> {
        let mut keys =
            vec![(Field::Tenant, who.tenant), (Field::Customer, who.customer), (Field::Partner, who.partner)];
        if who.groups.is_empty() {
            keys.push((Field::Group, TextId::EMPTY));
        }
        keys.extend(who.groups.iter().map(|group| (Field::Group, *group)));
        let indexed = keys.iter().filter_map(|key| self.who_index.get(key)).flatten();
        let mut fit: Vec<MatcherId> = indexed
            .chain(&self.who_rest)
            .copied()
            .filter(|id| self.all[*id as usize].fits_who(who, texts))
            .collect();
        fit.sort_unstable();
        fit.dedup();
        fit
    }

    /// The matchers that fit a what, whoever uses it.
    pub(crate) fn fit_what(&self, what: &What, texts: &Texts) -> WhatFits {
        let keys = [Field::Sku, Field::Vendor, Field::Meter, Field::Edition, Field::Payment, Field::Source]
            .map(|field| (field, value(what, field)));
        let indexed = keys.iter().filter_map(|key| self.what_index.get(key)).flatten();
        let mut fit: Vec<MatcherId> = indexed
            .chain(&self.what_rest)
            .copied()
            .filter(|id| self.all[*id as usize].fits_what(what, texts))
            .collect();
        fit.sort_unstable();
        fit.dedup();
        let (everybody, some) = fit.into_iter().partition(|id| self.all[*id as usize].who.is_empty());
        WhatFits { everybody, some }
    }

    /// The matchers of a line, exclusions taken into account. Sorted.
    pub(crate) fn fit(&self, who: &[MatcherId], what: &WhatFits) -> Vec<MatcherId> {
        self.fit_with(what, who.iter().copied().filter(|id| what.some.binary_search(id).is_ok()))
    }

    /// As [`Matchers::fit`], if it is known already which of a who's matchers fit the what.
    pub(crate) fn fit_with(&self, what: &WhatFits, both: impl Iterator<Item = MatcherId>) -> Vec<MatcherId> {
        let mut fit: Vec<MatcherId> = what.everybody.iter().copied().chain(both).collect();
        fit.sort_unstable();
        let excluded: Vec<MatcherId> = fit
            .iter()
            .copied()
            .filter(|id| self.all[*id as usize].not.iter().any(|not| fit.binary_search(not).is_ok()))
            .collect();
        fit.retain(|id| excluded.binary_search(id).is_err());
        fit
    }

    /// True if the matcher of a bill rule fits whoever the bill is for.
    pub(crate) fn fits_bill(
        &self,
        id: MatcherId,
        customer: TextId,
        partners: &[TextId],
        groups: &[TextId],
        texts: &Texts,
    ) -> bool {
        self.all[id as usize].who.iter().all(|wanted| match wanted.field {
            Field::Customer => wanted.fits(customer, texts),
            Field::Partner => wanted.fits_any(partners, texts),
            _ => wanted.fits_any(groups, texts),
        })
    }
}

fn enter(
    wanted: &[Wanted],
    keys: &[Field],
    id: MatcherId,
    index: &mut BTreeMap<(Field, TextId), Vec<MatcherId>>,
    rest: &mut Vec<MatcherId>,
) {
    let named = keys.iter().find_map(|key| wanted.iter().find(|w| w.field == *key && w.globs.is_empty()));
    match named {
        Some(wanted) => {
            for value in &wanted.exact {
                index.entry((wanted.field, *value)).or_default().push(id);
            }
        }
        None => rest.push(id),
    }
}

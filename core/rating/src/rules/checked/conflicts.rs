//! Conflicts: two rules of which one may act, which could meet on a line, and neither of which wins.
//!
//! Decided without any line: by the matchers, the months they have in common, and the groups of the
//! declared customers and partners.

use std::collections::{BTreeMap, BTreeSet};

use super::Checked;
use super::bill_rule::BillVerb;
use super::common::Common;
use super::parties::Party;
use super::precedence::{beats, compare};
use super::rule::Verb;
use super::when::{Field, Values};
use crate::rules::problem::{LoadCode, Warning};
use crate::rules::written::Sources;

/// What only one rule may decide about a line or a bill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seat<'r> {
    Route,
    Name,
    Sku,
    Tax,
    Use,
    Convert,
    Price,
    Limit,
    Discount(&'r str),
    BillDiscount(&'r str),
    Minimum(&'r str),
    Maximum(&'r str),
}

/// A rule that wants a seat. Rules with the same `side` agree, whoever of them wins.
struct Candidate<'r> {
    common: &'r Common,
    side: Option<&'static str>,
}

fn seats(checked: &Checked) -> BTreeMap<Seat<'_>, Vec<Candidate<'_>>> {
    let mut seats: BTreeMap<Seat<'_>, Vec<Candidate<'_>>> = BTreeMap::new();
    let mut add = |seat, common, side| seats.entry(seat).or_default().push(Candidate { common, side });
    for rule in &checked.rules {
        let common = &rule.common;
        match &rule.verb {
            Verb::Drop => add(Seat::Route, common, Some("drop")),
            Verb::Hold(_) => add(Seat::Route, common, Some("hold")),
            Verb::Keep => add(Seat::Route, common, Some("keep")),
            Verb::Set(set) => {
                for (seat, value) in [(Seat::Name, &set.name), (Seat::Sku, &set.sku), (Seat::Tax, &set.tax)] {
                    if value.is_some() {
                        add(seat, common, None);
                    }
                }
            }
            Verb::Use(_) => add(Seat::Use, common, None),
            Verb::Convert(_) => add(Seat::Convert, common, None),
            Verb::Price(_) => add(Seat::Price, common, None),
            Verb::Limit(_) => add(Seat::Limit, common, None),
            Verb::Discount(_) => {
                if let Some(group) = &common.group {
                    add(Seat::Discount(group), common, None);
                }
            }
        }
    }
    for rule in &checked.bills {
        let common = &rule.common;
        let group = common.group.as_deref();
        match &rule.verb {
            BillVerb::Discount(_) => {
                if let Some(group) = group {
                    add(Seat::BillDiscount(group), common, None);
                }
            }
            BillVerb::Minimum(_) => add(Seat::Minimum(group.unwrap_or("")), common, None),
            BillVerb::Maximum(_) => add(Seat::Maximum(group.unwrap_or("")), common, None),
            BillVerb::Add(_) | BillVerb::Credit(_) => {}
        }
    }
    seats
}

/// Reports every pair that cannot be decided.
pub(super) fn check(checked: &Checked, sources: &mut Sources) {
    let people = People::new(checked);
    let mut reported = BTreeSet::new();
    for candidates in seats(checked).values() {
        // Rules of different rank are decided by it; only those of one rank can be undecided.
        let mut ranks: BTreeMap<(i64, u8, u8), Vec<&Candidate<'_>>> = BTreeMap::new();
        for candidate in candidates {
            let Common { priority, when, .. } = candidate.common;
            ranks.entry((*priority, when.who_rank(), when.what_rank())).or_default().push(candidate);
        }
        for rank in ranks.values() {
            for (a, b) in pairs(rank) {
                if a.side.is_some() && a.side == b.side {
                    continue;
                }
                let (a, b) = (a.common, b.common);
                if people.could_meet(a, b) && compare(a, b).is_none() && reported.insert((&a.id, &b.id)) {
                    report(a, b, sources);
                }
            }
        }
    }
}

/// The pairs that could share a line, found by a key that most of the rules name exactly.
fn pairs<'c, 'r>(rank: &[&'c Candidate<'r>]) -> Vec<(&'c Candidate<'r>, &'c Candidate<'r>)> {
    let named = |index: usize, field: Field| rank[index].common.when.named(field);
    let best = [Field::Sku, Field::Customer, Field::Tenant, Field::Partner]
        .into_iter()
        .max_by_key(|field| (0..rank.len()).filter(|index| named(*index, *field).is_some()).count());
    let Some(field) = best.filter(|_| rank.len() > 16) else {
        return (0..rank.len()).flat_map(|i| (0..i).map(move |j| (rank[j], rank[i]))).collect();
    };
    let mut by_value: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut open = Vec::new();
    let mut found = BTreeSet::new();
    for index in 0..rank.len() {
        match named(index, field) {
            Some(values) => {
                found.extend(open.iter().map(|other| (*other, index)));
                for value in values {
                    let others = by_value.entry(value).or_default();
                    found.extend(others.iter().map(|other| (*other, index)));
                    others.push(index);
                }
            }
            None => {
                found.extend((0..index).map(|other| (other, index)));
                open.push(index);
            }
        }
    }
    found.into_iter().map(|(a, b)| (rank[a], rank[b])).collect()
}

fn report(a: &Common, b: &Common, sources: &mut Sources) {
    let (first, second) = if a.place < b.place { (a, b) } else { (b, a) };
    let message = format!(
        "rules \"{}\" and \"{}\" could both match a line, and neither of them wins",
        first.id, second.id
    );
    let hint = format!(
        "make one matcher narrower, give one a higher priority, or let their months not meet (\"{}\" is at {})",
        first.id,
        sources.spot(first.place),
    );
    let rules = vec![first.id.clone(), second.id.clone()];
    sources.report_with(second.place, LoadCode::Conflict, message, Some(hint), rules);
}

/// Rules that another one of higher priority always beats.
pub(super) fn never_win(checked: &Checked) -> Vec<Warning> {
    let mut warnings = BTreeSet::new();
    for candidates in seats(checked).values() {
        let lowest = candidates.iter().map(|candidate| candidate.common.priority).min();
        let higher: Vec<&Candidate<'_>> =
            candidates.iter().filter(|candidate| Some(candidate.common.priority) > lowest).collect();
        for loser in candidates {
            let beaten = higher.iter().find(|winner| {
                let (winner, loser) = (winner.common, loser.common);
                winner.priority > loser.priority
                    && loser.months.is_within(winner.months)
                    && loser.when.is_within(&winner.when)
                    && beats(winner, loser)
            });
            if let Some(winner) = beaten {
                warnings.insert(Warning {
                    code: "W-NEVER-WINS",
                    rules: vec![loser.common.id.clone(), winner.common.id.clone()],
                    line: None,
                    message: format!(
                        "rule \"{}\" can never win: \"{}\" matches all its lines with a higher priority",
                        loser.common.id, winner.common.id
                    ),
                });
            }
        }
    }
    warnings.into_iter().collect()
}

/// Who is in which groups.
struct People<'r> {
    customers: BTreeMap<&'r str, &'r [String]>,
    partners: BTreeMap<&'r str, &'r [String]>,
    /// Every set of groups that some customer has, once; with it those of nobody.
    customer_groups: BTreeSet<&'r [String]>,
    partner_groups: BTreeSet<&'r [String]>,
}

impl<'r> People<'r> {
    fn new(checked: &'r Checked) -> People<'r> {
        let groups = |parties: &'r BTreeMap<String, Party>| -> BTreeMap<&'r str, &'r [String]> {
            parties.iter().map(|(id, party)| (id.as_str(), party.groups.as_slice())).collect()
        };
        let (customers, partners) = (groups(&checked.customers), groups(&checked.partners));
        let sets = |parties: &BTreeMap<&'r str, &'r [String]>| -> BTreeSet<&'r [String]> {
            parties.values().copied().chain([&[][..]]).collect()
        };
        People { customer_groups: sets(&customers), partner_groups: sets(&partners), customers, partners }
    }

    fn could_meet(&self, a: &Common, b: &Common) -> bool {
        if !a.months.meets(b.months) || !a.when.meets(&b.when) {
            return false;
        }
        let groups: Vec<&Values> =
            [a, b].iter().filter_map(|common| common.when.fields.get(&Field::Group)).collect();
        if groups.is_empty() {
            return true;
        }
        let customers = Self::sets(a, b, Field::Customer, &self.customers, &self.customer_groups);
        let partners = Self::sets(a, b, Field::Partner, &self.partners, &self.partner_groups);
        customers.iter().any(|customer| {
            partners.iter().any(|partner| {
                groups.iter().all(|values| match (customer.is_empty(), partner.is_empty()) {
                    (true, true) => values.matches(""),
                    _ => customer.iter().chain(*partner).any(|group| values.matches(group)),
                })
            })
        })
    }

    /// The groups that somebody can have whom both rules allow.
    fn sets(
        a: &Common,
        b: &Common,
        field: Field,
        parties: &BTreeMap<&'r str, &'r [String]>,
        all: &BTreeSet<&'r [String]>,
    ) -> Vec<&'r [String]> {
        let wanted: Vec<&Values> =
            [a, b].iter().filter_map(|common| common.when.fields.get(&field)).collect();
        let Some(first) = wanted.first() else { return all.iter().copied().collect() };
        let mut sets: Vec<&[String]> = Vec::new();
        if first.globs.is_empty() {
            for id in first.exact.iter().filter(|id| wanted.iter().all(|values| values.matches(id))) {
                sets.push(parties.get(id.as_str()).copied().unwrap_or(&[]));
            }
        } else {
            let allowed = parties.iter().filter(|(id, _)| wanted.iter().all(|values| values.matches(id)));
            sets.extend(allowed.map(|(_, groups)| *groups));
            sets.push(&[]);
        }
        sets
    }
}

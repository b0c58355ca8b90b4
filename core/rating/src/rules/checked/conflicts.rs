//! Conflicts: two rules of which one may act, which could meet on a line, and neither of which wins.
//!
//! Decided without any line: by the matchers, the months they have in common, and the groups of the
//! declared customers and partners.

use std::collections::BTreeMap;

use super::bill_rule::BillVerb;
use super::collisions::{Collisions, Group};
use super::common::Common;
use super::meetings::Meetings;
use super::people::People;
use super::precedence::compare;
use super::rule::Verb;
use super::sound::Checked;
use crate::rules::problem::LoadCode;
use crate::rules::written::Sources;

/// What only one rule may decide about a line or a bill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seat<'r> {
    Route,
    Name,
    Sku,
    Tax,
    Use,
    Convert,
    Price,
    Limit,
    Cost,
    Discount(&'r str),
    BillDiscount(&'r str),
    Minimum(&'r str),
    Maximum(&'r str),
}

/// A rule that wants a seat. Rules with the same `side` agree, whoever of them wins.
pub(super) struct Candidate<'r> {
    pub(super) common: &'r Common,
    side: Option<&'static str>,
}

pub(super) fn seats(checked: &Checked) -> BTreeMap<Seat<'_>, Vec<Candidate<'_>>> {
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
            Verb::Cost(_) => add(Seat::Cost, common, None),
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

/// Reports what cannot be decided: one problem for all rules that collide with each other.
pub(super) fn check(checked: &Checked, sources: &mut Sources) {
    let people = People::new(checked);
    let mut collisions = Collisions::default();
    for candidates in seats(checked).values() {
        // Rules of different rank are decided by it; only those of one rank can be undecided.
        let mut ranks: BTreeMap<(i64, u8, u8), Vec<&Candidate<'_>>> = BTreeMap::new();
        for candidate in candidates {
            let Common { priority, when, .. } = candidate.common;
            ranks.entry((*priority, when.who_rank(), when.what_rank())).or_default().push(candidate);
        }
        for rank in ranks.values().filter(|rank| rank.len() > 1) {
            of_rank(rank, &people, &mut collisions);
        }
    }
    for group in collisions.groups() {
        report(&group, sources);
    }
}

/// Finds what collides among rules of one seat and rank.
fn of_rank<'r>(rank: &[&Candidate<'r>], people: &People<'_>, collisions: &mut Collisions<'r>) {
    let commons: Vec<&Common> = rank.iter().map(|candidate| candidate.common).collect();
    let meetings = Meetings::new(&commons, |values| people.groups_of(values));
    let mut sides: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (index, candidate) in rank.iter().enumerate() {
        sides.entry(candidate.side).or_default().push(index);
    }
    let rules: Vec<usize> = rank.iter().map(|candidate| collisions.number(candidate.common)).collect();
    let mut tried = |left: &[usize], right: &[usize]| {
        for (done, a) in left.iter().enumerate() {
            // Now and then: rules that are all known to collide need not be tried against each other.
            if done.is_power_of_two()
                && collisions.are_told(left.iter().chain(right).map(|rule| rules[*rule]))
            {
                return;
            }
            for b in right.iter().filter(|b| *b != a) {
                let pair = [rules[*a], rules[*b]];
                if collisions.is_told(pair) {
                    continue;
                }
                let (a, b) = (commons[*a], commons[*b]);
                if people.could_meet(a, b) && compare(a, b).is_none() {
                    collisions.add(pair);
                }
            }
        }
    };
    for (side, left) in &sides {
        for (other, right) in sides.range(side..) {
            // Those that agree do not collide; those of no side collide among themselves too.
            if side != other || side.is_none() {
                meetings.each(left, right, &mut tried);
            }
        }
    }
}

fn report(group: &Group<'_>, sources: &mut Sources) {
    let [first, second] = group.pairs[0];
    let at = |rule: &Common, sources: &Sources| format!("\"{}\" is at {}", rule.id, sources.spot(rule.place));
    let (message, hint) = if group.rules.len() == 2 {
        (
            format!(
                "rules \"{}\" and \"{}\" could both match a line, and neither of them wins",
                first.id, second.id
            ),
            format!(
                "make one matcher narrower, give one a higher priority, or let their months not meet ({})",
                at(first, sources)
            ),
        )
    } else {
        let count = group.rules.len();
        let mut hint =
            "make matchers narrower, give some a higher priority, or let their months not meet:".to_owned();
        for [a, b] in &group.pairs {
            let (place, other) = (sources.spot(a.place), sources.spot(b.place));
            hint += &format!("\n    \"{}\" at {place} and \"{}\" at {other}", a.id, b.id);
        }
        if group.more {
            hint += &format!("\n    and perhaps more: these are {} of the pairs", group.pairs.len());
        }
        (format!("{count} rules could match the same lines, and none of them wins"), hint)
    };
    let rules = group.rules.iter().map(|rule| rule.id.clone()).collect();
    sources.report_with(second.place, LoadCode::Conflict, message, Some(hint), rules);
}

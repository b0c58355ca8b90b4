//! What stands on the bills of a closed month once later rules have decided what waited in it.
//!
//! Each line of usage is decided by the first rule set of a chain that does not hold it: the rules that the month was
//! closed with, then those kept with each adjustment of it, then today's. So what was billed stays as it was billed,
//! whatever the rules are by now. Of a later rule set only bill lines count that hold usage which it is the first to
//! decide; what is on a whole bill (fees, minimums, discounts) is that of the rules that the month was closed with.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::{Currency, Decimal};
use ratebook_rating::{Bill, BillLine, Kind, Rated, Rulebook};

use super::Restated;
use crate::failure::{Exit, Failure, Failures};
use crate::rating::{self, How, Sorted, Usage, rate_failures};

/// A rule set of the chain. It holds what it cannot price.
#[derive(Debug)]
pub(crate) struct RuleSet {
    /// The rules.
    pub rules: Rulebook,
    /// What they are called: `rules kept with the adjustments of 2026-04`.
    pub title: String,
}

/// Usage, and by which rule sets it is decided.
pub(super) struct Decided<'s> {
    usage: &'s Usage,
    /// The rule sets that decide anything, each with the lines that it is the first to decide; of the first set that is
    /// whatever it does not hold, and it is not listed.
    stages: Vec<(&'s RuleSet, BTreeSet<u64>)>,
    /// The lines that wait after all of them.
    pub waiting: BTreeSet<u64>,
}

/// The bill of a customer as it stands.
pub(super) struct Standing<'a> {
    /// The currency of its amounts.
    pub currency: Currency,
    /// Decimal places of its amounts.
    pub places: u32,
    /// Its lines.
    pub lines: Vec<BillLine<'a>>,
    /// The place of each on the bill as it was closed; none of what was decided later.
    pub at: Vec<Option<u64>>,
}

impl<'s> Decided<'s> {
    /// Finds which rule set decides which lines.
    ///
    /// # Errors
    /// What cannot be read; what rules cannot price even though they may hold.
    pub(super) fn new(
        job: &Restated<'_>,
        usage: &'s Usage,
        sets: impl IntoIterator<Item = &'s RuleSet>,
        parts: u32,
    ) -> Result<Decided<'s>, Failures> {
        let mut decided = Decided { usage, stages: Vec::new(), waiting: BTreeSet::new() };
        for (stage, set) in sets.into_iter().enumerate() {
            // Rules that may have nothing to say of a month so old are not asked if nothing waits for them.
            if stage > 0 && decided.waiting.is_empty() {
                break;
            }
            let how = How { parts, ..job.how() };
            let held = rating::rate_each(usage, &set.rules, how, |_, rated| {
                Ok(rated.held().iter().map(|held| held.line).collect::<Vec<_>>())
            });
            let held: BTreeSet<u64> =
                held.map_err(|failures| noted(failures, set))?.into_iter().flatten().collect();
            decided.take(stage, set, held);
        }
        Ok(decided)
    }

    /// Takes what the next rule set holds; false if it decides nothing.
    fn take(&mut self, stage: usize, set: &'s RuleSet, held: BTreeSet<u64>) -> bool {
        let mut first = BTreeSet::new();
        if stage == 0 {
            self.waiting = held;
        } else {
            first = self.waiting.difference(&held).copied().collect();
            self.waiting.retain(|line| held.contains(line));
        }
        let decides = stage == 0 || !first.is_empty();
        if decides {
            self.stages.push((set, first));
        }
        decides
    }

    /// How many lines waited under the first rules and do not any more.
    pub(super) fn later(&self) -> u64 {
        self.stages.iter().map(|(_, first)| first.len() as u64).sum()
    }

    /// The lines sorted into parts, once for each rule set. `name` tells the two sides of a comparison apart on disk.
    ///
    /// # Errors
    /// What cannot be read or written.
    pub(super) fn sorted<'j>(&'j self, hows: &'j [How<'j>]) -> Result<Vec<Sorted<'j, 's>>, Failure>
    where
        's: 'j,
    {
        self.stages
            .iter()
            .zip(hows)
            .map(|((set, _), how)| Sorted::new(self.usage, &set.rules, *how))
            .collect()
    }

    /// How many rule sets decide anything.
    pub(super) fn len(&self) -> usize {
        self.stages.len()
    }

    /// Rates a part by every rule set.
    ///
    /// # Errors
    /// As for [`Sorted::rate`].
    pub(super) fn rate(&self, sorted: &[Sorted<'_, 's>], part: u32) -> Result<Vec<Rated<'s>>, Failure> {
        let rated = sorted.iter().zip(&self.stages).map(|(sorted, (set, _))| {
            sorted.rate(part)?.map_err(|error| {
                let failures = noted(rate_failures(&error, self.usage.month), set);
                failures
                    .0
                    .into_iter()
                    .next()
                    .unwrap_or_else(|| Failure::new(Exit::Internal, "E-INTERNAL", "no error"))
            })
        });
        rated.collect()
    }

    /// The bills of a part as they stand, by customer.
    ///
    /// # Errors
    /// If a later rule set puts usage that waited on one line with usage that was billed in another way, so that what
    /// is owed for it cannot be told.
    pub(super) fn standing<'a>(
        &self,
        rated: &'a [Rated<'s>],
    ) -> Result<BTreeMap<&'a str, Standing<'a>>, Failure> {
        let mut bills: BTreeMap<&str, Standing<'_>> = BTreeMap::new();
        for (stage, (rated, (set, first))) in rated.iter().zip(&self.stages).enumerate() {
            for bill in rated.bills() {
                if stage == 0 {
                    let lines: Vec<BillLine<'_>> = bill.lines().collect();
                    let at = (0..lines.len() as u64).map(Some).collect();
                    let (currency, places) = (bill.currency(), bill.places());
                    bills.insert(bill.customer(), Standing { currency, places, lines, at });
                    continue;
                }
                for line in bill.lines().filter(|line| line.kind == Kind::Usage) {
                    if line.sources.iter().any(|source| first.contains(source)) {
                        let standing = bills.entry(bill.customer()).or_insert_with(|| Standing::none(&bill));
                        standing.add(&bill, line, set, first)?;
                    }
                }
            }
        }
        Ok(bills)
    }
}

fn noted(failures: Failures, set: &RuleSet) -> Failures {
    let note = format!("So it is with the {}.", set.title);
    Failures(failures.0.into_iter().map(|failure| failure.note(note.clone())).collect())
}

impl<'a> Standing<'a> {
    fn none(bill: &Bill<'a>) -> Standing<'a> {
        Standing { currency: bill.currency(), places: bill.places(), lines: Vec::new(), at: Vec::new() }
    }

    /// The sum of its lines.
    pub(super) fn total(&self) -> Result<Decimal, ratebook_line::NumberError> {
        self.lines.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(line.amount))
    }

    /// Puts a line on the bill that holds usage which `set` is the first to decide. What was billed of the other usage
    /// in it goes: the line is for both.
    fn add(
        &mut self,
        bill: &Bill<'a>,
        line: BillLine<'a>,
        set: &RuleSet,
        first: &BTreeSet<u64>,
    ) -> Result<(), Failure> {
        let refused = |why: String| {
            let failure = Failure::new(Exit::Review, "E-ADJUSTMENT", why).note("Nothing was written.");
            failure.fix(format!(
                "Rules of their own for the usage that waited keep the two apart; these are the {}.",
                set.title
            ))
        };
        if self.currency != bill.currency() {
            let (was, is) = (self.currency, bill.currency());
            return Err(refused(format!(
                "the bill of {} was in {was} and is in {is} by now",
                bill.customer()
            )));
        }
        let billed: BTreeSet<u64> =
            line.sources.iter().filter(|source| !first.contains(source)).copied().collect();
        // A commitment of which nothing was used before is used by now.
        let is_commitment = |other: &BillLine<'_>| {
            other.kind == Kind::Commitment
                && other.rules.iter().any(|rule| line.rules.contains(rule) && set.rules.commits(rule))
        };
        let mut known: BTreeSet<u64> = BTreeSet::new();
        let mut replaced = Vec::new();
        for (index, other) in self.lines.iter().enumerate() {
            if !other.sources.iter().any(|source| billed.contains(source)) && !is_commitment(other) {
                continue;
            }
            if !other.sources.iter().all(|source| billed.contains(source)) {
                let name = &line.name;
                return Err(refused(format!(
                    "{name} of {} holds usage that waited, and a part of what was billed as {}",
                    bill.customer(),
                    other.name
                )));
            }
            known.extend(other.sources);
            replaced.push(index);
        }
        if let Some(elsewhere) = billed.iter().find(|source| !known.contains(source)) {
            return Err(refused(format!(
                "{} of {} holds usage that waited, and line {elsewhere} of the usage, which was decided otherwise: dropped, or billed to another customer",
                line.name,
                bill.customer()
            )));
        }
        let Some(&place) = replaced.first() else {
            self.lines.push(line);
            self.at.push(None);
            return Ok(());
        };
        self.lines[place] = line;
        for index in replaced.into_iter().skip(1).rev() {
            self.lines.remove(index);
            self.at.remove(index);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use ratebook_line::Month;
    use ratebook_rating::{MemoryFiles, Rating};

    use super::*;

    const SKUS: [&str; 5] = ["A", "B", "C", "D", "E"];
    const CUSTOMERS: [&str; 3] = ["nord", "sued", "west"];

    /// What a rule set does with a SKU: nothing (there is no price, so its lines wait), hold, drop, or a price.
    #[derive(Clone, Copy, Debug)]
    enum Does {
        Nothing,
        Hold,
        Drop,
        Price(u64),
    }

    fn month() -> Month {
        "2026-03".parse().unwrap()
    }

    fn rule_set(rules: &str) -> RuleSet {
        let text = format!("version = 1\n[settings]\ncurrency = \"EUR\"\nunpriced = \"hold\"\n{rules}");
        let rules = ratebook_rating::load("r", &MemoryFiles::new().with("r", &text)).unwrap();
        RuleSet { rules, title: "rules of a test".to_owned() }
    }

    /// A rule set that does this with each SKU; every bill has a fee of 1000.00 that only the first set may charge.
    fn doing(does: &[Does]) -> RuleSet {
        let mut text =
            "[[bill]]\nid = \"fee\"\nreason = \"r\"\nadd = { amount = \"1000.00\", name = \"Fee\" }\n"
                .to_owned();
        for (sku, does) in SKUS.iter().zip(does) {
            let what = match does {
                Does::Nothing => continue,
                Does::Hold => "hold = \"ask\"".to_owned(),
                Does::Drop => "drop = true".to_owned(),
                Does::Price(price) => format!("price = \"{price}.00\""),
            };
            let _ = write!(
                text,
                "[[rule]]\nid = \"{sku}\"\nreason = \"r\"\nwhen = {{ sku = \"{sku}\" }}\n{what}\n"
            );
        }
        rule_set(&text)
    }

    fn rated<'s>(set: &'s RuleSet, lines: &[(&str, &str, u64)]) -> Rated<'s> {
        let mut rating = Rating::new(&set.rules, month());
        for (customer, sku, quantity) in lines {
            let text = format!(
                "{{\"usageMonth\":\"2026-03-01\",\"customer\":\"{customer}\",\"skuId\":\"{sku}\",\"consumedQuantity\":{quantity}}}"
            );
            rating.push(&serde_json::from_str(&text).unwrap());
        }
        rating.finish().unwrap()
    }

    /// What stands on the bills of some lines: customer and total; or why that cannot be told. And how many lines wait.
    fn stands(
        sets: &[RuleSet],
        lines: &[(&str, &str, u64)],
    ) -> Result<(BTreeMap<String, String>, u64), String> {
        let usage = Usage::new(month(), Vec::new());
        let mut decided = Decided { usage: &usage, stages: Vec::new(), waiting: BTreeSet::new() };
        let mut all = Vec::new();
        for (stage, set) in sets.iter().enumerate() {
            let by = rated(set, lines);
            let held = by.held().iter().map(|held| held.line).collect();
            if decided.take(stage, set, held) {
                all.push(by);
            }
        }
        let bills = decided.standing(&all).map_err(|failure| failure.message)?;
        let total = |bill: &Standing<'_>| bill.total().unwrap().to_fixed(2).unwrap();
        let bills = bills.iter().map(|(customer, bill)| ((*customer).to_owned(), total(bill)));
        Ok((bills.collect(), decided.waiting.len() as u64))
    }

    #[test]
    fn each_line_is_decided_by_the_first_rules_that_do_not_hold_it() {
        let mut seed = 7_u64;
        let mut next = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut decided_later = 0;
        for round in 0..200 {
            let sets: Vec<Vec<Does>> = (0..=next(3))
                .map(|_| {
                    let does = SKUS.map(|_| match next(6) {
                        0 | 1 => Does::Nothing,
                        2 => Does::Hold,
                        3 => Does::Drop,
                        _ => Does::Price(1 + next(9)),
                    });
                    does.to_vec()
                })
                .collect();
            let lines: Vec<(&str, &str, u64)> = (0..next(30))
                .map(|_| (CUSTOMERS[next(3) as usize], SKUS[next(5) as usize], 1 + next(5)))
                .collect();
            let (mut totals, mut waiting) = (BTreeMap::<String, u64>::new(), 0);
            for (customer, sku, quantity) in &lines {
                let at = SKUS.iter().position(|other| other == sku).unwrap();
                let found = sets.iter().map(|does| does[at]).enumerate();
                let mut found = found.filter(|(_, does)| !matches!(does, Does::Nothing | Does::Hold));
                match found.next() {
                    None => waiting += 1,
                    Some((stage, does)) => {
                        decided_later += u64::from(stage > 0);
                        if let Does::Price(price) = does {
                            *totals.entry((*customer).to_owned()).or_default() += price * quantity;
                        }
                    }
                }
                // Whoever has usage that is not dropped has a bill with a fee, by the first rules alone.
                if !matches!(sets[0][at], Does::Drop) {
                    totals.entry((*customer).to_owned()).or_default();
                }
            }
            let with_fee = |customer: &str| {
                lines.iter().any(|(other, sku, _)| {
                    let at = SKUS.iter().position(|other| other == sku).unwrap();
                    *other == customer && !matches!(sets[0][at], Does::Drop)
                })
            };
            let expected: BTreeMap<String, String> = totals
                .iter()
                .map(|(customer, total)| {
                    let fee = if with_fee(customer) { 1000 } else { 0 };
                    (customer.clone(), format!("{}.00", total + fee))
                })
                .collect();
            let built: Vec<RuleSet> = sets.iter().map(|does| doing(does)).collect();
            assert_eq!(stands(&built, &lines), Ok((expected, waiting)), "round {round}: {sets:?} {lines:?}");
        }
        assert!(decided_later > 100, "{decided_later}");
    }

    const POOL: &str = "price = { graduated = [ { up_to = 10, each = \"2.00\" }, { each = \"1.00\" } ], pool = \"customer\" }";

    /// Rules that pool two SKUs, or hold or drop the second.
    fn pooling(second: &str) -> RuleSet {
        let rule = |sku: &str, id: &str, what: &str| {
            format!("[[rule]]\nid = \"{id}\"\nreason = \"r\"\nwhen = {{ sku = \"{sku}\" }}\n{what}\n")
        };
        rule_set(&match second {
            "pool" => rule("*", "p", POOL),
            other => rule("A", "p", POOL) + &rule("B", "b", other),
        })
    }

    #[test]
    fn a_pool_that_grows_costs_what_it_is_by_now_less_what_it_was() {
        let lines = [("nord", "A", 8), ("nord", "B", 8)];
        let total = |sets: &[RuleSet]| stands(sets, &lines).map(|(bills, _)| bills["nord"].clone());
        assert_eq!(total(&[pooling("hold = \"ask\"")]), Ok("16.00".to_owned()));
        assert_eq!(total(&[pooling("hold = \"ask\""), pooling("pool")]), Ok("26.00".to_owned()));
        // What was dropped is decided: a pool that would take it up again cannot be told apart from it.
        let mut lines = lines.to_vec();
        lines.push(("nord", "C", 1));
        let dropped = pooling("drop = true");
        let refused = stands(&[dropped, pooling("pool")], &lines).unwrap_err();
        assert!(refused.contains("line 1 of the usage, which was decided otherwise"), "{refused}");
    }

    #[test]
    fn a_commitment_is_not_paid_twice() {
        let seats = |hold: &str| {
            rule_set(&format!(
                "[[rule]]\nid = \"s\"\nreason = \"r\"\nwhen = {{ customer = \"nord\", sku = \"SEAT\" }}\n\
                 price = {{ commit = {{ quantity = 10, each = \"3.00\", overage = \"4.00\" }}, pool = \"customer\" }}\n{hold}"
            ))
        };
        let hold = "[[rule]]\nid = \"h\"\nreason = \"r\"\nwhen = { sku = \"SEAT\" }\nhold = \"ask\"\n";
        let lines = [("nord", "SEAT", 12)];
        let total = |sets: &[RuleSet]| stands(sets, &lines).map(|(bills, _)| bills["nord"].clone());
        assert_eq!(total(&[seats(hold)]), Ok("30.00".to_owned()));
        assert_eq!(total(&[seats(hold), seats("")]), Ok("38.00".to_owned()));
    }
}

//! A month against the last closed one: what is gone, and what is many times what it was, waits for a person.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal, Month};
use serde::{Deserialize, Serialize};

use super::month::MonthFolder;
use super::totals::Totals;
use crate::config::Bounds;
use crate::failure::{Exit, Failure, Failures};
use crate::files::read_if_there;

/// What a month is compared with, and what somebody has accepted of it.
#[derive(Clone, Debug)]
pub(crate) struct Baseline {
    /// The last closed month before it.
    pub month: Month,
    /// What that came to.
    pub totals: Totals,
    /// How much may differ.
    pub bounds: Bounds,
    /// What was accepted.
    pub accepted: Vec<Accepted>,
}

/// What somebody has accepted: a difference to the last closed month, or that payloads which hold the same are each usage
/// of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepted {
    /// When, in UTC.
    pub at: String,
    /// Why.
    pub because: String,
    /// Who.
    pub by: String,
    /// Its name: `vanished:customer:northwind`.
    pub id: String,
}

impl Accepted {
    /// What was accepted of a month so far.
    ///
    /// # Errors
    /// If it cannot be read or is not as it was written.
    pub(crate) fn all_of(folder: &MonthFolder) -> Result<Vec<Accepted>, Failure> {
        let path = folder.accepted();
        let Some(bytes) = read_if_there(&path)? else { return Ok(Vec::new()) };
        serde_json::from_slice(&bytes).map_err(|error| {
            Failure::new(Exit::Data, "E-DAMAGED", format!("this is not what was accepted: {error}"))
                .at(path.display().to_string())
                .fix("Take the file away and accept again.")
        })
    }
}

/// A difference that a person must look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suspect {
    /// Its id, to accept it by.
    pub id: String,
    /// What it is, in words.
    pub text: String,
}

impl Baseline {
    /// Everything about a month that a person must look at, and has not.
    pub(crate) fn suspects(&self, now: &Totals) -> Vec<Suspect> {
        let customers = |totals: &Totals| -> BTreeMap<String, (Currency, Decimal)> {
            let all = totals.customers.iter();
            all.map(|row| (row.customer.clone(), (row.currency, number(&row.total)))).collect()
        };
        let skus = |totals: &Totals| -> BTreeMap<String, (Currency, Decimal)> {
            let all = totals.skus.iter();
            // A SKU that is sold in two currencies is two: their sums say nothing of each other.
            all.map(|row| (format!("{} in {}", row.sku, row.currency), (row.currency, number(&row.amount))))
                .collect()
        };
        let mut suspects = self.compare("customer", &customers(&self.totals), &customers(now));
        suspects.extend(self.compare("sku", &skus(&self.totals), &skus(now)));
        suspects.retain(|suspect| !self.accepted.iter().any(|accepted| accepted.id == suspect.id));
        suspects
    }

    fn compare(
        &self,
        kind: &str,
        then: &BTreeMap<String, (Currency, Decimal)>,
        now: &BTreeMap<String, (Currency, Decimal)>,
    ) -> Vec<Suspect> {
        let mut suspects = Vec::new();
        let matters = |amount: Decimal| amount.abs() >= self.bounds.from;
        for (name, (currency, was)) in then {
            let Some((_, is)) = now.get(name) else {
                if self.bounds.vanished && matters(*was) {
                    suspects.push(Suspect {
                        id: format!("vanished:{kind}:{name}"),
                        text: format!("{kind} {name} is gone; {} billed {was} {currency}", self.month),
                    });
                }
                continue;
            };
            if (matters(*was) || matters(*is)) && self.is_many_times(*was, *is) {
                suspects.push(Suspect {
                    id: format!("moved:{kind}:{name}"),
                    text: format!("{kind} {name} went from {was} to {is} {currency}"),
                });
            }
        }
        suspects
    }

    /// True if one of two amounts is so many times the other that the bounds are passed. From or to 0 is a
    /// customer's own affair; a change of sign is not.
    fn is_many_times(&self, was: Decimal, is: Decimal) -> bool {
        if was.is_zero() || is.is_zero() {
            return false;
        }
        let (small, large) = if was.abs() < is.abs() { (was.abs(), is.abs()) } else { (is.abs(), was.abs()) };
        let signs_differ = (was < Decimal::ZERO) != (is < Decimal::ZERO);
        signs_differ || small.checked_mul(self.bounds.factor).is_ok_and(|bound| large >= bound)
    }
}

/// What a person must look at, as what ends the run.
pub(crate) fn refused(month: Month, than: Month, suspects: &[Suspect]) -> Failures {
    let mut failures: Vec<Failure> = suspects
        .iter()
        .map(|suspect| {
            let failure = Failure::new(Exit::Review, "E-BOUNDS", suspect.text.clone());
            Failure { month: Some(month), ..failure }.note(format!("Its name is {}", suspect.id))
        })
        .collect();
    if let Some(last) = failures.last_mut() {
        last.notes.push(format!("Compared with {than}, the last closed month. No bill was written."));
        last.fix = Some(
            "What is right is accepted by its name: --accept NAME --because \"...\"; [bounds] in ratebook.toml says what is looked at."
                .to_owned(),
        );
    }
    Failures(failures)
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap_or(Decimal::ZERO)
}

#[cfg(test)]
mod tests {
    use super::super::totals::{CustomerTotal, SkuTotal};
    use super::*;

    fn totals(customers: &[(&str, &str)], skus: &[(&str, &str)]) -> Totals {
        let currency: Currency = "EUR".parse().unwrap();
        let customer = |(customer, total): &(&str, &str)| CustomerTotal {
            currency,
            customer: (*customer).to_owned(),
            lines: 1,
            name: None,
            total: (*total).to_owned(),
        };
        let sku = |(sku, amount): &(&str, &str)| SkuTotal {
            amount: (*amount).to_owned(),
            currency,
            bills: 1,
            sku: (*sku).to_owned(),
        };
        Totals { customers: customers.iter().map(customer).collect(), skus: skus.iter().map(sku).collect() }
    }

    fn ids(baseline: &Baseline, now: &Totals) -> Vec<String> {
        baseline.suspects(now).into_iter().map(|suspect| suspect.id).collect()
    }

    #[test]
    fn what_is_gone_or_many_times_what_it_was_is_looked_at_until_it_is_accepted() {
        let then = totals(&[("a", "10.00"), ("b", "5.00"), ("c", "-3.00"), ("d", "0.00")], &[("S", "7.00")]);
        let now = totals(&[("a", "100.00"), ("c", "3.00"), ("d", "9.00"), ("new", "1.00")], &[]);
        let mut baseline = Baseline {
            month: "2026-02".parse().unwrap(),
            totals: then.clone(),
            bounds: Bounds::default(),
            accepted: Vec::new(),
        };
        let all = ["moved:customer:a", "vanished:customer:b", "moved:customer:c", "vanished:sku:S in EUR"];
        assert_eq!(ids(&baseline, &now), all);
        assert!(baseline.suspects(&then).is_empty());

        let accepted = |id: &str| Accepted {
            at: String::new(),
            because: "left".to_owned(),
            by: "ann".to_owned(),
            id: id.to_owned(),
        };
        baseline.accepted = vec![accepted("vanished:customer:b"), accepted("moved:customer:a")];
        assert_eq!(ids(&baseline, &now), ["moved:customer:c", "vanished:sku:S in EUR"]);
        baseline.accepted.clear();
        baseline.bounds = Bounds { vanished: false, from: "4.00".parse().unwrap(), ..Bounds::default() };
        assert_eq!(ids(&baseline, &now), ["moved:customer:a"]);
        baseline.bounds.factor = "10.01".parse().unwrap();
        assert!(baseline.suspects(&now).is_empty());
    }
}

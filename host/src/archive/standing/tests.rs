//! Bills as they stand: against what each line comes to by the first rules that do not hold it.

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
        "[[bill]]\nid = \"fee\"\nreason = \"r\"\nadd = { amount = \"1000.00\", name = \"Fee\" }\n".to_owned();
    for (sku, does) in SKUS.iter().zip(does) {
        let what = match does {
            Does::Nothing => continue,
            Does::Hold => "hold = \"ask\"".to_owned(),
            Does::Drop => "drop = true".to_owned(),
            Does::Price(price) => format!("price = \"{price}.00\""),
        };
        let _ =
            write!(text, "[[rule]]\nid = \"{sku}\"\nreason = \"r\"\nwhen = {{ sku = \"{sku}\" }}\n{what}\n");
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
fn stands(sets: &[RuleSet], lines: &[(&str, &str, u64)]) -> Result<(BTreeMap<String, String>, u64), String> {
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

const POOL: &str =
    "price = { graduated = [ { up_to = 10, each = \"2.00\" }, { each = \"1.00\" } ], pool = \"customer\" }";

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

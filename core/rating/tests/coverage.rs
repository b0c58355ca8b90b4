//! What usage exercises of the rules, and what nothing does.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;

use ratebook_line::{BillableLine, CsvLineReader, LineError, Month};
use ratebook_rating::{Coverage, CoverageReport, MemoryFiles, Rated, Rating, RuleStatus, Rulebook, load};

const MARCH: &str = "\
northwind,acronis,WS,40,
northwind,acronis,ARC,1500,
northwind,acronis,SRV,3,trial
northwind,acronis,,7,
northwind,metallic,M365,5,
northwind,metallic,,2,
northwind,other,MAIL,60,
northwind,other,STO,30,
northwind,other,BUN,2,
northwind,other,BUN,0,
northwind,other,GIFT,1,
contoso,other,SEAT,4,
";

const APRIL: &str = "\
northwind,acronis,WS,400,
northwind,metallic,M365,5,
northwind,other,MAIL,600,
northwind,other,STO,80,
contoso,other,SEAT,14,
";

fn rulebook() -> Rulebook {
    load("rules.toml", &MemoryFiles::new().with("rules.toml", include_str!("coverage/rules.toml"))).unwrap()
}

fn lines(month: &str, rows: &str) -> Vec<BillableLine<'static>> {
    let mut csv = "usageMonth,customer,vendor,skuId,consumedQuantity,tags\n".to_owned();
    for row in rows.lines() {
        writeln!(csv, "{month}-01,{row}").unwrap();
    }
    let mut lines = Vec::new();
    CsvLineReader::new(csv.as_bytes())
        .for_each(|line| {
            lines.push(line.into_owned());
            Ok::<_, LineError>(())
        })
        .unwrap();
    lines
}

fn rate<'r>(rulebook: &'r Rulebook, month: &str, rows: &str) -> Rated<'r> {
    let mut rating = Rating::new(rulebook, month.parse::<Month>().unwrap());
    lines(month, rows).iter().for_each(|line| rating.push(line));
    rating.finish().unwrap()
}

fn both(rulebook: &Rulebook) -> Coverage {
    let (march, april) = (rate(rulebook, "2026-03", MARCH), rate(rulebook, "2026-04", APRIL));
    march.coverage().merge(&april.coverage())
}

fn rules(report: &CoverageReport) -> String {
    let mut text = String::new();
    for rule in &report.rules {
        let of = if rule.of_bill { "bills" } else { "lines" };
        writeln!(
            text,
            "{:<10} {:<10} {} {of}, acted {}",
            rule.id,
            format!("{:?}", rule.status),
            rule.matched,
            rule.acted
        )
        .unwrap();
    }
    text
}

fn tiers(report: &CoverageReport) -> String {
    report.tiers.iter().map(|tier| format!("{}: {} {}\n", tier.of, tier.tier, tier.lines)).collect()
}

#[test]
fn rules_that_nothing_matches_and_rules_that_never_act_are_told_apart() {
    let rulebook = rulebook();
    let march = rate(&rulebook, "2026-03", MARCH).coverage().report(&rulebook);
    insta::assert_snapshot!(rules(&march), @r"
    bundled    Acted      2 lines, acted 2
    cap        NotActed   4 lines, acted 0
    given      Acted      1 lines, acted 1
    goodwill   Acted      1 lines, acted 1
    last-year  NotInForce 0 lines, acted 0
    list       Acted      4 lines, acted 2
    mails      Acted      1 lines, acted 1
    metallic   Acted      2 lines, acted 1
    no-sku     Acted      2 lines, acted 2
    seats      Acted      1 lines, acted 1
    shadowed   NotActed   1 lines, acted 0
    storage    Acted      1 lines, acted 1
    trials     Acted      1 lines, acted 1
    typo       NotMatched 0 lines, acted 0
    fee        Acted      1 bills, acted 1
    floor      NotActed   2 bills, acted 0
    silver     NotMatched 0 bills, acted 0
    ");
    let typo = march.rules.iter().find(|rule| rule.id == "typo").unwrap();
    assert_eq!(typo.status, RuleStatus::NotMatched);
    assert_eq!(typo.place.as_ref().unwrap().to_string(), "rules.toml:97");
    // April reaches the limit.
    let cap = both(&rulebook).report(&rulebook).rules.into_iter().find(|rule| rule.id == "cap").unwrap();
    assert_eq!((cap.status, cap.matched, cap.acted), (RuleStatus::Acted, 5, 1));
}

#[test]
fn tiers_that_no_quantity_reaches_are_told() {
    let rulebook = rulebook();
    let march = rate(&rulebook, "2026-03", MARCH).coverage().report(&rulebook);
    insta::assert_snapshot!(tiers(&march), @r"
    rule mails: up_to 100 1
    rule mails: above 100 0
    rule seats: committed 1
    rule seats: overage 0
    rule storage: included 1
    rule storage: over included 0
    book list, ARC: up_to 1000 1
    book list, ARC: up_to 5000 1
    book list, ARC: above 5000 0
    ");
    let report = both(&rulebook).report(&rulebook);
    insta::assert_snapshot!(tiers(&report), @r"
    rule mails: up_to 100 1
    rule mails: above 100 1
    rule seats: committed 2
    rule seats: overage 1
    rule storage: included 2
    rule storage: over included 1
    book list, ARC: up_to 1000 1
    book list, ARC: up_to 5000 1
    book list, ARC: above 5000 0
    ");
}

#[test]
fn prices_in_books_that_nobody_takes_are_told() {
    let rulebook = rulebook();
    let report = both(&rulebook).report(&rulebook);
    let told: String = report
        .book_entries
        .iter()
        .map(|entry| {
            let force = if entry.in_force { "" } else { ", not in force" };
            format!(
                "{} {}, {} {}: {}{force}\n",
                entry.place, entry.book, entry.sku, entry.months, entry.lines
            )
        })
        .collect();
    insta::assert_snapshot!(told, @r"
    rules.toml:16 list, ARC ..2026-12: 1
    rules.toml:15 list, SRV ..2026-12: 0
    rules.toml:14 list, WS ..2026-12: 2
    rules.toml:22 list, WS 2027-01..: 0, not in force
    ");
}

#[test]
fn skus_that_nobody_priced_and_lines_that_cost_nothing_are_told() {
    let rulebook = rulebook();
    let report = both(&rulebook).report(&rulebook);
    let told = |list: &[ratebook_rating::SkuLines]| -> String {
        list.iter().map(|found| format!("{} {:?}: {}\n", found.rule, found.sku, found.lines)).collect()
    };
    // The price list is wide as well, but its book names the SKU.
    insta::assert_snapshot!(told(&report.widest), @"metallic \"M365\": 2");
    // Not what is included, not what a discount takes off whole, not a quantity of 0.
    insta::assert_snapshot!(told(&report.zero), @"bundled \"BUN\": 1");
}

#[test]
fn parts_and_months_add_up() {
    let rulebook = rulebook();
    let months = [("2026-03", MARCH), ("2026-04", APRIL)];
    let mut merged = Coverage::default();
    for (month, rows) in months.iter().rev() {
        let parts = 3;
        let rated = (0..parts).map(|part| {
            let mut rating = Rating::partition(&rulebook, month.parse().unwrap(), part, parts);
            for (number, line) in (0..).zip(&lines(month, rows)) {
                if rulebook.part_of(line, parts) == part {
                    rating.push_numbered(number, line);
                }
            }
            rating.finish().unwrap()
        });
        let rated: Vec<Rated<'_>> = rated.collect();
        let apart = rated.iter().fold(Coverage::default(), |all, part| all.merge(&part.coverage()));
        assert_eq!(apart, rate(&rulebook, month, rows).coverage());
        assert_eq!(Rated::merge(rated).coverage(), apart);
        merged = merged.merge(&apart);
    }
    assert_eq!(merged, both(&rulebook));
    assert_eq!(merged.report(&rulebook).months.len(), 2);
}

#[test]
fn a_commitment_without_a_line_acts() {
    let rulebook = rulebook();
    let report = rate(&rulebook, "2026-05", "").coverage().report(&rulebook);
    let seats = report.rules.iter().find(|rule| rule.id == "seats").unwrap();
    assert_eq!((seats.status, seats.matched, seats.acted), (RuleStatus::Acted, 0, 1));
    assert!(report.tiers.iter().all(|tier| tier.lines == 0));
}

#[test]
fn programs_read_coverage_as_json() {
    let rulebook = rulebook();
    let mut report = rate(&rulebook, "2026-03", MARCH).coverage().report(&rulebook);
    report.rules.retain(|rule| rule.id == "typo");
    report.tiers.truncate(1);
    report.book_entries.truncate(1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap(), @r#"
    {
      "months": [
        "2026-03"
      ],
      "rules": [
        {
          "id": "typo",
          "place": {
            "file": "rules.toml",
            "line": 97
          },
          "ofBill": false,
          "status": "notMatched",
          "matched": 0,
          "acted": 0
        }
      ],
      "tiers": [
        {
          "of": {
            "kind": "rule",
            "id": "mails"
          },
          "place": {
            "file": "rules.toml",
            "line": 61
          },
          "tier": "up_to 100",
          "lines": 1
        }
      ],
      "bookEntries": [
        {
          "book": "list",
          "sku": "ARC",
          "months": "..2026-12",
          "place": {
            "file": "rules.toml",
            "line": 16
          },
          "inForce": true,
          "lines": 1
        }
      ],
      "widest": [
        {
          "rule": "metallic",
          "sku": "M365",
          "lines": 1
        }
      ],
      "zero": [
        {
          "rule": "bundled",
          "sku": "BUN",
          "lines": 1
        }
      ]
    }
    "#);
}

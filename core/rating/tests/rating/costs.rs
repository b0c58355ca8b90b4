//! What we pay is known by rules of ours, moves no bill, and is told in explanations as ours.

use crate::support::random::{check, month, worlds};
use crate::support::{Case, Folder, folders, load, tests};
use ratebook_line::{JsonLineReader, LineError, Rounding};
use ratebook_rating::Rating;

#[test]
fn what_we_pay_moves_no_bill() {
    check(&worlds(), |world| {
        let bills = |rules: &[String]| {
            let rulebook = world.rulebook_of(rules);
            let mut rating = Rating::new(&rulebook, month());
            world.lines.iter().for_each(|line| rating.push(&line.billable()));
            rating.finish().map(|rated| rated.to_json_pretty()).map_err(|error| error.to_string())
        };
        let without: Vec<String> =
            world.rules.iter().filter(|rule| !rule.contains("\ncost = ")).cloned().collect();
        proptest::prop_assert_eq!(bills(&world.rules), bills(&without));
        Ok(())
    });
}

#[test]
fn an_explanation_says_what_we_pay_and_that_it_is_ours() {
    let folder = folders(&tests().join("cases"))
        .into_iter()
        .find(|folder| folder.ends_with("131-what-we-pay"))
        .unwrap();
    let (case, rulebook) = (Case::read(&folder), load(&folder).unwrap());
    let rated = case.rate(&rulebook).unwrap();
    let explained = rated.explain("a").unwrap().to_string();
    let told: Vec<&str> = explained.lines().filter(|line| line.contains("we pay")).map(str::trim).collect();
    assert_eq!(
        told,
        [
            "cost     we-pay             What the vendor's contract of 2026 makes us pay  we pay 10 x 2 = 20 USD, the vendor does not say",
            "cost     we-pay             What the vendor's contract of 2026 makes us pay  we pay 100 x 0.02 = 2 USD, the vendor does not say",
        ]
    );
    let lost = rated.lost(3);
    assert_eq!((lost[0].rule.as_str(), lost[0].to.as_str()), ("we-pay", "we-pay-less"));
    assert!(!rated.to_json_pretty().contains("we-pay"));
}

/// The recorded months of the example, by their own rules.
fn margins(month: &str) -> Vec<String> {
    let example = tests().join("../../../examples/month");
    let rulebook = ratebook_rating::load("main.toml", &Folder(example.join("rules"))).unwrap();
    let mut rating = Rating::new(&rulebook, month.parse().unwrap());
    for source in ["acronis-eu", "metallic"] {
        let lines = std::fs::read(example.join(format!("tests/{month}/lines/{source}.jsonl"))).unwrap();
        JsonLineReader::new(lines.as_slice())
            .for_each::<LineError>(|line| {
                rating.push(&line);
                Ok(())
            })
            .unwrap();
    }
    let rated = rating.finish().unwrap();
    let margin = |bill: ratebook_rating::Bill<'_>| {
        let cost = bill.vendor_cost();
        let left = cost.in_bill_currency.filter(|_| cost.lines_unknown == 0);
        let left = left.map(|cost| bill.total().checked_sub(cost).unwrap().round(2, Rounding::HalfUp));
        let left = left.map_or("unknown".to_owned(), |left| left.to_fixed(2).unwrap());
        format!("{} {} of {}", bill.customer(), left, bill.total().to_fixed(2).unwrap())
    };
    rated.bills().map(margin).collect()
}

#[test]
fn every_margin_of_the_example_is_a_number() {
    assert_eq!(
        margins("2026-03"),
        [
            "adventure-works 786.30 of 2024.67",
            "contoso 102.64 of 294.36",
            "fabrikam 223.78 of 760.71",
            "northwind 369.05 of 1147.51",
            "tailspin 93.26 of 262.46",
            "wingtip 28.62 of 81.83",
        ]
    );
    assert_eq!(
        margins("2026-04"),
        [
            "adventure-works 802.00 of 2083.02",
            "contoso 105.03 of 300.50",
            "fabrikam 203.95 of 697.14",
            "northwind 378.04 of 1175.19",
            "tailspin 97.52 of 273.87",
            "wingtip 34.34 of 97.83",
        ]
    );
}

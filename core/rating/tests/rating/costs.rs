//! What we pay is known by rules of ours, moves no bill, and is told in explanations as ours.

use crate::support::random::{check, month, worlds};
use crate::support::{Case, folders, load, tests};
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

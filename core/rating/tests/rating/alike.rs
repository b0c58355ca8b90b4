//! What makes no difference to money: how usage is cut into lines, whether a pool is split, who gets the bill.

use std::collections::BTreeMap;

use crate::properties::{rate, sum};
use crate::support::random::{self, Line, World, check, lines, month};
use proptest::prelude::*;
use ratebook_line::Decimal;
use ratebook_rating::{Rating, Rulebook};

/// Prices of a pool, of which the sum of the lines is all that counts.
fn pooled_world(scope: &'static str, split: bool) -> impl Strategy<Value = World> {
    (random::pooled_rules(scope), random::plain_settings(), lines(0..40_000, 1..9)).prop_map(
        move |(rules, settings, lines)| {
            let rules =
                rules.into_iter().map(|rule| if split { rule } else { rule.replace(", split = true", "") });
            World { settings, rules: rules.collect(), lines: random::of_this_month(lines) }
        },
    )
}

fn totals(rulebook: &Rulebook, lines: &[Line]) -> BTreeMap<String, Decimal> {
    let rated = rate(rulebook, lines).unwrap();
    rated.bills().map(|bill| (bill.customer().to_owned(), bill.total())).collect()
}

#[test]
fn how_usage_is_cut_into_lines_changes_no_pooled_bill() {
    let cut = (pooled_world("customer", false), prop::collection::vec(0_i64..=100, 9));
    check(&cut, |(world, cuts)| {
        let rulebook = world.rulebook();
        let halves: Vec<Line> = world
            .lines
            .iter()
            .zip(cuts)
            .flat_map(|(line, percent)| {
                let first = line.quantity * percent / 100;
                [first, line.quantity - first].map(|quantity| Line { quantity, ..line.clone() })
            })
            .collect();
        prop_assert_eq!(totals(&rulebook, &halves), totals(&rulebook, &world.lines));
        Ok(())
    });
}

#[test]
fn a_split_pool_comes_to_what_it_comes_to_on_one_line() {
    check(&pooled_world("customer", true), |world| {
        let plain: Vec<String> = world.rules.iter().map(|rule| rule.replace(", split = true", "")).collect();
        let (split, one) = (world.rulebook(), world.rulebook_of(&plain));
        prop_assert_eq!(totals(&split, &world.lines), totals(&one, &world.lines));
        Ok(())
    });
}

#[test]
fn days_are_the_customers_whoever_gets_the_bill() {
    check(&(random::prorated_price(), lines(0..40_000, 1..9)), |(price, lines)| {
        let world = |bill_to: &str| World {
            settings: format!(
                "version = 1\n[settings]\ncurrency = \"EUR\"\nbill_to = \"{bill_to}\"\nplaces = {{ EUR = 9 }}\n\
                 rounding = {{ mode = \"down\" }}\n[partner.p]\nstart = 2026-03-30\n[customer.a]\n\
                 [customer.b]\nstart = 2026-03-10\n[customer.c]\nend = 2026-03-20\n[customer.d]\nend = 2026-02-28\n"
            ),
            rules: vec![format!("[[rule]]\nid = \"p\"\nreason = \"r\"\nprice = {price}\n")],
            lines: random::of_this_month(lines.clone()),
        };
        let total = |bill_to: &str| {
            let world = world(bill_to);
            let rulebook = world.rulebook();
            let mut rating = Rating::new(&rulebook, month());
            for line in &world.lines {
                // A tenant is one customer's.
                let mut line = Line { tenant: line.customer, ..line.clone() }.billable();
                line.partner = Some("p".into());
                rating.push(&line);
            }
            sum(rating.finish().unwrap().bills().map(|bill| bill.total()))
        };
        prop_assert_eq!(total("partner"), total("customer"));
        Ok(())
    });
}

//! What must hold for every rule set and every month, tried on random ones.

use std::collections::BTreeMap;

use crate::support::random::{self, Line, World, check, linear_price, lines, month, one_price, worlds};
use crate::support::replay;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use ratebook_line::{Decimal, Rounding};
use ratebook_rating::{Fate, Kind, MemoryFiles, Rated, Rating, Rulebook, RunCode, RunError, WideTotals};

pub(crate) fn rate<'r>(rulebook: &'r Rulebook, lines: &[Line]) -> Result<Rated<'r>, RunError> {
    let mut rating = Rating::new(rulebook, month());
    lines.iter().for_each(|line| rating.push(&line.billable()));
    rating.finish()
}

/// The bills, or nothing where a rule meets a part of a pooled line: the only thing random rules may be refused for.
fn rated<'r>(rulebook: &'r Rulebook, lines: &[Line]) -> Result<Option<Rated<'r>>, TestCaseError> {
    match rate(rulebook, lines) {
        Ok(rated) => Ok(Some(rated)),
        Err(error) if error.code == RunCode::Partial => Ok(None),
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

pub(crate) fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Decimal {
    amounts.into_iter().fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount).unwrap())
}

fn total(rulebook: &Rulebook, lines: &[Line]) -> Decimal {
    let rated = rate(rulebook, lines).unwrap();
    sum(rated.bills().map(|bill| bill.total()))
}

/// True if the amount is quantity x unit price, or what the line says makes it.
fn can_be_followed(world: &World, line: &ratebook_rating::BillLine<'_>, places: u32) -> bool {
    let Some(paper) = &line.paper else {
        // Prices on the vendor's cost have no unit price, and the rest was one price or is nobody's usage.
        return true;
    };
    let off = paper.discounts.iter().map(|discount| discount.amount);
    if sum([paper.list].into_iter().chain(off)) != line.amount {
        return false;
    }
    // Corrections in a split pool give shares weights of both signs, which enlarge the rounding of the whole.
    let splits = |rule: &String| {
        let is_of_line = line.rules.iter().any(|id| rule.contains(&format!("id = \"{id}\"\n")));
        is_of_line && rule.contains("split = true")
    };
    if world.rules.iter().any(splits) && world.lines.iter().any(|line| line.quantity < 0) {
        return true;
    }
    let parts = paper.tiers.iter().map(|tier| {
        let each = tier.quantity.checked_mul(tier.each.unwrap_or(Decimal::ZERO)).unwrap();
        each.checked_add(tier.flat.unwrap_or(Decimal::ZERO)).unwrap()
    });
    let charged = match (paper.tiers.is_empty(), line.quantity, line.unit_price) {
        (false, ..) => sum(parts),
        (true, Some(quantity), Some(unit_price)) => {
            let left = quantity.checked_sub(paper.included.unwrap_or(Decimal::ZERO)).unwrap();
            left.checked_mul(unit_price).unwrap()
        }
        _ => return true,
    };
    // Off by the rounding of the list price, and by that of what is shown at 10 places.
    let off = charged.checked_sub(paper.list).unwrap().abs();
    paper.days.is_some() || off.round(4, Rounding::HalfUp) <= Decimal::new(1, places).unwrap()
}

#[test]
fn no_line_is_lost_and_every_bill_adds_up() {
    check(&worlds(), |world: World| {
        let rulebook = world.rulebook();
        let Some(rated) = rated(&rulebook, &world.lines)? else { return Ok(()) };
        let numbers: Vec<u64> = rated.fates().iter().map(|(line, _)| *line).collect();
        prop_assert_eq!(numbers, (0..world.lines.len() as u64).collect::<Vec<_>>());
        let counts = rated.counts();
        prop_assert_eq!(counts.lines, counts.priced + counts.held + counts.dropped);
        for bill in rated.bills() {
            prop_assert_eq!(bill.total(), sum(bill.lines().map(|line| line.amount)));
            prop_assert_eq!(bill.total(), sum(bill.tax_totals().into_values()));
            prop_assert!(bill.lines().all(|line| line.amount.places() <= bill.places()));
            for line in bill.lines() {
                prop_assert!(can_be_followed(&world, &line, bill.places()), "{line:?}");
            }
            let held = rated.held().iter().any(|held| held.customer.as_deref() == Some(bill.customer()));
            prop_assert_eq!(bill.complete(), !held);
        }
        prop_assert!(rated.held().iter().all(|held| !held.reason.is_empty()));
        Ok(())
    });
}

#[test]
fn every_line_is_priced_by_one_rule_and_its_explanation_replays() {
    check(&worlds(), |world: World| {
        let rulebook = world.rulebook();
        let Some(rated) = rated(&rulebook, &world.lines)? else { return Ok(()) };
        let prices = |id: &str| {
            world
                .rules
                .iter()
                .any(|rule| rule.contains(&format!("id = \"{id}\"\n")) && rule.contains("\nprice = "))
        };
        for bill in rated.bills() {
            let explained = rated.explain(bill.customer()).unwrap();
            let explained = serde_json::to_value(&explained).unwrap();
            for (told, line) in explained["lines"].as_array().unwrap().iter().zip(bill.lines()) {
                let reached = replay::replay(told, &explained["remainders"], line.name);
                prop_assert_eq!(reached, replay::number(&line.amount.to_string()));
                if line.kind == Kind::Usage {
                    let by = line.rules.iter().filter(|id| prices(id) || **id == "(pass_through)").count();
                    prop_assert_eq!(by, 1, "{:?}", line.rules);
                }
            }
        }
        Ok(())
    });
}

#[test]
fn rules_in_another_order_give_the_same_bytes() {
    let shuffled = worlds().prop_flat_map(|world| {
        let rules = Just(world.rules.clone()).prop_shuffle();
        (Just(world), rules)
    });
    check(&shuffled, |(world, rules)| {
        let (one, two) = (world.rulebook(), world.rulebook_of(&rules));
        match (rate(&one, &world.lines), rate(&two, &world.lines)) {
            (Ok(one), Ok(two)) => prop_assert_eq!(one.to_json_pretty(), two.to_json_pretty()),
            (one, two) => prop_assert_eq!(one.err(), two.err()),
        }
        Ok(())
    });
}

#[test]
fn what_loads_is_decided_for_every_line_by_its_matchers_alone() {
    let loaded = std::cell::Cell::new(0);
    check(&(random::unranked_prices(), lines(1_000..2_000, 1..8)), |(whens, lines)| {
        let count = whens.len();
        // The same rules under ids in either order: a tie that loading did not see would fall the other way.
        let text = |id: &dyn Fn(usize) -> usize| -> String {
            let rule = |(index, when): (usize, &String)| {
                format!(
                    "[[rule]]\nid = \"r{}\"\nreason = \"r\"\n{when}\nprice = \"{}\"\n",
                    id(index),
                    index + 1
                )
            };
            let rules: String = whens.iter().enumerate().map(rule).collect();
            format!(
                "version = 1\n[settings]\ncurrency = \"EUR\"\nunpriced = \"hold\"\n[customer.a]\ngroups = [\"gold\"]\n{rules}"
            )
        };
        let load =
            |text: String| ratebook_rating::load("rules.toml", &MemoryFiles::new().with("rules.toml", &text));
        let (one, two) = match (load(text(&|index| index)), load(text(&|index| count - index))) {
            (Ok(one), Ok(two)) => (one, two),
            (one, two) => {
                prop_assert!(one.is_err() && two.is_err(), "ids decide whether rules load");
                return Ok(());
            }
        };
        loaded.set(loaded.get() + 1);
        prop_assert_eq!(total(&one, &lines), total(&two, &lines));
        Ok(())
    });
    assert!(loaded.get() > 100, "only {} rule sets loaded", loaded.get());
}

#[test]
fn lines_in_another_order_give_the_same_amounts() {
    let shuffled = worlds().prop_flat_map(|world| {
        let lines = Just(world.lines.clone()).prop_shuffle();
        (Just(world), lines)
    });
    check(&shuffled, |(world, lines)| {
        let rulebook = world.rulebook();
        let (Some(one), Some(two)) = (rated(&rulebook, &world.lines)?, rated(&rulebook, &lines)?) else {
            return Ok(());
        };
        let amounts = |rated: &Rated<'_>| -> BTreeMap<String, (Decimal, Vec<Decimal>)> {
            let bill = |bill: ratebook_rating::Bill<'_>| {
                let mut amounts: Vec<Decimal> = bill.lines().map(|line| line.amount).collect();
                amounts.sort();
                // Ties of the largest remainder go to the earlier line, so there only the total is the same.
                let tied = world.settings.contains("at = \"bill\"")
                    || world.rules.iter().any(|rule| rule.contains("split"));
                (bill.customer().to_owned(), (bill.total(), if tied { Vec::new() } else { amounts }))
            };
            rated.bills().map(bill).collect()
        };
        // A tie may also decide which line a later amount is taken of; totals of such bills are compared where
        // nothing is rounded after them.
        let split_then_more = world.rules.iter().any(|rule| rule.contains("split"))
            && world.rules.iter().any(|rule| rule.contains("percent = ") && rule.contains("[[bill]]"));
        if !split_then_more {
            prop_assert_eq!(amounts(&one), amounts(&two));
        }
        prop_assert_eq!(one.counts(), two.counts());
        Ok(())
    });
}

#[test]
fn partitions_give_the_same_bytes_as_the_whole() {
    check(&(worlds(), 2_u32..5), |(world, parts)| {
        let rulebook = world.rulebook();
        let lines: Vec<_> = world.lines.iter().map(Line::billable).collect();
        let session = |part: u32| {
            let mut rating = Rating::partition(&rulebook, month(), part, parts);
            for (number, line) in (0..).zip(&lines) {
                if rulebook.part_of(line, parts) == part {
                    rating.push_numbered(number, line);
                }
            }
            rating
        };
        let totals =
            (0..parts).map(|part| session(part).wide_totals()).fold(WideTotals::default(), WideTotals::merge);
        let finished: Result<Vec<Rated<'_>>, RunError> =
            (0..parts).map(|part| session(part).finish_with(&totals)).collect();
        match (rate(&rulebook, &world.lines), finished) {
            (Ok(whole), Ok(parts)) => {
                let merged = Rated::merge(parts);
                prop_assert_eq!(whole.to_json_pretty(), merged.to_json_pretty());
                prop_assert_eq!(whole.warnings(), merged.warnings());
                prop_assert_eq!(whole.fates(), merged.fates());
            }
            (whole, parts) => prop_assert_eq!(whole.err().map(|e| e.code), parts.err().map(|e| e.code)),
        }
        Ok(())
    });
}

#[test]
fn a_wide_pool_without_any_quantity_has_the_same_shares_in_partitions() {
    let price = "{ commit = { quantity = \"entitled\", each = \"1.00\", overage = \"2.00\" }, pool = \"all\", split = true }";
    let rulebook = one_price(price, Vec::new()).rulebook();
    let lines: Vec<_> = [("a", 3), ("b", 1), ("c", 2)]
        .map(|(customer, entitled)| {
            let mut line = Line { customer, ..line(0) }.billable();
            line.entitled_quantity = Some(entitled.into());
            line
        })
        .into();
    let session = |part: u32| {
        let mut rating = Rating::partition(&rulebook, month(), part, 4);
        let own = (0..).zip(&lines).filter(|(_, line)| rulebook.part_of(line, 4) == part);
        own.for_each(|(number, line)| rating.push_numbered(number, line));
        rating
    };
    let totals =
        (0..4).map(|part| session(part).wide_totals()).fold(WideTotals::default(), WideTotals::merge);
    let rated = Rated::merge((0..4).map(|part| session(part).finish_with(&totals).unwrap()));
    let amounts: Vec<String> = rated.bills().map(|bill| bill.total().to_string()).collect();
    assert_eq!(amounts, ["2", "2", "2"], "3 + 1 + 2 committed, nothing used: three equal shares");
}

#[test]
fn reversing_every_line_reverses_the_total_of_linear_prices() {
    check(&(linear_price(), lines(-9_000..9_000, 1..8)), |(price, lines)| {
        let world = one_price(&price, lines);
        let rulebook = world.rulebook();
        let reversed: Vec<Line> = world
            .lines
            .iter()
            .map(|line| Line { quantity: -line.quantity, cost: line.cost.map(|cost| -cost), ..line.clone() })
            .collect();
        prop_assert_eq!(total(&rulebook, &reversed), -total(&rulebook, &world.lines));
        Ok(())
    });
}

#[test]
fn prices_per_unit_add_up_and_scale() {
    let strategy = (0_i64..5_000, -9_000_i64..9_000, -9_000_i64..9_000, 2_i64..9);
    check(&strategy, |(each, a, b, factor)| {
        let world = one_price(&format!("\"{}\"", random::thousandths(each)), Vec::new());
        let rulebook = world.rulebook();
        let of = |quantity: i64| total(&rulebook, &[line(quantity)]);
        prop_assert_eq!(of(a + b), of(a).checked_add(of(b)).unwrap());
        prop_assert_eq!(of(a * factor), of(a).checked_mul(factor.into()).unwrap());
        // A tenant split in two, or a line of zero, changes no money.
        let split = [line(a), Line { tenant: "t2", ..line(b) }, line(0)];
        prop_assert_eq!(total(&rulebook, &split), of(a + b));
        Ok(())
    });
}

fn line(quantity: i64) -> Line {
    Line { customer: "a", tenant: "t1", sku: "S1", tag: None, quantity, cost: None, late: false }
}

#[test]
fn graduated_prices_are_the_sum_of_their_tiers_rise_and_have_no_jumps() {
    let strategy = (
        prop::collection::vec((1_i64..9_000, 0_i64..2_000), 1..5),
        0_i64..2_000,
        0_i64..40_000,
        0_i64..9_000,
    );
    check(&strategy, |(tiers, last, quantity, more)| {
        let mut below = 0;
        let mut bands = Vec::new();
        for (width, each) in tiers {
            bands.push((below, below + width, each));
            below += width;
        }
        bands.push((below, i64::MAX, last));
        let written: Vec<String> = bands
            .iter()
            .map(|(_, up_to, each)| match up_to {
                &i64::MAX => format!("{{ each = \"{}\" }}", random::thousandths(*each)),
                up_to => format!(
                    "{{ up_to = \"{}\", each = \"{}\" }}",
                    random::thousandths(*up_to),
                    random::thousandths(*each)
                ),
            })
            .collect();
        let rulebook =
            one_price(&format!("{{ graduated = [{}] }}", written.join(", ")), Vec::new()).rulebook();
        let cost = |quantity: i64| total(&rulebook, &[line(quantity)]);
        let by_tier = |quantity: i64| -> Decimal {
            let units = bands.iter().map(|(from, to, each)| (quantity.min(*to) - from).max(0) * each);
            Decimal::new(units.sum::<i64>().into(), 6).unwrap()
        };
        prop_assert_eq!(cost(quantity), by_tier(quantity));
        prop_assert!(cost(quantity) <= cost(quantity + more));
        for (_, up_to, each) in &bands[..bands.len() - 1] {
            let step = cost(up_to + 1).checked_sub(cost(*up_to)).unwrap();
            prop_assert!(step <= Decimal::new(2_000.max(*each).into(), 6).unwrap());
        }
        Ok(())
    });
}

#[test]
fn raising_a_price_never_lowers_the_total() {
    let models = ["each", "flat"];
    let strategy = (0_usize..2, 0_i64..5_000, 0_i64..5_000, lines(0..50_000, 1..8));
    check(&strategy, |(model, price, more, lines)| {
        let at = |price: i64| {
            let world = one_price(
                &format!("{{ {} = \"{}\" }}", models[model], random::thousandths(price)),
                lines.clone(),
            );
            total(&world.rulebook(), &world.lines)
        };
        prop_assert!(at(price) <= at(price + more));
        Ok(())
    });
}

#[test]
fn a_discount_of_nothing_changes_nothing_and_of_everything_leaves_nothing() {
    check(&(linear_price(), lines(-9_000..9_000, 1..8)), |(price, lines)| {
        let mut world = one_price(&price, lines);
        let plain = total(&world.rulebook(), &world.lines);
        for (percent, expected) in [(0, plain), (100, Decimal::ZERO)] {
            world.rules.truncate(1);
            world.rules.push(format!("[[rule]]\nid = \"d\"\nreason = \"r\"\ndiscount = \"{percent}%\"\n"));
            prop_assert_eq!(total(&world.rulebook(), &world.lines), expected);
        }
        Ok(())
    });
}

#[test]
fn partitions_can_be_rated_on_several_threads() {
    fn goes_to_another_thread<T: Send>() {}
    fn is_shared<T: Sync>() {}
    goes_to_another_thread::<Rating<'_>>();
    goes_to_another_thread::<Rated<'_>>();
    goes_to_another_thread::<WideTotals>();
    is_shared::<Rulebook>();
}

#[test]
fn fates_point_at_the_lines_that_name_them() {
    check(&worlds(), |world: World| {
        let rulebook = world.rulebook();
        let Some(rated) = rated(&rulebook, &world.lines)? else { return Ok(()) };
        let bills: Vec<_> = rated.bills().collect();
        for (number, fate) in rated.fates() {
            match fate {
                Fate::Priced { bill, line } => {
                    let line = bills[bill].lines().nth(line).unwrap();
                    prop_assert!(line.sources.contains(&number));
                }
                Fate::Held(index) => prop_assert_eq!(rated.held()[index].line, number),
                Fate::Dropped(index) => prop_assert_eq!(rated.dropped()[index].line, number),
            }
        }
        Ok(())
    });
}

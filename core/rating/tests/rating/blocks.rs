//! Lines in blocks and bills one after the other come to what lines one by one and all bills together come to.

use crate::support::random::{Line, check, month, one_price, worlds};
use proptest::prelude::*;
use ratebook_line::{Block, BlockBuilder, Decimal, TextColumn, TextField};
use ratebook_rating::{Bill, MemoryFiles, Rated, Rating, Rulebook, Run, RunError, Stopped, WideTotals, load};

/// Lines as blocks of so many.
fn blocks(lines: &[Line], rows: usize) -> Vec<Block> {
    let block = |lines: &[Line]| {
        let mut builder = BlockBuilder::default();
        lines.iter().for_each(|line| builder.push(&line.billable()));
        builder.take()
    };
    lines.chunks(rows).map(block).collect()
}

fn rate<'r>(rulebook: &'r Rulebook, lines: &[Line]) -> Result<Rated<'r>, RunError> {
    let mut rating = Rating::new(rulebook, month());
    lines.iter().for_each(|line| rating.push(&line.billable()));
    rating.finish()
}

fn line(customer: &'static str, sku: &'static str, quantity: i64) -> Line {
    Line { customer, tenant: "t1", sku, tag: None, quantity, cost: None, late: false }
}

#[test]
fn blocks_given_to_every_part_give_the_same_bytes_as_lines_one_by_one() {
    check(&(worlds(), 1_usize..9, 1_u32..5), |(world, rows, parts)| {
        let rulebook = world.rulebook();
        let blocks = blocks(&world.lines, rows);
        let session = |part: u32| {
            let mut rating = Rating::partition(&rulebook, month(), part, parts);
            let mut number = 0;
            for block in &blocks {
                rating.push_block(number, block).unwrap();
                number += block.rows() as u64;
            }
            rating
        };
        let totals =
            (0..parts).map(|part| session(part).wide_totals()).fold(WideTotals::default(), WideTotals::merge);
        let finished: Result<Vec<Rated<'_>>, RunError> =
            (0..parts).map(|part| session(part).finish_with(&totals)).collect();
        match (rate(&rulebook, &world.lines), finished) {
            (Ok(one_by_one), Ok(parts)) => {
                let merged = Rated::merge(parts);
                prop_assert_eq!(one_by_one.to_json_pretty(), merged.to_json_pretty());
                prop_assert_eq!(one_by_one.warnings(), merged.warnings());
                prop_assert_eq!(one_by_one.fates(), merged.fates());
                for (one, other) in one_by_one.bills().zip(merged.bills()) {
                    prop_assert_eq!(one.explain(), other.explain());
                    prop_assert_eq!(one.vendor_cost(), other.vendor_cost());
                    prop_assert_eq!(one.counts(), other.counts());
                }
            }
            (one_by_one, parts) => {
                prop_assert_eq!(one_by_one.err().map(|e| e.code), parts.err().map(|e| e.code));
            }
        }
        Ok(())
    });
}

#[test]
fn a_block_whose_month_is_none_is_refused_whole() {
    let rulebook = one_price("\"1.00\"", Vec::new()).rulebook();
    let mut block = blocks(&[line("a", "S1", 1), line("b", "S1", 2)], 2).remove(0);
    block.set_text(TextField::UsageMonth, TextColumn::same("March"));
    let mut rating = Rating::new(&rulebook, month());
    assert!(rating.push_block(0, &block).unwrap_err().to_string().contains("March"));
    assert_eq!(rating.finish().unwrap().counts().lines, 0);
}

/// All that a bill says.
fn told(bill: Bill<'_>) -> String {
    let rows = bill.rows().map(|row| {
        let optional = |id: u32| (id != 0).then(|| bill.texts().get(id));
        let rules: Vec<&str> = bill.rule_list(row.rules).collect();
        let texts =
            (bill.texts().get(row.name), optional(row.sku), optional(row.unit), bill.texts().get(row.tax));
        format!("{texts:?} {rules:?} {:?} {:?}\n", row.amount, row.sources)
    });
    let rows: String = rows.collect();
    let document = serde_json::to_string(&bill).unwrap();
    format!("{document}\n{rows}{:?}{:?}", bill.vendor_cost(), bill.counts())
}

/// A run that was kept. Whatever bytes of it are read at once, its lines are whole.
fn run(mut file: &[u8]) -> Run<'_, ()> {
    Box::new(move |to| {
        let (now, later) = file.split_at(file.len().min(17));
        to.extend_from_slice(now);
        file = later;
        Ok(())
    })
}

/// The same, and how each of its amounts comes about.
fn explained(bill: Bill<'_>) -> String {
    format!("{}{}", told(bill), bill.explain())
}

#[test]
fn lines_that_were_handed_away_come_to_the_same_bills() {
    check(&(worlds(), 1_usize..9, 1_usize..30), |(world, rows, most)| {
        let rulebook = world.rulebook();
        let mut rating = Rating::new(&rulebook, month());
        let (mut number, mut files) = (0, Vec::new());
        let mut hand_away = |rating: &mut Rating<'_>| {
            let mut file = Vec::new();
            let mut keep = |bytes: &[u8]| {
                file.extend_from_slice(bytes);
                Ok::<(), ()>(())
            };
            rating.hand_away(&mut keep).unwrap();
            assert_eq!(rating.kept(), 0);
            files.push(file);
        };
        for block in &blocks(&world.lines, rows) {
            rating.push_block(number, block).unwrap();
            number += block.rows() as u64;
            if rating.kept() >= most {
                hand_away(&mut rating);
            }
        }
        hand_away(&mut rating);
        let runs = || files.iter().map(|file| run(file)).collect::<Vec<_>>();
        let totals = rating.wide_totals_of_runs(runs()).unwrap();
        let mut bills = Vec::new();
        let ended = rating.finish_runs(&totals, runs(), &mut |bill| {
            bills.push(told(bill));
            Ok(())
        });
        match (rate(&rulebook, &world.lines), ended) {
            (Ok(rated), Ok(ended)) => {
                prop_assert_eq!(rated.bills().map(told).collect::<Vec<_>>(), bills);
                prop_assert_eq!(rated.held(), ended.held().collect::<Vec<_>>());
                prop_assert_eq!(rated.dropped(), ended.dropped().collect::<Vec<_>>());
                prop_assert_eq!((rated.counts(), rated.warnings()), (ended.counts(), ended.warnings()));
            }
            (Err(error), Err(Stopped::Run(same))) => prop_assert_eq!(error, same),
            (rated, ended) => prop_assert!(false, "{:?} {:?}", rated.err(), ended.err()),
        }
        Ok(())
    });
}

#[test]
fn a_line_that_was_handed_away_and_got_lost_is_told() {
    let rulebook = one_price("\"1.00\"", Vec::new()).rulebook();
    let mut rating = Rating::new(&rulebook, month());
    rating.push(&line("a", "S1", 1).billable());
    rating.hand_away(&mut |_| Ok::<(), ()>(())).unwrap();
    let nothing: Run<'_, ()> = Box::new(|_| Ok(()));
    let ended = rating.finish_runs(&WideTotals::default(), vec![nothing], &mut |_| Ok(()));
    assert!(matches!(ended, Err(Stopped::Lost)));
}

#[test]
fn bills_handed_out_one_by_one_are_those_of_all_together() {
    check(&worlds(), |world| {
        let rulebook = world.rulebook();
        let session = || {
            let mut rating = Rating::new(&rulebook, month());
            world.lines.iter().for_each(|line| rating.push(&line.billable()));
            rating
        };
        let totals = session().wide_totals();
        let mut bills = Vec::new();
        let ended = session().finish_each(&totals, &mut |bill| {
            bills.push(explained(bill));
            Ok::<(), ()>(())
        });
        match (session().finish(), ended) {
            (Ok(rated), Ok(ended)) => {
                prop_assert_eq!(rated.bills().map(explained).collect::<Vec<_>>(), bills);
                for (bill, line) in rated.bills().flat_map(|bill| {
                    bill.rows().zip(bill.lines()).map(move |(row, line)| ((bill, row), line))
                }) {
                    let (bill, row) = bill;
                    prop_assert_eq!(bill.texts().get(row.name), line.name);
                    prop_assert_eq!(bill.rule_list(row.rules).collect::<Vec<_>>(), line.rules);
                }
                prop_assert_eq!(
                    (rated.held(), rated.dropped()),
                    (ended.held().collect::<Vec<_>>(), ended.dropped().collect::<Vec<_>>())
                );
                prop_assert_eq!((rated.counts(), rated.warnings()), (ended.counts(), ended.warnings()));
            }
            (Err(error), Err(Stopped::Run(same))) => prop_assert_eq!(error, same),
            (rated, ended) => prop_assert!(false, "{:?} {:?}", rated.err(), ended.err()),
        }
        Ok(())
    });
}

/// A number with any count of digits and places.
fn number() -> impl Strategy<Value = Decimal> {
    (any::<i128>(), 0_u32..128, 0_u32..39)
        .prop_map(|(n, shift, places)| Decimal::new((n >> shift) % 10_i128.pow(38), places).unwrap())
}

#[test]
fn numbers_of_any_length_come_to_what_their_explanation_says() {
    let price = prop_oneof![
        number().prop_map(|each| format!("price = {{ each = \"{each}\", currency = \"USD\" }}")),
        number().prop_map(|each| format!("price = \"{each}\"")),
        (0_u32..900).prop_map(|percent| format!("price = {{ markup = \"{percent}.25%\" }}")),
        (0_u32..100).prop_map(|percent| format!("price = {{ percent = \"{percent}%\", on = \"quantity\" }}")),
    ];
    let mode = prop::sample::select(vec!["half_up", "half_even", "up", "down"]);
    let add = prop::sample::select(vec!["compound", "add"]);
    let lines = prop::collection::vec((number(), number(), number()), 1..5);
    let compared = std::cell::Cell::new(0);
    check(&(price, mode, add, 0_u32..70, lines), |(price, mode, add, off, numbers)| {
        let text = format!(
            "version = 1\n[settings]\ncurrency = \"EUR\"\nrounding = {{ at = \"line\", mode = \"{mode}\" }}\n\
             discounts = \"{add}\"\n[fx.\"2026-03\"]\n\"USD/EUR\" = \"0.921537\"\n\
             [[rule]]\nid = \"p\"\nreason = \"r\"\n{price}\n\
             [[rule]]\nid = \"d\"\nreason = \"r\"\ndiscount = \"{off}.125%\"\n\
             [[rule]]\nid = \"e\"\nreason = \"r\"\ndiscount = \"33%\"\n"
        );
        let rulebook = load("r", &MemoryFiles::new().with("r", &text)).unwrap();
        let mut rating = Rating::new(&rulebook, month());
        for (quantity, unit_price, total_cost) in numbers {
            let mut line = line("a", "S1", 0).billable();
            line.consumed_quantity = Some(quantity);
            line.unit_price = Some(unit_price);
            line.total_cost = Some(total_cost);
            rating.push(&line);
        }
        // Debug builds compare the short way of calculating with the long one, line by line.
        let Ok(rated) = rating.finish() else { return Ok(()) };
        compared.set(compared.get() + 1);
        for bill in rated.bills() {
            for (line, told) in bill.lines().zip(bill.explain().lines) {
                prop_assert_eq!(line.amount, told.amount);
            }
        }
        Ok(())
    });
    assert!(compared.get() > 100, "only {} months had numbers that can be printed", compared.get());
}

#[test]
fn whoever_takes_bills_can_stop() {
    let rulebook = one_price("\"1.00\"", Vec::new()).rulebook();
    let mut rating = Rating::new(&rulebook, month());
    let lines = [line("a", "S1", 1), line("b", "S1", 2), line("c", "S1", 3)];
    lines.iter().for_each(|line| rating.push(&line.billable()));
    let mut taken = Vec::new();
    let stopped = rating.finish_each(&WideTotals::default(), &mut |bill| {
        taken.push(bill.customer().to_owned());
        if taken.len() == 2 { Err("the disk is full") } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(Stopped::Taker("the disk is full"))));
    assert_eq!(taken, ["a", "b"]);
}

#[test]
fn shares_of_two_wide_pools_are_explained_the_same_in_parts() {
    let rule = |id: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nreason = \"r\"\nwhen = {{ sku = \"{id}\" }}\nprice = {{ each = \"0.333\", pool = \"all\", split = true }}\n"
        )
    };
    let text = format!("version = 1\n[settings]\ncurrency = \"EUR\"\n{}{}", rule("S1"), rule("S2"));
    let rulebook = load("r", &MemoryFiles::new().with("r", &text)).unwrap();
    // Over all, S1 comes first; on every bill but the first S2 does.
    let mut lines = vec![line("a", "S1", 1_111), line("a", "S2", 2_221)];
    for customer in ["b", "c", "d", "e", "f"] {
        lines.extend([line(customer, "S2", 3_331), line(customer, "S1", 4_441)]);
    }
    let whole = rate(&rulebook, &lines).unwrap();
    let parts = 5;
    let session = |part: u32| {
        let mut rating = Rating::partition(&rulebook, month(), part, parts);
        rating.push_block(0, &blocks(&lines, lines.len())[0]).unwrap();
        rating
    };
    let totals =
        (0..parts).map(|part| session(part).wide_totals()).fold(WideTotals::default(), WideTotals::merge);
    let merged = Rated::merge((0..parts).map(|part| session(part).finish_with(&totals).unwrap()));
    assert!(whole.bills().any(|bill| bill.explain().remainders.len() == 2));
    for (one, other) in whole.bills().zip(merged.bills()) {
        assert_eq!(one.explain(), other.explain());
    }
}

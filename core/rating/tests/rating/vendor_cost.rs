//! What the vendors charge is summed exactly, however many places it has.

use ratebook_rating::{MemoryFiles, Rating, load};

use crate::support::random::month;

#[test]
fn a_cost_of_more_than_ten_places_is_kept_whole() {
    let rules = "version = 1\n[settings]\ncurrency = \"USD\"\nunpriced = \"pass_through\"\n";
    let rulebook = load("rules.toml", &MemoryFiles::new().with("rules.toml", rules)).unwrap();
    let mut rating = Rating::new(&rulebook, month());
    // 0.123456789012 + 0.000000000003 = 0.123456789015
    let lines = [("A", "0.123456789012"), ("B", "0.000000000003")].map(|(sku, cost)| {
        format!(
            "{{\"usageMonth\":\"2026-03-01\",\"vendor\":\"v\",\"customer\":\"a\",\"skuId\":\"{sku}\",\
             \"consumedQuantity\":1,\"totalCost\":{cost},\"currency\":\"USD\"}}\n"
        )
    });
    ratebook_line::JsonLineReader::new(lines.concat().as_bytes())
        .for_each::<ratebook_line::LineError>(|line| {
            rating.push(&line);
            Ok(())
        })
        .unwrap();
    let rated = rating.finish().unwrap();
    let cost = rated.bill("a").unwrap().vendor_cost().clone();
    let sums: Vec<String> =
        cost.by_currency.values().chain(&cost.in_bill_currency).map(ToString::to_string).collect();
    assert_eq!(sums, ["0.123456789015", "0.123456789015"]);
}

//! What is worth a look is said, and nothing else.

use ratebook_rating::{MemoryFiles, Rating, load};

use crate::support::random::month;

const RULES: &str = r#"
version = 1
[settings]
currency = "EUR"
[[book]]
id = "list"
until = "2026-01"
[book.prices]
"ENDS" = "1.00"
[[book]]
id = "list"
from = "2026-03"
until = "2026-03"
[book.prices]
"ENDS" = "2.00"
[[rule]]
id = "list"
reason = "r"
when = { sku = "ENDS" }
price = { book = "list" }
[[rule]]
id = "wide"
reason = "r"
when = { sku = "W*" }
price = { each = "1.00", pool = "all", split = true }
[[rule]]
id = "own"
reason = "r"
when = { sku = "W1", customer = "a" }
price = "2.00"
[[rule]]
id = "resale"
reason = "r"
when = { sku = "M" }
price = { markup = "20%" }
[[rule]]
id = "by-unit"
reason = "r"
when = { sku = "U" }
price = { markup = "20%", on = "unit_price" }
[[rule]]
id = "halves"
reason = "r"
when = { sku = "U" }
convert = { divide = 2, unit = "pair" }
[[rule]]
id = "typo"
reason = "r"
when = { sku = "MTPS-*" }
price = "1.00"
[[rule]]
id = "shadowed"
reason = "r"
when = { sku = "M", customer = "a" }
discount = "5%"
group = "g"
[[rule]]
id = "shadow"
reason = "r"
when = { sku = "M" }
discount = "5%"
group = "g"
priority = 2
[[rule]]
id = "services"
reason = "r"
when = { sku = "M" }
set = { tax = "services" }
[[bill]]
id = "loyal"
reason = "r"
when = { customer = "a" }
discount = "1%"
[[bill]]
id = "nobody"
reason = "r"
when = { customer = "z" }
discount = "1%"
"#;

const LINES: &str = r#"
{"usageMonth":"2026-03-01","vendor":"v","customer":"a","skuId":"ENDS","consumedQuantity":100}
{"usageMonth":"2026-03-01","vendor":"v","customer":"a","skuId":"W1","consumedQuantity":1}
{"usageMonth":"2026-03-01","vendor":"v","customer":"b","skuId":"W2","consumedQuantity":1}
{"usageMonth":"2026-03-01","vendor":"v","customer":"a","skuId":"M","consumedQuantity":1,"totalCost":0,"currency":"EUR"}
{"usageMonth":"2026-03-01","vendor":"v","customer":"b","skuId":"M","consumedQuantity":1,"totalCost":0,"currency":"EUR"}
{"usageMonth":"2026-03-01","vendor":"v","customer":"a","skuId":"M","consumedQuantity":0,"totalCost":0,"currency":"EUR"}
{"usageMonth":"2026-03-01","vendor":"v","customer":"a","skuId":"U","consumedQuantity":8,"unitPrice":1,"currency":"EUR"}
"#;

/// Rules and lines of a month, and what is said of them.
fn warned(rules: &str, lines: &str) -> Vec<String> {
    let text = format!("version = 1\n[settings]\ncurrency = \"EUR\"\n{rules}");
    let rulebook = load("rules.toml", &MemoryFiles::new().with("rules.toml", &text)).unwrap();
    let rate = |part: u32, parts: u32| {
        let mut rating = Rating::partition(&rulebook, month(), part, parts);
        let mut number = 0;
        ratebook_line::JsonLineReader::new(lines.trim_start().as_bytes())
            .for_each::<ratebook_line::LineError>(|line| {
                if rulebook.part_of(&line, parts) == part {
                    rating.push_numbered(number, &line);
                }
                number += 1;
                Ok(())
            })
            .unwrap();
        rating
    };
    let text = |rated: &ratebook_rating::Rated<'_>| -> Vec<String> {
        rated.warnings().iter().map(ToString::to_string).collect()
    };
    let whole = text(&rate(0, 1).finish().unwrap());
    let parts = ratebook_rating::Rated::merge((0..3).map(|part| rate(part, 3).finish().unwrap()));
    assert_eq!(whole, text(&parts), "parts say the same");
    whole
}

#[test]
fn what_acts_on_each_line_is_told_with_what_a_pool_would_come_to() {
    let rules = r#"
[[rule]]
id = "base"
reason = "r"
when = { sku = "BASE" }
price = { flat = "34.00" }
[[rule]]
id = "list"
reason = "r"
when = { sku = "EACH" }
price = "1.00"
[[rule]]
id = "resale"
reason = "r"
when = { sku = "COST" }
price = { markup = "0%" }
[[rule]]
id = "off"
reason = "r"
when = { sku = ["EACH", "COST"] }
discount = "5.00"
[[rule]]
id = "small"
reason = "r"
when = { sku = "TIER" }
price = { graduated = [ { up_to = 100, each = "2.00" }, { each = "1.00" } ] }
"#;
    let line = |customer: &str, sku: &str, rest: &str| {
        format!(
            "{{\"usageMonth\":\"2026-03-01\",\"vendor\":\"v\",\"customer\":\"{customer}\",\"skuId\":\"{sku}\",{rest}}}\n"
        )
    };
    let used = |quantity: u32| format!("\"consumedQuantity\":{quantity}");
    let mut lines: Vec<String> = (0..31).map(|_| line("a", "BASE", &used(5))).collect();
    // Once is once, and what comes to the same is not told.
    lines.push(line("b", "BASE", &used(5)));
    lines.extend((0..2).map(|_| line("b", "TIER", &used(40))));
    // 10 and 8 less 5 each; the third has nothing to take from.
    lines.extend([10, 8, 0].map(|quantity| line("b", "EACH", &used(quantity))));
    lines.extend(
        (0..2).map(|_| line("c", "COST", "\"consumedQuantity\":1,\"totalCost\":20,\"currency\":\"EUR\"")),
    );
    assert_eq!(
        warned(rules, &lines.concat()),
        [
            "warning[W-PER-LINE] rule \"base\" acted on each of 31 lines of BASE of a, which come to 1054.00 EUR; with pool = \"customer\" they come to 34.00 EUR",
            "warning[W-PER-LINE] rule \"off\" acted on each of 2 lines of COST of c, which come to 30.00 EUR; once, by a [[bill]] rule with `of`, they come to 35.00 EUR",
            "warning[W-PER-LINE] rule \"off\" acted on each of 2 lines of EACH of b, which come to 8.00 EUR; with pool = \"customer\" they come to 13.00 EUR",
        ]
    );
}

#[test]
fn what_the_vendor_charges_and_nobody_pays_is_told_by_sku() {
    let rules = "[[rule]]\nid = \"list\"\nreason = \"r\"\nprice = \"1.00\"\n";
    let line = |sku: &str, quantity: &str, cost: &str| {
        format!(
            "{{\"usageMonth\":\"2026-03-01\",\"vendor\":\"v\",\"customer\":\"{sku}-user\",\"skuId\":\"{sku}\",\"consumedQuantity\":{quantity},\"totalCost\":{cost},\"currency\":\"USD\"}}\n"
        )
    };
    let lines = [
        line("A", "1", "7"),
        line("A", "0", "2.5"),
        line("A", "0", "-1"),
        line("B", "0", "0"),
        line("C", "0", "9"),
    ];
    assert_eq!(
        warned(rules, &lines.concat()),
        [
            "warning[W-COST-UNBILLED] line 1: the vendor charges 1.5 USD for 2 lines of A with quantity 0, for which rule \"list\" bills nothing",
            "warning[W-COST-UNBILLED] line 4: the vendor charges 9 USD for 1 line of C with quantity 0, for which rule \"list\" bills nothing",
        ]
    );
}

#[test]
fn each_warning_is_given_once_with_its_rules() {
    let rulebook = load("rules.toml", &MemoryFiles::new().with("rules.toml", RULES)).unwrap();
    let mut rating = Rating::new(&rulebook, month());
    ratebook_line::JsonLineReader::new(LINES.trim_start().as_bytes())
        .for_each::<ratebook_line::LineError>(|line| {
            rating.push(&line);
            Ok(())
        })
        .unwrap();
    let rated = rating.finish().unwrap();
    let text = |warnings: &[ratebook_rating::Warning]| -> Vec<String> {
        warnings.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        text(rulebook.warnings()),
        [
            "warning[W-NEVER-WINS] rule \"shadowed\" can never win: \"shadow\" matches all its lines with a higher priority",
            "warning[W-BOOK-GAP] book \"list\" has no prices between 2026-01 and 2026-03",
        ]
    );
    assert_eq!(
        text(&rated.warnings()),
        [
            "warning[W-BOOK-ENDS] book \"list\" has no price for ENDS in 2026-04",
            "warning[W-SHARED-POOL] rule \"own\" takes lines out of the pool of \"wide\", which others share",
            "warning[W-TAX-MIX] \"loyal\" is over lines of several tax tags, its own line has the default tag (1 bills, such as a)",
            "warning[W-UNIT-PRICE] line 6: the vendor's unit price is multiplied with a quantity that a rule converted to another unit (1 lines by rule \"by-unit\", this is the first)",
            "warning[W-UNUSED-RULE] bill rule \"nobody\" was for nobody this month",
            "warning[W-UNUSED-RULE] rule \"typo\" matched no line this month",
            "warning[W-ZERO-COST] line 3: the vendor's cost is 0 although something was used (2 lines by rule \"resale\", this is the first)",
        ]
    );
}

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
            "warning[W-UNIT-PRICE] line 6: the vendor's unit price is multiplied with a quantity that a rule converted to another unit (1 lines by rule \"by-unit\", the first is 6)",
            "warning[W-UNUSED-RULE] bill rule \"nobody\" was for nobody this month",
            "warning[W-UNUSED-RULE] rule \"typo\" matched no line this month",
            "warning[W-ZERO-COST] line 3: the vendor's cost is 0 although something was used (2 lines by rule \"resale\", the first is 3)",
        ]
    );
}

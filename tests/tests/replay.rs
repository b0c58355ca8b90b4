//! Every line of the example month is explained so that a calculator which shares nothing with the engine reaches its
//! amount, and the bill document says the same.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../../core/rating/tests/rating/support/replay.rs"]
mod replay;

use ratebook_tests::workspace::{MONTH, Workspace};
use replay::{number, replay};
use serde_json::Value;

#[test]
fn replaying_the_example_month_gives_every_amount() {
    let workspace = Workspace::of_the_example().unwrap();
    let bills = workspace.run(&["run", "--month", MONTH, "--offline", "--format", "json"]).unwrap();
    let explained = workspace.run(&["explain", "--month", MONTH, "--format", "json"]).unwrap();
    assert_eq!((bills.code, explained.code), (0, 0), "{}{}", bills.told(), explained.told());
    let bills: Value = serde_json::from_str(&bills.stdout).unwrap();
    let explained: Value = serde_json::from_str(&explained.stdout).unwrap();
    let mut lines = 0;
    for (bill, told) in bills["bills"].as_array().unwrap().iter().zip(explained["bills"].as_array().unwrap())
    {
        assert_eq!(bill["customer"], told["customer"]);
        assert_eq!(bill["lines"].as_array().unwrap().len(), told["lines"].as_array().unwrap().len());
        for (line, told_line) in
            bill["lines"].as_array().unwrap().iter().zip(told["lines"].as_array().unwrap())
        {
            let place = format!("{} {}", bill["customer"], line["name"]);
            let amount = number(line["amount"].as_str().unwrap());
            assert_eq!(replay(told_line, &told["remainders"], &place), amount, "{place}");
            lines += 1;
        }
    }
    assert_eq!(lines, 38);
}

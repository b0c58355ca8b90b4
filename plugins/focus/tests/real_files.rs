//! Exports as clouds write them: their sums, worked out independently of the plugin.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::Path;

use ratebook_plugin::testing::{Fixture, Mapped};
use ratebook_plugin::{Decimal, VendorPlugin};
use ratebook_plugin_focus::Focus;

fn mapped(case: &str) -> Mapped {
    let fixture = Fixture::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case)).unwrap();
    fixture.map(&Focus::open(&fixture.config).unwrap(), "focus-csv").unwrap()
}

#[test]
fn the_sample_of_the_specification_has_its_right_sum_and_no_tenant_called_null() {
    let lines = mapped("real-1.0-null").lines;
    let costs = lines.iter().filter_map(|line| line.total_cost);
    let sum = costs.fold(Decimal::ZERO, |sum, cost| sum.checked_add(cost).unwrap());
    assert_eq!(sum, "-1.984054153".parse().unwrap());
    // One of 33 is skipped: neither quantity nor cost.
    assert_eq!(lines.len(), 32);
    for line in &lines {
        let shown = format!("{line:?}");
        assert!(!shown.contains("NULL"), "{shown}");
    }
}

#[test]
fn a_credit_has_no_quantity() {
    for case in ["real-1.0-null", "credit-without-quantity"] {
        let lines = mapped(case).lines;
        let credits = lines.iter().filter(|line| format!("{line:?}").contains("ChargeCategory=Credit"));
        let quantities: Vec<_> =
            credits.map(|line| (line.consumed_quantity, line.total_cost.is_some())).collect();
        assert_eq!(quantities, [(None, true)], "{case}");
    }
}

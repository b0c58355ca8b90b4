//! Exports as programs write them: their sums, worked out independently of the plugin, and the month in a file's name.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::path::Path;

use ratebook_plugin::testing::{Bodies, Fixture, MapHost, Mapped};
use ratebook_plugin::{Config, Decimal, Level, Lines, Payload, Problem, VendorPlugin};
use ratebook_plugin_table::Table;
use serde_json::{Value, json};

/// The lines of a case.
fn mapped(case: &str) -> Mapped {
    let fixture = Fixture::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(case)).unwrap();
    let plugin = Table::open(&fixture.config).unwrap();
    fixture.map(&plugin, fixture.format.as_deref().unwrap_or("table-csv")).unwrap()
}

#[test]
fn real_files_have_their_right_sums() {
    for (case, lines, cost, currency) in [
        ("real-aws-cur", 28, "0.0000000969", "USD"),
        ("real-oci-cost", 30, "0.215517084958803026", "USD"),
        ("real-gcp-legacy", 71, "245.449103", "USD"),
        ("real-azure-ea-legacy", 3, "12.330899428656048", "USD"),
        ("real-hosting-invoice", 6, "45.28", "USD"),
        ("real-server-invoice", 12, "325.41", "EUR"),
    ] {
        let mapped = mapped(case);
        let costs = mapped.lines.iter().filter_map(|line| line.total_cost);
        let sum = costs.fold(Decimal::ZERO, |sum, cost| sum.checked_add(cost).unwrap());
        assert_eq!((mapped.lines.len(), sum), (lines, cost.parse().unwrap()), "{case}");
        assert!(
            mapped.lines.iter().all(|line| line.currency.is_some_and(|code| code.code() == currency)),
            "{case}"
        );
    }
    let quantity = |case: &str| {
        let quantities = mapped(case).lines.into_iter().filter_map(|line| line.consumed_quantity);
        quantities.fold(Decimal::ZERO, |sum, quantity| sum.checked_add(quantity).unwrap())
    };
    assert_eq!(quantity("real-azure-ea-legacy"), "33.2422".parse().unwrap());
    // 4 + 2 + 9 * 1 + 31: ten decimals that no sign stands before.
    assert_eq!(quantity("real-server-invoice"), "46".parse().unwrap());
}

/// What is said of a file of this name whose month is found so, asked for 2026-09.
fn said(name: &str, month_keys: &Value) -> Result<Vec<(Level, String)>, Problem> {
    let values = json!({
        "columns": { "tenant": "t", "skuId": "s", "consumedQuantity": "q" },
        "month": month_keys,
    });
    let config = Config { source: "shop".to_owned(), url: None, values, secrets: Vec::new() };
    let plugin = Table::open(&config).unwrap();
    let month = "2026-09".parse().unwrap();
    let (bytes, mut host) = (b"t,s,q\na,x,1\n", MapHost::new("table", Bodies::of(b""), month));
    let mut bytes = bytes.as_slice();
    let mut lines = Lines::new(&mut host);
    plugin.map(&mut Payload::new("table-csv", name, &mut bytes), month, &mut lines)?;
    lines.finish()?;
    Ok(host.finish().unwrap().log)
}

fn called(name: &str) -> Result<(), Problem> {
    let log = said(name, &json!({ "file_name": "YYYY-MM" }))?;
    assert!(log.is_empty(), "{log:?}");
    Ok(())
}

#[test]
fn a_month_that_nothing_tells_is_a_warning_until_a_person_sees_to_it() {
    let log = said("usage.csv", &json!({})).unwrap();
    let [(Level::Warning, told)] = log.as_slice() else { panic!("{log:?}") };
    assert!(told.contains("a file of another month would be billed in it"), "{told}");
    let log = said("usage.csv", &json!({ "unchecked": true })).unwrap();
    assert!(matches!(log.as_slice(), [(Level::Note, _)]), "{log:?}");
}

#[test]
fn the_name_of_a_file_may_say_its_month() {
    called("usage-2026-09.csv").unwrap();
    called("usage-2026-09-to-2026-09.csv.gz").unwrap();
    for (name, told) in [
        ("usage-2026-08.csv", "asked for 2026-09, and the file usage-2026-08.csv is called after 2026-08"),
        ("usage.csv", "the name of the file usage.csv holds no date written like YYYY-MM"),
        (
            "usage-2026-08-to-2026-09.csv",
            "the name of the file usage-2026-08-to-2026-09.csv holds several months",
        ),
    ] {
        let problem = called(name).unwrap_err();
        assert!(problem.message.starts_with(told), "{problem}");
    }
}

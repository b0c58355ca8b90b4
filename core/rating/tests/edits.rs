//! What differs between two rule sets, and which lines of a bill it can have moved.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;

use ratebook_line::{BillableLine, Currency};
use ratebook_rating::{Change, Edits, MemoryFiles, Rated, Rating, Rulebook, Subject, edits};

const RULES: &str = include_str!("edits/rules.toml");

fn load(rules: &str) -> Rulebook {
    load_files(&MemoryFiles::new().with("rules.toml", rules))
}

fn load_files(files: &MemoryFiles) -> Rulebook {
    ratebook_rating::load("rules.toml", files).unwrap()
}

/// The rules after some replacements, each of which must be about something.
fn edited(replacements: &[(&str, &str)]) -> String {
    replacements.iter().fold(RULES.to_owned(), |rules, (old, new)| {
        assert!(rules.contains(old), "{old} is not in the rules");
        rules.replacen(old, new, 1)
    })
}

/// The edits from the rules above to others, one a line.
fn told(new: &Rulebook) -> String {
    edits(&load(RULES), new).iter().map(|edit| format!("{edit}\n")).collect()
}

fn told_of(replacements: &[(&str, &str)]) -> String {
    told(&load(&edited(replacements)))
}

#[test]
fn every_subject_is_told_in_its_authors_words() {
    let new = edited(&[
        ("mode = \"half_up\"", "mode = \"half_even\""),
        ("bytes = \"B\"", "bytes = \"B\", tb = \"TB\""),
        ("\"USD/EUR\" = \"0.92\"", "\"USD/EUR\" = \"0.93\"\n\"SEK/EUR\" = \"0.09\""),
        ("groups = [\"silver\"]", "groups = [\"silver\", \"emea\"]"),
        ("\"metallic:4711\"]", "\"metallic:4711\", \"metallic:4712\"]"),
        ("[customer.contoso]\ncurrency = \"EUR\"", "[customer.fabrikam]"),
        ("when = { customer = \"contoso\" }", "when = { customer = \"fabrikam\" }"),
        ("\"WS\" = \"2.10\"", "\"WS\" = \"2.20\"\n\"MOB\" = \"1.00\""),
        ("each = \"0.015\"", "each = \"0.012\""),
        ("\"SEAT-B\"]", "\"SEAT-C\"]"),
        ("price = \"4.40\"", "price = \"4.50\"\nuntil = \"2026-12\""),
        ("discount = \"10%\"", "discount = \"12%\""),
        ("markup = \"20%\"", "margin = \"20%\", on = \"unit_price\", unit_places = 2"),
        ("each = \"$care\"", "each = \"1.75\""),
        ("minimum = \"50.00\"", "minimum = { amount = \"60.00\", prorate = true }"),
    ]);
    insta::assert_snapshot!(told(&load(&new)), @r"
    settings: rounding.mode half_up -> half_even; units.tb (none) -> TB
    fx 2026-03 SEK/EUR added
    fx 2026-03 USD/EUR: rate 0.92 -> 0.93
    partner reseller: groups silver -> emea, silver
    customer contoso removed
    customer fabrikam added
    customer northwind: tenants acronis:a1, metallic:4711 -> acronis:a1, metallic:4711, metallic:4712
    book list, ARC: graduated.2.each 0.015 -> 0.012
    book list, MOB added
    book list, WS: each 2.10 -> 2.20
    rule gold: discount 10% -> 12%
    rule resale: price.margin (none) -> 20%; price.markup 20% -> (none); price.on (none) -> unit_price; and 1 more
    rule seats: price.each 4.40 -> 4.50; until (none) -> 2026-12; when.sku SEAT-A, SEAT-B -> SEAT-A, SEAT-C
    bill rule care: add.each 1.50 -> 1.75
    bill rule floor: minimum.amount 50.00 -> 60.00; minimum.prorate (none) -> true; when.customer contoso -> fabrikam
    ");
}

#[test]
fn rules_that_come_and_go_are_told_with_their_place() {
    let new =
        RULES.replacen("id = \"gold\"", "id = \"gold-2026\"", 1).replacen("id = \"care\"", "id = \"fee\"", 1);
    let found = edits(&load(RULES), &load(&new));
    let told: String = found
        .iter()
        .map(|edit| {
            let place = edit.new_place.as_ref().or(edit.old_place.as_ref()).unwrap();
            format!("{place} {edit}\n")
        })
        .collect();
    insta::assert_snapshot!(told, @r"
    rules.toml:53 rule gold removed
    rules.toml:53 rule gold-2026 added
    rules.toml:59 bill rule care removed
    rules.toml:59 bill rule fee added
    ");
    assert_eq!(found[0].change, Change::Removed);
    assert_eq!(found[0].subject, Subject::Rule("gold".to_owned()));
}

#[test]
fn a_constant_is_an_edit_of_the_rules_that_use_it() {
    insta::assert_snapshot!(
        told_of(&[("care = \"1.50\"", "care = \"1.60\"")]),
        @"bill rule care: add.each 1.50 -> 1.60"
    );
}

#[test]
fn programs_read_edits_as_json() {
    let new = edited(&[("\"WS\" = \"2.10\"", "\"WS\" = \"2.20\"")]);
    let json = serde_json::to_string_pretty(&edits(&load(RULES), &load(&new))).unwrap();
    insta::assert_snapshot!(json, @r#"
    [
      {
        "subject": {
          "kind": "bookEntry",
          "id": "list",
          "sku": "WS"
        },
        "change": "changed",
        "oldPlace": {
          "file": "rules.toml",
          "line": 30
        },
        "newPlace": {
          "file": "rules.toml",
          "line": 30
        },
        "keys": [
          {
            "key": "each",
            "old": "2.10",
            "new": "2.20"
          }
        ]
      }
    ]
    "#);
}

#[test]
fn spelling_is_no_edit() {
    let spelt = [
        ("[let]", "# What care costs\n[let]"),
        (
            "rounding = { at = \"line\", mode = \"half_up\" }",
            "rounding = { mode = \"half_up\", at = \"line\" }",
        ),
        ("groups = [\"gold\", \"managed\"]", "groups = [\"managed\", \"gold\"]"),
        ("\"WS\" = \"2.10\"", "\"WS\" = { each = \"2.1\" }"),
        ("[\"SEAT-A\", \"SEAT-B\"]", "[\n  \"SEAT-B\",\n  \"SEAT-A\",\n]"),
        ("when = { vendor = \"metallic\" }", "when = { vendor = [\"metallic\"] }"),
        ("price = \"4.40\"", "price = { each = \"4.4\" }"),
        ("discount = \"10%\"", "discount = \"10.0%\""),
        ("each = \"$care\"", "each = \"1.50\""),
        ("minimum = \"50.00\"", "minimum = { amount = 50 }"),
    ];
    assert_eq!(told_of(&spelt), "");
}

#[test]
fn another_file_is_no_edit() {
    let start = RULES.find("[[book]]").unwrap();
    let bills = RULES.find("[[bill]]").unwrap();
    let rules = &RULES[start..bills];
    let seats = rules.find("[[rule]]\nid = \"seats\"").unwrap();
    let resale = rules.find("[[rule]]\nid = \"resale\"").unwrap();
    // The rule of one customer moves to a file that is narrowed to it, and does not say so again.
    let own = rules[seats..resale].replace(", customer = \"northwind\"", "");
    let own = format!("only = {{ customer = \"northwind\" }}\n{own}");
    let rest = format!("{}{}", &rules[resale..], &rules[..seats]);
    let root = format!("include = [\"more/*.toml\"]\n{}{}", &RULES[..start], &RULES[bills..]);
    let files = MemoryFiles::new()
        .with("rules.toml", &root)
        .with("more/northwind.toml", &own)
        .with("more/rest.toml", &rest);
    assert_eq!(told(&load_files(&files)), "");
}

#[test]
fn a_list_in_csv_is_no_edit() {
    let root = RULES
        .replacen("version = 1", "version = 1\ncustomers_csv = \"customers.csv\"", 1)
        .replacen("\"WS\" = \"2.10\"\n", "", 1)
        .replacen("\"SRV\" = { each = \"9.90\", unit = \"workload\" }\n", "", 1)
        .replacen("from = \"2026-01\"", "from = \"2026-01\"\nprices_csv = \"prices.csv\"", 1);
    let start = root.find("[customer.northwind]").unwrap();
    let end = root.find("[[book]]").unwrap();
    let root = format!("{}{}", &root[..start], &root[end..]);
    let customers = "id,name,groups,tenants,currency\n\
        contoso,,,,EUR\n\
        northwind,Northwind Traders,managed;gold,metallic:4711;acronis:a1,\n";
    let files = |prices: &str| {
        MemoryFiles::new()
            .with("rules.toml", &root)
            .with("customers.csv", customers)
            .with("prices.csv", &format!("sku,each,unit\n{prices}"))
    };
    assert_eq!(told(&load_files(&files("SRV,9.90,workload\nWS,2.10,\n"))), "");
    let found = edits(&load(RULES), &load_files(&files("SRV,9.95,workload\nWS,2.10,\n")));
    assert_eq!(found[0].to_string(), "book list, SRV: each 9.90 -> 9.95");
    assert_eq!(found[0].new_place.as_ref().unwrap().to_string(), "prices.csv:2");
}

#[test]
fn versions_of_a_book_are_compared_month_by_month() {
    let book = |text: &str| {
        let start = RULES.find("[[book]]").unwrap();
        let end = RULES.find("[[rule]]").unwrap();
        load(&format!("{}{text}{}", &RULES[..start], &RULES[end..]))
    };
    let told = |old: &str, new: &str| -> String {
        edits(&book(old), &book(new)).iter().map(|edit| format!("{edit}\n")).collect()
    };
    let version =
        |head: &str, prices: &str| format!("[[book]]\nid = \"list\"\n{head}\n[book.prices]\n{prices}\n");
    let one = version("from = \"2026-01\"", "WS = \"2.10\"\nSRV = \"9.90\"");
    let two = |ws: &str| {
        version("from = \"2026-04\"", &format!("WS = \"{ws}\"\nSRV = \"9.90\""))
            + &version("from = \"2026-01\"\nuntil = \"2026-03\"", "WS = \"2.10\"\nSRV = \"9.90\"")
    };
    // Cut in two without a change, then with one.
    assert_eq!(told(&one, &two("2.10")), "");
    assert_eq!(told(&one, &two("2.20")), "book list, WS: 2026-04.. each 2.10 -> 2.20\n");
    // A book that goes on for another year is one edit, whatever its prices; so is one that ends.
    let year = version("from = \"2026-01\"\nuntil = \"2026-12\"", "WS = \"2.10\"\nSRV = \"9.90\"");
    let next = version("from = \"2027-01\"\nuntil = \"2027-12\"", "WS = \"2.30\"\nSRV = \"9.99\"");
    let both = year.clone() + &next;
    assert_eq!(told(&year, &both), "book list: months 2026-01..2026-12 -> 2026-01..2027-12\n");
    assert_eq!(told(&one, &year), "book list: months 2026-01.. -> 2026-01..2026-12\n");
    // A price that goes while the book goes on is an edit of the price.
    let without = version("from = \"2026-04\"", "WS = \"2.10\"")
        + &version("from = \"2026-01\"\nuntil = \"2026-03\"", "WS = \"2.10\"\nSRV = \"9.90\"");
    assert_eq!(told(&one, &without), "book list, SRV: 2026-04.. each 9.90 -> (none)\n");
    assert_eq!(told(&one, &version("from = \"2026-01\"", "WS = \"2.10\"")), "book list, SRV removed\n");
    // The currency is the book's.
    let dollars = version("from = \"2026-01\"\ncurrency = \"USD\"", "WS = \"2.10\"\nSRV = \"9.90\"");
    assert_eq!(told(&one, &dollars), "book list: currency (none) -> USD\n");
    // A second book is one edit.
    let second = one.clone() + &one.replace("list", "other");
    assert_eq!(told(&one, &second), "book other added\n");
    assert_eq!(told(&second, &one), "book other removed\n");
}

fn line(vendor: &str, tenant: &str, sku: &str, quantity: &str) -> BillableLine<'static> {
    let mut line = BillableLine::new("2026-03".parse().unwrap());
    line.vendor = Some(vendor.to_owned().into());
    line.tenant = Some(tenant.to_owned().into());
    line.sku_id = Some(sku.to_owned().into());
    line.consumed_quantity = Some(quantity.parse().unwrap());
    line
}

fn usage() -> Vec<BillableLine<'static>> {
    let mut resale = line("metallic", "4711", "M365", "3");
    resale.total_cost = Some("30".parse().unwrap());
    resale.currency = Some("USD".parse::<Currency>().unwrap());
    let mut other = line("acronis", "", "WS", "1");
    other.customer = Some("contoso".into());
    vec![
        line("acronis", "a1", "WS", "40"),
        line("acronis", "a1", "SRV", "2"),
        line("acronis", "a1", "SEAT-A", "5"),
        resale,
        other,
    ]
}

fn rate(rulebook: &Rulebook) -> Rated<'_> {
    let mut rating = Rating::new(rulebook, "2026-03".parse().unwrap());
    for mut line in usage() {
        if line.sku_id.as_deref() == Some("SRV") {
            line.billing_unit = Some("workload".into());
        }
        rating.push(&line);
    }
    rating.finish().unwrap()
}

/// Every line of the new bills that depends on an edit, and on which.
fn moved(replacements: &[(&str, &str)]) -> String {
    let (old, new) = (load(RULES), load(&edited(replacements)));
    let edits = Edits::new(&old, &new);
    let rated = rate(&new);
    let mut text = String::new();
    for bill in rated.bills() {
        for line in bill.lines() {
            for cause in edits.causes(&bill, &line) {
                writeln!(text, "{} {}: {}", bill.customer(), line.name, edits.all()[cause]).unwrap();
            }
        }
    }
    text
}

#[test]
fn a_line_depends_on_its_rules_prices_rates_parties_and_settings() {
    // A rule of a line, a rule of the bill.
    insta::assert_snapshot!(moved(&[("discount = \"10%\"", "discount = \"12%\""), ("each = \"$care\"", "each = \"1.75\"")]), @r"
    northwind WS: rule gold: discount 10% -> 12%
    northwind SRV: rule gold: discount 10% -> 12%
    northwind SEAT-A: rule gold: discount 10% -> 12%
    northwind Workstation care: bill rule care: add.each 1.50 -> 1.75
    ");
    // A price in a book: only lines of its SKU that take it. A book: all that take prices of it.
    insta::assert_snapshot!(moved(&[("\"WS\" = \"2.10\"", "\"WS\" = \"2.20\"")]), @r"
    contoso WS: book list, WS: each 2.10 -> 2.20
    northwind WS: book list, WS: each 2.10 -> 2.20
    ");
    insta::assert_snapshot!(moved(&[("from = \"2026-01\"", "from = \"2026-01\"\ncurrency = \"USD\"")]), @r"
    contoso WS: book list: currency (none) -> USD
    northwind WS: book list: currency (none) -> USD
    northwind SRV: book list: currency (none) -> USD
    ");
    // What a book says of other months moves nothing.
    insta::assert_snapshot!(moved(&[("from = \"2026-01\"", "from = \"2025-01\"")]), @"");
    // A rate by which the line was converted, and no other.
    insta::assert_snapshot!(moved(&[("\"0.92\"", "\"0.93\""), ("\"1.15\"", "\"1.16\"")]),
        @"northwind M365: fx 2026-03 USD/EUR: rate 0.92 -> 0.93");
    // A customer, but not its name.
    insta::assert_snapshot!(moved(&[("Northwind Traders", "Northwind Inc")]), @"");
    insta::assert_snapshot!(moved(&[("[customer.contoso]", "[customer.contoso]\ngroups = [\"new\"]")]), @r"
    contoso WS: customer contoso: groups (none) -> new
    contoso Minimum charge: customer contoso: groups (none) -> new
    ");
    // The reason of a line rule moves nothing.
    insta::assert_snapshot!(moved(&[("Gold customers", "Golden customers")]), @"");
    // Settings: those that act on the line.
    insta::assert_snapshot!(moved(&[("bytes = \"B\"", "bytes = \"B\", jobs = \"workload\"")]),
        @"northwind SRV: settings: units.jobs (none) -> workload");
    insta::assert_snapshot!(moved(&[("currency = \"EUR\"\nrounding", "currency = \"EUR\"\nunpriced = \"hold\"\nrounding")]), @"");
    insta::assert_snapshot!(moved(&[("\"half_up\"", "\"up\"")]), @r"
    contoso WS: settings: rounding.mode half_up -> up
    contoso Minimum charge: settings: rounding.mode half_up -> up
    northwind WS: settings: rounding.mode half_up -> up
    northwind SRV: settings: rounding.mode half_up -> up
    northwind SEAT-A: settings: rounding.mode half_up -> up
    northwind M365: settings: rounding.mode half_up -> up
    northwind Workstation care: settings: rounding.mode half_up -> up
    ");
}

#[test]
fn both_sides_together_say_who_took_a_line_over() {
    let replacements = [
        ("when = { sku = [\"SEAT-A\", \"SEAT-B\"]", "when = { sku = [\"SEAT-B\"]"),
        ("\"WS\" = \"2.10\"", "\"WS\" = \"2.10\"\n\"SEAT-A\" = \"5.00\""),
    ];
    let (old, new) = (load(RULES), load(&edited(&replacements)));
    let edits = Edits::new(&old, &new);
    let causes = |rated: &Rated<'_>| -> Vec<String> {
        let bill = rated.bill("northwind").unwrap();
        let line = bill.lines().find(|line| line.name == "SEAT-A").unwrap();
        edits.causes(&bill, &line).iter().map(|cause| edits.all()[*cause].to_string()).collect()
    };
    assert_eq!(causes(&rate(&old)), ["rule seats: when.sku SEAT-A, SEAT-B -> SEAT-B"]);
    assert_eq!(causes(&rate(&new)), ["book list, SEAT-A added"]);
}

#[test]
fn what_would_stop_a_run_can_be_held_instead() {
    let without = edited(&[("\"WS\" = \"2.10\"\n", "")]);
    let rulebook = load(&without).hold_unpriced();
    let rated = rate(&rulebook);
    let held: Vec<(&str, Option<&str>, bool)> =
        rated.held().iter().map(|held| (held.code, held.rule, held.is_problem())).collect();
    assert_eq!(held, [("no-book-entry", Some("acronis-list"), true); 2]);
    // Whether a rule holds a line or nobody can price it stays apart.
    let hold = without.replacen(
        "[[bill]]",
        "[[rule]]\nid = \"ask\"\nreason = \"r\"\nwhen = { sku = \"WS\" }\nhold = \"ask\"\n[[bill]]",
        1,
    );
    let rulebook = load(&hold).hold_unpriced();
    let rated = rate(&rulebook);
    assert!(rated.held().iter().all(|held| held.code == "rule" && !held.is_problem()));
    let edits = Edits::new(&load(RULES), &rulebook);
    let causes: Vec<String> = edits
        .of_rule(rated.held()[0].rule.unwrap())
        .iter()
        .map(|cause| edits.all()[*cause].to_string())
        .collect();
    assert_eq!(causes, ["rule ask added"]);
}

//! Generated months of billable lines: as many customers and lines as wanted, recorded and as a run, the same every time.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use ratebook::tables::write_lines;
use ratebook_line::{BillableLine, Month};

/// The generated month.
pub const MONTH: &str = "2026-03";

/// SKUs in the price book.
const SKUS: u64 = 60;

/// A text of the price list, and what it is edited to: every customer with lines of all SKUs has one of this.
pub const EDIT: [&str; 2] = ["\"SKU-007\" = \"1.25\"", "\"SKU-007\" = \"1.30\""];

/// Where the price list stands.
pub const BOOK: &str = "rules/book.toml";

/// Writes a workspace into a folder: a source, rules with a price list, storage in tiers, a discount for every tenth
/// customer, and a run of the month with so many lines, which go round all customers.
///
/// # Errors
/// Those of the file system.
pub fn lines_workspace(folder: &Path, customers: u64, lines: u64) -> io::Result<()> {
    let month: Month = MONTH.parse().map_err(io::Error::other)?;
    let run = folder.join("runs").join(MONTH).join("lines");
    fs::create_dir_all(&run)?;
    fs::create_dir_all(folder.join("rules"))?;
    fs::write(folder.join("ratebook.toml"), "version = 1\n\n[source.acronis]\nplugin = \"acronis\"\n")?;
    fs::write(folder.join("rules/main.toml"), rules(customers))?;
    fs::write(folder.join(BOOK), book())?;
    let lines = (0..lines).map(|line| {
        let customer = line % customers;
        // The next line of the same customer is of the next SKU.
        let sku = (line / customers + customer) % SKUS;
        BillableLine {
            source: Some("acronis".into()),
            vendor: Some("acronis".into()),
            customer: Some(format!("c{customer:05}").into()),
            tenant_name: Some(format!("Customer {customer:05}").into()),
            sku_id: Some(format!("SKU-{sku:03}").into()),
            consumed_quantity: Some((line * 37 % 211 + 1).into()),
            ..BillableLine::new(month)
        }
    });
    write_lines(&run.join("acronis.parquet"), lines)
}

fn book() -> String {
    let mut book =
        String::from("[[book]]\nid = \"list\"\ncurrency = \"EUR\"\nfrom = \"2026-01\"\n\n[book.prices]\n");
    for sku in 1..SKUS {
        let cents = if sku == 7 { 125 } else { 50 + sku * 37 % 900 };
        // A text takes what is written to it.
        let _ = writeln!(book, "\"SKU-{sku:03}\" = \"{}.{:02}\"", cents / 100, cents % 100);
    }
    book
}

fn rules(customers: u64) -> String {
    let mut rules = String::from(
        r#"version = 1
include = ["book.toml"]

[settings]
currency = "EUR"

[[rule]]
id = "list"
reason = "Price list 2026"
when = { vendor = "acronis" }
price = { book = "list" }

[[rule]]
id = "storage"
reason = "The more, the cheaper"
when = { vendor = "acronis", sku = "SKU-000" }
price = { graduated = [{ up_to = 100, each = "0.10" }, { each = "0.08" }] }
"#,
    );
    for customer in (0..customers).step_by(10) {
        let _ = write!(
            rules,
            "\n[[bill]]\nid = \"discount-{customer:05}\"\nreason = \"Framework agreement\"\n\
             when = {{ customer = \"c{customer:05}\" }}\ndiscount = \"5%\"\n"
        );
    }
    rules
}

//! Months to be measured: reports as vendors make them, with records that are no usage among the lines, and what every
//! customer owes, reckoned here and not by ratebook.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::generate::{
    Dice, Digested, HEADER, MONTH, ROOT_TENANT, SKUS, code, config, is_bytes, is_seconds, rules, tenant,
    thousandths,
};
use crate::recording::ACRONIS_CSV;

/// Bytes of a GiB.
const GIB: u128 = 1 << 30;
/// Of 99 records of customers so many become lines: with the hundredth, of the root, 82 %.
const LINES_OF_99: u64 = 82;

/// What a month looks like.
#[derive(Clone, Debug)]
pub struct Month {
    /// Records of the report.
    pub records: u64,
    /// The most customers; the records are spread over them.
    pub customers: u64,
    /// Whether one customer has half of all records.
    pub one_has_half: bool,
    /// Whether the records stand in no order; else customer by customer, as the vendor writes them.
    pub shuffled: bool,
    /// Files in which the report comes.
    pub pages: u64,
    /// What the numbers are thrown with.
    pub seed: u64,
}

impl Month {
    /// So many records of at most 20,000 customers, in one file and in order.
    #[must_use]
    pub fn of(records: u64) -> Month {
        Month { records, customers: 20_000, one_has_half: false, shuffled: false, pages: 1, seed: 1 }
    }
}

/// What a month must come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Records that are usage somebody pays for.
    pub lines: u64,
    /// What each customer owes, in cents, by the customer's number; `None` for one without a line.
    pub cents: Vec<Option<u128>>,
    /// The files of the report, packed.
    pub payloads: Vec<PathBuf>,
    /// The size of those.
    pub payload_bytes: u64,
}

impl Expected {
    /// What each customer with a line owes, by its id.
    pub fn bills(&self) -> impl Iterator<Item = (String, u128)> + '_ {
        let known = self.cents.iter().enumerate().filter_map(|(at, cents)| Some((at, (*cents)?)));
        known.map(|(at, cents)| (customer_id(at as u64), cents))
    }
}

/// Writes a workspace of the month into a folder (configuration, rules, recording), and `prices.csv` for those who have
/// no rules.
///
/// # Errors
/// Those of the file system.
pub fn workspace(folder: &Path, month: &Month) -> io::Result<Expected> {
    let recording = folder.join("recordings").join(MONTH).join("acronis");
    fs::create_dir_all(&recording)?;
    fs::create_dir_all(folder.join("rules"))?;
    fs::write(folder.join("ratebook.toml"), config())?;
    fs::write(folder.join("rules/main.toml"), rules())?;
    fs::write(folder.join("prices.csv"), prices())?;

    let mut expected = Expected::default();
    let order = order(month);
    let mut files = Vec::new();
    for page in 0..month.pages {
        let name = if month.pages == 1 { "usage.csv".to_owned() } else { format!("usage-{page:05}.csv") };
        let path = recording.join(format!("{name}.gz"));
        let file = Digested::new(BufWriter::new(File::create(&path)?));
        let mut gzip = GzEncoder::new(file, Compression::default());
        gzip.write_all(HEADER.as_bytes())?;
        let mut text = String::new();
        let mut at = page;
        while at < month.records {
            text.clear();
            let record = order.as_ref().map_or(at, |order| u64::from(order[at as usize]));
            push_record(&mut text, month, record, &mut expected);
            gzip.write_all(text.as_bytes())?;
            at += month.pages;
        }
        let (bytes, sha256) = gzip.finish()?.finish()?;
        expected.payload_bytes += bytes;
        expected.payloads.push(path);
        files.push(json!({
            "bytes": bytes, "file": format!("{name}.gz"), "format": ACRONIS_CSV, "gzip": true, "name": name,
            "sha256": sha256,
        }));
    }
    let index = json!({ "files": files, "month": MONTH, "plugin": "acronis" });
    fs::write(recording.join("payloads.json"), format!("{index:#}\n"))?;
    Ok(expected)
}

/// The records in the order in which they stand in the report, where that is not their own.
fn order(month: &Month) -> Option<Vec<u32>> {
    if !month.shuffled {
        return None;
    }
    let mut order: Vec<u32> = (0..month.records).filter_map(|record| u32::try_from(record).ok()).collect();
    let mut dice = Dice(month.seed << 1 | 1);
    for last in (1..order.len()).rev() {
        order.swap(last, dice.below(last as u64 + 1) as usize);
    }
    Some(order)
}

/// Whose a record is: the customer's number, and how many records of the customer stand before it.
fn whose(month: &Month, record: u64, records: u64) -> (u64, u64) {
    let spread = |record: u64, records: u64, customers: u64| {
        let customer = record * customers / records;
        (customer, record - (customer * records).div_ceil(customers))
    };
    let customers = month.customers.min(month.records.div_ceil(10)).max(1);
    let half = records / 2;
    match (month.one_has_half, record < half) {
        (false, _) => spread(record, records, customers),
        (true, true) => (0, record),
        (true, false) => {
            let (customer, before) = spread(record - half, records - half, (customers - 1).max(1));
            (customer + 1, before)
        }
    }
}

/// What a record is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of the root: a sum over all customers.
    Root,
    /// Usage that somebody pays for.
    Line,
    /// A SKU of which nothing was used.
    Zero,
    /// Usage under no SKU.
    NoSku,
    /// A count of tenants.
    Count,
    /// Of a tenant that gets no bill.
    Unit,
}

fn kind(record: u64) -> Kind {
    match (record * 37 + 11) % 99 {
        place if place < LINES_OF_99 => Kind::Line,
        place if place < LINES_OF_99 + 12 => Kind::Zero,
        place if place < LINES_OF_99 + 15 => Kind::NoSku,
        place if place < LINES_OF_99 + 16 => Kind::Count,
        _ => Kind::Unit,
    }
}

fn push_record(text: &mut String, month: &Month, record: u64, expected: &mut Expected) {
    let of_the_root = month.records / 100;
    let mut dice = Dice((month.seed ^ record.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1);
    dice.next();
    // The root's own records stand first.
    let (kind, customer, before) = match record.checked_sub(of_the_root) {
        None => (Kind::Root, 0, record),
        Some(record) => {
            let (customer, before) = whose(month, record, month.records - of_the_root);
            (kind(record), customer, before)
        }
    };
    let sku = (customer * 7 + before) % SKUS;
    let (unit, most) = match (is_bytes(sku), is_seconds(sku)) {
        (true, _) => ("bytes", 8 << 40),
        (_, true) => ("seconds", 2_000_000),
        _ => ("", 400),
    };
    let value = if kind == Kind::Zero { 0 } else { dice.below(most) + 1 };
    let delta = if is_seconds(sku) || value == 0 { value } else { dice.below(value) };
    let is_range = if is_seconds(sku) { "True" } else { "False" };
    // A customer has a SKU once for each place.
    let place = before / SKUS;
    let infra = if is_bytes(sku) || place > 0 {
        format!("019097a6-114f-4418-bd54-{place:012x},Storage {place}")
    } else {
        ",".to_owned()
    };
    let name = if kind == Kind::Count { "euc_count".to_owned() } else { format!("meter_{sku:03}") };
    let (id, tenant, kind_of_tenant, tenant_name) = match kind {
        Kind::Root => (String::new(), ROOT_TENANT.to_owned(), "partner", "All of them".to_owned()),
        Kind::Unit => (String::new(), tenant(customer + (1 << 40)), "unit", format!("Unit of {customer:05}")),
        _ => (customer_id(customer), tenant(customer), "customer", format!("Customer {customer:05}")),
    };
    let sold_as = if matches!(kind, Kind::NoSku | Kind::Count) { String::new() } else { code(sku) };
    let written = write!(
        text,
        "6e6d758d-8e74-3ae3-ac84-50eb0dff12eb,backup,{MONTH}-31,,{infra},,{is_range},{unit},{name},,,,,,{id},{tenant},\
         {kind_of_tenant},{tenant_name},{value},{value},0,{delta},{delta},0,{value},{value},0,pck_per_workload,{sold_as}\r\n",
    );
    written.expect("a text takes what is written to it");
    if kind == Kind::Line {
        expected.lines += 1;
        let at = customer as usize;
        if expected.cents.len() <= at {
            expected.cents.resize(at + 1, None);
        }
        *expected.cents[at].get_or_insert(0) += cents(sku, value);
    }
}

/// What a line costs: the quantity to two places, times the price, to whole cents, each half up.
fn cents(sku: u64, value: u64) -> u128 {
    let half_up = |over: u128, under: u128| (2 * over + under) / (2 * under);
    let hundredths = match (is_bytes(sku), is_seconds(sku)) {
        (true, _) => half_up(u128::from(value) * 100, GIB),
        (_, true) => half_up(u128::from(value) * 100, 3600),
        _ => u128::from(value) * 100,
    };
    half_up(hundredths * u128::from(thousandths(sku)), 1000)
}

fn customer_id(customer: u64) -> String {
    format!("c{customer:05}")
}

/// The price book as a table: SKU, and the price of one in thousandths.
fn prices() -> String {
    let mut text = String::from("sku,price\n");
    for sku in 0..SKUS {
        let thousandths = thousandths(sku);
        text += &format!("{},{}.{:03}\n", code(sku), thousandths / 1000, thousandths % 1000);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_million_records_820_000_are_lines_and_every_customer_has_some() {
        let (mut expected, mut text) = (Expected::default(), String::new());
        let month = Month::of(1_000_000);
        for record in 0..month.records {
            text.clear();
            push_record(&mut text, &month, record, &mut expected);
        }
        assert_eq!((expected.lines, expected.bills().count()), (820_000, 20_000));
    }

    #[test]
    fn lines_are_rounded_twice_half_up() {
        // 1.5 GiB at 0.014: 2.1 cents. A quarter of a hundredth is nothing, half of one is a hundredth.
        assert_eq!((is_bytes(0), thousandths(0)), (true, 14));
        assert_eq!(cents(0, 3 << 29), 2);
        assert_eq!(cents(0, (1 << 30) * 25), 35);
        // 361,800 seconds are 100.5 points.
        assert!(is_seconds(39));
        assert_eq!(cents(39, 3618 * 100), (10_050 * u128::from(thousandths(39)) + 500) / 1000);
    }

    #[test]
    fn the_same_records_stand_in_every_order_and_in_any_number_of_files() {
        let plain = Month { records: 5_000, ..Month::of(0) };
        let made = |month: &Month| {
            let folder = tempfile::tempdir().unwrap();
            workspace(folder.path(), month).unwrap()
        };
        let expected = made(&plain);
        for month in [Month { shuffled: true, ..plain.clone() }, Month { pages: 7, ..plain.clone() }] {
            let other = made(&month);
            assert_eq!((&other.cents, other.lines), (&expected.cents, expected.lines), "{month:?}");
        }
        assert_eq!(made(&plain).payload_bytes, expected.payload_bytes);
        let half = made(&Month { one_has_half: true, ..plain });
        assert_eq!(half.lines, expected.lines);
    }
}

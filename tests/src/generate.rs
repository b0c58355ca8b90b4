//! Generated months: a whole workspace with as many rows of Acronis usage as wanted, the same for the same seed.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::recording::ACRONIS_CSV;

/// The generated month.
pub const MONTH: &str = "2026-03";
/// The most customers; fewer rows than that have fewer.
const CUSTOMERS: u64 = 20_000;
/// SKUs in the price book.
pub(crate) const SKUS: u64 = 120;
/// The tenant that the report is made for.
pub const ROOT_TENANT: &str = "c0a80164-1f2e-4d3c-8b5a-0123456789ab";

pub(crate) const HEADER: &str = "application.id,application.name,date,infra.backend_type,infra.id,infra.name,infra.owner_id,\
    is_range,measurement_unit,name,pricing.currency,pricing.mode,pricing.price,pricing.total_cost,quota.value,\
    tenant.customer_id,tenant.id,tenant.kind,tenant.name,usage.absolute.production,usage.absolute.total,\
    usage.absolute.trial,usage.delta.production,usage.delta.total,usage.delta.trial,usage.effective.production,\
    usage.effective.total,usage.effective.trial,edition,sku\r\n";

/// Writes a workspace into a folder: configuration, rules with a book of all SKUs, and the recording of a report with
/// so many rows, gzip.
///
/// # Errors
/// Those of the file system.
pub fn acronis_workspace(folder: &Path, rows: u64, seed: u64) -> io::Result<()> {
    let recording = folder.join("recordings").join(MONTH).join("acronis");
    fs::create_dir_all(&recording)?;
    fs::create_dir_all(folder.join("rules"))?;
    fs::write(folder.join("ratebook.toml"), config())?;
    fs::write(folder.join("rules/main.toml"), rules())?;

    let file = Digested::new(BufWriter::new(File::create(recording.join("usage.csv.gz"))?));
    let mut gzip = GzEncoder::new(file, Compression::default());
    usage(&mut gzip, rows, seed)?;
    let (bytes, sha256) = gzip.finish()?.finish()?;
    let file = json!({
        "bytes": bytes, "file": "usage.csv.gz", "format": ACRONIS_CSV, "gzip": true, "name": "usage.csv",
        "sha256": sha256,
    });
    let index = json!({ "files": [file], "month": MONTH, "plugin": "acronis" });
    fs::write(recording.join("payloads.json"), format!("{index:#}\n"))
}

/// Writes the report itself, plain.
///
/// # Errors
/// Those of the output.
pub fn usage(out: &mut impl Write, rows: u64, seed: u64) -> io::Result<()> {
    out.write_all(HEADER.as_bytes())?;
    let customers = CUSTOMERS.min(rows.div_ceil(10)).max(1);
    let mut dice = Dice(seed | 1);
    let mut line = String::new();
    for row in 0..rows {
        // Customer by customer, as the vendor writes it.
        let customer = row * customers / rows;
        let sku = (customer * 7 + row) % SKUS;
        line.clear();
        push_row(&mut line, customer, sku, &mut dice);
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

fn push_row(line: &mut String, customer: u64, sku: u64, dice: &mut Dice) {
    let (is_bytes, is_seconds) = (is_bytes(sku), is_seconds(sku));
    let (unit, value) = match (is_bytes, is_seconds) {
        (true, _) => ("bytes", dice.below(8 << 40) + 1),
        (_, true) => ("seconds", dice.below(2_000_000) + 1),
        _ => ("", dice.below(400) + 1),
    };
    let delta = if is_seconds { value } else { dice.below(value) };
    let is_range = if is_seconds { "True" } else { "False" };
    let (infra_id, infra_name) = match is_bytes {
        true => ("019097a6-114f-4418-bd54-e01ef049f209", "Frankfurt storage"),
        false => ("", ""),
    };
    let written = write!(
        line,
        "6e6d758d-8e74-3ae3-ac84-50eb0dff12eb,backup,{MONTH}-31,,{infra_id},{infra_name},,{is_range},{unit},meter_{sku:03},,,,,,\
         c{customer:05},{},customer,Customer {customer:05},{value},{value},0,{delta},{delta},0,{value},{value},0,\
         pck_per_workload,{}\r\n",
        tenant(customer),
        code(sku),
    );
    written.expect("a text takes what is written to it");
}

/// The tenant's id of a customer, in the shape of a UUID.
pub(crate) fn tenant(customer: u64) -> String {
    let mixed = Dice(customer * 2 + 1).next();
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{customer:012x}",
        mixed >> 32,
        mixed >> 16 & 0xffff,
        mixed >> 4 & 0xfff,
        mixed & 0xfff
    )
}

/// The SKU's code, in the shape of Acronis' own.
pub(crate) fn code(sku: u64) -> String {
    const LETTERS: &[u8; 24] = b"ABCDEFGHIJKLMNPQRSTUVWXY";
    let letter = |index: u64| char::from(LETTERS[(index % 24) as usize]);
    format!("S{}{}{}MSENS", letter(sku / 24), letter(sku), letter(sku * 5 + 3))
}

pub(crate) fn is_bytes(sku: u64) -> bool {
    sku.is_multiple_of(4)
}

pub(crate) fn is_seconds(sku: u64) -> bool {
    sku % 40 == 39
}

pub(crate) fn config() -> String {
    format!(
        "version = 1\n\n[source.acronis]\nplugin = \"acronis\"\nurl = \"https://eu2-cloud.acronis.com\"\n\n\
         [source.acronis.config]\ntenant_id = \"{ROOT_TENANT}\"\nlevel = \"all_customers\"\n"
    )
}

pub(crate) fn rules() -> String {
    let mut rules = String::from(
        r#"version = 1

[settings]
currency = "EUR"
units = { bytes = "B", seconds = "Seconds" }

[[rule]]
id = "gib"
reason = "Storage is sold in GiB"
when = { vendor = "acronis", unit = "B" }
convert = { to = "GiB", places = 2 }

[[rule]]
id = "compute-points"
reason = "Seconds / 3600, 2 places"
when = { vendor = "acronis", unit = "Seconds" }
convert = { divide = 3600, unit = "compute point", places = 2 }

[[rule]]
id = "list"
reason = "Price list 2026"
when = { vendor = "acronis" }
price = { book = "acronis" }

[[book]]
id = "acronis"
currency = "EUR"
from = "2026-01"
until = "2026-12"

[book.prices]
"#,
    );
    for sku in 0..SKUS {
        let thousandths = thousandths(sku);
        let price = match (is_bytes(sku), is_seconds(sku)) {
            (true, _) => format!("{{ each = \"0.{thousandths:03}\", unit = \"GiB\" }}"),
            (_, true) => format!("{{ each = \"0.{:02}\", unit = \"compute point\" }}", thousandths / 10),
            _ => format!("\"{}.{:02}\"", thousandths / 1000, thousandths / 10 % 100),
        };
        rules += &format!("\"{}\" = {price}\n", code(sku));
    }
    rules
}

/// What one of a SKU costs, in thousandths.
pub(crate) fn thousandths(sku: u64) -> u64 {
    let cents = 4 + sku * 37 % 900;
    match (is_bytes(sku), is_seconds(sku)) {
        (true, _) => 10 + cents % 90,
        (_, true) => 10 * (10 + cents % 90),
        _ => 10 * cents,
    }
}

/// Numbers that look random and are the same for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A writer that digests and counts what passes.
pub(crate) struct Digested<W> {
    output: W,
    digest: Sha256,
    bytes: u64,
}

impl<W: Write> Digested<W> {
    pub(crate) fn new(output: W) -> Self {
        Digested { output, digest: Sha256::new(), bytes: 0 }
    }

    pub(crate) fn finish(mut self) -> io::Result<(u64, String)> {
        self.output.flush()?;
        Ok((self.bytes, self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.output.write(bytes)?;
        self.digest.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

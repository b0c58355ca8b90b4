//! From the bytes of a payload to records: a cell for each wanted column.

mod budget;
mod csv;
mod pages;
mod parquet;
mod values;

use ratebook_plugin::{Fingerprint, Payload, Place, Problem};

use crate::cell::Cell;
use crate::columns::Found;
use crate::config::Settings;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FocusFormat {
    Csv,
    Parquet,
}

impl FocusFormat {
    const ALL: [FocusFormat; 2] = [FocusFormat::Csv, FocusFormat::Parquet];

    /// The id of the payload format.
    pub(crate) fn id(self) -> &'static str {
        match self {
            FocusFormat::Csv => "focus-csv",
            FocusFormat::Parquet => "focus-parquet",
        }
    }

    /// The end of a file's name.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            FocusFormat::Csv => "csv",
            FocusFormat::Parquet => "parquet",
        }
    }

    pub(crate) fn of_id(id: &str) -> Option<FocusFormat> {
        FocusFormat::ALL.into_iter().find(|format| format.id() == id)
    }

    /// The format of an address: Parquet if its name says so.
    pub(crate) fn of_name(name: &str) -> FocusFormat {
        if name.ends_with(".parquet") { FocusFormat::Parquet } else { FocusFormat::Csv }
    }
}

/// What a file seems to be, by its first bytes. A Parquet file names its columns at its end.
pub(crate) fn recognize(head: &[u8]) -> Option<FocusFormat> {
    if head.starts_with(b"PAR1") {
        return Some(FocusFormat::Parquet);
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let header = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let names: Vec<&[u8]> = header.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).collect();
    let has = |wanted: &str| {
        names.iter().any(|name| {
            let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
            name.eq_ignore_ascii_case(wanted.as_bytes())
        })
    };
    ["BillingPeriodStart", "ChargeCategory", "BilledCost"].into_iter().all(has).then_some(FocusFormat::Csv)
}

/// A record.
#[derive(Debug)]
pub(crate) struct Record<'r> {
    pub(crate) place: Place,
    /// A cell for each wanted column; null for one that the file has not.
    pub(crate) cells: &'r [Cell<'r>],
    /// That of all its cells, if all were read.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// What is wrong with it as a whole.
    pub(crate) fault: Option<String>,
}

/// What was seen besides the records.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) records: u64,
    pub(crate) found: Found,
    /// Columns whose binary floating numbers were taken as decimals.
    pub(crate) floats: Vec<String>,
}

/// What is done with each record.
pub(crate) type Take<'t> = &'t mut dyn FnMut(&Record<'_>) -> Result<(), Problem>;

/// Reads a payload, record by record.
pub(crate) fn each_record(
    settings: &Settings,
    format: FocusFormat,
    payload: &mut Payload<'_>,
    take: Take<'_>,
) -> Result<Seen, Problem> {
    match format {
        FocusFormat::Csv => csv::each(settings, payload, take),
        FocusFormat::Parquet => parquet::each(settings, payload, take),
    }
}

//! From the bytes of a payload to records: a cell for each wanted column.

mod budget;
mod csv;
mod pages;
mod parquet;
mod record;
mod values;

use ratebook_plugin::{Payload, Problem};

use crate::config::Settings;
use crate::format::FocusFormat;
use record::Take;
pub(crate) use record::{Record, Seen};

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

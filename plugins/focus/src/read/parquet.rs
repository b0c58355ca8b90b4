//! FOCUS as Parquet: of each row group only the wanted columns, a batch of records at a time.
//!
//! Costs differ in type: AWS writes DOUBLE, Azure DECIMAL (github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec,
//! issue 1077); AWS writes Tags as a map, Azure as JSON (issue 1079). Both are read.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;
use ratebook_plugin::{Payload, Place, Problem};

use super::budget::Budget;
use super::pages;
use super::record::{Record, Seen, Take};
use super::values::{Column, is_float};
use crate::cell::Cell;
use crate::columns::{Kind, find};
use crate::config::{Floats, Settings};

/// The longest file: it is read from its end, so all of it is in memory.
const LIMIT: usize = 1 << 30;

/// Records that are read together: all their cells are in memory, and each may be long.
const BATCH: usize = 256;

pub(super) fn each(settings: &Settings, payload: &mut Payload<'_>, take: Take<'_>) -> Result<Seen, Problem> {
    let bytes = payload.bytes(LIMIT)?;
    if bytes.is_empty() {
        return Err(Problem::data("the file is empty"));
    }
    let bytes = Bytes::from(bytes);
    let mut budget = Budget::new(bytes.len(), settings.holding);
    let file = guarded(|| SerializedFileReader::new(bytes.clone())).map_err(|error| broken(&error))?;
    let schema = file.metadata().file_metadata().schema_descr_ptr();
    let header: Vec<String> =
        schema.root_schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
    let found = find(&header, &settings.wanted, &settings.one_of)?;
    let mut wrong = Vec::new();
    let mut floats: Vec<String> = Vec::new();
    let mut leaves = Vec::new();
    for (wanted, at) in settings.wanted.iter().zip(&found.at) {
        let Some(at) = at else {
            leaves.push(Vec::new());
            continue;
        };
        let own: Vec<usize> =
            (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == *at).collect();
        let types: Vec<&ColumnDescriptor> = own.iter().map(|leaf| &*schema.columns()[*leaf]).collect();
        match types.as_slice() {
            [one] if one.max_rep_level() == 0 => {
                if is_float(one) && wanted.kind == Kind::Number && !floats.contains(&header[*at]) {
                    floats.push(header[*at].clone());
                }
            }
            [key, value]
                if matches!(wanted.kind, Kind::Tag(_))
                    && key.max_rep_level() == 1
                    && value.max_rep_level() == 1 => {}
            _ => wrong.push(format!("the column {} holds lists or groups, not one value", wanted.name)),
        }
        leaves.push(own);
    }
    if !wrong.is_empty() {
        return Err(Problem::data(wrong.join("\n")));
    }
    if settings.floats == Floats::Refuse && !floats.is_empty() {
        return Err(Problem::data(format!("binary floating numbers in {}", floats.join(", "))).advise(
            "Export CSV, or Parquet with decimals; or set floats = \"shortest\" to take each as the shortest decimal that is \
             the same number.",
        ));
    }
    pages::check(&bytes, file.metadata(), &leaves.concat(), &budget)?;
    let mut records = 0;
    for group in 0..file.num_row_groups() {
        let group = guarded(|| file.get_row_group(group)).map_err(|error| broken(&error))?;
        records = each_of_group(settings, &*group, &leaves, records, &mut budget, take)?;
    }
    Ok(Seen { records, found, floats })
}

/// Reads a row group, in which `records` come before it; returns how many there are with it.
fn each_of_group(
    settings: &Settings,
    group: &dyn RowGroupReader,
    leaves: &[Vec<usize>],
    mut records: u64,
    budget: &mut Budget,
    take: Take<'_>,
) -> Result<u64, Problem> {
    let mut columns = Vec::with_capacity(leaves.len());
    for (own, wanted) in leaves.iter().zip(&settings.wanted) {
        columns.push(guarded(|| Column::open(group, own, &wanted.kind)).map_err(|error| broken(&error))?);
    }
    let rows = group.metadata().num_rows();
    let mut left = usize::try_from(rows).map_err(|_| Problem::data(format!("a row group of {rows} rows")))?;
    while left > 0 {
        let count = left.min(BATCH);
        let mut batch = Vec::with_capacity(columns.len());
        for (column, wanted) in columns.iter_mut().zip(&settings.wanted) {
            let cells = guarded(|| column.next(count)).map_err(|error| {
                Problem::data(format!("{}, after record {records}: {error}", wanted.name))
            })?;
            budget.spend(&cells)?;
            batch.push(cells.into_iter());
        }
        for _ in 0..count {
            records += 1;
            let cells: Vec<Cell<'_>> =
                batch.iter_mut().map(|cells| cells.next().unwrap_or(Cell::Null)).collect();
            // Columns that nobody asked for were not read, and two charges may differ in them alone.
            let (place, fingerprint) = (Place { record: records, line: None }, None);
            take(&Record { place, cells: &cells, fingerprint, fault: None })?;
        }
        left -= count;
    }
    Ok(records)
}

/// Does what the library does with the file. It panics over some damages, and those are the file's fault.
fn guarded<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(ParquetError::General("the file is damaged".to_owned())))
}

fn broken(error: &ParquetError) -> Problem {
    Problem::data(format!("this is not a Parquet file that can be read: {error}"))
}

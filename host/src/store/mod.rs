//! The tables of a month: one file for each, and how they are kept as Parquet. The only place that knows of it.

mod bill_head;
mod bill_lines;
mod bills;
mod column;
mod decode;
mod described;
mod encode;
mod fates;
mod line_row;
mod lines;
mod packed;
mod papers;
mod skipped;
mod table;

pub(crate) use bill_head::BillHead;
pub(crate) use bills::{BillsReader, BillsWriter};
pub(crate) use described::{described, table_names};
pub(crate) use fates::{Fate, FatesReader, FatesWriter};
pub(crate) use line_row::LineRow;
pub(crate) use lines::{LinesReader, LinesWriter};
pub(crate) use skipped::{SkippedRecord, SkippedWriter, each_skipped};
pub(crate) use table::FORMAT;

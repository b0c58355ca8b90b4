//! The tables of a month: one file for each, and how they are kept as Parquet. The only place that knows of it.

mod column;
mod decode;
mod encode;
mod lines;
mod packed;
mod table;

pub(crate) use lines::{LinesReader, LinesWriter};

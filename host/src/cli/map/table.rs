//! The beginning of an export, as columns.

/// Records that are looked at.
pub(super) const RECORDS: usize = 200;

/// The beginning of an export.
#[derive(Default)]
pub(super) struct Table {
    /// As the configuration writes it.
    pub(super) format: &'static str,
    /// If it is not the format's own.
    pub(super) delimiter: Option<char>,
    /// If it is not UTF-8.
    pub(super) encoding: Option<&'static str>,
    /// Where in a JSON document the records are.
    pub(super) rows: String,
    /// The sheet of a workbook that has several.
    pub(super) sheet: Option<String>,
    /// True if no line is a header: columns are called by their numbers.
    pub(super) no_header: bool,
    /// True if cells hold line breaks.
    pub(super) line_breaks: bool,
    /// True if some row begins with a word such as Total.
    pub(super) totals: bool,
    /// How many records were looked at.
    pub(super) records: usize,
    pub(super) columns: Vec<Column>,
    /// The lines above the header.
    pub(super) preamble: Vec<Vec<String>>,
}

/// A column, and what stands in it.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
    /// True if the cells are numbers of JSON or of a sheet, which are written in one way.
    pub(super) is_number: bool,
}

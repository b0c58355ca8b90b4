//! What is exported: the bills of a month, as they are in its tables.

use ratebook_line::Month;
use ratebook_rating::Counts;

use crate::failure::Failure;
use crate::run::BillTables;
use crate::store::BillsReader;

/// What is exported.
pub(crate) struct Bills<'b> {
    /// The billed month.
    pub month: Month,
    /// Its tables.
    pub tables: &'b BillTables,
    /// What became of its lines.
    pub counts: Counts,
    /// The sources whose usage is missing in it.
    pub partial: &'b [String],
}

impl Bills<'_> {
    pub(super) fn open(&self) -> Result<BillsReader, Failure> {
        BillsReader::open(&self.tables.bills, &self.tables.lines)
    }
}

//! The bills of a finished month, read one by one from its tables: whatever the month's size, one is in memory.

use ratebook_line::{Currency, Decimal, Month};
use sha2::{Digest as _, Sha256};

use super::finished::Archive;
use crate::disk;
use crate::failure::Failure;
use crate::files::{digest, read_if_there};
use crate::output::money::fixed;
use crate::run::{BillTables, Totals};
use crate::store::{BillsReader, LineRow};

/// A bill; amounts and quantities are texts, as the bill document has them.
#[derive(Debug)]
pub(crate) struct KeptBill {
    /// False if lines that belong to it are held.
    pub complete: bool,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Whom it is for.
    pub customer: String,
    /// Its lines.
    pub lines: Vec<KeptLine>,
    /// The customer's name, where one is declared.
    pub name: Option<String>,
    /// The sum of its lines.
    pub total: String,
}

/// A line of a bill.
#[derive(Debug)]
pub(crate) struct KeptLine {
    /// What it puts right, if it is an adjustment.
    pub adjusts: Option<KeptAdjusts>,
    /// The money.
    pub amount: String,
    /// `usage`, `credit`, ...
    pub kind: String,
    /// The text on the bill.
    pub name: String,
    /// How much.
    pub quantity: Option<String>,
    /// The rules that made it.
    pub rules: Vec<String>,
    /// The SKU on the bill.
    pub sku: Option<String>,
    /// The tax tag.
    pub tax: String,
    /// The unit of the quantity.
    pub unit: Option<String>,
    /// Money per unit.
    pub unit_price: Option<String>,
}

/// The line of a closed month that an adjustment puts right.
#[derive(Debug)]
pub(crate) struct KeptAdjusts {
    /// Its place on the closed bill; none if there was no such line.
    pub line: Option<u64>,
    /// The closed month.
    pub month: Month,
}

impl KeptLine {
    fn of(line: &LineRow<'_>, fixed: impl Fn(Decimal) -> String) -> KeptLine {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let number = |number: Option<Decimal>| number.map(|number| number.to_string());
        let adjusts = line.adjusts.as_ref();
        KeptLine {
            adjusts: adjusts.map(|adjusts| KeptAdjusts { line: adjusts.line, month: adjusts.month }),
            amount: fixed(line.amount),
            kind: line.kind.to_owned(),
            name: line.name.to_owned(),
            quantity: number(line.quantity),
            rules: line.rules().map(str::to_owned).collect(),
            sku: text(line.sku),
            tax: line.tax.to_owned(),
            unit: text(line.unit),
            unit_price: number(line.unit_price),
        }
    }
}

impl Archive {
    /// Gives every bill of the month to `take`, by customer, when the tables are what the manifest names.
    ///
    /// # Errors
    /// The first failure of `take`; if the tables are not what the manifest names.
    pub(crate) fn each_bill(
        &self,
        mut take: impl FnMut(&KeptBill) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let tables = self.checked_tables()?;
        let mut reader = BillsReader::open(&tables.bills, &tables.lines)?;
        while let Some(head) = reader.next()? {
            let fixed = |amount| fixed(amount, head.places);
            let mut lines = Vec::new();
            reader.each_line(&head, |_, line| {
                lines.push(KeptLine::of(line, fixed));
                Ok(())
            })?;
            take(&KeptBill {
                complete: head.complete,
                currency: head.currency,
                total: fixed(head.total),
                customer: head.customer,
                lines,
                name: head.name,
            })?;
        }
        Ok(())
    }

    /// The tables of the month's bills, compared with the manifest.
    ///
    /// # Errors
    /// If they are not what it names, or cannot be read.
    pub(crate) fn checked_tables(&self) -> Result<BillTables, Failure> {
        let tables = self.results().bill_tables();
        for path in [&tables.bills, &tables.lines, &tables.fates] {
            let (sha256, _) = digest(path).map_err(|error| Failure::storage(path, "read", &error))?;
            self.is_as_written(&self.folder.relative(path), &sha256)?;
        }
        Ok(tables)
    }

    /// What the month comes to, by customer and by SKU.
    ///
    /// # Errors
    /// If the file is not what the manifest names.
    pub(crate) fn totals(&self) -> Result<Totals, Failure> {
        let path = self.results().totals();
        let bytes = read_if_there(&path)?.unwrap_or_default();
        self.is_as_written(&self.folder.relative(&path), &disk::hex(&Sha256::digest(&bytes)))?;
        Totals::read(&bytes).map_err(|why| self.not_as_written("totals.json", &why))
    }

    /// The folder as the names of its results go: those of a month in part say so.
    fn results(&self) -> crate::run::MonthFolder {
        self.folder.clone().in_part(!self.manifest.partial.is_empty())
    }

    fn is_as_written(&self, name: &str, sha256: &str) -> Result<(), Failure> {
        match self.manifest.files.get(name) {
            Some(entry) if entry.sha256 == sha256 => Ok(()),
            Some(_) => Err(self.not_as_written(name, "it is not what the manifest names")),
            None => Err(self.not_as_written(name, "the manifest does not name it")),
        }
    }

    fn not_as_written(&self, name: &str, why: &str) -> Failure {
        let month = self.folder.month;
        Failure::new(self.exit_if_damaged(), "E-DAMAGED", why)
            .at(self.folder.path().join(name).display().to_string())
            .fix(format!("`ratebook verify --month {month}` tells all that differs."))
    }
}

//! What `map` hands over: lines, and records skipped with a reason.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use ratebook_line::{LONGEST_NAME, MOST_ROWS};

use crate::batch::{BlockBatch, check_tags};
use crate::call::{Call, FORMAT_DRIFT, HostServices};
use crate::{Currency, Decimal, Duplicates, Fingerprint, Level, Month, Problem, shown, skipped_name};

/// Bytes of text that cross together, but for one line that has more.
const TEXT_PER_BATCH: usize = 4 << 20;
/// Bytes of memory that texts take until then.
const MEMORY_PER_BATCH: usize = 16 << 20;

/// One line of usage, as a plugin makes it: the host adds vendor, source and the payload's digest.
///
/// Write `Line { tenant: Some(id), ..Line::at(row) }`. Absent is absent: an empty text is taken as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// The record of the payload, counted from 1 (a CSV header is not counted).
    pub row: u64,
    /// The month of the usage, if it is not the one asked for (a corrected earlier month).
    pub usage_month: Option<Month>,
    /// The vendor's id of who used it.
    pub tenant: Option<&'a str>,
    /// The vendor's name of who used it.
    pub tenant_name: Option<&'a str>,
    /// The vendor's id of the tenant's parent.
    pub partner: Option<&'a str>,
    /// The vendor's external reference of the tenant.
    pub customer: Option<&'a str>,
    /// The vendor's id for what is sold.
    pub sku_id: Option<&'a str>,
    /// The vendor's name for it.
    pub sku_name: Option<&'a str>,
    /// The vendor's edition of the service.
    pub edition: Option<&'a str>,
    /// What is counted under the SKU.
    pub meter: Option<&'a str>,
    /// Further marks.
    pub tags: Vec<&'a str>,
    /// What was used.
    pub consumed_quantity: Option<Decimal>,
    /// What the contract with the vendor covers.
    pub entitled_quantity: Option<Decimal>,
    /// What was used beyond that, in the vendor's own reckoning.
    pub overage_quantity: Option<Decimal>,
    /// What the vendor bills us for.
    pub billable_quantity: Option<Decimal>,
    /// The unit as the vendor spells it.
    pub billing_unit: Option<&'a str>,
    /// Which of the vendor's numbers the quantity is.
    pub measure: Option<&'a str>,
    /// What the vendor charges us per unit.
    pub unit_price: Option<Decimal>,
    /// What the vendor charges us for the line.
    pub total_cost: Option<Decimal>,
    /// The currency of both.
    pub currency: Option<Currency>,
    /// Utility, pool, term ... in the vendor's spelling.
    pub payment_option: Option<&'a str>,
    /// What the host compares the record by with those of the month's other payloads. A plugin sees to it.
    pub fingerprint: Option<Fingerprint>,
    /// What becomes of a record that stands in another payload of the source too, cell for cell.
    pub duplicates: Duplicates,
}

impl Line<'_> {
    /// Refuses a text that no field takes: it must not fill the way to the host. What else is wrong with texts is told by
    /// the host, all of it together.
    fn check_lengths(&self) -> Result<(), Problem> {
        let texts = [
            ("tenant", self.tenant),
            ("tenantName", self.tenant_name),
            ("partner", self.partner),
            ("customer", self.customer),
            ("skuId", self.sku_id),
            ("skuName", self.sku_name),
            ("edition", self.edition),
            ("meter", self.meter),
            ("billingUnit", self.billing_unit),
            ("measure", self.measure),
            ("paymentOption", self.payment_option),
        ];
        let texts = texts.into_iter().filter_map(|(field, text)| text.map(|text| (field, text)));
        let tags = self.tags.iter().map(|tag| ("tags", *tag));
        match texts.chain(tags).find(|(_, text)| text.len() > LONGEST_NAME) {
            None => Ok(()),
            Some((field, text)) => Err(Problem::data(format!(
                "record {}: {field}: {}: no id or name is longer than {LONGEST_NAME} bytes",
                self.row,
                shown(text)
            ))),
        }
    }

    /// A line of a record with everything else absent.
    #[must_use]
    pub fn at(row: u64) -> Self {
        Line { row, ..Line::default() }
    }
}

/// Why a record is not usage that somebody could be billed for. The list is closed: there is no "other".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// A sum over other records of the same payload: the report's root, a folder, a parent.
    Aggregate,
    /// Not usage: a count of tenants, a switch.
    Pseudo,
    /// The vendor gives no SKU, so it is information only.
    NoSku,
    /// Nothing was used.
    Zero,
    /// A trial.
    Trial,
    /// The vendor's or our own internal or proof-of-concept account.
    Internal,
    /// The source's config leaves it out.
    Excluded,
    /// It stands in the payload once more, and the source's config says that this is a mistake.
    Duplicate,
}

impl Skip {
    /// All reasons.
    pub const ALL: [Skip; 8] = [
        Skip::Aggregate,
        Skip::Pseudo,
        Skip::NoSku,
        Skip::Zero,
        Skip::Trial,
        Skip::Internal,
        Skip::Excluded,
        Skip::Duplicate,
    ];

    /// The reason in a word, as files and tables show it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Skip::Aggregate => "aggregate",
            Skip::Pseudo => "pseudo",
            Skip::NoSku => "no-sku",
            Skip::Zero => "zero",
            Skip::Trial => "trial",
            Skip::Internal => "internal",
            Skip::Excluded => "excluded",
            Skip::Duplicate => "duplicate",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Skip {
    type Err = String;
    fn from_str(word: &str) -> Result<Skip, String> {
        Skip::ALL
            .into_iter()
            .find(|skip| skip.word() == word)
            .ok_or_else(|| format!("{word:?} is not a reason for skipping"))
    }
}

/// Where `map` puts what it makes; crosses to the host in blocks.
pub struct Lines<'h> {
    services: &'h mut dyn HostServices,
    block: BlockBatch,
    noted: BTreeSet<String>,
}

impl<'h> Lines<'h> {
    /// Lines for a host.
    pub fn new(services: &'h mut dyn HostServices) -> Self {
        Lines { services, block: BlockBatch::default(), noted: BTreeSet::new() }
    }

    /// Hands over a line.
    ///
    /// # Errors
    /// If the host is gone, or a tag would be two.
    pub fn push(&mut self, line: &Line<'_>) -> Result<(), Problem> {
        line.check_lengths()?;
        check_tags(line.row, &line.tags)?;
        self.block.push(line, line.fingerprint, line.duplicates);
        self.send_if_full()
    }

    /// Says that a record is not a line, and why; `what` names it for people (a tenant, a meter).
    ///
    /// # Errors
    /// If the host is gone.
    pub fn skip(&mut self, row: u64, reason: Skip, what: &str) -> Result<(), Problem> {
        self.block.skip(row, reason, &skipped_name(what));
        self.send_if_full()
    }

    /// Tells the operator something about the payload; the same text is told once.
    ///
    /// # Errors
    /// If the host is gone.
    pub fn log(&mut self, level: Level, text: impl Into<String>) -> Result<(), Problem> {
        self.tell(level, text.into(), None)
    }

    /// Warns that the vendor's format is not what it was: a field that is new, or one that is gone. Name it, and no record,
    /// so that the operator is told once for each field. [`crate::Shape`] does so.
    ///
    /// # Errors
    /// If the host is gone.
    pub fn drifted(&mut self, text: impl Into<String>) -> Result<(), Problem> {
        self.tell(Level::Warning, text.into(), Some(FORMAT_DRIFT.to_owned()))
    }

    fn tell(&mut self, level: Level, text: String, code: Option<String>) -> Result<(), Problem> {
        if !self.noted.insert(text.clone()) {
            return Ok(());
        }
        self.services.call(Call::Log { level, text, code }, &mut Vec::new()).map(|_| ())
    }

    /// Hands over what is still here. The host's adapter calls it after `map`.
    ///
    /// # Errors
    /// If the host is gone.
    pub fn finish(mut self) -> Result<(), Problem> {
        self.send()
    }

    fn send_if_full(&mut self) -> Result<(), Problem> {
        let is_full = self.block.rows() >= MOST_ROWS
            || self.block.text() >= TEXT_PER_BATCH
            || self.block.memory() >= MEMORY_PER_BATCH;
        if is_full { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), Problem> {
        if self.block.rows() == 0 {
            return Ok(());
        }
        self.services.call(Call::Block, &mut self.block.take()).map(|_| ())
    }
}

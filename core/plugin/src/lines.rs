//! What `map` hands over: lines, and records skipped with a reason.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use ratebook_line::LONGEST_NAME;

use crate::batch::{BETWEEN_TAGS, LineBatch, SkipBatch};
use crate::call::{Call, FORMAT_DRIFT, HostServices};
use crate::{Currency, Decimal, Duplicates, Fingerprint, Level, Month, Problem, shown, skipped_name};

/// Lines that cross together.
const ROWS_PER_BATCH: u32 = 2048;
/// Bytes of text that cross together, but for one line that has more.
const TEXT_PER_BATCH: usize = 4 << 20;

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
    /// What the host compares the record by with those of the month's other payloads. [`Repeats`](crate::Repeats) sees to
    /// it. Since interface 1.1.
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

/// Where `map` puts what it makes; crosses to the host in batches.
pub struct Lines<'h> {
    services: &'h mut dyn HostServices,
    lines: LineBatch,
    skipped: SkipBatch,
    noted: BTreeSet<String>,
    /// True if the host compares records by their fingerprints.
    compares: bool,
    /// Records that were looked at and are neither pushed nor skipped yet: what each is compared by, and what becomes of it
    /// if it is there again.
    looked_at: HashMap<u64, (Fingerprint, Duplicates)>,
}

impl<'h> Lines<'h> {
    /// Lines for a host.
    pub fn new(services: &'h mut dyn HostServices) -> Self {
        Lines {
            services,
            lines: LineBatch::default(),
            skipped: SkipBatch::default(),
            noted: BTreeSet::new(),
            compares: false,
            looked_at: HashMap::new(),
        }
    }

    /// The same for a host that compares records by their fingerprints, or does not.
    pub(crate) fn comparing(self, compares: bool) -> Self {
        Lines { compares, ..self }
    }

    /// Notes what the line of a record is compared by when it is pushed.
    pub(crate) fn look_at(&mut self, row: u64, fingerprint: Fingerprint, duplicates: Duplicates) {
        if self.compares {
            self.looked_at.insert(row, (fingerprint, duplicates));
        }
    }

    /// Hands over a line.
    ///
    /// # Errors
    /// If the host is gone, or a tag would be two.
    pub fn push(&mut self, line: &Line<'_>) -> Result<(), Problem> {
        line.check_lengths()?;
        // On the way such a character stands between two tags.
        if line.tags.iter().any(|tag| tag.contains(BETWEEN_TAGS)) {
            return Err(Problem::data(format!(
                "record {}: tags: a tag holds the control character U+001F",
                line.row
            )));
        }
        let looked_at = self.looked_at.remove(&line.row);
        let (mut fingerprint, mut duplicates) = (line.fingerprint, line.duplicates);
        if let (None, Some((of_record, said))) = (fingerprint, looked_at) {
            (fingerprint, duplicates) = (Some(of_record), said);
        }
        if !self.compares {
            // A host that does not know these columns would refuse all of the batch.
            (fingerprint, duplicates) = (None, Duplicates::default());
        }
        self.lines.push(line, fingerprint, duplicates);
        let is_full = self.lines.rows() >= ROWS_PER_BATCH || self.lines.text() >= TEXT_PER_BATCH;
        if is_full { self.send_lines() } else { Ok(()) }
    }

    /// Says that a record is not a line, and why; `what` names it for people (a tenant, a meter).
    ///
    /// # Errors
    /// If the host is gone.
    pub fn skip(&mut self, row: u64, reason: Skip, what: &str) -> Result<(), Problem> {
        self.looked_at.remove(&row);
        self.skipped.push(row, reason, &skipped_name(what));
        let is_full = self.skipped.rows() >= ROWS_PER_BATCH || self.skipped.text() >= TEXT_PER_BATCH;
        if is_full { self.send_skipped() } else { Ok(()) }
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
        self.send_lines()?;
        self.send_skipped()
    }

    fn send_lines(&mut self) -> Result<(), Problem> {
        if self.lines.rows() == 0 {
            return Ok(());
        }
        self.services.call(Call::Lines, &mut self.lines.take()).map(|_| ())
    }

    fn send_skipped(&mut self) -> Result<(), Problem> {
        if self.skipped.rows() == 0 {
            return Ok(());
        }
        self.services.call(Call::Skipped, &mut self.skipped.take()).map(|_| ())
    }
}

impl<'a> Line<'a> {
    /// Puts what the plugin said into a billable line; what the host adds (vendor, source, origin) is left as it
    /// is. An absent `customer` or `tenant` leaves the billable line's own.
    pub fn write_to(self, line: &mut ratebook_line::BillableLine<'a>) {
        let text = |text: Option<&'a str>| text.map(Cow::Borrowed);
        line.usage_month = self.usage_month.unwrap_or(line.usage_month);
        line.tenant = text(self.tenant).or_else(|| line.tenant.take());
        line.tenant_name = text(self.tenant_name);
        line.partner = text(self.partner);
        line.customer = text(self.customer).or_else(|| line.customer.take());
        line.sku_id = text(self.sku_id);
        line.sku_name = text(self.sku_name);
        line.edition = text(self.edition);
        line.meter = text(self.meter);
        line.tags.clear();
        line.tags.extend(self.tags.into_iter().map(Cow::Borrowed));
        line.consumed_quantity = self.consumed_quantity;
        line.entitled_quantity = self.entitled_quantity;
        line.overage_quantity = self.overage_quantity;
        line.billable_quantity = self.billable_quantity;
        line.billing_unit = text(self.billing_unit);
        line.measure = text(self.measure);
        line.unit_price = self.unit_price;
        line.total_cost = self.total_cost;
        line.currency = self.currency;
        line.payment_option = text(self.payment_option);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Reply;

    /// Counts batches and the longest of them.
    #[derive(Default)]
    struct Batches(usize, usize);

    impl HostServices for Batches {
        fn call(&mut self, _: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
            *self = Batches(self.0 + 1, self.1.max(bytes.len()));
            Ok(Reply::Done)
        }
    }

    #[test]
    fn a_text_that_no_field_takes_does_not_go_on_its_way() {
        let (mut host, sku) = (Batches::default(), "x".repeat(100 << 20));
        let mut lines = Lines::new(&mut host);
        let refused = lines.push(&Line { sku_id: Some(&sku), ..Line::at(7) }).unwrap_err();
        assert_eq!(refused.kind, crate::ProblemKind::Data);
        assert!(refused.message.starts_with("record 7: skuId: ") && refused.message.len() < 500, "{refused}");
        assert!(refused.message.contains("(104857600 bytes)"), "{refused}");
        let two = lines.push(&Line { tags: vec!["a\u{1f}b"], ..Line::at(8) }).unwrap_err();
        assert!(two.message.contains("U+001F"), "{two}");
        drop(lines);
        assert_eq!(host.0, 0);
    }

    #[test]
    fn long_texts_cross_in_more_batches() {
        let (mut host, name) = (Batches::default(), "x".repeat(LONGEST_NAME));
        let mut lines = Lines::new(&mut host);
        for row in 1..=6000 {
            lines.push(&Line { sku_name: Some(&name), ..Line::at(row) }).unwrap();
            lines.skip(row, Skip::Zero, &name).unwrap();
        }
        lines.finish().unwrap();
        let Batches(count, longest) = host;
        assert!(count >= 6 && longest < 5 << 20, "{count} batches, {longest} bytes");
    }
}

//! One line of usage, as a plugin makes it.

use ratebook_line::{Currency, Decimal, LONGEST_NAME, Month};

use crate::duplicates::Duplicates;
use crate::fingerprint::Fingerprint;
use crate::problem::Problem;
use crate::quoted::shown;

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
    /// it.
    pub fingerprint: Option<Fingerprint>,
    /// What becomes of a record that stands in another payload of the source too, cell for cell.
    pub duplicates: Duplicates,
}

impl Line<'_> {
    /// Refuses a text that no field takes: it must not fill the way to the host. What else is wrong with texts is told by
    /// the host, all of it together.
    pub(crate) fn check_lengths(&self) -> Result<(), Problem> {
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

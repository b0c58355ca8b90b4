//! A month as a whole as text: what no single bill says.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal, Month, NumberError};
use ratebook_rating::{Counts, Noticed, Rated, Rulebook};

use crate::diff::OffBill;
use crate::failure::escaped;
use crate::output::money::{counted, money};

/// What is kept of a month, or of a part of it, for its text.
#[derive(Debug, Default)]
pub(super) struct MonthFacts {
    counts: Counts,
    totals: BTreeMap<Currency, (u32, u64, Decimal)>,
    off_bill: OffBill,
    noticed: Noticed,
}

impl MonthFacts {
    /// Those of a part.
    ///
    /// # Errors
    /// If the bills add up to more than a number holds.
    pub(super) fn of(rated: &Rated<'_>) -> Result<MonthFacts, NumberError> {
        let mut facts = MonthFacts {
            counts: rated.counts(),
            off_bill: OffBill::of(rated),
            noticed: rated.noticed(),
            ..MonthFacts::default()
        };
        for bill in rated.bills() {
            let total = facts.totals.entry(bill.currency()).or_insert((bill.places(), 0, Decimal::ZERO));
            total.1 += 1;
            total.2 = total.2.checked_add(bill.total())?;
        }
        Ok(facts)
    }

    /// Those of both.
    ///
    /// # Errors
    /// As for [`MonthFacts::of`].
    pub(super) fn merge(mut self, other: MonthFacts) -> Result<MonthFacts, NumberError> {
        self.counts += other.counts;
        for (currency, (places, bills, sum)) in other.totals {
            let total = self.totals.entry(currency).or_insert((places, 0, Decimal::ZERO));
            total.1 += bills;
            total.2 = total.2.checked_add(sum)?;
        }
        self.off_bill = self.off_bill.merge(other.off_bill);
        self.noticed = self.noticed.merge(&other.noticed);
        Ok(self)
    }

    /// How many lines there were.
    pub(super) fn lines(&self) -> u64 {
        self.counts.lines
    }

    /// How many bills there are.
    pub(super) fn bills(&self) -> u64 {
        self.totals.values().map(|(_, bills, _)| bills).sum()
    }

    /// The text: counts, sums, why lines are on no bill, warnings.
    pub(super) fn text(&self, rulebook: &Rulebook, month: Month) -> String {
        let Counts { lines, priced, held, dropped } = self.counts;
        let mut text = format!("month      {month}\n");
        text += &format!("lines      {lines}: {priced} priced, {held} held, {dropped} dropped\n");
        for (currency, (places, bills, sum)) in &self.totals {
            text +=
                &format!("total      {} on {}\n", money(*sum, *places, *currency), counted(*bills, "bill"));
        }
        let mut last = None;
        for (why, count) in self.off_bill.counts() {
            if last.replace(why.fate) != Some(why.fate) {
                text += &format!("\n{}\n", why.fate.word());
            }
            text += &format!("  {}, {}\n", counted(count, "line"), escaped(&why.to_string()));
        }
        let warnings = self.noticed.warnings(rulebook, month);
        if !warnings.is_empty() {
            text += "\nwarnings\n";
        }
        for warning in warnings {
            text += &format!("  {} {}\n", warning.code, escaped(&warning.message));
        }
        text
    }
}

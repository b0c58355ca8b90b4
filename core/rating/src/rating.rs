//! A session: takes lines one by one or in blocks, keeps a compact record of each, and ends in bills.

use ratebook_line::{BillableLine, Block, BlockError, Month};

use crate::adjustment::Adjustment;
use crate::bill::Bill;
use crate::blocks::push_block;
use crate::commitments;
use crate::finish::{self, Ended, Stopped};
use crate::intake::Intake;
use crate::needs::is_zero;
use crate::phases::wide::WideTotals;
use crate::phases::wide_totals::wide_totals;
use crate::rated::Rated;
use crate::rules::checked::settings::BillTo;
use crate::rules::ready::matchers::What;
use crate::rules::ready::{Rulebook, part_of};
use crate::run_error::RunError;
use crate::runs::{self, Run, Runs};
use crate::state::{AdjustmentTexts, State};
use crate::texts::TextId;

/// Rates the lines of one month, or of one partition of them.
#[derive(Debug)]
pub struct Rating<'r> {
    intake: Intake<'r>,
    part: (u32, u32),
    /// The text that a field had last: neighbouring lines are much alike.
    last: [TextId; 9],
    last_who: Option<([TextId; 4], Month, u32)>,
    last_what: Option<u32>,
}

impl<'r> Rating<'r> {
    /// A session for all lines of a month.
    #[must_use]
    pub fn new(rulebook: &'r Rulebook, month: Month) -> Rating<'r> {
        Rating::partition(rulebook, month, 0, 1)
    }

    /// A session for the lines of one of several partitions; see [`Rulebook::part_of`]. Customers without
    /// lines belong to one of them too.
    #[must_use]
    pub fn partition(rulebook: &'r Rulebook, month: Month, part: u32, parts: u32) -> Rating<'r> {
        let mut state = State::new(rulebook, month);
        let parties = match rulebook.settings.bill_to {
            BillTo::Customer => &rulebook.customers,
            BillTo::Partner => &rulebook.partners,
        };
        for (index, party) in (0_u32..).zip(&parties.all) {
            if part_of(&party.party.id, parts) == part {
                state.declare(party.id, index, party.party.currency);
            }
        }
        for committed in commitments::named(rulebook, month) {
            if part_of(rulebook.texts.get(committed), parts) == part {
                state.payer(committed);
            }
        }
        Rating {
            intake: Intake::new(state),
            part: (part, parts),
            last: [TextId::EMPTY; 9],
            last_who: None,
            last_what: None,
        }
    }

    /// Makes place for so many lines that are on a bill, so that there is none for twice as many.
    pub fn reserve(&mut self, lines: usize) {
        self.intake.state.items.reserve_exact(lines);
    }

    /// Takes the next line. Lines are numbered from 0 in the order in which they come.
    pub fn push(&mut self, line: &BillableLine<'_>) {
        self.push_numbered(self.intake.state.lines, line);
    }

    /// Takes the lines of a block, the first of which has this number and the others the numbers after it. A
    /// session for a partition takes those of its bills alone, so that every session can be given every block.
    ///
    /// # Errors
    /// [`BlockError`] if a month or a currency in the block is none; then no line of it is taken.
    pub fn push_block(&mut self, first_number: u64, block: &Block) -> Result<(), BlockError> {
        push_block(&mut self.intake, self.part, first_number, block)
    }

    /// Takes a line that has its number already: in a partition, where lines in between are elsewhere.
    pub fn push_numbered(&mut self, number: u64, line: &BillableLine<'_>) {
        self.intake.state.lines += 1;
        let rulebook = self.intake.state.rulebook;
        let vendor = self.text(0, line.vendor.as_deref());
        let tenant = self.text(1, line.tenant.as_deref());
        let customer = self.text(2, line.customer.as_deref());
        let partner = self.text(3, line.partner.as_deref());
        let unit = self.text(4, line.billing_unit.as_deref());
        let what = What {
            vendor,
            source: self.text(5, line.source.as_deref()),
            sku: self.text(6, line.sku_id.as_deref()),
            meter: self.text(7, line.meter.as_deref()),
            edition: self.text(8, line.edition.as_deref()),
            unit: rulebook.units.get(&unit).copied().unwrap_or(unit),
            payment: line
                .payment_option
                .as_deref()
                .map_or(TextId::EMPTY, |text| self.intake.state.texts.intern(text)),
            zero: is_zero(line),
            tags: self.tags(line),
        };
        let who = self.who([vendor, tenant, customer, partner], line.usage_month);
        let what = self.what(what);
        let record = &self.intake.state.whos[who as usize];
        let (payer, class) = (record.payer, record.class);
        if line.usage_month > self.intake.state.month {
            self.intake.later(number, line.usage_month);
            return;
        }
        let plan = self.intake.plan(class, what, line.usage_month);
        self.intake.take(number, line, who, plan, payer);
    }

    /// Puts an adjustment of a closed month on a bill; those of a customer stand there in the order in which they come.
    pub fn adjust(&mut self, adjustment: Adjustment) {
        let state = &mut self.intake.state;
        let texts = AdjustmentTexts {
            name: state.texts.intern(&adjustment.name),
            sku: adjustment.sku.as_deref().map(|sku| state.texts.intern(sku)),
            tax: state.texts.intern(&adjustment.tax),
        };
        let customer = state.texts.intern(&adjustment.customer);
        let payer = state.payer(customer);
        state.adjusted.entry(payer).or_default().push(state.adjustments.len() as u32);
        state.adjustments.push((texts, adjustment));
    }

    /// The bills.
    ///
    /// # Errors
    /// [`RunError`] with everything that stops the run, by line.
    pub fn finish(self) -> Result<Rated<'r>, RunError> {
        let totals = self.wide_totals();
        self.finish_with(&totals)
    }

    /// The bills of a partition, knowing the totals of all partitions.
    ///
    /// # Errors
    /// [`RunError`] with everything that stops the run, by line.
    pub fn finish_with(self, totals: &WideTotals) -> Result<Rated<'r>, RunError> {
        finish::finish(self.intake.state, totals, self.intake.problems)
    }

    /// The bills, one after the other in the order of customers' ids: each is handed to `take` and let go. What it
    /// needs of memory is the lines as they are kept and the largest bill.
    ///
    /// Whatever stops the run may be found late. Then everything that was handed out before is to be thrown away.
    ///
    /// # Errors
    /// [`Stopped::Run`] with everything that stops the run, by line; [`Stopped::Taker`] with the error of `take`.
    pub fn finish_each<E>(
        self,
        totals: &WideTotals,
        take: &mut dyn FnMut(Bill<'_>) -> Result<(), E>,
    ) -> Result<Ended<'r>, Stopped<E>> {
        self.finish_runs(totals, Vec::new(), take)
    }

    /// The same where lines were handed away: all of them, `runs` gives them back. Such bills cannot be explained, as their
    /// lines are not there by number.
    ///
    /// # Errors
    /// As for [`Rating::finish_each`]; an error of a run; [`Stopped::Lost`] if it does not give all back.
    pub fn finish_runs<E>(
        self,
        totals: &WideTotals,
        runs: Vec<Run<'_, E>>,
        take: &mut dyn FnMut(Bill<'_>) -> Result<(), E>,
    ) -> Result<Ended<'r>, Stopped<E>> {
        finish::finish_each(self.intake.state, totals, self.intake.problems, runs, take)
    }

    /// How many lines on bills it keeps.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.intake.state.items.len()
    }

    /// Hands the lines that it keeps away as bytes, a run of them in the order of bills. Lines of a bill are to come by
    /// number then.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn hand_away<E>(&mut self, take: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        runs::hand_away(&mut self.intake.state, take)
    }

    /// What pools that are wider than one bill need to know of these lines.
    #[must_use]
    pub fn wide_totals(&self) -> WideTotals {
        wide_totals(&self.intake.state)
    }

    /// The same of lines that were handed away.
    ///
    /// # Errors
    /// The first of a run.
    pub fn wide_totals_of_runs<E>(&mut self, runs: Vec<Run<'_, E>>) -> Result<WideTotals, E> {
        let state = &mut self.intake.state;
        let mut totals = WideTotals::default();
        if state.rulebook.has_wide_pools() {
            let mut runs = Runs::new(state, runs)?;
            while runs.batch(state)?.is_some() {
                totals = totals.merge(wide_totals(state));
            }
            state.items.clear();
        }
        Ok(totals)
    }

    fn text(&mut self, slot: usize, text: Option<&str>) -> TextId {
        let Some(text) = text else { return TextId::EMPTY };
        let last = self.last[slot];
        if self.intake.state.texts.get(last) == text {
            return last;
        }
        let id = self.intake.state.texts.intern(text);
        self.last[slot] = id;
        id
    }

    fn tags(&mut self, line: &BillableLine<'_>) -> Vec<TextId> {
        let texts = &mut self.intake.state.texts;
        What::tags_of(line.tags.iter().map(|tag| texts.intern(tag)).collect())
    }

    fn who(&mut self, key: [TextId; 4], month: Month) -> u32 {
        match self.last_who {
            Some((last, of, who)) if last == key && of == month => who,
            _ => {
                let who = self.intake.who(key, month);
                self.last_who = Some((key, month, who));
                who
            }
        }
    }

    fn what(&mut self, what: What) -> u32 {
        match self.last_what {
            Some(last) if self.intake.state.whats[last as usize].0 == what => last,
            _ => {
                let id = self.intake.what(what);
                self.last_what = Some(id);
                id
            }
        }
    }
}

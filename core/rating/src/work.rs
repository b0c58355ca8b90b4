//! The steps from a line to an amount, as data: which rule, which operands, what came out.
//!
//! The phases write their steps while they calculate, when somebody wants to know; otherwise `Work` is
//! off and costs nothing.

use std::fmt;

use ratebook_line::Currency;

use crate::exact::Exact;

/// An exact number of an explanation: a decimal, or a fraction in lowest terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(pub(crate) Exact);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl serde::Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Where in the order of phases a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// 1: drop, hold, keep.
    Route,
    /// 2: name, SKU, tax tag.
    Label,
    /// 3: which quantity, in which unit.
    Quantity,
    /// 4: lines summed, included units taken off.
    Pool,
    /// 5: the price model.
    Price,
    /// 6: into the bill's currency.
    Currency,
    /// 7: by active days.
    Prorate,
    /// 8 and 12: discounts.
    Discount,
    /// 9: limits of a line.
    Limit,
    /// 10 and 15: rounding.
    Round,
    /// 11: fees.
    Add,
    /// 13: minimum and maximum of a bill.
    Bounds,
    /// 14: credit.
    Credit,
    /// 16: adjustments of closed months.
    Adjust,
}

impl Phase {
    /// The word that stands before the step.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Phase::Route => "route",
            Phase::Label => "label",
            Phase::Quantity => "quantity",
            Phase::Pool => "pool",
            Phase::Price => "price",
            Phase::Currency => "currency",
            Phase::Prorate => "prorate",
            Phase::Discount => "discount",
            Phase::Limit => "limit",
            Phase::Round => "round",
            Phase::Add => "add",
            Phase::Bounds => "bounds",
            Phase::Credit => "credit",
            Phase::Adjust => "adjust",
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its phase.
    pub phase: Phase,
    /// The rule that made it; none for what the settings or defaults do.
    pub rule: Option<String>,
    /// The rule's reason.
    pub reason: Option<String>,
    /// Words to the numbers: names set, units, currencies.
    pub note: String,
    /// How the result comes out of the operands.
    pub calc: Calc,
    /// What came out; none for a step without numbers.
    pub result: Option<Number>,
    /// The currency of the result, where a step decides it.
    pub currency: Option<Currency>,
}

/// The arithmetic of a step.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Calc {
    /// Nothing is calculated: the number is the line's or the rule's.
    Given,
    /// The sum of the terms.
    Sum(Vec<Term>),
    /// The smallest whole number that is not below the term.
    Ceiling(Term),
    /// The larger of two.
    Max(Number, Number),
    /// The smaller of two.
    Min(Number, Number),
    /// Rounded to decimal places.
    Round {
        /// What is rounded.
        value: Number,
        /// To how many places.
        places: u32,
        /// How: `half_up`.
        mode: &'static str,
    },
    /// Rounded together with others so that the sum is right: the place in one of the bill's
    /// [`crate::explain::Remainder`] groups.
    Remainder {
        /// Which group of the bill.
        group: usize,
        /// Which value of the group.
        index: usize,
    },
}

/// A product, divided once at the end.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Term {
    /// What is multiplied.
    pub factors: Vec<Number>,
    /// What divides the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divisor: Option<Number>,
}

impl Term {
    pub(crate) fn product(factors: &[&Exact]) -> Term {
        Term { factors: factors.iter().map(|&factor| Number(factor.clone())).collect(), divisor: None }
    }

    pub(crate) fn over(factors: &[&Exact], divisor: &Exact) -> Term {
        Term { divisor: Some(Number(divisor.clone())), ..Term::product(factors) }
    }
}

/// Takes steps down, or ignores them.
#[derive(Debug, Default)]
pub(crate) struct Work {
    steps: Option<Vec<Step>>,
    rule: Option<(String, String)>,
}

impl Work {
    pub(crate) fn off() -> Work {
        Work::default()
    }

    pub(crate) fn on() -> Work {
        Work { steps: Some(Vec::new()), ..Work::default() }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.steps.is_some()
    }

    /// The rule that the next steps are made by.
    pub(crate) fn by(&mut self, id: &str, reason: &str) {
        if self.is_on() {
            self.rule = Some((id.to_owned(), reason.to_owned()));
        }
    }

    /// The next steps are made by no rule.
    pub(crate) fn by_default(&mut self) {
        self.rule = None;
    }

    pub(crate) fn step(&mut self, phase: Phase, step: impl FnOnce() -> (String, Calc, Option<Exact>)) {
        let Some(steps) = &mut self.steps else { return };
        let (note, calc, result) = step();
        let (rule, reason) = self.rule.clone().unzip();
        steps.push(Step { phase, rule, reason, note, calc, result: result.map(Number), currency: None });
    }

    /// The result of the last step is money of this currency.
    pub(crate) fn is_money(&mut self, currency: Currency) {
        if let Some(step) = self.steps.as_mut().and_then(|steps| steps.last_mut()) {
            step.currency = Some(currency);
        }
    }

    /// The steps taken down since the last time.
    pub(crate) fn take(&mut self) -> Vec<Step> {
        self.rule = None;
        self.steps.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

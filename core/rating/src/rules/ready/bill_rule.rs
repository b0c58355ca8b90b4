//! `[[bill]]` made ready.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Date, Decimal};

use super::filter::Filter;
use super::matchers::{MatcherId, Matchers};
use crate::exact::Exact;
use crate::rules::checked::bill_rule::{
    BillRule as CheckedRule, BillVerb as CheckedVerb, Bound as CheckedBound, Fee as CheckedFee,
};
use crate::rules::checked::common::Common;
use crate::rules::checked::rule::Off;
use crate::rules::checked::settings::Settings;
use crate::texts::{TextId, Texts};

#[derive(Debug)]
pub(crate) struct BillRule {
    pub(crate) common: Common,
    pub(crate) id: TextId,
    pub(crate) matcher: MatcherId,
    pub(crate) currency: Currency,
    /// The text of the line that it makes.
    pub(crate) name: TextId,
    pub(crate) verb: BillVerb,
}

#[derive(Debug)]
pub(crate) enum BillVerb {
    Add(Add),
    Discount(Off),
    Minimum(Bound),
    Maximum(Bound),
    Credit(Exact),
}

impl BillVerb {
    /// True if it only takes something off what is on a bill.
    pub(crate) fn takes_off(&self) -> bool {
        matches!(self, BillVerb::Discount(_) | BillVerb::Credit(_))
    }
}

#[derive(Debug)]
pub(crate) struct Add {
    pub(crate) fee: Fee,
    pub(crate) prorate: bool,
    pub(crate) start: Option<Date>,
    pub(crate) end: Option<Date>,
    pub(crate) tax: Option<TextId>,
    pub(crate) sku: Option<TextId>,
}

#[derive(Debug)]
pub(crate) enum Fee {
    Amount(Exact),
    Per { each: Exact, filter: MatcherId },
    Percent { percent: Decimal, filter: MatcherId },
}

#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) amount: Exact,
    pub(crate) of: Option<MatcherId>,
    pub(crate) prorate: bool,
}

/// What a line is called that a rule without a name makes.
fn unnamed(verb: &CheckedVerb) -> &'static str {
    match verb {
        CheckedVerb::Add(_) => "Fee",
        CheckedVerb::Discount(_) => "Discount",
        CheckedVerb::Minimum(_) => "Minimum charge",
        CheckedVerb::Maximum(_) => "Maximum charge",
        CheckedVerb::Credit(_) => "Credit",
    }
}

impl BillRule {
    pub(super) fn new(
        rule: CheckedRule,
        settings: &Settings,
        texts: &mut Texts,
        matchers: &mut Matchers,
        filters: &mut BTreeMap<MatcherId, Filter>,
    ) -> BillRule {
        let CheckedRule { common, verb } = rule;
        let matcher = matchers.add_for_bills(&common.when, texts);
        let mut filter = |when: &_, texts: &mut Texts, filter| {
            let id = matchers.add(when, texts);
            filters.insert(id, filter);
            id
        };
        // The reason is ours and stands on no bill.
        let mut name = common.name.clone().unwrap_or_else(|| unnamed(&verb).to_owned());
        let mut bound = |bound: CheckedBound, texts: &mut Texts| Bound {
            amount: bound.amount.into(),
            of: bound.of.map(|of| filter(&of, texts, Filter::Amounts)),
            prorate: bound.prorate,
        };
        let verb = match verb {
            CheckedVerb::Minimum(minimum) => BillVerb::Minimum(bound(minimum, texts)),
            CheckedVerb::Maximum(maximum) => BillVerb::Maximum(bound(maximum, texts)),
            CheckedVerb::Discount(off) => BillVerb::Discount(off),
            CheckedVerb::Credit(amount) => BillVerb::Credit(amount.into()),
            CheckedVerb::Add(add) => {
                name.clone_from(&add.name);
                let fee = match add.fee {
                    CheckedFee::Amount(amount) => Fee::Amount(amount.into()),
                    CheckedFee::Per { each, per } => {
                        Fee::Per { each: each.into(), filter: filter(&per, texts, Filter::Fee) }
                    }
                    CheckedFee::Percent { percent, of } => {
                        Fee::Percent { percent, filter: filter(&of, texts, Filter::Amounts) }
                    }
                };
                let mut intern = |text: Option<String>| text.map(|text| texts.intern(&text));
                BillVerb::Add(Add {
                    fee,
                    prorate: add.prorate,
                    start: add.start,
                    end: add.end,
                    tax: intern(add.tax),
                    sku: intern(add.sku),
                })
            }
        };
        BillRule {
            id: texts.intern(&common.id),
            matcher,
            currency: common.currency.unwrap_or(settings.currency),
            name: texts.intern(&name),
            common,
            verb,
        }
    }
}

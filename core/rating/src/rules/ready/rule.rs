//! `[[rule]]` made ready.

use ratebook_line::{Currency, Decimal};

use super::filter::Filter;
use super::matchers::MatcherId;
use crate::exact::Exact;
use crate::price::{Commit, CommitQuantity, Model};
use crate::rules::checked::common::Common;
use crate::rules::checked::cost::{Cost as WrittenCost, CostSource};
use crate::rules::checked::expect::Expect;
use crate::rules::checked::price::{
    Included as WrittenIncluded, Pool, Price as WrittenPrice, PriceSource, Take,
};
use crate::rules::checked::rule::{
    Convert, Into, Limit, Off, Rule as CheckedRule, Used, Verb as CheckedVerb,
};
use crate::rules::checked::settings::{BillTo, Settings};
use crate::rules::checked::unit_price::UnitPrice;
use crate::rules::checked::when::When;
use crate::texts::{TextId, Texts};

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) common: Common,
    /// The rule's id as a text of bills.
    pub(crate) id: TextId,
    /// The currency of the money in it.
    pub(crate) currency: Currency,
    pub(crate) verb: Verb,
}

#[derive(Debug)]
pub(crate) enum Verb {
    Drop,
    Hold(TextId),
    Keep,
    Set { name: Option<TextId>, sku: Option<TextId>, tax: Option<TextId> },
    Use(Used),
    Convert(Convert),
    Price(Price),
    Discount(Off),
    Limit(Limit),
    Cost(Cost),
}

/// What we pay, where the vendor does not say.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) of: CostOf,
    pub(crate) unit: Option<TextId>,
}

#[derive(Debug)]
pub(crate) enum CostOf {
    Each(Exact),
    /// One of the books.
    Book(u32),
}

/// The scope of a pool, knowing who is billed.
pub(crate) type PoolScope = Pool;

impl Pool {
    /// True if it is wider than one bill.
    pub(crate) fn is_wide(self, bill_to: BillTo) -> bool {
        match bill_to {
            BillTo::Customer => self > Pool::Customer,
            BillTo::Partner => self > Pool::Partner,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Price {
    pub(crate) source: Source,
    pub(crate) included: Option<Included>,
    pub(crate) pool: Option<PoolScope>,
    pub(crate) take: Take,
    /// The matcher of the lines whose quantities choose the tier.
    pub(crate) level: Option<MatcherId>,
    pub(crate) expect: Option<Expect>,
    /// 1 and what is put on top.
    pub(crate) uplift: Option<Exact>,
    pub(crate) unit_price: UnitPrice,
    pub(crate) split: bool,
    pub(crate) prorate: bool,
    pub(crate) unit: Option<TextId>,
    pub(crate) name: Option<TextId>,
    /// A committed quantity that is paid even without a line.
    pub(crate) committed: Option<Decimal>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// One of the rulebook's models.
    Model(u32),
    /// One of its books.
    Book(u32),
}

#[derive(Debug)]
pub(crate) enum Included {
    Fixed(Exact),
    Per { each: Exact, filter: MatcherId },
}

impl Rule {
    pub(super) fn new(
        rule: CheckedRule,
        settings: &Settings,
        texts: &mut Texts,
        models: &mut Vec<Model>,
        book: &dyn Fn(&str) -> u32,
        filter: &mut dyn FnMut(&When, &mut Texts, Filter) -> MatcherId,
    ) -> Rule {
        let CheckedRule { common, verb } = rule;
        let mut currency = common.currency.unwrap_or(settings.currency);
        let verb = match verb {
            CheckedVerb::Drop => Verb::Drop,
            CheckedVerb::Hold(reason) => Verb::Hold(texts.intern(&reason)),
            CheckedVerb::Keep => Verb::Keep,
            CheckedVerb::Set(set) => {
                let mut intern = |text: Option<String>| text.map(|text| texts.intern(&text));
                Verb::Set { name: intern(set.name), sku: intern(set.sku), tax: intern(set.tax) }
            }
            CheckedVerb::Use(used) => Verb::Use(used),
            CheckedVerb::Convert(convert) => {
                // So that the plans of lines find the unit among the texts.
                let (Into::Unit(unit) | Into::Factor { unit, .. }) = &convert.into;
                texts.intern(unit);
                Verb::Convert(convert)
            }
            CheckedVerb::Price(price) => {
                currency = price.currency.unwrap_or(currency);
                Verb::Price(Price::new(*price, &common, texts, models, book, filter))
            }
            CheckedVerb::Discount(off) => Verb::Discount(off),
            CheckedVerb::Limit(limit) => Verb::Limit(limit),
            CheckedVerb::Cost(WrittenCost { source, currency: own, unit }) => {
                currency = own.unwrap_or(currency);
                let of = match source {
                    CostSource::Each(each) => CostOf::Each(each.into()),
                    CostSource::Book(id, _) => CostOf::Book(book(&id)),
                };
                Verb::Cost(Cost { of, unit: unit.map(|unit| texts.intern(&unit)) })
            }
        };
        Rule { id: texts.intern(&common.id), currency, common, verb }
    }

    pub(crate) fn price(&self) -> Option<&Price> {
        match &self.verb {
            Verb::Price(price) => Some(price),
            _ => None,
        }
    }
}

impl Price {
    fn new(
        price: WrittenPrice,
        common: &Common,
        texts: &mut Texts,
        models: &mut Vec<Model>,
        book: &dyn Fn(&str) -> u32,
        filter: &mut dyn FnMut(&When, &mut Texts, Filter) -> MatcherId,
    ) -> Price {
        let mut committed = None;
        let source = match price.source {
            PriceSource::Model(model) => {
                if let Model::Commit(Commit { quantity: CommitQuantity::Fixed(quantity), .. }) = &model {
                    committed = Some(*quantity);
                }
                models.push(model);
                Source::Model(models.len() as u32 - 1)
            }
            PriceSource::Book(id, _) => Source::Book(book(&id)),
        };
        let included = price.included.map(|included| match included {
            WrittenIncluded::Fixed(quantity) => Included::Fixed(quantity.into()),
            WrittenIncluded::Per { each, per } => {
                let scope = price.pool.unwrap_or(Pool::Customer);
                Included::Per { each: each.into(), filter: filter(&per, texts, Filter::Included(scope)) }
            }
        });
        let level =
            price.level.map(|of| filter(&of, texts, Filter::Included(price.pool.unwrap_or(Pool::Customer))));
        let name = price.name.or_else(|| common.name.clone());
        Price {
            source,
            included,
            pool: price.pool,
            take: price.take,
            level,
            expect: price.expect,
            uplift: price.uplift.map(|uplift| Exact::ONE.plus(&uplift.into())),
            unit_price: price.unit_price,
            split: price.split,
            prorate: price.prorate,
            unit: price.unit.map(|unit| texts.intern(&unit)),
            name: name.map(|name| texts.intern(&name)),
            committed,
        }
    }
}

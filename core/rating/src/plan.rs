//! The plan of a line: everything that rules decide about it, found once for all lines that look alike.
//!
//! MATCH and phases 1 to 5 as far as they depend on rules alone. A plan is made for each distinct set of
//! fitting matchers, what and usage month; a line then only brings its numbers.

use ratebook_line::{Currency, Month, Rounding};

use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::own_cost::OwnCost;
use crate::price::On;
use crate::rules::checked::precedence::beats;
use crate::rules::checked::price::Take;
use crate::rules::checked::rule::{Into, Off, Used};
use crate::rules::ready::Rulebook;
use crate::rules::ready::matchers::{MatcherId, What};
use crate::rules::ready::rule::{Price, Rule, Source, Verb};
use crate::texts::{TextId, Texts};
use crate::units;

/// The number of a rule in its rulebook.
pub(crate) type RuleId = u32;

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) month: Month,
    pub(crate) route: Route,
    /// The winner of phase 1, also if it keeps the line.
    pub(crate) router: Option<RuleId>,
    pub(crate) label: Label,
    pub(crate) used: Option<(Used, RuleId)>,
    pub(crate) conversion: Option<Conversion>,
    /// The unit that quantities are in after the conversion.
    pub(crate) unit: TextId,
    pub(crate) price: Result<Priced, LineCode>,
    /// What a line must bring for the price; nothing is known of it where there is none.
    pub(crate) needs: Option<Needs>,
    /// The price rule, also if there is a problem with it.
    pub(crate) pricer: Option<RuleId>,
    /// A problem that every line of the plan has.
    pub(crate) problem: Option<LineCode>,
    /// Percentages by id, then amounts by id.
    pub(crate) discounts: Vec<RuleId>,
    pub(crate) limit: Option<RuleId>,
    /// What we pay, where the vendor does not say.
    pub(crate) cost: Option<OwnCost>,
    /// What lines of the plan are counted or summed for. Sorted.
    pub(crate) filters: Vec<MatcherId>,
    /// The ids that stand on the bill line: winners in phase order, without the limit.
    pub(crate) trace: Vec<TextId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Bill,
    Drop,
    Hold(TextId),
}

/// Phase 2: what the line is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) name: TextId,
    pub(crate) sku: TextId,
    pub(crate) tax: TextId,
    pub(crate) name_by: Option<RuleId>,
    pub(crate) sku_by: Option<RuleId>,
    pub(crate) tax_by: Option<RuleId>,
}

/// Phase 3: quantity x multiply / divide, rounded.
#[derive(Clone, Debug)]
pub(crate) struct Conversion {
    pub(crate) rule: RuleId,
    pub(crate) multiply: Exact,
    pub(crate) divide: Exact,
    pub(crate) places: Option<u32>,
    pub(crate) mode: Rounding,
}

/// Phase 5: which model, in which currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Priced {
    pub(crate) rule: RuleId,
    pub(crate) model: u32,
    /// Of the rule's or the book's money.
    pub(crate) currency: Currency,
    pub(crate) from_book: bool,
}

/// What a line must bring for its price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    pub(crate) on: On,
    /// The entitled quantity.
    pub(crate) entitled: bool,
    /// A quantity, also where the price is on the vendor's cost.
    pub(crate) quantity: bool,
    /// Whether the line is fit for its price hangs on more than which of its numbers are there.
    pub(crate) a_look: bool,
}

impl Needs {
    fn of(rulebook: &Rulebook, priced: Priced, limit: Option<RuleId>) -> Needs {
        let model = &rulebook.models[priced.model as usize];
        let price = rulebook.rules[priced.rule as usize].price();
        let looks = |price: &Price| {
            let alone = price.pool.is_none();
            let deals = alone && (limit.is_some() || price.included.is_some() || !model.is_linear());
            // Of a pool only what is taken of it must be right.
            deals
                || price.unit_price.is_bounded()
                || price.take == Take::Max
                || (alone && price.expect.is_some())
        };
        Needs {
            on: model.on(),
            entitled: model.is_on_entitled(),
            quantity: price.is_some_and(|price| price.expect.is_some() || price.unit_price.acts()),
            a_look: price.is_some_and(looks),
        }
    }
}

/// Of the rules that match and want one seat, the one that gets it.
///
/// Loading made sure that any two of them can be decided, or agree; then the first id is taken.
fn winner(rulebook: &Rulebook, wanting: impl Iterator<Item = RuleId>) -> Option<(RuleId, &Rule)> {
    let wanting: Vec<(RuleId, &Rule)> = wanting.map(|id| (id, &rulebook.rules[id as usize])).collect();
    let unbeaten =
        wanting.iter().find(|(_, rule)| !wanting.iter().any(|(_, other)| beats(&other.common, &rule.common)));
    unbeaten.copied()
}

/// The rules among the matchers of a line that hold in a month.
pub(crate) fn active(rulebook: &Rulebook, fit: &[MatcherId], month: Month) -> Vec<RuleId> {
    let rules = fit
        .iter()
        .copied()
        .filter(|id| rulebook.rules.get(*id as usize).is_some_and(|rule| rule.common.months.contains(month)));
    rules.collect()
}

/// The discounts and the limit on lines of a plan.
pub(crate) type Deals<'p> = (&'p [RuleId], Option<RuleId>);

impl Plan {
    /// `fit`: the matchers that fit, sorted. `billed`: the month that bills are for.
    pub(crate) fn new(
        rulebook: &Rulebook,
        fit: &[MatcherId],
        what: &What,
        month: Month,
        billed: Month,
        texts: &Texts,
    ) -> Plan {
        let active = active(rulebook, fit, month);
        let of = |want: &dyn Fn(&Verb) -> bool| {
            winner(rulebook, active.iter().copied().filter(|id| want(&rulebook.rules[*id as usize].verb)))
        };
        let router = of(&|verb| matches!(verb, Verb::Drop | Verb::Hold(_) | Verb::Keep));
        let route = match router.map(|(_, rule)| &rule.verb) {
            Some(Verb::Drop) => Route::Drop,
            Some(Verb::Hold(reason)) => Route::Hold(*reason),
            _ => Route::Bill,
        };
        let used = of(&|verb| matches!(verb, Verb::Use(_)));
        let used = used.and_then(|(id, rule)| match rule.verb {
            Verb::Use(used) => Some((used, id)),
            _ => None,
        });
        let (conversion, unit, mut problem) = match of(&|verb| matches!(verb, Verb::Convert(_))) {
            Some((id, rule)) => convert(id, rule, what.unit, texts),
            None => (None, what.unit, None),
        };
        let pricer = of(&|verb| matches!(verb, Verb::Price(_)));
        let price = match pricer {
            Some((id, rule)) => price(rulebook, id, rule, what.sku, month),
            None => Err(LineCode::NoPrice),
        };
        if let (Ok((_, unit_of_price)), Some((_, rule))) = (&price, pricer) {
            let wanted = rule.price().and_then(|price| price.unit);
            if [wanted, *unit_of_price].iter().flatten().any(|wanted| *wanted != unit) {
                problem = problem.or(Some(LineCode::UnitMismatch));
            }
        }
        let label = label(rulebook, &active, what, pricer.map(|(_, rule)| rule));
        let discounts = discounts(rulebook, &active);
        let limit = of(&|verb| matches!(verb, Verb::Limit(_))).map(|(id, _)| id);
        if let (Ok((priced, _)), Some((_, rule))) = (&price, pricer)
            && month < billed
            && acts_on_the_month(rulebook, *priced, rule, &discounts, limit)
        {
            problem = Some(LineCode::LateLine);
        }
        let price = price.map(|(priced, _)| priced);
        let cost = of(&|verb| matches!(verb, Verb::Cost(_)));
        let mut plan = Plan {
            month,
            route,
            router: router.map(|(id, _)| id),
            label,
            used,
            conversion,
            unit,
            needs: price.ok().map(|priced| Needs::of(rulebook, priced, limit)),
            price,
            pricer: pricer.map(|(id, _)| id),
            problem,
            discounts,
            limit,
            cost: cost.map(|cost| OwnCost::new(rulebook, cost, what.sku, month, unit)),
            filters: fit.iter().copied().filter(|id| rulebook.filters.contains_key(id)).collect(),
            trace: Vec::new(),
        };
        plan.trace = plan.trace(rulebook);
        plan
    }

    /// The plan of a committed quantity without a line: its price is settled, and it cannot be dropped.
    pub(crate) fn for_commitment(
        rulebook: &Rulebook,
        fit: &[MatcherId],
        what: &What,
        month: Month,
        texts: &Texts,
        id: RuleId,
    ) -> Plan {
        let mut plan = Plan::new(rulebook, fit, what, month, month, texts);
        let rule = &rulebook.rules[id as usize];
        plan.router = None;
        plan.used = None;
        plan.conversion = None;
        plan.problem = None;
        plan.pricer = Some(id);
        plan.price = price(rulebook, id, rule, what.sku, month).map(|(priced, _)| priced);
        plan.needs = plan.price.ok().map(|priced| Needs::of(rulebook, priced, plan.limit));
        plan.label = label(rulebook, &active(rulebook, fit, month), what, Some(rule));
        plan.trace = plan.trace(rulebook);
        plan
    }

    /// The rules of phases 1 to 3, in their order, each once.
    pub(crate) fn before_price(&self) -> Vec<RuleId> {
        let label = [self.label.name_by, self.label.sku_by, self.label.tax_by];
        let quantity =
            [self.used.map(|(_, id)| id), self.conversion.as_ref().map(|conversion| conversion.rule)];
        let mut rules: Vec<RuleId> = Vec::new();
        for rule in [self.router].into_iter().chain(label).chain(quantity).flatten() {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        rules
    }

    fn trace(&self, rulebook: &Rulebook) -> Vec<TextId> {
        let id = |id: RuleId| rulebook.rules[id as usize].id;
        let mut trace: Vec<TextId> = self.before_price().into_iter().map(id).collect();
        if self.price.is_err() {
            // If such a line is billed at all, then at the vendor's cost.
            trace.push(rulebook.pass_through);
            return trace;
        }
        trace.extend(self.pricer.map(id));
        trace.extend(self.discounts.iter().copied().map(id));
        trace
    }

    /// What is taken off lines of the plan and what they are kept within.
    pub(crate) fn deals(&self) -> Deals<'_> {
        (&self.discounts, self.limit)
    }

    /// True if lines of the plan are counted or summed for a filter.
    pub(crate) fn is_in(&self, filter: MatcherId) -> bool {
        self.filters.binary_search(&filter).is_ok()
    }
}

/// True if what a line costs hangs on the other lines of its month, so that a line of a month that is billed
/// already cannot be billed by itself.
fn acts_on_the_month(
    rulebook: &Rulebook,
    priced: Priced,
    rule: &Rule,
    discounts: &[RuleId],
    limit: Option<RuleId>,
) -> bool {
    let model = &rulebook.models[priced.model as usize];
    let by_price = rule.price().is_some_and(|price| {
        let bounded = price.unit_price.is_bounded() && model.is_on_cost();
        price.included.is_some() || price.pool.is_some() || price.prorate || bounded
    });
    let is_amount = |id: &RuleId| matches!(rulebook.rules[*id as usize].verb, Verb::Discount(Off::Amount(_)));
    !model.is_linear() || by_price || limit.is_some() || discounts.iter().any(is_amount)
}

fn convert(
    id: RuleId,
    rule: &Rule,
    from: TextId,
    texts: &Texts,
) -> (Option<Conversion>, TextId, Option<LineCode>) {
    let Verb::Convert(convert) = &rule.verb else { return (None, from, None) };
    let conversion = |multiply, divide| Conversion {
        rule: id,
        multiply,
        divide,
        places: convert.places,
        mode: convert.mode,
    };
    let unit = |unit: &str| texts.find(unit).unwrap_or(from);
    match &convert.into {
        Into::Unit(to) => match units::factor(texts.get(from), to) {
            Some((multiply, divide)) => (Some(conversion(multiply, divide)), unit(to), None),
            None => (Some(conversion(Exact::ONE, Exact::ONE)), from, Some(LineCode::UnitMismatch)),
        },
        Into::Factor { multiply, divide, unit: to } => {
            (Some(conversion((*multiply).into(), (*divide).into())), unit(to), None)
        }
    }
}

/// The model, and the unit that a book's price is for.
fn price(
    rulebook: &Rulebook,
    id: RuleId,
    rule: &Rule,
    sku: TextId,
    month: Month,
) -> Result<(Priced, Option<TextId>), LineCode> {
    let price = rule.price().ok_or(LineCode::NoPrice)?;
    match price.source {
        Source::Model(model) => {
            Ok((Priced { rule: id, model, currency: rule.currency, from_book: false }, None))
        }
        Source::Book(book) => {
            let versions = rulebook.book_prices.get(&(book, sku)).ok_or(LineCode::NoBookEntry)?;
            let version = versions.iter().find(|version| version.months.contains(month));
            let version = version.ok_or(LineCode::NoBookEntry)?;
            let priced =
                Priced { rule: id, model: version.model, currency: version.currency, from_book: true };
            Ok((priced, version.unit))
        }
    }
}

fn label(rulebook: &Rulebook, active: &[RuleId], what: &What, pricer: Option<&Rule>) -> Label {
    let of = |want: &dyn Fn(&Verb) -> Option<TextId>| {
        let wanting = active.iter().copied().filter(|id| want(&rulebook.rules[*id as usize].verb).is_some());
        winner(rulebook, wanting).and_then(|(id, rule)| Some((want(&rule.verb)?, id)))
    };
    let name = of(&|verb| if let Verb::Set { name, .. } = verb { *name } else { None });
    let sku = of(&|verb| if let Verb::Set { sku, .. } = verb { *sku } else { None });
    let tax = of(&|verb| if let Verb::Set { tax, .. } = verb { *tax } else { None });
    let of_price = pricer.and_then(Rule::price).and_then(|price| price.name);
    // A line without any name is called by the closest thing the vendor says.
    let fallback = [what.sku, what.meter, what.vendor].into_iter().find(|text| !text.is_empty());
    Label {
        name: of_price.or(name.map(|(text, _)| text)).or(fallback).unwrap_or(TextId::EMPTY),
        sku: sku.map_or(what.sku, |(text, _)| text),
        tax: tax.map_or(rulebook.tax, |(text, _)| text),
        name_by: name.map(|(_, id)| id),
        sku_by: sku.map(|(_, id)| id),
        tax_by: tax.map(|(_, id)| id),
    }
}

fn discounts(rulebook: &Rulebook, active: &[RuleId]) -> Vec<RuleId> {
    let rule = |id: RuleId| &rulebook.rules[id as usize];
    let all: Vec<RuleId> =
        active.iter().copied().filter(|id| matches!(rule(*id).verb, Verb::Discount(_))).collect();
    let mut discounts: Vec<RuleId> = all
        .iter()
        .copied()
        .filter(|id| match &rule(*id).common.group {
            None => true,
            Some(group) => {
                let same =
                    all.iter().copied().filter(|other| rule(*other).common.group.as_ref() == Some(group));
                winner(rulebook, same).is_some_and(|(winner, _)| winner == *id)
            }
        })
        .collect();
    discounts.sort_by_key(|id| (matches!(rule(*id).verb, Verb::Discount(Off::Amount(_))), *id));
    discounts
}

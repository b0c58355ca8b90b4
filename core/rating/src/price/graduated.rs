//! `graduated = [...]`: every unit at the price of the band it falls into.

use super::model::{Charge, Input, PriceModel};
use super::part::Part;
use super::tiers::{self, Tier};
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::written::{Node, Sources};
use crate::work::{Calc, Phase, Term, Work};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Graduated(Vec<Tier>);

impl PriceModel for Graduated {
    const LINEAR: bool = false;

    fn read(node: &Node, _: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        tiers::read(node, sources).map(Graduated)
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let quantity = input.quantity_not_negative()?;
        // The units of the line are spread over the tiers as those of the level are.
        let level = input.level.as_ref().filter(|level| level.is_positive());
        let (amount, terms) = self.up_to(level.unwrap_or(quantity), work);
        let Some(level) = level else {
            work.step(Phase::Price, || {
                (tiers::note("graduated", input), Calc::Sum(terms), Some(amount.clone()))
            });
            return Ok(Charge::of(amount));
        };
        let own = amount.times(quantity).over(level).unwrap_or(Exact::ZERO);
        work.step(Phase::Price, || (tiers::note("graduated", input), Calc::Sum(terms), Some(amount.clone())));
        work.step(Phase::Price, || {
            let calc = Calc::Sum(vec![Term::over(&[&amount, quantity], level)]);
            ("its part of the level".to_owned(), calc, Some(own.clone()))
        });
        Ok(Charge::of(own))
    }

    fn parts(&self, input: &Input) -> Vec<Part> {
        let Some(quantity) = &input.quantity else { return Vec::new() };
        let level = input.level.as_ref().filter(|level| level.is_positive());
        let parts = self.parts_up_to(level.unwrap_or(quantity));
        match level {
            Some(level) => parts.iter().map(|part| part.shared(quantity, level)).collect(),
            None => parts,
        }
    }

    fn bands(&self) -> Vec<String> {
        tiers::names(&self.0)
    }

    fn reached(&self, input: &Input) -> Vec<usize> {
        let used = input.quantity.as_ref().filter(|quantity| quantity.is_positive());
        let Some(quantity) = used.map(|quantity| input.level.as_ref().unwrap_or(quantity)) else {
            return Vec::new();
        };
        let below =
            [Exact::ZERO].into_iter().chain(self.0.iter().filter_map(|tier| tier.up_to).map(Exact::from));
        below.take_while(|below| quantity > below).enumerate().map(|(index, _)| index).collect()
    }
}

impl Graduated {
    /// What so many units cost, and the terms that it is the sum of.
    fn up_to(&self, quantity: &Exact, work: &Work) -> (Exact, Vec<Term>) {
        let mut amount = Exact::ZERO;
        let mut terms = Vec::new();
        for Part { quantity: units, each, flat, .. } in self.parts_up_to(quantity) {
            let each = each.unwrap_or(Exact::ZERO);
            amount = amount.plus(&units.times(&each));
            if work.is_on() {
                terms.push(Term::product(&[&units, &each]));
            }
            if let Some(flat) = flat {
                amount = amount.plus(&flat);
                terms.push(Term::product(&[&flat]));
            }
        }
        (amount, terms)
    }

    /// What so many units are in each tier.
    fn parts_up_to(&self, quantity: &Exact) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut below = Exact::ZERO;
        for tier in &self.0 {
            if *quantity <= below {
                break;
            }
            let top = match tier.up_to {
                Some(up_to) => quantity.min(&up_to.into()).clone(),
                None => quantity.clone(),
            };
            let flat = (!tier.flat.is_zero()).then(|| tier.flat.into());
            parts.push(Part { flat, ..Part::of(top.minus(&below), tier.each.into()) });
            below = top;
        }
        parts
    }
}

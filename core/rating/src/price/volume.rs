//! `volume = [...]`: all units at the price of the band that the whole quantity reaches.

use super::model::{Charge, Input, PriceModel};
use super::tiers::{self, Tier};
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::written::{Node, Sources};
use crate::work::{Calc, Phase, Term, Work};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Volume(Vec<Tier>);

impl PriceModel for Volume {
    const LINEAR: bool = false;

    fn read(node: &Node, _: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        tiers::read(node, sources).map(Volume)
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let quantity = input.quantity_not_negative()?;
        let reached = self.band(quantity).map(|index| &self.0[index]);
        let (amount, terms) = match reached {
            Some(tier) if !quantity.is_zero() => {
                let (each, flat) = (Exact::from(tier.each), Exact::from(tier.flat));
                let mut terms = Vec::new();
                if work.is_on() {
                    terms.push(Term::product(&[quantity, &each]));
                    if !flat.is_zero() {
                        terms.push(Term::product(&[&flat]));
                    }
                }
                (quantity.times(&each).plus(&flat), terms)
            }
            _ => (Exact::ZERO, Vec::new()),
        };
        work.step(Phase::Price, || ("volume".to_owned(), Calc::Sum(terms), Some(amount.clone())));
        Ok(Charge::of(amount))
    }

    fn bands(&self) -> Vec<String> {
        tiers::names(&self.0)
    }

    fn reached(&self, input: &Input) -> Vec<usize> {
        let used = input.quantity.as_ref().filter(|quantity| quantity.is_positive());
        used.and_then(|quantity| self.band(quantity)).into_iter().collect()
    }
}

impl Volume {
    fn band(&self, quantity: &Exact) -> Option<usize> {
        self.0.iter().position(|tier| tier.up_to.is_none_or(|up_to| *quantity <= up_to.into()))
    }
}

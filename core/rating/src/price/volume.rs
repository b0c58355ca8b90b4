//! `volume = [...]`: all units at the price of the band that the whole quantity reaches.

use ratebook_line::Decimal;

use super::model::{Charge, Input, PriceModel};
use super::part::Part;
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
        let reached = self.band(input.level.as_ref().unwrap_or(quantity)).map(|index| &self.0[index]);
        let Some(tier) = reached else { return Ok(Charge::of(Exact::ZERO)) };
        let (each, mut flat) = (Exact::from(tier.each), Exact::from(tier.flat));
        if quantity.is_zero() {
            flat = Exact::ZERO;
        }
        let amount = quantity.times(&each).plus(&flat);
        work.step(Phase::Price, || {
            let mut terms = vec![Term::product(&[quantity, &each])];
            if !flat.is_zero() {
                terms.push(Term::product(&[&flat]));
            }
            (tiers::note("volume", input), Calc::Sum(terms), Some(amount.clone()))
        });
        // What entering the tier costs is on top of the units' price.
        let unit_price = Decimal::is_zero(tier.flat).then_some(each);
        Ok(Charge { unit_price, ..Charge::of(amount) })
    }

    fn parts(&self, input: &Input) -> Vec<Part> {
        let used = input.quantity.as_ref().filter(|quantity| quantity.is_positive());
        let part = |quantity: &Exact| {
            let tier = &self.0[self.band(input.level.as_ref().unwrap_or(quantity))?];
            let flat = (!tier.flat.is_zero()).then(|| tier.flat.into());
            Some(Part { flat, ..Part::of(quantity.clone(), tier.each.into()) })
        };
        used.and_then(part).into_iter().collect()
    }

    fn bands(&self) -> Vec<String> {
        tiers::names(&self.0)
    }

    fn reached(&self, input: &Input) -> Vec<usize> {
        let used = input.quantity.as_ref().filter(|quantity| quantity.is_positive());
        used.and_then(|quantity| self.band(input.level.as_ref().unwrap_or(quantity))).into_iter().collect()
    }
}

impl Volume {
    fn band(&self, quantity: &Exact) -> Option<usize> {
        self.0.iter().position(|tier| tier.up_to.is_none_or(|up_to| *quantity <= up_to.into()))
    }
}

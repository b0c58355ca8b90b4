//! `flat = "99.00"`: one amount if anything was used at all.

use ratebook_line::Decimal;

use super::model::{Charge, Input, PriceModel};
use super::part::Part;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::written::{Node, Sources};
use crate::work::{Calc, Phase, Term, Work};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flat(Decimal);

impl PriceModel for Flat {
    const LINEAR: bool = false;

    fn read(node: &Node, _: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        sources.decimal_of(node).map(Flat)
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let quantity = input.quantity_not_negative()?;
        let amount = if quantity.is_zero() { Exact::ZERO } else { self.0.into() };
        work.step(Phase::Price, || {
            let note = if quantity.is_zero() { "flat, nothing used" } else { "flat" };
            (note.to_owned(), Calc::Sum(vec![Term::product(&[&amount])]), Some(amount.clone()))
        });
        Ok(Charge::of(amount))
    }

    fn parts(&self, input: &Input) -> Vec<Part> {
        let used = input.quantity.as_ref().filter(|quantity| quantity.is_positive());
        let part = |quantity: &Exact| Part {
            quantity: quantity.clone(),
            each: None,
            flat: Some(self.0.into()),
            size: None,
        };
        used.map(part).into_iter().collect()
    }
}

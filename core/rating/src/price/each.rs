//! `each = "4.40"`: a price for every unit.

use ratebook_line::Decimal;

use super::model::{Charge, Factor, Input, Of, PriceModel};
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::written::{Node, Sources};
use crate::work::{Calc, Phase, Term, Work};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Each(pub(super) Decimal);

impl PriceModel for Each {
    const LINEAR: bool = true;

    fn read(node: &Node, _: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        sources.decimal_of(node).map(Each)
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let (quantity, each) = (input.quantity()?, Exact::from(self.0));
        let amount = quantity.times(&each);
        work.step(Phase::Price, || {
            ("each".to_owned(), Calc::Sum(vec![Term::product(&[quantity, &each])]), Some(amount.clone()))
        });
        Ok(Charge { amount, unit_price: Some(each), vendor_currency: None })
    }

    fn factor(&self) -> Option<Factor> {
        let each = Exact::from(self.0);
        Some(Factor { of: Of::Quantity, times: each.clone(), unit_price: Some(each) })
    }
}

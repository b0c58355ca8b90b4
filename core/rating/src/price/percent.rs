//! `percent = "15%"`: a part of what the vendor charges, or of a quantity that is money itself.

use ratebook_line::Decimal;

use super::cost;
use super::model::{Charge, Factor, Input, Of, PriceModel};
use super::on::On;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::written::{Node, Sources};
use crate::work::{Calc, Phase, Term, Work};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Percent {
    percent: Decimal,
    on: On,
}

impl PriceModel for Percent {
    const LINEAR: bool = true;
    const IN_BOOK: bool = false;

    fn read(node: &Node, fields: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        let percent = sources.percent_of(node);
        let on = cost::read_on(fields, true, sources);
        Some(Percent { percent: percent?, on: on? })
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let percent = Exact::from(self.percent);
        if self.on != On::Quantity {
            return cost::charge(self.on, &percent, &Exact::ONE, "percent", input, work);
        }
        let quantity = input.quantity()?;
        let amount = quantity.times(&percent);
        work.step(Phase::Price, || {
            let calc = Calc::Sum(vec![Term::product(&[quantity, &percent])]);
            ("percent of the quantity".to_owned(), calc, Some(amount.clone()))
        });
        Ok(Charge::of(amount))
    }

    fn factor(&self) -> Option<Factor> {
        let of = match self.on {
            On::Quantity => Of::Quantity,
            On::Cost => Of::Cost,
            On::UnitPrice => return None,
        };
        Some(Factor { of, times: self.percent.into(), unit_price: None })
    }

    fn on(&self) -> On {
        self.on
    }
}

//! `margin = "20%"`: a price of which that part is ours: cost / 0.80.

use ratebook_line::Decimal;

use super::cost;
use super::model::{Charge, Input, PriceModel};
use super::on::On;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources};
use crate::work::Work;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Margin {
    margin: Decimal,
    on: On,
}

impl PriceModel for Margin {
    const LINEAR: bool = true;
    const IN_BOOK: bool = false;

    fn read(node: &Node, fields: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        let margin = sources.percent_of(node);
        let on = cost::read_on(fields, false, sources);
        let margin = margin?;
        if margin >= Decimal::ONE {
            let message = "a margin is a part of the price: it stays below 100%";
            sources.report_hint(node.place, LoadCode::Range, message, "`markup` adds a part of the cost");
            return None;
        }
        Some(Margin { margin, on: on? })
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let divisor = Exact::ONE.minus(&self.margin.into());
        cost::charge(self.on, &Exact::ONE, &divisor, "margin", input, work)
    }

    fn on(&self) -> On {
        self.on
    }
}

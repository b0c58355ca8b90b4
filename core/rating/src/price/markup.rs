//! `markup = "20%"`: what the vendor charges, and a part of it on top.

use ratebook_line::Decimal;

use super::cost;
use super::model::{Charge, Factor, Input, Of, PriceModel};
use super::on::On;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources};
use crate::work::Work;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Markup {
    markup: Decimal,
    on: On,
}

impl PriceModel for Markup {
    const LINEAR: bool = true;
    const IN_BOOK: bool = false;

    fn read(node: &Node, fields: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        let markup = sources.percent_of(node);
        let on = cost::read_on(fields, false, sources);
        let markup = markup?;
        if markup < -Decimal::ONE {
            sources.report(node.place, LoadCode::Range, "a markup below -100% would pay the customer");
            return None;
        }
        Some(Markup { markup, on: on? })
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let factor = Exact::ONE.plus(&self.markup.into());
        cost::charge(self.on, &factor, &Exact::ONE, "markup", input, work)
    }

    fn factor(&self) -> Option<Factor> {
        let times = Exact::ONE.plus(&self.markup.into());
        (self.on == On::Cost).then_some(Factor { of: Of::Cost, times, unit_price: None })
    }

    fn on(&self) -> On {
        self.on
    }
}

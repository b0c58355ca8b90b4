//! `markup = "20%"`: what the vendor charges, and a part of it on top.

use ratebook_line::Decimal;

use super::cost::{self, On};
use super::{Charge, Input, PriceModel};
use crate::exact::Exact;
use crate::explain::steps::Work;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources};

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

    fn on(&self) -> On {
        self.on
    }
}

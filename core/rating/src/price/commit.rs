//! `commit = { quantity = 150, each = "3.00", overage = "4.00" }`: a quantity paid in any case, more at its own price.

use ratebook_line::Decimal;

use super::model::{Charge, Input, PriceModel};
use super::part::Part;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources, Value};
use crate::work::{Calc, Phase, Term, Work};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Commit {
    pub(crate) quantity: CommitQuantity,
    each: Decimal,
    overage: Decimal,
}

/// How much is committed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CommitQuantity {
    /// So much, for the customers that the rule names.
    Fixed(Decimal),
    /// What the line says is entitled.
    Entitled,
}

impl PriceModel for Commit {
    const LINEAR: bool = false;
    const IN_BOOK: bool = false;

    fn read(node: &Node, _: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        let what = "a commitment is a table: { quantity = 150, each = \"3.00\", overage = \"4.00\" }";
        let mut fields = Fields::of(node, sources, LoadCode::Commit, what)?;
        let quantity = fields.take("quantity").map(|node| match &node.value {
            Value::Text(text) if text == "entitled" => Some(CommitQuantity::Entitled),
            _ => sources.amount_of(node).map(CommitQuantity::Fixed),
        });
        let each = fields.take("each").map(|node| sources.decimal_of(node));
        let overage = fields.take("overage").map(|node| sources.decimal_of(node));
        if quantity.is_none() || each.is_none() || overage.is_none() {
            let message = "a commitment needs `quantity`, `each` and `overage`";
            sources.report_hint(node.place, LoadCode::Commit, message, what);
        }
        fields.finish(sources, &[]);
        Some(Commit { quantity: quantity??, each: each??, overage: overage?? })
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let quantity = input.quantity_not_negative()?;
        let committed = self.committed(input).ok_or(LineCode::NoQuantity)?;
        if committed.is_negative() {
            return Err(LineCode::NegativeQuantity);
        }
        let (each, overage) = (Exact::from(self.each), Exact::from(self.overage));
        let over = quantity.minus(&committed).max(Exact::ZERO);
        let amount = committed.times(&each).plus(&over.times(&overage));
        work.step(Phase::Price, || {
            let terms = vec![Term::product(&[&committed, &each]), Term::product(&[&over, &overage])];
            (format!("commit {committed}, {over} over"), Calc::Sum(terms), Some(amount.clone()))
        });
        Ok(Charge::of(amount))
    }

    fn parts(&self, input: &Input) -> Vec<Part> {
        let (Some(quantity), Some(committed)) = (&input.quantity, self.committed(input)) else {
            return Vec::new();
        };
        let over = quantity.minus(&committed).max(Exact::ZERO);
        let parts = [Part::of(committed, self.each.into()), Part::of(over, self.overage.into())];
        parts.into_iter().filter(|part| !part.quantity.is_zero()).collect()
    }

    fn bands(&self) -> Vec<String> {
        vec!["committed".to_owned(), "overage".to_owned()]
    }

    fn reached(&self, input: &Input) -> Vec<usize> {
        let (Some(quantity), Some(committed)) = (&input.quantity, self.committed(input)) else {
            return Vec::new();
        };
        let used = quantity.is_positive() && committed.is_positive();
        [(0, used), (1, *quantity > committed)]
            .into_iter()
            .filter_map(|(band, reached)| reached.then_some(band))
            .collect()
    }
}

impl Commit {
    fn committed(&self, input: &Input) -> Option<Exact> {
        match self.quantity {
            CommitQuantity::Fixed(quantity) => Some(quantity.into()),
            CommitQuantity::Entitled => input.entitled.clone(),
        }
    }
}

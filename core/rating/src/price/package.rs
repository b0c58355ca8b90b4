//! `package = { size = 20, each = "5.00" }`: whole packages, the last one paid in full.

use ratebook_line::Decimal;

use super::model::{Charge, Input, PriceModel};
use super::part::Part;
use crate::exact::Exact;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources};
use crate::work::{Calc, Phase, Term, Work};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Package {
    size: Decimal,
    each: Decimal,
}

impl PriceModel for Package {
    const LINEAR: bool = false;

    fn read(node: &Node, _: &mut Fields<'_>, sources: &mut Sources) -> Option<Self> {
        let what = "a package is a table: { size = 20, each = \"5.00\" }";
        let mut fields = Fields::of(node, sources, LoadCode::Price, what)?;
        let size = fields.take("size").map(|node| sources.positive_of(node));
        let each = fields.take("each").map(|node| sources.decimal_of(node));
        if size.is_none() || each.is_none() {
            sources.report_hint(node.place, LoadCode::Price, "a package needs `size` and `each`", what);
        }
        fields.finish(sources, &[]);
        Some(Package { size: size??, each: each?? })
    }

    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
        let quantity = input.quantity_not_negative()?;
        let (size, each) = (Exact::from(self.size), Exact::from(self.each));
        let packages = quantity.over(&size).unwrap_or(Exact::ZERO).ceiling();
        let amount = packages.times(&each);
        work.step(Phase::Price, || {
            (
                format!("packages of {size}"),
                Calc::Ceiling(Term::over(&[quantity], &size)),
                Some(packages.clone()),
            )
        });
        work.step(Phase::Price, || {
            ("package".to_owned(), Calc::Sum(vec![Term::product(&[&packages, &each])]), Some(amount.clone()))
        });
        Ok(Charge::of(amount))
    }

    fn parts(&self, input: &Input) -> Vec<Part> {
        let used = input.quantity.as_ref().filter(|quantity| quantity.is_positive());
        let part = |quantity: &Exact| {
            let size = Exact::from(self.size);
            let packages = quantity.over(&size).unwrap_or(Exact::ZERO).ceiling();
            Part { size: Some(size), ..Part::of(packages, self.each.into()) }
        };
        used.map(part).into_iter().collect()
    }
}

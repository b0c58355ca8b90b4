//! `expect = { min, max }`: the quantities that are billed without anybody looking.

use ratebook_line::Decimal;

use super::months::optional;
use crate::exact::Exact;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources};

/// The least and the most that is expected, both included.
#[derive(Clone, Debug)]
pub(crate) struct Expect {
    min: Option<Decimal>,
    max: Option<Decimal>,
}

impl Expect {
    pub(super) fn read(node: &Node, sources: &mut Sources) -> Option<Expect> {
        let what = "expect is a table: { max = 25 } or { min = 1, max = 25 }";
        let mut fields = Fields::of(node, sources, LoadCode::Value, what)?;
        let min = fields.take("min").map(|node| sources.decimal_of(node));
        let max = fields.take("max").map(|node| sources.decimal_of(node));
        let place = fields.key_place("max");
        let nothing = min.is_none() && max.is_none();
        // A misspelt key is told as that alone.
        if nothing && !fields.has_misspelt(&["min", "max"]) {
            sources.report_hint(node.place, LoadCode::Value, "this expects nothing: min or max", what);
        }
        fields.finish(sources, &[]);
        let (min, max) = (optional(min)?, optional(max)?);
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            sources.report(place, LoadCode::Range, format!("max {max} lies below min {min}"));
            return None;
        }
        (!nothing).then_some(Expect { min, max })
    }

    pub(crate) fn allows(&self, quantity: &Exact) -> bool {
        self.min.is_none_or(|min| *quantity >= min.into())
            && self.max.is_none_or(|max| *quantity <= max.into())
    }
}

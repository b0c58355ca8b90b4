//! The verb `cost`: what we pay for a unit, where the vendor does not say.

use ratebook_line::{Currency, Decimal};

use super::months::optional;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Place, Sources};

const SHAPE: &str = "cost is a table: { book = \"acronis-buy\" } or { each = \"1.10\" }";

#[derive(Clone, Debug)]
pub(crate) struct Cost {
    pub(crate) source: CostSource,
    pub(crate) currency: Option<Currency>,
    /// The only unit that quantities may be in.
    pub(crate) unit: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum CostSource {
    Each(Decimal),
    /// The id of a price book, and where it stands.
    Book(String, Place),
}

impl Cost {
    pub(super) fn read(node: &Node, sources: &mut Sources) -> Option<Cost> {
        let mut fields = Fields::of(node, sources, LoadCode::Value, SHAPE)?;
        let book = fields.take("book").map(|node| (sources.text_of(node, LoadCode::Book), node.place));
        let each = fields.take("each").map(|node| sources.amount_of(node));
        let currency = fields.take("currency").map(|node| sources.currency_of(node, LoadCode::Value));
        let unit = fields.take("unit").map(|node| sources.text_of(node, LoadCode::Value));
        let mut sound = true;
        let mut refuse = |place, message: &str, hint: &str| {
            sources.report_hint(place, LoadCode::Verb, message, hint);
            sound = false;
        };
        if book.is_some() == each.is_some() && (book.is_some() || !fields.has_misspelt(&["book", "each"])) {
            refuse(node.place, "a cost comes from a book, or is said for each unit", SHAPE);
        }
        if book.is_some() && currency.is_some() {
            let message = "this cost's currency is the book's";
            refuse(fields.key_place("currency"), message, "remove `currency`");
        }
        fields.finish(sources, &[]);
        let source = match (book, each) {
            (Some((id, place)), None) => CostSource::Book(id?, place),
            (None, Some(each)) => CostSource::Each(each?),
            _ => return None,
        };
        sound.then_some(Cost { source, currency: optional(currency)?, unit: optional(unit)? })
    }
}

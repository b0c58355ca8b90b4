//! The books that costs are taken from.

use super::books::Book;
use super::cost::{Cost, CostSource};
use super::rule::{Rule, Verb};
use crate::price::Model;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Sources, nearest};

/// A cost is what a unit costs by itself: books of tiers or packages say what many cost together.
pub(super) fn check(rules: &[Rule], books: &[Book], sources: &mut Sources) {
    for rule in rules {
        let Verb::Cost(Cost { source: CostSource::Book(id, place), .. }) = &rule.verb else { continue };
        let about = vec![rule.common.id.clone()];
        let versions: Vec<&Book> = books.iter().filter(|book| book.id == *id).collect();
        if versions.is_empty() {
            let near = nearest(id, books.iter().map(|book| book.id.as_str()));
            let hint = near.map(|near| format!("did you mean \"{near}\"?"));
            sources.report_with(*place, LoadCode::Book, format!("there is no book \"{id}\""), hint, about);
            continue;
        }
        let mut prices = versions.iter().flat_map(|book| &book.prices);
        if let Some(price) = prices.find(|price| !matches!(price.model, Model::Each(_))) {
            let message = format!(
                "a cost is what each unit costs, and book \"{id}\" has another price for {}",
                price.sku
            );
            let hint = Some("take the costs from a book of prices per unit: \"SKU\" = \"1.10\"".to_owned());
            sources.report_with(*place, LoadCode::Book, message, hint, about);
        }
    }
}

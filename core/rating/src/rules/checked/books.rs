//! `[[book]]`: prices by SKU, with the months they hold.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal};

use super::months::{Months, optional};
use crate::price::Model;
use crate::rules::fields::Fields;
use crate::rules::flat::{self, Flat};
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Place, Sources, Value};

/// One version of a price book.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) id: String,
    /// The settings' currency if `None`.
    pub(crate) currency: Option<Currency>,
    pub(crate) months: Months,
    pub(crate) prices: Vec<BookPrice>,
    /// Where the book's id stands.
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) struct BookPrice {
    pub(crate) sku: String,
    pub(crate) model: Model,
    pub(crate) unit: Option<String>,
    /// What is written of it, from whichever list.
    pub(crate) written: Flat,
    pub(crate) place: Place,
}

const COLUMNS: [&str; 3] = ["sku", "each", "unit"];

impl Book {
    /// `csv`: reads a file named in `prices_csv` into `sources`.
    pub(super) fn read(
        node: &Node,
        sources: &mut Sources,
        csv: &mut dyn FnMut(&Node, &mut Sources) -> Option<usize>,
    ) -> Option<Book> {
        let mut fields = Fields::of(node, sources, LoadCode::Book, "a book is a table: [[book]]")?;
        let (id, place) = match fields.take("id") {
            Some(node) => (sources.text_of(node, LoadCode::Id), node.place),
            None => {
                let hint = "write: id = \"acronis\"";
                sources.report_hint(fields.place, LoadCode::Id, "a book needs an id", hint);
                (None, fields.place)
            }
        };
        let currency = fields.take("currency").map(|node| sources.currency_of(node, LoadCode::Value));
        let months = Months::read(&mut fields, false, sources);
        let mut prices = Vec::new();
        let table = fields.take("prices");
        let list = fields.take("prices_csv");
        if table.is_none() && list.is_none() {
            let hint = "write [book.prices] below it, or prices_csv = \"prices.csv\"";
            sources.report_hint(place, LoadCode::Book, "this book has no prices", hint);
        }
        match table.map(|node| (&node.value, node.place)) {
            Some((Value::Table(table), _)) => {
                for (key, node) in &table.0 {
                    if key.name.is_empty() {
                        sources.report(key.place, LoadCode::Value, "a SKU is not empty");
                    } else if let Some((model, unit)) = read_price(node, sources) {
                        let mut written = Flat::new();
                        flat::put(&mut written, "", node);
                        prices.push(BookPrice {
                            sku: key.name.clone(),
                            model,
                            unit,
                            written,
                            place: key.place,
                        });
                    }
                }
            }
            Some((Value::Refused, _)) | None => {}
            Some((_, place)) => {
                sources.report(place, LoadCode::Book, "[book.prices] is a table: \"SKU\" = \"2.10\"");
            }
        }
        if let Some(file) = list.and_then(|node| csv(node, sources)) {
            read_csv(file, &mut prices, sources);
        }
        fields.finish(sources, &[]);
        Some(Book { id: id?, currency: optional(currency)?, months: months?, prices, place })
    }
}

/// Keys of a rule's price that mean nothing in a book.
const OF_RULES: [&str; 14] = [
    "pool",
    "take",
    "level",
    "included",
    "split",
    "prorate",
    "currency",
    "name",
    "expect",
    "uplift",
    "unit_places",
    "discounted",
    "unit_min",
    "unit_max",
];

fn read_price(node: &Node, sources: &mut Sources) -> Option<(Model, Option<String>)> {
    if !matches!(node.value, Value::Table(_)) {
        return Model::read_short(node, sources).map(|model| (model, None));
    }
    let mut fields = Fields::of(node, sources, LoadCode::Price, "")?;
    let model = Model::read(&mut fields, true, sources);
    let unit = fields.take("unit").map(|node| sources.text_of(node, LoadCode::Value));
    let rule = "this belongs to the rule's price, not into the book";
    let also = OF_RULES.map(|key| (key, LoadCode::Price, rule));
    fields.finish(sources, &also);
    Some((model?, optional(unit)?))
}

fn read_csv(file: usize, prices: &mut Vec<BookPrice>, sources: &mut Sources) {
    for row in crate::rules::csv_rows::rows(file, &COLUMNS, &["sku", "each"], sources) {
        let cell = |name: &str| row.cells.get(name).map_or("", String::as_str);
        if cell("sku").is_empty() {
            sources.report(row.place, LoadCode::Value, "a SKU is not empty");
            continue;
        }
        match cell("each").parse::<Decimal>() {
            Ok(each) => prices.push(BookPrice {
                sku: cell("sku").to_owned(),
                model: Model::each(each),
                unit: Some(cell("unit").to_owned()).filter(|unit| !unit.is_empty()),
                written: flat::cells(row.cells, "sku"),
                place: row.place,
            }),
            Err(error) => {
                let message = format!("\"{}\" is not a usable number: {error}", cell("each"));
                sources.report(row.place, LoadCode::Number, message);
            }
        }
    }
}

/// Reports every SKU that has two prices of one book in one month. `taking`: the rules that take a book's prices.
pub(super) fn check_overlaps(books: &[Book], taking: &dyn Fn(&str) -> Vec<String>, sources: &mut Sources) {
    let mut seen: BTreeMap<(&str, &str), Vec<(Months, Place)>> = BTreeMap::new();
    for book in books {
        for price in &book.prices {
            let versions = seen.entry((&book.id, &price.sku)).or_default();
            if let Some((_, earlier)) = versions.iter().find(|(months, _)| months.meets(book.months)) {
                let message = format!(
                    "{} has a price of book {} for some of the same months already, at {}",
                    price.sku,
                    book.id,
                    sources.spot(*earlier),
                );
                let hint = "end the earlier one: until = the month before";
                let rules = taking(&book.id);
                sources.report_with(
                    price.place,
                    LoadCode::BookOverlap,
                    message,
                    Some(hint.to_owned()),
                    rules,
                );
            }
            versions.push((book.months, price.place));
        }
    }
}

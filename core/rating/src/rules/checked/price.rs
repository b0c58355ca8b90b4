//! The verb `price`: one model (or a book) and its modifiers.

use ratebook_line::{Currency, Decimal};

use super::common::Common;
use super::months::optional;
use super::when::{Field, Scope, When};
use crate::price::{Commit, CommitQuantity, Model};
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Place, Sources, Value};

#[derive(Clone, Debug)]
pub(crate) struct Price {
    pub(crate) source: PriceSource,
    pub(crate) included: Option<Included>,
    pub(crate) pool: Option<Pool>,
    /// A pooled amount is shown per line.
    pub(crate) split: bool,
    pub(crate) prorate: bool,
    /// The only unit that quantities may be in.
    pub(crate) unit: Option<String>,
    pub(crate) currency: Option<Currency>,
    pub(crate) name: Option<String>,
    place: Place,
}

#[derive(Clone, Debug)]
pub(crate) enum PriceSource {
    Model(Model),
    /// The id of a price book, and where it stands.
    Book(String, Place),
}

#[derive(Clone, Debug)]
pub(crate) enum Included {
    Fixed(Decimal),
    /// So much for each counted unit.
    Per {
        each: Decimal,
        per: When,
    },
}

/// Whose lines are summed before they are priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Pool {
    Tenant,
    Customer,
    Partner,
    All,
}

impl Pool {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Pool::Tenant => "tenant",
            Pool::Customer => "customer",
            Pool::Partner => "partner",
            Pool::All => "all",
        }
    }
}

impl Price {
    pub(super) fn read(node: &Node, sources: &mut Sources) -> Option<Price> {
        let plain = |model| Price {
            source: PriceSource::Model(model),
            included: None,
            pool: None,
            split: false,
            prorate: false,
            unit: None,
            currency: None,
            name: None,
            place: node.place,
        };
        if !matches!(node.value, Value::Table(_)) {
            // In a book there are no percentages, so that digits alone say enough there.
            return sources
                .is_plainly_money(node, "price")
                .then(|| Model::read_short(node, sources).map(plain))?;
        }
        let mut fields = Fields::of(node, sources, LoadCode::Price, "")?;
        let source = if fields.has("book") {
            read_book(&mut fields, sources)
        } else {
            fields.take_known("book");
            Model::read(&mut fields, false, sources).map(PriceSource::Model)
        };
        let included = fields.take("included").map(|node| read_included(node, sources));
        let pools = [Pool::Tenant, Pool::Customer, Pool::Partner, Pool::All].map(|pool| (pool.word(), pool));
        let pool = fields.take("pool").map(|node| sources.word_of(node, LoadCode::Pool, &pools));
        let split = fields.take("split").map(|node| sources.bool_of(node));
        let prorate = fields.take("prorate").map(|node| sources.bool_of(node));
        let unit = fields.take("unit").map(|node| sources.text_of(node, LoadCode::Value));
        let currency = fields.take("currency").map(|node| sources.currency_of(node, LoadCode::Value));
        let name = fields.take("name").map(|node| sources.text_of(node, LoadCode::Value));
        let places = ["split", "currency", "included", "pool"].map(|key| fields.key_place(key));
        let on_cost_only = "this belongs to prices on the vendor's cost (markup, margin, percent)";
        let also = [("on", LoadCode::Price, on_cost_only), ("unit_places", LoadCode::Price, on_cost_only)];
        fields.finish(sources, &also);
        let price = Price {
            source: source?,
            included: optional(included)?,
            pool: optional(pool)?,
            split: optional(split)?.unwrap_or(false),
            prorate: optional(prorate)?.unwrap_or(false),
            unit: optional(unit)?,
            currency: optional(currency)?,
            name: optional(name)?,
            place: node.place,
        };
        price.check(places, sources).then_some(price)
    }

    /// What can be said without the settings and the rule around.
    fn check(&self, places: [Place; 4], sources: &mut Sources) -> bool {
        let [split, currency, included, pool] = places;
        let mut sound = true;
        let mut refuse = |place, code, message: &str, hint: &str| {
            sources.report_hint(place, code, message, hint);
            sound = false;
        };
        let on_cost = matches!(&self.source, PriceSource::Model(model) if model.is_on_cost());
        if on_cost && (self.included.is_some() || self.pool.is_some()) {
            let place = if self.pool.is_some() { pool } else { included };
            let message = "pool and included have no effect on a price on the vendor's cost";
            refuse(place, LoadCode::Pool, message, "remove them");
        }
        if matches!(self.included, Some(Included::Per { .. })) && self.pool.is_none() {
            let message = "`included` per counted unit needs a pool to count in";
            refuse(included, LoadCode::Pool, message, "add: pool = \"customer\"");
        }
        if self.split && self.pool.is_none() {
            refuse(split, LoadCode::Pool, "there is no pool to split", "add: pool = \"customer\"");
        }
        if self.currency.is_some() && (on_cost || matches!(self.source, PriceSource::Book(..))) {
            let message = "this price's currency is the vendor's or the book's";
            refuse(currency, LoadCode::Price, message, "remove `currency`");
        }
        sound
    }

    /// What depends on who is billed. Wider than one bill means that the shares must be shown.
    pub(super) fn check_bills(&self, common: &Common, partners_are_billed: bool, sources: &mut Sources) {
        let (whole, field) = if partners_are_billed {
            (Pool::Partner, Field::Partner)
        } else {
            (Pool::Customer, Field::Customer)
        };
        if let Some(pool) = self.pool
            && pool > whole
            && !self.split
        {
            let message = format!("a pool over \"{}\" is wider than one bill", pool.word());
            let hint = "add: split = true (each line then shows its share)";
            sources.report_hint(self.place, LoadCode::Pool, message, hint);
        }
        let fixed = matches!(
            &self.source,
            PriceSource::Model(Model::Commit(Commit { quantity: CommitQuantity::Fixed(_), .. }))
        );
        let names = common.when.named(field).unwrap_or(&[]);
        if fixed && (names.is_empty() || names.iter().any(String::is_empty)) {
            let message = format!(
                "rule \"{}\" commits a quantity, but names no {}s who pay it",
                common.id,
                field.name()
            );
            let hint = format!("name them: when = {{ {} = [\"contoso\", \"fabrikam\"] }}", field.name());
            sources.report_hint(self.place, LoadCode::Commit, message, hint);
        } else if fixed && self.pool != Some(whole) {
            let message = "a committed quantity is for all of a customer's lines together";
            let hint = format!("add: pool = \"{}\"", whole.word());
            sources.report_hint(self.place, LoadCode::Commit, message, hint);
        }
    }
}

fn read_book(fields: &mut Fields<'_>, sources: &mut Sources) -> Option<PriceSource> {
    let node = fields.take("book")?;
    if let Some(model) = crate::price::KEYS.iter().find(|key| fields.has(key)) {
        fields.take_known(model);
        let place = fields.key_place(model);
        let message = format!("a price has one model, this one has `book` and `{model}`");
        sources.report_hint(place, LoadCode::Price, message, "keep one of them");
        return None;
    }
    sources.text_of(node, LoadCode::Book).map(|id| PriceSource::Book(id, node.place))
}

fn read_included(node: &Node, sources: &mut Sources) -> Option<Included> {
    if !matches!(node.value, Value::Table(_)) {
        return sources.amount_of(node).map(Included::Fixed);
    }
    let what = "included is a number or { each = 50, per = { sku = \"..\" } }";
    let mut fields = Fields::of(node, sources, LoadCode::Value, what)?;
    let each = fields.take("each").map(|node| sources.amount_of(node));
    let per = fields.take("per").map(|node| When::read(node, Scope::Line, sources));
    if each.is_none() || per.is_none() {
        sources.report_hint(node.place, LoadCode::Value, "`included` needs `each` and `per`", what);
    }
    fields.finish(sources, &[]);
    Some(Included::Per { each: each??, per: per?? })
}

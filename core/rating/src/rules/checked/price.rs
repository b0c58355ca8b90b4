//! The verb `price`: one model (or a book) and its modifiers.

use ratebook_line::{Currency, Decimal};

use super::common::Common;
use super::expect::Expect;
use super::months::optional;
use super::unit_price::UnitPrice;
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
    /// What of the pooled lines' quantities is charged.
    pub(crate) take: Take,
    /// Whose quantities choose the tier, if not the line's own.
    pub(crate) level: Option<When>,
    /// The quantities that are billed without anybody looking.
    pub(crate) expect: Option<Expect>,
    /// What is put on the list price, as a part of it.
    pub(crate) uplift: Option<Decimal>,
    /// What is done to the price of a unit.
    pub(crate) unit_price: UnitPrice,
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

/// What of the quantities of a pool's lines is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Take {
    #[default]
    Sum,
    /// The largest: daily snapshots bill their peak.
    Max,
    /// The mean over the lines.
    Average,
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
            take: Take::Sum,
            level: None,
            expect: None,
            uplift: None,
            unit_price: UnitPrice::default(),
            split: false,
            prorate: false,
            unit: None,
            currency: None,
            name: None,
            place: node.place,
        };
        if !matches!(node.value, Value::Table(_)) {
            return Model::read_short(node, sources).map(plain);
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
        let takes = [("sum", Take::Sum), ("max", Take::Max), ("average", Take::Average)];
        let take = fields.take("take").map(|node| sources.word_of(node, LoadCode::Pool, &takes));
        let level = fields.take("level").map(|node| read_level(node, sources));
        let expect = fields.take("expect").map(|node| Expect::read(node, sources));
        let uplift = fields.take("uplift").map(|node| read_uplift(node, sources));
        let unit_price = UnitPrice::read(&mut fields, sources);
        let split = fields.take("split").map(|node| sources.bool_of(node));
        let prorate = fields.take("prorate").map(|node| sources.bool_of(node));
        let unit = fields.take("unit").map(|node| sources.text_of(node, LoadCode::Value));
        let currency = fields.take("currency").map(|node| sources.currency_of(node, LoadCode::Value));
        let name = fields.take("name").map(|node| sources.text_of(node, LoadCode::Value));
        let places = Places {
            split: fields.key_place("split"),
            currency: fields.key_place("currency"),
            included: fields.key_place("included"),
            pool: fields.key_place("pool"),
            take: fields.key_place("take"),
            level: fields.key_place("level"),
            unit_price: UnitPrice::KEYS
                .iter()
                .find(|key| fields.has(key))
                .map(|key| (*key, fields.key_place(key))),
        };
        let on_cost_only = "this belongs to prices on the vendor's cost (markup, margin, percent)";
        fields.finish(sources, &[("on", LoadCode::Price, on_cost_only)]);
        let price = Price {
            source: source?,
            included: optional(included)?,
            pool: optional(pool)?,
            take: optional(take)?.unwrap_or_default(),
            level: optional(level)?,
            expect: optional(expect)?,
            uplift: optional(uplift)?,
            unit_price: unit_price?,
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
    fn check(&self, places: Places, sources: &mut Sources) -> bool {
        let Places { split, currency, included, pool, take, level, unit_price } = places;
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
        if self.take != Take::Sum && self.pool.is_none() {
            let message = "`take` says what of a pool is charged, and there is no pool";
            refuse(take, LoadCode::Pool, message, "add: pool = \"customer\"");
        }
        let tiers = match &self.source {
            PriceSource::Model(model) => model.has_tiers(),
            PriceSource::Book(..) => true,
        };
        if self.level.is_some() && !tiers {
            let message = "`level` chooses a tier, and this price has none";
            refuse(
                level,
                LoadCode::Tier,
                message,
                "it stands beside `volume`, `graduated` or a book of such prices",
            );
        }
        if self.level.is_some() && self.pool.is_none() {
            let message = "`level` needs a pool to count in";
            refuse(level, LoadCode::Pool, message, "add: pool = \"customer\"");
        }
        if let (Some((key, place)), PriceSource::Model(model)) = (unit_price, &self.source)
            && !model.is_per_unit()
        {
            let message = format!("`{key}` is about the price of a unit, and this price has none");
            refuse(
                place,
                LoadCode::Price,
                &message,
                "it stands beside each, markup, margin or percent of a cost",
            );
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
            let hint = Some(hint.to_owned());
            sources.report_with(self.place, LoadCode::Pool, message, hint, vec![common.id.clone()]);
        }
        let fixed = matches!(
            &self.source,
            PriceSource::Model(Model::Commit(Commit { quantity: CommitQuantity::Fixed(_), .. }))
        );
        if fixed {
            self.check_commitment(common, partners_are_billed, (whole, field), sources);
        }
    }

    /// A fixed quantity is each one's own commitment: who they are is said, and their lines are pooled for each.
    fn check_commitment(
        &self,
        common: &Common,
        partners_are_billed: bool,
        (whole, field): (Pool, Field),
        sources: &mut Sources,
    ) {
        let names = |field: Field| {
            let names = common.when.named(field).unwrap_or(&[]);
            if names.iter().any(String::is_empty) { &[] } else { names }
        };
        // Whoever names customers means that each of them commits, whoever gets the bill.
        let by_customer = self.pool == Some(Pool::Customer)
            || (self.pool.is_none() && partners_are_billed && !names(Field::Customer).is_empty());
        let (whole, field) = if by_customer { (Pool::Customer, Field::Customer) } else { (whole, field) };
        let (message, hint) = if names(field).is_empty() {
            (
                format!(
                    "rule \"{}\" commits a quantity, but names no {}s who pay it",
                    common.id,
                    field.name()
                ),
                format!("name them: when = {{ {} = [\"contoso\", \"fabrikam\"] }}", field.name()),
            )
        } else if self.pool != Some(whole) {
            let message = format!("a committed quantity is for all of a {}'s lines together", field.name());
            (message, format!("add: pool = \"{}\"", whole.word()))
        } else if by_customer && partners_are_billed && names(Field::Partner).len() != 1 {
            let message =
                format!("rule \"{}\" commits customers, but says not whose bill that is on", common.id);
            (message, "name their partner: when = { partner = \"msp-one\", customer = [..] }".to_owned())
        } else {
            return;
        };
        sources.report_with(self.place, LoadCode::Commit, message, Some(hint), vec![common.id.clone()]);
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

/// Where keys stand that something can be wrong with.
struct Places {
    split: Place,
    currency: Place,
    included: Place,
    pool: Place,
    take: Place,
    level: Place,
    /// The first of the keys about the price of a unit, if there is one.
    unit_price: Option<(&'static str, Place)>,
}

fn read_level(node: &Node, sources: &mut Sources) -> Option<When> {
    let what = "level is a table: { of = { sku = \"LIC-*\" } }";
    let mut fields = Fields::of(node, sources, LoadCode::Value, what)?;
    let of = fields.take("of").map(|node| When::read(node, Scope::Line, sources));
    if of.is_none() {
        sources.report_hint(node.place, LoadCode::Value, "`level` says whose units are counted", what);
    }
    fields.finish(sources, &[]);
    of?
}

fn read_uplift(node: &Node, sources: &mut Sources) -> Option<Decimal> {
    let uplift = sources.percent_of(node)?;
    if uplift < -Decimal::ONE {
        sources.report(node.place, LoadCode::Range, "an uplift below -100% would pay the customer");
        return None;
    }
    Some(uplift)
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

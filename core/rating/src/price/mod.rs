//! Price models, one file each. A model owns its shape, how it is read and checked, and its arithmetic.
//!
//! One more model is one file and two lines here: its `mod` and its place in [`models!`].

mod commit;
mod cost;
mod each;
mod flat;
mod graduated;
mod margin;
mod markup;
mod package;
mod percent;
mod tiers;
mod volume;

use ratebook_line::{Currency, Decimal, Rounding};

use crate::exact::Exact;
use crate::explain::steps::Work;
use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources, Value};

pub(crate) use commit::{Commit, CommitQuantity};
pub(crate) use cost::On;

/// What a model is applied to: one line, or the sum of a pool.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    /// The chargeable quantity: after pool and included.
    pub(crate) quantity: Option<Exact>,
    pub(crate) entitled: Option<Exact>,
    pub(crate) total_cost: Option<Decimal>,
    pub(crate) unit_price: Option<Decimal>,
    pub(crate) vendor_currency: Option<Currency>,
    /// How unit prices are rounded, where the rule says that they are.
    pub(crate) mode: Rounding,
}

impl Input {
    fn quantity(&self) -> Result<&Exact, LineCode> {
        self.quantity.as_ref().ok_or(LineCode::NoQuantity)
    }

    /// The quantity, for models that have no meaning below 0.
    fn quantity_not_negative(&self) -> Result<&Exact, LineCode> {
        let quantity = self.quantity()?;
        if quantity.is_negative() { Err(LineCode::NegativeQuantity) } else { Ok(quantity) }
    }
}

/// What a model makes of it.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub(crate) amount: Exact,
    /// Money per unit, where the model has one for all units.
    pub(crate) unit_price: Option<Exact>,
    /// The vendor's currency, for models on cost; else it is the rule's or the book's.
    pub(crate) vendor_currency: Option<Currency>,
}

impl Charge {
    fn of(amount: Exact) -> Charge {
        Charge { amount, unit_price: None, vendor_currency: None }
    }
}

/// A way of charging.
pub(crate) trait PriceModel: Sized {
    /// True if half the quantity is half the amount, so that corrections mirror and late lines are fine.
    const LINEAR: bool;
    /// True if it may stand in a price book.
    const IN_BOOK: bool = true;

    /// Reads the model's value; keys beside it that belong to it are taken from `fields`.
    fn read(node: &Node, fields: &mut Fields<'_>, sources: &mut Sources) -> Option<Self>;

    /// The amount for an input, exact.
    fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode>;

    /// What it starts from. Pools and included units mean nothing to prices on the vendor's cost.
    fn on(&self) -> On {
        On::Quantity
    }

    /// The names of its parts that usage may never reach, if it has such: `up_to 100`.
    fn bands(&self) -> Vec<String> {
        Vec::new()
    }

    /// Which of its bands an input reaches.
    fn reached(&self, _: &Input) -> Vec<usize> {
        Vec::new()
    }
}

macro_rules! models {
    ($($key:literal => $name:ident($shape:ty),)*) => {
        /// One of the price models.
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) enum Model {
            $($name($shape),)*
        }

        /// The keys of the models in a `price` table or a book.
        pub(crate) const KEYS: &[&str] = &[$($key),*];

        impl Model {
            /// Reads the model whose key is in the table.
            fn read_key(key: &str, fields: &mut Fields<'_>, sources: &mut Sources) -> Option<Model> {
                match key {
                    $($key => {
                        let node = fields.take($key)?;
                        <$shape as PriceModel>::read(node, fields, sources).map(Model::$name)
                    })*
                    _ => None,
                }
            }

            fn may_stand_in_book(key: &str) -> bool {
                match key {
                    $($key => <$shape as PriceModel>::IN_BOOK,)*
                    _ => false,
                }
            }

            pub(crate) fn is_linear(&self) -> bool {
                match self {
                    $(Model::$name(_) => <$shape as PriceModel>::LINEAR,)*
                }
            }

            pub(crate) fn on(&self) -> On {
                match self {
                    $(Model::$name(model) => model.on(),)*
                }
            }

            pub(crate) fn charge(&self, input: &Input, work: &mut Work) -> Result<Charge, LineCode> {
                match self {
                    $(Model::$name(model) => model.charge(input, work),)*
                }
            }

            pub(crate) fn bands(&self) -> Vec<String> {
                match self {
                    $(Model::$name(model) => model.bands(),)*
                }
            }

            pub(crate) fn reached(&self, input: &Input) -> Vec<usize> {
                match self {
                    $(Model::$name(model) => model.reached(input),)*
                }
            }
        }
    };
}

models! {
    "each" => Each(each::Each),
    "flat" => Flat(flat::Flat),
    "graduated" => Graduated(graduated::Graduated),
    "volume" => Volume(volume::Volume),
    "package" => Package(package::Package),
    "commit" => Commit(commit::Commit),
    "markup" => Markup(markup::Markup),
    "margin" => Margin(margin::Margin),
    "percent" => Percent(percent::Percent),
}

impl Model {
    pub(crate) fn is_on_cost(&self) -> bool {
        self.on() != On::Quantity
    }

    /// True if it charges the line's entitled quantity.
    pub(crate) fn is_on_entitled(&self) -> bool {
        matches!(self, Model::Commit(Commit { quantity: CommitQuantity::Entitled, .. }))
    }

    /// `price = "4.40"`: short for `each`.
    pub(crate) fn read_short(node: &Node, sources: &mut Sources) -> Option<Model> {
        if let Value::Text(text) = &node.value
            && text.ends_with('%')
        {
            let hint = format!("write: price = {{ markup = \"{text}\" }} (or margin, percent)");
            sources.report_hint(node.place, LoadCode::Price, "a percentage alone is not a price", hint);
            return None;
        }
        sources.decimal_of(node).map(|each| Model::Each(each::Each(each)))
    }

    /// Takes the one model of a table. `book`: the table is an entry of a price book.
    pub(crate) fn read(fields: &mut Fields<'_>, book: bool, sources: &mut Sources) -> Option<Model> {
        let given: Vec<&str> = KEYS.iter().copied().filter(|key| fields.has(key)).collect();
        // So that a misspelt key is compared with all of them.
        if given.len() != 1 {
            for key in KEYS {
                fields.take_known(key);
            }
        }
        match given[..] {
            [key] if book && !Model::may_stand_in_book(key) => {
                let place = fields.key_place(key);
                fields.take_known(key);
                let message = format!("`{key}` cannot stand in a price book");
                sources.report_hint(place, LoadCode::Price, message, "write it in a [[rule]]");
                None
            }
            [key] => Model::read_key(key, fields, sources),
            [] => {
                if fields.has_misspelt(KEYS) {
                    return None;
                }
                let list = KEYS.join(", ");
                let hint = format!("one of: {list}{}", if book { "" } else { ", book" });
                sources.report_hint(fields.place, LoadCode::Price, "this price has no model", hint);
                None
            }
            [first, second, ..] => {
                let place = fields.key_place(second);
                let message = format!("a price has one model, this one has `{first}` and `{second}`");
                sources.report_hint(place, LoadCode::Price, message, "keep one of them");
                None
            }
        }
    }

    /// The short form of a price per unit.
    pub(crate) fn each(each: Decimal) -> Model {
        Model::Each(each::Each(each))
    }
}

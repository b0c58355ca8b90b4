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
mod model;
mod on;
mod package;
mod part;
mod percent;
mod tiers;
mod volume;

use ratebook_line::Decimal;

use crate::line_problem::LineCode;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources, Value};
use crate::work::Work;

pub(crate) use commit::{Commit, CommitQuantity};
use model::PriceModel;

pub(crate) use model::{Charge, Factor, Input, Of};
pub(crate) use on::On;
pub(crate) use part::Part;

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

            pub(crate) fn factor(&self) -> Option<Factor> {
                match self {
                    $(Model::$name(model) => model.factor(),)*
                }
            }

            pub(crate) fn parts(&self, input: &Input) -> Vec<Part> {
                match self {
                    $(Model::$name(model) => model.parts(input),)*
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

    /// True if a quantity falls into one of several tiers.
    pub(crate) fn has_tiers(&self) -> bool {
        matches!(self, Model::Graduated(_) | Model::Volume(_))
    }

    /// True if a unit has a price, the same for all of them. A quantity that is money itself has none.
    pub(crate) fn is_per_unit(&self) -> bool {
        match self {
            Model::Each(_) => true,
            Model::Markup(_) | Model::Margin(_) | Model::Percent(_) => self.is_on_cost(),
            _ => false,
        }
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

//! `[bounds]`: how much a month may differ from the last closed one before a person looks.

use ratebook_line::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// How much a month may differ from the last closed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Bounds {
    /// An amount that is so many times what it was is looked at.
    #[serde(deserialize_with = "factor")]
    pub factor: Decimal,
    /// Amounts below this, then and now, are not looked at (in the currency of the bill).
    #[serde(deserialize_with = "amount")]
    pub from: Decimal,
    /// True if customers and SKUs that are gone are looked at.
    pub vanished: bool,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { factor: Decimal::from(10), from: Decimal::ZERO, vanished: true }
    }
}

fn factor<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    let factor = amount(from)?;
    if factor <= Decimal::ONE {
        return Err(D::Error::custom("write a factor above 1, like \"10\""));
    }
    Ok(factor)
}

fn amount<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    let text = String::deserialize(from)?;
    let number: Decimal = text.parse().map_err(|error| D::Error::custom(format!("{text:?}: {error}")))?;
    if number < Decimal::ZERO { Err(D::Error::custom(format!("{text:?} is negative"))) } else { Ok(number) }
}

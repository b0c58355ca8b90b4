//! Reads the members of items, and notes what is wrong with them: all of it is told, none of the payload is used then.

use std::borrow::Cow;
use std::fmt::Display;

use ratebook_line::json_decimal;
use ratebook_plugin::{Currency, Decimal, Faults};

use crate::payload::Item;

/// Reads the members of one item.
pub(super) struct Reading<'f> {
    number: u64,
    faults: &'f mut Faults,
}

impl<'f> Reading<'f> {
    pub(super) fn of(number: u64, faults: &'f mut Faults) -> Reading<'f> {
        Reading { number, faults }
    }

    /// The item, counted from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn fault(&mut self, what: impl Display) {
        self.faults.add(format_args!("item {}", self.number), what);
    }

    /// True while nothing is wrong with any item so far.
    pub(super) fn is_fine(&self) -> bool {
        self.faults.is_empty()
    }

    /// A text without spaces around it; absent if nothing is left.
    pub(super) fn text<'a>(&mut self, name: &str, raw: Option<&'a str>) -> Option<Cow<'a, str>> {
        match serde_json::from_str::<Cow<'a, str>>(raw?) {
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) if text.trim().len() == text.len() => Some(text),
            Ok(text) => Some(Cow::Owned(text.trim().to_owned())),
            Err(_) => {
                self.fault(format_args!("{name} is not a text: {}", raw.unwrap_or_default()));
                None
            }
        }
    }

    /// A number or a text of digits: quantities are numbers in Sophos' example, prices texts.
    pub(super) fn decimal(&mut self, name: &str, item: &Item<'_>) -> Option<Decimal> {
        json_decimal(item.get(name)?).map_err(|error| self.fault(format_args!("{name}: {error}"))).ok()
    }

    pub(super) fn currency(&mut self, name: &str, code: Option<&str>) -> Option<Currency> {
        code?.parse().map_err(|error| self.fault(format_args!("{name}: {error}"))).ok()
    }
}

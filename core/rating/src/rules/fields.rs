//! Reading one table: every key is taken by name, what is left over is unknown.

use ratebook_line::{Currency, Date, Decimal, Month};

use super::problem::LoadCode;
use super::written::{Node, Place, Sources, Table, Value, nearest};

/// A table whose keys are being taken.
pub(crate) struct Fields<'t> {
    table: &'t Table,
    /// Where to point when something is missing.
    pub(crate) place: Place,
    known: Vec<&'static str>,
}

impl<'t> Fields<'t> {
    pub(crate) fn new(table: &'t Table, place: Place) -> Fields<'t> {
        Fields { table, place, known: Vec::new() }
    }

    /// The fields of a value that has to be a table.
    pub(crate) fn of(
        node: &'t Node,
        sources: &mut Sources,
        code: LoadCode,
        what: &str,
    ) -> Option<Fields<'t>> {
        match &node.value {
            Value::Table(table) => Some(Fields::new(table, node.place)),
            Value::Refused => None,
            _ => {
                sources.report(node.place, code, what);
                None
            }
        }
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<&'t Node> {
        self.known.push(name);
        self.table.0.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// Says that a key is known here without reading it.
    pub(crate) fn take_known(&mut self, name: &'static str) {
        self.known.push(name);
    }

    /// True if a key that nobody has taken is probably one of these, misspelt: then that is what to say.
    pub(crate) fn has_misspelt(&self, words: &[&str]) -> bool {
        let unknown = self.table.0.iter().filter(|(key, _)| !self.known.contains(&key.name.as_str()));
        unknown.into_iter().any(|(key, _)| nearest(&key.name, words.iter().copied()).is_some())
    }

    /// Where a key stands, or the whole table if it is not there.
    pub(crate) fn key_place(&self, name: &str) -> Place {
        self.table.0.iter().find(|(key, _)| key.name == name).map_or(self.place, |(key, _)| key.place)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.table.0.iter().any(|(key, _)| key.name == name)
    }

    /// Reports every key that nobody took; true if there is none. `also`: keys that are known but have no
    /// place here, and why.
    pub(crate) fn finish(self, sources: &mut Sources, also: &[(&str, LoadCode, &str)]) -> bool {
        let mut complete = true;
        for (key, _) in self.table.0.iter().filter(|(key, _)| !self.known.contains(&key.name.as_str())) {
            complete = false;
            if let Some((_, code, why)) = also.iter().find(|(name, ..)| *name == key.name) {
                sources.report(key.place, *code, *why);
                continue;
            }
            let hint = match nearest(&key.name, self.known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", self.known.join(", ")),
            };
            sources.report_hint(key.place, LoadCode::Key, format!("unknown key `{}`", key.name), hint);
        }
        complete
    }
}

impl Sources {
    /// A text that is not empty.
    pub(crate) fn text_of(&mut self, node: &Node, code: LoadCode) -> Option<String> {
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Refused => None,
            Value::Text(_) => {
                self.report(node.place, code, "the text is empty");
                None
            }
            _ => {
                self.report(node.place, code, "a text is wanted here, in quotes");
                None
            }
        }
    }

    /// One text or a list of texts.
    pub(crate) fn texts_of(&mut self, node: &Node, code: LoadCode) -> Option<Vec<String>> {
        match &node.value {
            Value::List(list) => list
                .iter()
                .map(|item| match &item.value {
                    Value::Text(text) => Some(text.clone()),
                    Value::Refused => None,
                    _ => {
                        self.report(item.place, code, "a text is wanted here, in quotes");
                        None
                    }
                })
                .collect(),
            Value::Text(text) => Some(vec![text.clone()]),
            Value::Refused => None,
            _ => {
                self.report(node.place, code, "a text is wanted here, or a list of texts");
                None
            }
        }
    }

    pub(crate) fn bool_of(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Value::Bool(bool) => Some(bool),
            Value::Refused => None,
            _ => {
                self.report(node.place, LoadCode::Value, "true or false is wanted here");
                None
            }
        }
    }

    /// A word of a closed list.
    pub(crate) fn word_of<T: Copy>(&mut self, node: &Node, code: LoadCode, words: &[(&str, T)]) -> Option<T> {
        let Value::Text(text) = &node.value else {
            return self.text_of(node, code).and(None);
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| word == text) {
            return Some(*value);
        }
        let list = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let hint = match nearest(text, words.iter().map(|(word, _)| *word)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("one of: {list}"),
        };
        self.report_hint(node.place, code, format!("\"{text}\" is not known here"), hint);
        None
    }

    /// A decimal number: a text, or a whole number.
    pub(crate) fn decimal_of(&mut self, node: &Node) -> Option<Decimal> {
        let text = match &node.value {
            Value::Text(text) | Value::Whole(text) => text,
            Value::Refused => return None,
            _ => {
                self.report(node.place, LoadCode::Number, "a number is wanted here, as text: \"4.40\"");
                return None;
            }
        };
        match text.parse() {
            Ok(number) => Some(number),
            Err(error) => {
                let message = format!("\"{text}\" is not a usable number: {error}");
                self.report(node.place, LoadCode::Number, message);
                None
            }
        }
    }

    /// A decimal number that is not below 0.
    pub(crate) fn amount_of(&mut self, node: &Node) -> Option<Decimal> {
        let number = self.decimal_of(node)?;
        if number.is_negative() {
            self.report(node.place, LoadCode::Range, format!("{number} is below 0"));
            return None;
        }
        Some(number)
    }

    /// A decimal number above 0.
    pub(crate) fn positive_of(&mut self, node: &Node) -> Option<Decimal> {
        let number = self.decimal_of(node)?;
        if number.is_negative() || number.is_zero() {
            self.report(node.place, LoadCode::Range, format!("{number} is not above 0"));
            return None;
        }
        Some(number)
    }

    /// A percentage with its sign, as a fraction: `"20%"` is 0.2.
    pub(crate) fn percent_of(&mut self, node: &Node) -> Option<Decimal> {
        let text = match &node.value {
            Value::Text(text) => text.as_str(),
            Value::Refused => return None,
            Value::Whole(text) => {
                let hint = format!("write \"{text}%\"");
                self.report_hint(node.place, LoadCode::Percent, "a percentage carries its sign", hint);
                return None;
            }
            _ => {
                self.report(node.place, LoadCode::Percent, "a percentage is wanted here: \"20%\"");
                return None;
            }
        };
        let Some(digits) = text.strip_suffix('%') else {
            let hint = format!("write \"{text}%\"");
            self.report_hint(node.place, LoadCode::Percent, format!("\"{text}\" has no percent sign"), hint);
            return None;
        };
        let fraction =
            digits.parse::<Decimal>().and_then(|number| Decimal::new(number.mantissa(), number.places() + 2));
        match fraction {
            Ok(fraction) => Some(fraction),
            Err(error) => {
                let message = format!("\"{text}\" is not a usable percentage: {error}");
                self.report(node.place, LoadCode::Percent, message);
                None
            }
        }
    }

    pub(crate) fn whole_of(&mut self, node: &Node) -> Option<i64> {
        match &node.value {
            Value::Whole(text) if text.parse::<i64>().is_ok() => text.parse().ok(),
            Value::Refused => None,
            _ => {
                self.report(node.place, LoadCode::Value, "a whole number is wanted here, without quotes");
                None
            }
        }
    }

    /// A count of decimal places.
    pub(crate) fn places_of(&mut self, node: &Node) -> Option<u32> {
        let places = self.whole_of(node)?;
        match u32::try_from(places) {
            Ok(places) if places <= 12 => Some(places),
            _ => {
                self.report(node.place, LoadCode::Range, "decimal places go from 0 to 12");
                None
            }
        }
    }

    pub(crate) fn currency_of(&mut self, node: &Node, code: LoadCode) -> Option<Currency> {
        let text = self.text_of(node, code)?;
        match text.parse() {
            Ok(currency) => Some(currency),
            Err(error) => {
                self.report(node.place, code, error.to_string());
                None
            }
        }
    }

    pub(crate) fn month_of(&mut self, node: &Node) -> Option<Month> {
        let month = match &node.value {
            Value::Text(text) => text.parse::<Month>().map_err(|error| error.to_string()),
            Value::Refused => return None,
            _ => Err("a month is wanted here, as text: \"2026-03\"".to_owned()),
        };
        match month {
            Ok(month) => Some(month),
            Err(error) => {
                self.report(node.place, LoadCode::Month, error);
                None
            }
        }
    }

    /// A date, written plainly (`2026-03-16`) or in quotes.
    pub(crate) fn date_of(&mut self, node: &Node) -> Option<Date> {
        let date = match &node.value {
            Value::Text(text) => parse_date(text),
            Value::Date(toml) => {
                toml.date.filter(|_| toml.time.is_none()).and_then(|date| parse_date(&date.to_string()))
            }
            Value::Refused => return None,
            _ => None,
        };
        if date.is_none() {
            self.report(node.place, LoadCode::Value, "a date is wanted here: 2026-03-16");
        }
        date
    }
}

pub(crate) fn parse_date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

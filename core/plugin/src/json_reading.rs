//! Reads the members of a JSON record from their raw text, and notes what is wrong with them.

use std::borrow::Cow;
use std::fmt::Display;

use ratebook_line::{Currency, Decimal, json_decimal};

use crate::faults::Faults;
use crate::quoted::cut;

/// Characters of a member that are shown.
const SHOWN: usize = 200;

/// Reads the members of one record, each from its raw text, so that no digit of a number is lost. What is wrong with one
/// is noted with the record's place; then it is absent, and so is a member that is not there.
#[derive(Debug)]
pub struct JsonReading<'f> {
    called: &'static str,
    number: u64,
    line: Option<u64>,
    faults: &'f mut Faults,
}

impl<'f> JsonReading<'f> {
    /// Of a record that the vendor's documents call so (`row`, `item`), counted from 1.
    pub fn of(called: &'static str, number: u64, faults: &'f mut Faults) -> JsonReading<'f> {
        JsonReading { called, number, line: None, faults }
    }

    /// The same with the line of the file that the record begins in ([`crate::LineCount`]).
    #[must_use]
    pub fn in_line(self, line: Option<u64>) -> JsonReading<'f> {
        JsonReading { line, ..self }
    }

    /// The record's number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Notes what is wrong with the record.
    pub fn fault(&mut self, what: impl Display) {
        let (called, number) = (self.called, self.number);
        match self.line {
            Some(line) => self.faults.add(format_args!("line {line} ({called} {number})"), what),
            None => self.faults.add(format_args!("{called} {number}"), what),
        }
    }

    /// True while nothing is wrong with any record so far.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.faults.is_empty()
    }

    /// A text without the white space around it; absent if nothing is left.
    pub fn text<'a>(&mut self, name: &str, raw: Option<&'a str>) -> Option<Cow<'a, str>> {
        let raw = raw?;
        match serde_json::from_str::<Cow<'a, str>>(raw) {
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) if text.trim().len() == text.len() => Some(text),
            Ok(text) => Some(Cow::Owned(text.trim().to_owned())),
            Err(_) => {
                self.fault(format_args!("{name} is not a text: {}", cut(raw, SHOWN)));
                None
            }
        }
    }

    /// A number, or a text that is one.
    pub fn decimal(&mut self, name: &str, raw: Option<&str>) -> Option<Decimal> {
        json_decimal(raw?).map_err(|error| self.fault(format_args!("{name}: {error}"))).ok()
    }

    /// A currency by its code.
    pub fn currency(&mut self, name: &str, code: Option<&str>) -> Option<Currency> {
        code?.parse().map_err(|error| self.fault(format_args!("{name}: {error}"))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_from_their_raw_text() {
        let mut faults = Faults::default();
        let mut reading = JsonReading::of("row", 3, &mut faults);
        assert_eq!(reading.text("sku", Some(r#"" A\"1 ""#)).as_deref(), Some("A\"1"));
        assert_eq!(reading.text("sku", Some(r#""  ""#)), None);
        assert_eq!(reading.text("sku", None), None);
        let digits = "12345678901234567890.01";
        assert_eq!(
            reading.decimal("cost", Some(digits)).map(|cost| cost.to_string()).as_deref(),
            Some(digits)
        );
        assert_eq!(reading.decimal("cost", Some("\"2.50\"")), Some("2.50".parse().unwrap()));
        assert_eq!(reading.currency("currency", Some("EUR")), Some("EUR".parse().unwrap()));
        assert_eq!((reading.number(), reading.is_fine()), (3, true));
        faults.refuse().unwrap();
    }

    #[test]
    fn what_is_wrong_is_noted_with_its_record_and_absent() {
        let mut faults = Faults::default();
        let mut reading = JsonReading::of("item", 7, &mut faults);
        assert_eq!(reading.text("sku", Some("12")), None);
        assert_eq!(reading.decimal("cost", Some("true")), None);
        let mut reading = reading.in_line(Some(12));
        assert_eq!(reading.currency("currency", Some("euro")), None);
        assert!(!reading.is_fine());
        let message = faults.refuse().unwrap_err().message;
        let lines: Vec<&str> = message.lines().collect();
        assert_eq!(lines[0], "item 7: sku is not a text: 12");
        assert!(lines[1].starts_with("item 7: cost: "), "{message}");
        assert!(lines[2].starts_with("line 12 (item 7): currency: "), "{message}");
    }
}

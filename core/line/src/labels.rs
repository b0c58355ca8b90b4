//! Which texts may stand on a line: ids and names without control characters, and no longer than such things are.
//!
//! A control character means nothing in an id or a name. NUL cannot be published to a database, a line break makes two
//! lines of one for whoever reads lines, and two ids that differ in one look the same to people.

use std::fmt;

use crate::billable_line::BillableLine;
use crate::block::Block;
use crate::columns::{BETWEEN_TAGS, TextField, Values};
use crate::tamed::first_control;

/// The most bytes of an id, and of what rules compare: a SKU, a unit, a tag.
pub(crate) const LONGEST_ID: usize = 1024;

/// The most bytes of a name that is for people, and so of any text on a line.
pub const LONGEST_NAME: usize = 4096;

/// Characters of a text that a message shows.
const SHOWN: usize = 200;

/// A text that may not stand on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongText {
    /// The field of the line, as the schema names it.
    pub field: &'static str,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for WrongText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

impl BillableLine<'_> {
    /// The texts that may not stand on a line, in the order of its fields.
    #[must_use]
    pub fn wrong_texts(&self) -> Vec<WrongText> {
        let BillableLine {
            usage_month: _,
            source,
            vendor,
            tenant,
            tenant_name,
            partner,
            customer,
            sku_id,
            sku_name,
            edition,
            meter,
            tags,
            consumed_quantity: _,
            entitled_quantity: _,
            overage_quantity: _,
            billable_quantity: _,
            billing_unit,
            measure,
            unit_price: _,
            total_cost: _,
            currency: _,
            payment_option,
            origin,
        } = self;
        let texts = [
            ("source", source, LONGEST_ID),
            ("vendor", vendor, LONGEST_ID),
            ("tenant", tenant, LONGEST_ID),
            ("tenantName", tenant_name, LONGEST_NAME),
            ("partner", partner, LONGEST_ID),
            ("customer", customer, LONGEST_ID),
            ("skuId", sku_id, LONGEST_ID),
            ("skuName", sku_name, LONGEST_NAME),
            ("edition", edition, LONGEST_ID),
            ("meter", meter, LONGEST_ID),
            ("billingUnit", billing_unit, LONGEST_ID),
            ("measure", measure, LONGEST_ID),
            ("paymentOption", payment_option, LONGEST_ID),
        ];
        let mut wrong = Vec::new();
        let mut check = |field, text: &str, most| {
            if let Some(what) = wrong_with(text, most) {
                wrong.push(WrongText { field, what });
            }
        };
        for (field, text, most) in texts {
            if let Some(text) = text {
                check(field, text, most);
            }
        }
        for tag in tags {
            check("tags", tag, LONGEST_ID);
        }
        if let Some(origin) = origin {
            check("origin.payload", &origin.payload, LONGEST_ID);
        }
        wrong
    }
}

impl Block {
    /// The rows with texts that may not stand on a line: each distinct text is looked at once.
    #[must_use]
    pub fn rows_with_wrong_texts(&self) -> Vec<usize> {
        let mut rows = Vec::new();
        for field in TextField::ALL {
            let most = match field {
                TextField::TenantName | TextField::SkuName => LONGEST_NAME,
                // What is no month or currency is refused for that.
                TextField::UsageMonth | TextField::Currency => continue,
                _ => LONGEST_ID,
            };
            let is_wrong = |text: &str| match field {
                TextField::Tags => text.split(BETWEEN_TAGS).any(|tag| wrong_with(tag, most).is_some()),
                _ => wrong_with(text, most).is_some(),
            };
            let column = self.text(field);
            let wrong: Vec<bool> = column.texts.iter().map(is_wrong).collect();
            if !wrong.contains(&true) {
                continue;
            }
            match &column.ids {
                Values::Same(id) if wrong[*id as usize] => rows.extend(0..self.rows()),
                Values::Same(_) => {}
                Values::Each(ids) => {
                    let marked = (0..).zip(ids).filter(|(_, id)| wrong[**id as usize]);
                    rows.extend(marked.map(|(row, _)| row));
                }
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

/// What is wrong with a text of at most so many bytes.
fn wrong_with(text: &str, most: usize) -> Option<String> {
    if text.len() > most {
        let bytes = text.len();
        return Some(format!("{} has {bytes} bytes, at most {most} are taken", quoted(text)));
    }
    let control = first_control(text)?;
    Some(format!("{} holds the control character {}", quoted(text), control_name(control)))
}

/// `U+0009 (TAB)`.
fn control_name(c: char) -> String {
    let name = match c {
        '\0' => " (NUL)",
        '\t' => " (TAB)",
        '\n' => " (line feed)",
        '\r' => " (carriage return)",
        '\u{1b}' => " (escape)",
        '\u{7f}' => " (DEL)",
        '\u{2028}' => " (line separator)",
        '\u{2029}' => " (paragraph separator)",
        _ => "",
    };
    format!("U+{:04X}{name}", u32::from(c))
}

fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn line() -> BillableLine<'static> {
        BillableLine::new("2026-03".parse().unwrap())
    }

    fn told(line: &BillableLine<'_>) -> Vec<String> {
        line.wrong_texts().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_control_character_is_found_and_named_and_no_other_is() {
        let all = (0..=0x2100).filter_map(char::from_u32);
        let found: Vec<u32> =
            all.filter(|c| wrong_with(&format!("a{c}b"), 100).is_some()).map(u32::from).collect();
        let expected: Vec<u32> = (0..0x20).chain(0x7f..=0x9f).chain([0x2028, 0x2029]).collect();
        assert_eq!(found, expected);
        let nul = BillableLine { sku_id: Some("A\0B".into()), ..line() };
        assert_eq!(told(&nul), ["skuId: \"A\\0B\" holds the control character U+0000 (NUL)"]);
    }

    #[test]
    fn every_text_of_a_line_is_looked_at() {
        let bad = || Some(Cow::Borrowed("x\u{1b}y"));
        let all = BillableLine {
            source: bad(),
            vendor: bad(),
            tenant: bad(),
            tenant_name: bad(),
            partner: bad(),
            customer: bad(),
            sku_id: bad(),
            sku_name: bad(),
            edition: bad(),
            meter: bad(),
            tags: vec!["fine".into(), "a\tb".into()],
            billing_unit: bad(),
            measure: bad(),
            payment_option: bad(),
            origin: Some(crate::Origin { payload: "a\nb".into(), row: 1 }),
            ..line()
        };
        assert_eq!(all.wrong_texts().len(), 15);
        assert_eq!(told(&all)[13], "tags: \"a\\tb\" holds the control character U+0009 (TAB)");
        // Names are labels: what turns the direction of writing is shown escaped, and means nothing.
        let fine = BillableLine { tenant_name: Some("Müller \u{202e}\u{200b} 日本".into()), ..line() };
        assert_eq!(told(&fine), [""; 0]);
    }

    #[test]
    fn ids_and_names_have_an_end() {
        let of = |id: usize, name: usize| BillableLine {
            sku_id: Some("x".repeat(id).into()),
            tenant_name: Some("ä".repeat(name / 2).into()),
            ..line()
        };
        assert_eq!(told(&of(1024, 4096)), [""; 0]);
        let wrong = told(&of(1025, 4098));
        assert_eq!(wrong.len(), 2);
        assert!(
            wrong[0].starts_with("tenantName: \"ää")
                && wrong[0].ends_with("\"... has 4098 bytes, at most 4096 are taken")
        );
        assert!(wrong[1].len() < 300 && wrong[1].contains("has 1025 bytes, at most 1024"), "{}", wrong[1]);
    }
}

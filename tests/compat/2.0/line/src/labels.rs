//! Which texts may stand on a line: ids and names without control characters, and no longer than such things are.
//!
//! A control character means nothing in an id or a name. NUL cannot be published to a database, a line break makes two
//! lines of one for whoever reads lines, and two ids that differ in one look the same to people.

use std::borrow::Cow;
use std::fmt;

use crate::{BETWEEN_TAGS, BillableLine, Block, TextField, Values};

/// The most bytes of an id, and of what rules compare: a SKU, a unit, a tag.
const LONGEST_ID: usize = 1024;

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
                    rows.extend((0..).zip(ids).filter(|(_, id)| wrong[**id as usize]).map(|(row, _)| row))
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

/// The first control character: of C0 (TAB and line breaks too), DEL, of C1, or Unicode's own two line breaks.
fn first_control(text: &str) -> Option<char> {
    // All others begin with another byte.
    let may_be = |byte: u8| byte < 0x20 || matches!(byte, 0x7f | 0xc2 | 0xe2);
    if !text.bytes().any(may_be) {
        return None;
    }
    text.chars().find(|c| is_control(*c))
}

fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
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

/// A text for people that is not worth a refusal: control characters made visible, cut after so many characters, and then
/// with its length.
#[must_use]
pub fn tamed(text: &str, most: usize) -> Cow<'_, str> {
    let cut = text.char_indices().nth(most).map(|(end, _)| end);
    if cut.is_none() && first_control(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::new();
    for c in text[..cut.unwrap_or(text.len())].chars() {
        if is_control(c) { tamed.extend(c.escape_default()) } else { tamed.push(c) }
    }
    if cut.is_some() {
        tamed.push_str(&format!("... ({} bytes)", text.len()));
    }
    Cow::Owned(tamed)
}

//! What stands beside a number in its cell: its sign, and the unit or the sign of a currency that the configuration names.

use ratebook_line::Currency;

/// The units and signs of currencies that may stand beside a number, the longest first.
#[derive(Clone, Debug, Default)]
pub struct Beside(Vec<String>);

/// Signs that belong to the currencies named, and to no others.
const SIGNS: [(&str, &[&str]); 5] = [
    ("\u{20ac}", &["EUR"]),
    ("\u{a3}", &["GBP", "EGP", "FKP", "GIP", "SHP", "SYP", "LBP", "SSP", "SDG"]),
    ("\u{a5}", &["JPY", "CNY"]),
    ("\u{20b9}", &["INR"]),
    ("zł", &["PLN"]),
];

/// Currencies whose sign is another one than a dollar's.
const NO_DOLLARS: [&str; 7] = ["EUR", "GBP", "CHF", "JPY", "CNY", "INR", "PLN"];

impl Beside {
    /// Of units and signs; what could be taken for a part of a number is refused.
    ///
    /// # Errors
    /// Each that cannot stand beside a number, and why.
    pub fn of(units: &[String]) -> Result<Beside, Vec<String>> {
        let mut units: Vec<String> = units.iter().map(|unit| unit.trim().to_owned()).collect();
        let wrong: Vec<String> =
            units.iter().filter_map(|unit| why_not(unit).map(|why| format!("{unit:?}: {why}"))).collect();
        units.sort_by_key(|unit| std::cmp::Reverse(unit.len()));
        if wrong.is_empty() { Ok(Beside(units)) } else { Err(wrong) }
    }

    /// The digits of a cell, whether they are below 0, and the unit beside them.
    #[must_use]
    pub fn peel<'t, 'b>(&'b self, text: &'t str) -> (&'t str, bool, Option<&'b str>) {
        let (mut rest, mut below, mut unit) = (text, None, None);
        loop {
            // Numbers mostly stand alone.
            if rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
                && rest.bytes().next_back().is_some_and(|byte| byte.is_ascii_digit())
            {
                break;
            }
            rest = rest.trim();
            if let (None, Some((inner, found))) = (unit, self.one_of(rest)) {
                (rest, unit) = (inner, Some(found));
            } else if let (None, Some((inner, is_below))) = (below, sign(rest)) {
                (rest, below) = (inner, Some(is_below));
            } else {
                break;
            }
        }
        (rest, below.unwrap_or_default(), unit)
    }

    /// What a text is without the unit at its beginning or end, and that unit.
    fn one_of<'t, 'b>(&'b self, text: &'t str) -> Option<(&'t str, &'b str)> {
        self.0.iter().find_map(|unit| {
            let rest = text.strip_prefix(unit.as_str()).or_else(|| text.strip_suffix(unit.as_str()))?;
            Some((rest, unit.as_str()))
        })
    }
}

/// Why a text cannot stand beside a number.
fn why_not(unit: &str) -> Option<&'static str> {
    if unit.is_empty() {
        Some("a unit or the sign of a currency is expected, such as \"$\" or \"GB\"")
    } else if unit.contains('%') {
        Some("a percentage is neither a quantity nor a cost: name another column")
    } else if unit.contains(|c: char| c.is_ascii_digit() || "()+-.,'\u{2212}".contains(c)) {
        Some("what belongs to a number itself (digits, signs, points) cannot stand beside it")
    } else {
        None
    }
}

/// What a text is without its sign, and whether that says below 0.
fn sign(text: &str) -> Option<(&str, bool)> {
    const MINUS: [char; 2] = ['-', '\u{2212}'];
    let below = text
        .strip_prefix(MINUS)
        .or_else(|| text.strip_suffix(MINUS))
        .or_else(|| text.strip_prefix('(').and_then(|text| text.strip_suffix(')')));
    below.map(|rest| (rest, true)).or_else(|| text.strip_prefix('+').map(|rest| (rest, false)))
}

/// True if what stands beside a price is the sign or code of another currency.
#[must_use]
pub fn contradicts(unit: &str, currency: Currency) -> bool {
    let code = currency.code();
    match unit.parse::<Currency>() {
        Ok(other) => other != currency,
        Err(_) if unit == "$" => NO_DOLLARS.contains(&code),
        Err(_) => SIGNS.iter().any(|(sign, codes)| *sign == unit && !codes.contains(&code)),
    }
}

/// What seems to stand beside a number in a cell that is none: the part that is neither its digits nor its sign.
#[must_use]
pub fn seems(text: &str) -> Option<&str> {
    let is_number = |c: char| c.is_ascii_digit() || "()+-.,'\u{2019}\u{2212} \u{a0}\u{202f}".contains(c);
    let unit = text.trim_matches(is_number);
    let (before, behind) = text.split_once(unit).unwrap_or_default();
    let digits = |part: &str| part.contains(|c: char| c.is_ascii_digit());
    let has_digits = digits(before) != digits(behind);
    let is_unit =
        !unit.is_empty() && unit.chars().count() <= 12 && !unit.contains(|c: char| c.is_ascii_digit());
    (has_digits && is_unit).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peeled(text: &str) -> (String, bool, Option<String>) {
        let beside = Beside::of(&["$", "GB", "\u{20ac}", "USD"].map(str::to_owned)).unwrap();
        let (digits, below, unit) = beside.peel(text);
        (digits.to_owned(), below, unit.map(str::to_owned))
    }

    #[test]
    fn signs_and_units_stand_in_any_order() {
        for (text, digits, below, unit) in [
            ("-$5.00", "5.00", true, Some("$")),
            ("$-5.00", "5.00", true, Some("$")),
            ("($5.00)", "5.00", true, Some("$")),
            ("$(5.00)", "5.00", true, Some("$")),
            ("$5.00-", "5.00", true, Some("$")),
            ("5 GB", "5", false, Some("GB")),
            ("5\u{a0}GB", "5", false, Some("GB")),
            ("USD 5", "5", false, Some("USD")),
            ("5,00 \u{20ac}", "5,00", false, Some("\u{20ac}")),
            ("5,00- \u{20ac}", "5,00", true, Some("\u{20ac}")),
            ("5", "5", false, None),
            ("5 MB", "5 MB", false, None),
            ("5 GB GB", "5 GB", false, Some("GB")),
            ("--5", "-5", true, None),
        ] {
            assert_eq!(peeled(text), (digits.to_owned(), below, unit.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn a_sign_of_another_currency_contradicts() {
        let is = |unit: &str, code: &str| contradicts(unit, code.parse().unwrap());
        assert!(is("\u{20ac}", "USD") && is("USD", "EUR") && is("$", "EUR") && is("\u{a3}", "EUR"));
        assert!(!is("\u{20ac}", "EUR") && !is("$", "USD") && !is("$", "CAD") && !is("USD", "USD"));
        assert!(!is("GB", "EUR"));
    }

    #[test]
    fn what_seems_to_be_a_unit_is_told() {
        for (text, unit) in [("5 GB", Some("GB")), ("-$5.00", Some("$")), ("5,00 EUR", Some("EUR"))] {
            assert_eq!(seems(text), unit, "{text}");
        }
        for text in ["n/a", "1.5", "1 a 2", "", "5 a1b"] {
            assert_eq!(seems(text), None, "{text}");
        }
    }
}

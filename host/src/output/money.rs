//! Amounts and counts as people read them.

use ratebook_line::{Currency, Decimal};

/// An amount with as many places as its currency has, without the currency; one with more places as it is.
pub(crate) fn fixed(amount: Decimal, places: u32) -> String {
    amount.to_fixed(places).unwrap_or_else(|| amount.to_string())
}

/// A price, with at least as many places as its currency has.
pub(crate) fn at_least(price: Decimal, places: u32) -> String {
    fixed(price, places.max(price.places()))
}

/// An amount with its currency: `12.50 EUR`.
pub(crate) fn money(amount: Decimal, places: u32, currency: Currency) -> String {
    format!("{} {currency}", fixed(amount, places))
}

/// What an amount moved by, with its sign: `+3.00`, `-1.20`, `0.00`.
pub(crate) fn signed(amount: Decimal, places: u32) -> String {
    let sign = if amount.is_zero() || amount.is_negative() { "" } else { "+" };
    format!("{sign}{}", fixed(amount, places))
}

/// What share of an amount a difference is, with its sign: `+0.93 %`. Nothing if the amount was 0.
pub(crate) fn percent(difference: Decimal, before: Decimal) -> Option<String> {
    let hundredths = parts(difference, before.abs(), 10_000)?;
    let Ok(share) = Decimal::new(hundredths, 2) else { return None };
    Some(match (share.is_zero(), difference.is_zero(), difference.is_negative()) {
        (true, false, false) => "<+0.01 %".to_owned(),
        (true, false, true) => ">-0.01 %".to_owned(),
        _ => format!("{} %", signed(share, 2)),
    })
}

/// `part` of `whole`, in so many parts of the whole, rounded half away from zero.
pub(crate) fn parts(part: Decimal, whole: Decimal, of: i128) -> Option<i128> {
    let places = part.places().max(whole.places());
    let scaled = |value: Decimal| 10_i128.checked_pow(places - value.places())?.checked_mul(value.mantissa());
    let (part, whole) = (scaled(part)?.checked_mul(of.checked_mul(2)?)?, scaled(whole)?);
    if whole <= 0 {
        return None;
    }
    let doubled = part.checked_div(whole)?;
    Some((doubled + doubled.signum()) / 2)
}

/// A count with its digits in groups: `2,413`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count of things: `1 line`, `2,413 lines`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(count)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn differences_have_a_sign_and_a_share() {
        assert_eq!(signed(dec("3"), 2), "+3.00");
        assert_eq!(signed(dec("-1.2"), 2), "-1.20");
        assert_eq!(signed(dec("0"), 2), "0.00");
        assert_eq!(percent(dec("1"), dec("3")).unwrap(), "+33.33 %");
        assert_eq!(percent(dec("-0.01"), dec("1000")).unwrap(), ">-0.01 %");
        assert_eq!(percent(dec("5"), dec("-50")).unwrap(), "+10.00 %");
        assert_eq!(percent(dec("5"), dec("0")), None);
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "bill"), "1 bill");
        assert_eq!(counted(2413, "bill"), "2,413 bills");
    }
}

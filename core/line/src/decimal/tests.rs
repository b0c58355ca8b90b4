//! What must hold for decimals.

use super::*;
use proptest::prelude::*;

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn grammar_is_strict() {
    for text in
        ["", "-", ".5", "5.", "1e3", "+1", " 1", "1 ", "1,5", "1_000", "007", "--1", "NaN", "0x1", "1.2.3"]
    {
        assert!(matches!(text.parse::<Decimal>(), Err(NumberError::Grammar(_))), "{text:?}");
    }
    assert_eq!(dec("-0.00"), Decimal::ZERO);
    assert_eq!(dec("0.10").to_string(), "0.1");
    assert_eq!(dec("3221225472000").to_string(), "3221225472000");
}

#[test]
fn digits_beyond_thirty_eight_are_refused_never_rounded() {
    let forty = "1".repeat(40);
    assert_eq!(forty.parse::<Decimal>(), Err(NumberError::TooManyDigits));
    assert_eq!(format!("0.{forty}").parse::<Decimal>(), Err(NumberError::TooManyDigits));
    assert_eq!(dec(&"9".repeat(38)).checked_add(Decimal::ONE), Err(NumberError::TooManyDigits));
    assert_eq!(dec(&"1".repeat(20)).checked_mul(dec(&"1".repeat(20))), Err(NumberError::TooManyDigits));
    assert_eq!(
        dec("1234567890123456789.123456789").checked_mul(dec("0.12345678")).unwrap().to_string(),
        "152415776406035777.65432099763907942"
    );
}

#[test]
fn json_numbers_may_have_exponents_while_exact() {
    assert_eq!(Decimal::from_json_number("1E-30").unwrap().places(), 30);
    assert_eq!(Decimal::from_json_number("1.5e3").unwrap(), dec("1500"));
    assert_eq!(Decimal::from_json_number("9007199254740993").unwrap(), dec("9007199254740993"));
    assert_eq!(Decimal::from_json_number("1e400"), Err(NumberError::TooManyDigits));
    assert_eq!(Decimal::from_json_number("1e-999999999999"), Err(NumberError::TooManyDigits));
    assert!(matches!(Decimal::from_json_number("1e"), Err(NumberError::Grammar(_))));
}

#[test]
fn rounding_modes_treat_the_half_as_named() {
    let cases = [
        ("2.345", "2.35", "2.34", "2.35", "2.34"),
        ("-2.345", "-2.35", "-2.34", "-2.35", "-2.34"),
        ("2.355", "2.36", "2.36", "2.36", "2.35"),
        ("2.341", "2.34", "2.34", "2.35", "2.34"),
        ("0.004", "0", "0", "0.01", "0"),
    ];
    for (value, half_up, half_even, up, down) in cases {
        assert_eq!(dec(value).round(2, Rounding::HalfUp), dec(half_up));
        assert_eq!(dec(value).round(2, Rounding::HalfEven), dec(half_even));
        assert_eq!(dec(value).round(2, Rounding::Up), dec(up));
        assert_eq!(dec(value).round(2, Rounding::Down), dec(down));
    }
}

#[test]
fn fixed_text_has_the_places_asked_for_and_never_rounds() {
    assert_eq!(dec("79.8").to_fixed(2).unwrap(), "79.80");
    assert_eq!(dec("-5").to_fixed(2).unwrap(), "-5.00");
    assert_eq!(dec("5").to_fixed(0).unwrap(), "5");
    assert_eq!(dec("5.001").to_fixed(2), None);
}

proptest! {
    #[test]
    fn text_there_and_back(mantissa in -MAX_MANTISSA..=MAX_MANTISSA, places in 0_u32..=38) {
        let value = Decimal::new(mantissa, places).unwrap();
        prop_assert_eq!(dec(&value.to_string()), value);
        prop_assert_eq!(Decimal::from_json_number(&value.to_string()).unwrap(), value);
    }

    #[test]
    fn order_is_that_of_the_difference(a in any::<i64>(), b in any::<i64>(), p in 0_u32..19, q in 0_u32..19) {
        let (x, y) = (Decimal::new(a.into(), p).unwrap(), Decimal::new(b.into(), q).unwrap());
        let difference = x.checked_sub(y).unwrap();
        prop_assert_eq!(x.cmp(&y), difference.mantissa().cmp(&0));
        prop_assert_eq!(x.checked_sub(y).unwrap().checked_add(y).unwrap(), x);
    }

    #[test]
    fn rounding_mirrors_the_sign(a in any::<i64>(), p in 0_u32..19, to in 0_u32..6) {
        let x = Decimal::new(a.into(), p).unwrap();
        for mode in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down] {
            prop_assert_eq!((-x).round(to, mode), -x.round(to, mode));
        }
    }
}

#[test]
fn zeros_go_however_many_there_are() {
    for digits in [1_i128, -7, 12_345_678_901, 12_345_678_901_234_567_891] {
        for zeros in 0..18 {
            for places in 0..30 {
                let long = Decimal::new(digits * 10_i128.pow(zeros), places).unwrap();
                let short = match places >= zeros {
                    true => Decimal::new(digits, places - zeros).unwrap(),
                    false => Decimal::new(digits * 10_i128.pow(zeros - places), 0).unwrap(),
                };
                assert_eq!(long, short, "{digits} with {zeros} zeros in {places} places");
                assert_eq!(long.to_string().parse(), Ok(long));
            }
        }
    }
}

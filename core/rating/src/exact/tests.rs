//! What must hold for exact amounts.

use super::*;
use proptest::prelude::*;

const MODES: [Rounding; 4] = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down];

fn exact(text: &str) -> Exact {
    text.parse::<Decimal>().unwrap().into()
}

#[test]
fn a_third_times_three_is_one() {
    let third = Exact::ONE.over(&Exact::whole(3)).unwrap();
    assert_eq!(third.times(&Exact::whole(3)), Exact::ONE);
    assert_eq!(third.to_string(), "1/3");
    assert_eq!(Exact::ONE.over(&Exact::ZERO), None);
}

#[test]
fn halves_go_where_the_mode_says() {
    let round = |text: &str, mode| exact(text).round(2, mode).unwrap().to_string();
    assert_eq!(MODES.map(|mode| round("2.345", mode)), ["2.35", "2.34", "2.35", "2.34"]);
    assert_eq!(MODES.map(|mode| round("-2.345", mode)), ["-2.35", "-2.34", "-2.35", "-2.34"]);
    assert_eq!(MODES.map(|mode| round("-0.001", mode)), ["0", "0", "-0.01", "0"]);
    assert_eq!(exact("-0.001").floor(2).unwrap().to_string(), "-0.01");
}

#[test]
fn what_outgrows_128_bits_stays_exact() {
    let large = exact("99999999999999999999999999999999999999");
    let product = large.times(&large).times(&exact("0.0000000000000000000000000000000000001"));
    assert_eq!(product.over(&large).unwrap().times(&exact("10000000000000000000000000000000000000")), large);
    assert!(large.times(&large).round(0, Rounding::HalfUp).is_err());
    assert!(large.times(&large) > large);
}

prop_compose! {
    fn any_exact()(n in any::<i128>(), d in 1_i128.., small in any::<bool>()) -> Exact {
        let n = if n == i128::MIN { 0 } else { n };
        match (small, n % 3) {
            (true, 0) => Exact(Scaled(n % 1_000_000, (d % 7) as u32)),
            (true, _) => Exact::ratio(n % 1_000_000, d % 1_000_000 + 1),
            (false, 0) => Exact(Scaled(n, (d % 39) as u32)),
            (false, _) => Exact::ratio(n, d),
        }
    }
}

proptest! {
    #[test]
    fn both_forms_calculate_alike(a in any_exact(), b in any_exact()) {
        prop_assert_eq!(a.plus(&b).big(), a.big() + b.big());
        prop_assert_eq!(a.minus(&b).big(), a.big() - b.big());
        prop_assert_eq!(a.times(&b).big(), a.big() * b.big());
        prop_assert_eq!(a.cmp(&b), a.big().cmp(&b.big()));
        prop_assert_eq!(a.ceiling().big(), a.big().ceil());
        if !b.is_zero() {
            prop_assert_eq!(a.over(&b).unwrap().big(), a.big() / b.big());
        }
    }

    #[test]
    fn a_rounded_quotient_is_the_quotient_rounded(a in any_exact(), b in any_exact(), places in 0_u32..12) {
        for mode in MODES {
            let rounded = a.over_rounded(&b, places, mode);
            prop_assert_eq!(rounded, a.over(&b).map(|quotient| quotient.round(places, mode)));
        }
    }

    #[test]
    fn rounding_mirrors_and_stays_near(a in any_exact(), places in 0_u32..4) {
        for mode in MODES {
            let Ok(rounded) = a.round(places, mode) else { continue };
            prop_assert_eq!(a.negated().round(places, mode).unwrap(), -rounded);
            let off = Exact::from(rounded).minus(&a);
            let off = if off.is_negative() { off.negated() } else { off };
            prop_assert!(off.times(&power_of_ten(places)) < Exact::ONE || off.is_zero());
        }
    }
}

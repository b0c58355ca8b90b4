//! Exact rational numbers: nothing is rounded until a rule says so.
//!
//! Most amounts fit a 128-bit numerator and denominator, and those are used as they are; what outgrows them
//! goes on in big integers. Which of the two a value is shows nowhere outside this file.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use ratebook_line::{Decimal, NumberError, Rounding};

/// An exact rational number.
#[derive(Clone)]
pub(crate) struct Exact(Form);

#[derive(Clone)]
enum Form {
    /// Numerator and denominator, the latter above 0; not always in lowest terms.
    Small(i128, i128),
    Big(Box<BigRational>),
}

impl Exact {
    pub(crate) const ZERO: Exact = Exact(Form::Small(0, 1));
    pub(crate) const ONE: Exact = Exact(Form::Small(1, 1));

    pub(crate) fn whole(value: i64) -> Exact {
        Exact(Form::Small(i128::from(value), 1))
    }

    fn big(&self) -> BigRational {
        match &self.0 {
            Form::Small(n, d) => BigRational::new((*n).into(), (*d).into()),
            Form::Big(big) => (**big).clone(),
        }
    }

    fn from_big(big: BigRational) -> Exact {
        match (big.numer().to_i128(), big.denom().to_i128()) {
            (Some(n), Some(d)) => Exact(Form::Small(n, d)),
            _ => Exact(Form::Big(Box::new(big))),
        }
    }

    /// The same value in lowest terms.
    fn reduced(&self) -> Exact {
        match &self.0 {
            Form::Small(n, d) => match n.gcd(d) {
                0 | 1 => self.clone(),
                gcd => Exact(Form::Small(n / gcd, d / gcd)),
            },
            Form::Big(_) => self.clone(),
        }
    }

    pub(crate) fn plus(&self, other: &Exact) -> Exact {
        if let (Form::Small(a, b), Form::Small(c, d)) = (&self.0, &other.0)
            && let Some(sum) = add(*a, *b, *c, *d)
        {
            return sum;
        }
        Exact::from_big(self.big() + other.big())
    }

    pub(crate) fn minus(&self, other: &Exact) -> Exact {
        self.plus(&other.negated())
    }

    pub(crate) fn negated(&self) -> Exact {
        match &self.0 {
            Form::Small(n, d) if *n != i128::MIN => Exact(Form::Small(-n, *d)),
            _ => Exact::from_big(-self.big()),
        }
    }

    pub(crate) fn times(&self, other: &Exact) -> Exact {
        if let (Form::Small(a, b), Form::Small(c, d)) = (&self.0, &other.0) {
            if let (Some(n), Some(m)) = (a.checked_mul(*c), b.checked_mul(*d)) {
                return Exact(Form::Small(n, m));
            }
            let (x, y) = (a.gcd(d).max(1), c.gcd(b).max(1));
            if let (Some(n), Some(m)) = ((a / x).checked_mul(c / y), (b / y).checked_mul(d / x)) {
                return Exact(Form::Small(n, m));
            }
        }
        Exact::from_big(self.big() * other.big())
    }

    /// The quotient; `None` for a divisor of 0.
    pub(crate) fn over(&self, divisor: &Exact) -> Option<Exact> {
        let inverse = match &divisor.0 {
            Form::Small(0, _) => return None,
            Form::Small(n, d) if *n > 0 => Exact(Form::Small(*d, *n)),
            Form::Small(n, d) if *n != i128::MIN => Exact(Form::Small(-d, -n)),
            _ => Exact::from_big(divisor.big().recip()),
        };
        Some(self.times(&inverse))
    }

    pub(crate) fn is_zero(&self) -> bool {
        match &self.0 {
            Form::Small(n, _) => *n == 0,
            Form::Big(big) => big.is_zero(),
        }
    }

    pub(crate) fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Small(n, _) => *n < 0,
            Form::Big(big) => big.is_negative(),
        }
    }

    pub(crate) fn is_positive(&self) -> bool {
        !self.is_zero() && !self.is_negative()
    }

    /// The nearest whole number that is not below.
    pub(crate) fn ceiling(&self) -> Exact {
        match &self.0 {
            Form::Small(n, d) => Exact(Form::Small(Integer::div_ceil(n, d), 1)),
            Form::Big(big) => Exact::from_big(big.ceil()),
        }
    }

    /// The value with at most `places` decimal places, rounded towards minus infinity.
    pub(crate) fn floor(&self, places: u32) -> Result<Decimal, NumberError> {
        let scaled = self.times(&power_of_ten(places));
        let whole = match &scaled.0 {
            Form::Small(n, d) => Integer::div_floor(n, d),
            Form::Big(big) => big.floor().numer().to_i128().ok_or(NumberError::TooManyDigits)?,
        };
        Decimal::new(whole, places)
    }

    /// The value with at most `places` decimal places.
    pub(crate) fn round(&self, places: u32, mode: Rounding) -> Result<Decimal, NumberError> {
        if let Form::Small(n, d) = self.0
            && let Some(scaled) = 10_i128.checked_pow(places).and_then(|factor| n.checked_mul(factor))
        {
            let (whole, rest) = (scaled / d, (scaled % d).unsigned_abs());
            let away = away(mode, rest.cmp(&(d.unsigned_abs() - rest)), rest == 0, whole % 2 != 0);
            return Decimal::new(if away { whole + scaled.signum() } else { whole }, places);
        }
        let scaled = self.times(&power_of_ten(places)).big();
        let (whole, rest) = scaled.numer().div_rem(scaled.denom());
        let rest = rest.abs();
        let half = rest.cmp(&(scaled.denom() - &rest));
        let step = if away(mode, half, rest.is_zero(), whole.is_odd()) {
            scaled.numer().signum()
        } else {
            BigInt::zero()
        };
        Decimal::new((whole + step).to_i128().ok_or(NumberError::TooManyDigits)?, places)
    }

    /// The value as a decimal number, if it is one that can be held.
    pub(crate) fn to_decimal(&self) -> Option<Decimal> {
        let Form::Small(n, d) = self.reduced().0 else { return None };
        let (mut rest, mut twos, mut fives) = (d, 0_u32, 0_u32);
        while rest % 2 == 0 {
            rest /= 2;
            twos += 1;
        }
        while rest % 5 == 0 {
            rest /= 5;
            fives += 1;
        }
        let places = twos.max(fives);
        let factor = 2_i128.checked_pow(places - twos)?.checked_mul(5_i128.checked_pow(places - fives)?)?;
        (rest == 1).then(|| n.checked_mul(factor)).flatten().and_then(|n| Decimal::new(n, places).ok())
    }
}

/// True if the digit before the cut moves away from zero. `half`: the rest against what is missing to the next.
fn away(mode: Rounding, half: Ordering, none: bool, odd: bool) -> bool {
    match mode {
        Rounding::Down => false,
        Rounding::Up => !none,
        Rounding::HalfUp => half != Ordering::Less,
        Rounding::HalfEven => half == Ordering::Greater || (half == Ordering::Equal && odd),
    }
}

fn power_of_ten(places: u32) -> Exact {
    match 10_i128.checked_pow(places) {
        Some(power) => Exact(Form::Small(power, 1)),
        None => Exact::from_big(BigRational::from(BigInt::from(10).pow(places))),
    }
}

fn add(a: i128, b: i128, c: i128, d: i128) -> Option<Exact> {
    if b == d {
        return Some(Exact(Form::Small(a.checked_add(c)?, b)));
    }
    if b % d == 0 {
        return Some(Exact(Form::Small(a.checked_add(c.checked_mul(b / d)?)?, b)));
    }
    if d % b == 0 {
        return Some(Exact(Form::Small(c.checked_add(a.checked_mul(d / b)?)?, d)));
    }
    let gcd = b.gcd(&d);
    let (left, right) = (a.checked_mul(d / gcd)?, c.checked_mul(b / gcd)?);
    Some(Exact(Form::Small(left.checked_add(right)?, (b / gcd).checked_mul(d)?)))
}

impl Default for Exact {
    fn default() -> Exact {
        Exact::ZERO
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Exact {
        match 10_i128.checked_pow(value.places()) {
            Some(unit) => Exact(Form::Small(value.mantissa(), unit)),
            None => Exact::from_big(BigRational::new(
                value.mantissa().into(),
                BigInt::from(10).pow(value.places()),
            )),
        }
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Exact) -> Ordering {
        if let (Form::Small(a, b), Form::Small(c, d)) = (&self.0, &other.0) {
            if b == d {
                return a.cmp(c);
            }
            if let (Some(left), Some(right)) = (a.checked_mul(*d), c.checked_mul(*b)) {
                return left.cmp(&right);
            }
        }
        self.big().cmp(&other.big())
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Exact) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Exact) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Exact {}

/// A decimal number, or a fraction in lowest terms where there is none.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(decimal) = self.to_decimal() {
            return write!(f, "{decimal}");
        }
        let big = self.big();
        write!(f, "{}/{}", big.numer(), big.denom())
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            product.over(&large).unwrap().times(&exact("10000000000000000000000000000000000000")),
            large
        );
        assert!(large.times(&large).round(0, Rounding::HalfUp).is_err());
        assert!(large.times(&large) > large);
    }

    prop_compose! {
        fn any_exact()(n in any::<i128>(), d in 1_i128.., small in any::<bool>()) -> Exact {
            let n = if n == i128::MIN { 0 } else { n };
            if small { Exact(Form::Small(n % 1_000_000, d % 1_000_000 + 1)) } else { Exact(Form::Small(n, d)) }
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
}

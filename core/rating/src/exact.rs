//! Exact rational numbers: nothing is rounded until a rule says so.
//!
//! Almost all are decimals: whole numbers over a power of ten, which add and multiply without any division.
//! A quotient goes on as a fraction of 128-bit numbers, and what outgrows those in big integers. Which of the
//! three a value is shows nowhere outside this file.

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
    /// A whole number, and how many of its digits are decimal places (at most 38).
    Scaled(i128, u32),
    /// Numerator and denominator, the latter above 0; not always in lowest terms. Boxed, as most are decimals.
    Fraction(Box<(i128, i128)>),
    Big(Box<BigRational>),
}

use Form::{Big, Fraction, Scaled};

impl Exact {
    pub(crate) const ZERO: Exact = Exact(Scaled(0, 0));
    pub(crate) const ONE: Exact = Exact(Scaled(1, 0));

    pub(crate) fn whole(value: i64) -> Exact {
        Exact(Scaled(i128::from(value), 0))
    }

    fn ratio(numerator: i128, denominator: i128) -> Exact {
        Exact(Fraction(Box::new((numerator, denominator))))
    }

    fn big(&self) -> BigRational {
        match &self.0 {
            Scaled(n, places) => BigRational::new((*n).into(), POWERS[*places as usize].into()),
            Fraction(parts) => BigRational::new(parts.0.into(), parts.1.into()),
            Big(big) => (**big).clone(),
        }
    }

    fn from_big(big: BigRational) -> Exact {
        match (big.numer().to_i128(), big.denom().to_i128()) {
            (Some(n), Some(d)) => Exact::ratio(n, d),
            _ => Exact(Big(Box::new(big))),
        }
    }

    /// Numerator and denominator, if they fit.
    fn fraction(&self) -> Option<(i128, i128)> {
        match &self.0 {
            Scaled(n, places) => Some((*n, POWERS[*places as usize])),
            Fraction(parts) => Some(**parts),
            Big(_) => None,
        }
    }

    pub(crate) fn plus(&self, other: &Exact) -> Exact {
        if let (Scaled(a, p), Scaled(b, q)) = (&self.0, &other.0)
            && let Some(((a, b), places)) = same_places(*a, *p, *b, *q)
            && let Some(sum) = a.checked_add(b)
        {
            return Exact(Scaled(sum, places));
        }
        if let (Some((a, b)), Some((c, d))) = (self.fraction(), other.fraction())
            && let Some(sum) = add_fractions(a, b, c, d)
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
            Scaled(n, places) if *n != i128::MIN => Exact(Scaled(-n, *places)),
            Fraction(parts) if parts.0 != i128::MIN => Exact::ratio(-parts.0, parts.1),
            _ => Exact::from_big(-self.big()),
        }
    }

    pub(crate) fn times(&self, other: &Exact) -> Exact {
        if let (Scaled(a, p), Scaled(b, q)) = (&self.0, &other.0)
            && p + q <= MOST_PLACES
            && let Some(product) = product(*a, *b)
        {
            return Exact(Scaled(product, p + q));
        }
        if let (Some((a, b)), Some((c, d))) = (self.fraction(), other.fraction()) {
            if let (Some(n), Some(m)) = (a.checked_mul(c), b.checked_mul(d)) {
                return Exact::ratio(n, m);
            }
            let (x, y) = (a.gcd(&d).max(1), c.gcd(&b).max(1));
            if let (Some(n), Some(m)) = ((a / x).checked_mul(c / y), (b / y).checked_mul(d / x)) {
                return Exact::ratio(n, m);
            }
        }
        Exact::from_big(self.big() * other.big())
    }

    /// The quotient; `None` for a divisor of 0.
    pub(crate) fn over(&self, divisor: &Exact) -> Option<Exact> {
        if divisor.is_zero() {
            return None;
        }
        if let Scaled(1, 0) = divisor.0 {
            return Some(self.clone());
        }
        let inverse = match divisor.fraction() {
            Some((n, d)) if n > 0 => Exact::ratio(d, n),
            Some((n, d)) if n != i128::MIN => Exact::ratio(-d, -n),
            _ => Exact::from_big(divisor.big().recip()),
        };
        Some(self.times(&inverse))
    }

    pub(crate) fn is_zero(&self) -> bool {
        match &self.0 {
            Scaled(n, _) => *n == 0,
            Fraction(parts) => parts.0 == 0,
            Big(big) => big.is_zero(),
        }
    }

    pub(crate) fn is_negative(&self) -> bool {
        match &self.0 {
            Scaled(n, _) => *n < 0,
            Fraction(parts) => parts.0 < 0,
            Big(big) => big.is_negative(),
        }
    }

    pub(crate) fn is_positive(&self) -> bool {
        !self.is_zero() && !self.is_negative()
    }

    /// The nearest whole number that is not below.
    pub(crate) fn ceiling(&self) -> Exact {
        match self.fraction() {
            Some((n, d)) => Exact(Scaled(Integer::div_ceil(&n, &d), 0)),
            None => Exact::from_big(self.big().ceil()),
        }
    }

    /// The value with at most `places` decimal places, rounded towards minus infinity.
    pub(crate) fn floor(&self, places: u32) -> Result<Decimal, NumberError> {
        if let Scaled(n, own) = self.0
            && own <= places
        {
            return Decimal::new(n, own);
        }
        let scaled = self.times(&power_of_ten(places));
        let whole = match scaled.fraction() {
            Some((n, d)) => Integer::div_floor(&n, &d),
            None => scaled.big().floor().numer().to_i128().ok_or(NumberError::TooManyDigits)?,
        };
        Decimal::new(whole, places)
    }

    /// The value with at most `places` decimal places.
    pub(crate) fn round(&self, places: u32, mode: Rounding) -> Result<Decimal, NumberError> {
        let (n, d) = match &self.0 {
            Scaled(n, own) if *own <= places => return Decimal::new(*n, *own),
            Scaled(n, own) => (Some(*n), POWERS[(own - places) as usize]),
            Fraction(parts) => {
                (POWERS.get(places as usize).and_then(|power| parts.0.checked_mul(*power)), parts.1)
            }
            Big(_) => (None, 1),
        };
        if let Some(n) = n {
            return round_quotient(n, d, places, mode);
        }
        let scaled = self.times(&power_of_ten(places)).big();
        let (whole, rest) = scaled.numer().div_rem(scaled.denom());
        let rest = rest.abs();
        let half = rest.cmp(&(scaled.denom() - &rest));
        let away = away(mode, half, rest.is_zero(), whole.is_odd());
        let step = if away { scaled.numer().signum() } else { BigInt::zero() };
        Decimal::new((whole + step).to_i128().ok_or(NumberError::TooManyDigits)?, places)
    }

    /// The quotient with at most `places` decimal places; nothing for a divisor of 0.
    pub(crate) fn over_rounded(
        &self,
        divisor: &Exact,
        places: u32,
        mode: Rounding,
    ) -> Option<Result<Decimal, NumberError>> {
        if let (Scaled(n, p), Scaled(d, q)) = (&self.0, &divisor.0)
            && *d > 0
            && let (Some(more), Some(less)) = (POWERS.get((q + places) as usize), POWERS.get(*p as usize))
            && let (Some(n), Some(d)) = (product(*n, *more), product(*d, *less))
        {
            return Some(round_quotient(n, d, places, mode));
        }
        self.over(divisor).map(|quotient| quotient.round(places, mode))
    }

    /// The value as a decimal number, if it is one that can be held.
    pub(crate) fn to_decimal(&self) -> Option<Decimal> {
        let (n, d) = match &self.0 {
            Scaled(n, places) => return Decimal::new(*n, *places).ok(),
            Fraction(parts) => {
                let (n, d) = **parts;
                (n / n.gcd(&d), d / n.gcd(&d))
            }
            Big(_) => return None,
        };
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

const MOST_PLACES: u32 = 38;

/// The powers of ten that fit.
const POWERS: [i128; MOST_PLACES as usize + 1] = {
    let mut powers = [1_i128; MOST_PLACES as usize + 1];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// Both with the places of the one that has more.
fn same_places(a: i128, p: u32, b: i128, q: u32) -> Option<((i128, i128), u32)> {
    match p.cmp(&q) {
        Ordering::Equal => Some(((a, b), p)),
        Ordering::Less => Some(((product(a, POWERS[(q - p) as usize])?, b), q)),
        Ordering::Greater => Some(((a, product(b, POWERS[(p - q) as usize])?), p)),
    }
}

/// A checked product; numbers of 64 bits, which most are, cannot overflow it.
fn product(a: i128, b: i128) -> Option<i128> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
        _ => a.checked_mul(b),
    }
}

/// Quotient and rest, towards zero. Dividing 128 bits is slow, and seldom needed.
fn divide(n: i128, d: i128) -> (i128, i128) {
    match (i64::try_from(n), i64::try_from(d)) {
        (Ok(n), Ok(d)) if d != -1 => (i128::from(n / d), i128::from(n % d)),
        _ => (n / d, n % d),
    }
}

/// The quotient of two numbers, the second above 0, as so many units of the last place.
fn round_quotient(n: i128, d: i128, places: u32, mode: Rounding) -> Result<Decimal, NumberError> {
    let (whole, rest) = divide(n, d);
    let rest = rest.unsigned_abs();
    let away = away(mode, rest.cmp(&(d.unsigned_abs() - rest)), rest == 0, whole % 2 != 0);
    Decimal::new(if away { whole + n.signum() } else { whole }, places)
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
    match POWERS.get(places as usize) {
        Some(power) => Exact(Scaled(*power, 0)),
        None => Exact::from_big(BigRational::from(BigInt::from(10).pow(places))),
    }
}

fn add_fractions(a: i128, b: i128, c: i128, d: i128) -> Option<Exact> {
    if b == d {
        return Some(Exact::ratio(a.checked_add(c)?, b));
    }
    let gcd = b.gcd(&d);
    let (left, right) = (a.checked_mul(d / gcd)?, c.checked_mul(b / gcd)?);
    Some(Exact::ratio(left.checked_add(right)?, (b / gcd).checked_mul(d)?))
}

impl Default for Exact {
    fn default() -> Exact {
        Exact::ZERO
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Exact {
        Exact(Scaled(value.mantissa(), value.places()))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Exact) -> Ordering {
        if let (Scaled(a, p), Scaled(b, q)) = (&self.0, &other.0)
            && let Some(((a, b), _)) = same_places(*a, *p, *b, *q)
        {
            return a.cmp(&b);
        }
        if let (Some((a, b)), Some((c, d))) = (self.fraction(), other.fraction()) {
            if b == d {
                return a.cmp(&c);
            }
            if let (Some(left), Some(right)) = (a.checked_mul(d), c.checked_mul(b)) {
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
mod tests;

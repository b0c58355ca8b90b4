//! Exact decimal numbers: a 128-bit whole number and a count of decimal places.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU8;
use std::str::FromStr;

/// Most significant digits a [`Decimal`] can hold.
const MAX_DIGITS: u32 = 38;
/// Largest whole number behind a [`Decimal`]: 38 nines.
const MAX_MANTISSA: i128 = 10_i128.pow(MAX_DIGITS) - 1;

/// An exact decimal number of at most 38 significant digits and 38 decimal places.
///
/// Values are kept in one shape (no trailing zeros after the point, no negative zero), so equal numbers are
/// equal bytes: `2.10` and `2.1` compare, hash and print alike. Nothing here rounds unless its name says so;
/// what cannot be held exactly is a [`NumberError`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    // Split so that the type is 24 bytes, aligned to 8, and `Option<Decimal>` costs nothing.
    low: u64,
    high: i64,
    places_plus_one: NonZeroU8,
}

/// How a number is brought to fewer decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest; a half goes away from zero, so a credit mirrors its charge.
    #[default]
    HalfUp,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

/// Why a text is not a number, or a result cannot be held exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// The text does not follow the grammar; says what is wrong with it.
    Grammar(&'static str),
    /// More than 38 significant digits, or more than 38 decimal places.
    TooManyDigits,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NumberError::Grammar(what) => f.write_str(what),
            NumberError::TooManyDigits => {
                write!(f, "it needs more than {MAX_DIGITS} digits to be held exactly")
            }
        }
    }
}

impl std::error::Error for NumberError {}

impl Decimal {
    /// 0.
    pub const ZERO: Decimal = Decimal::pack(0, 0);
    /// 1.
    pub const ONE: Decimal = Decimal::pack(1, 0);

    /// The number `mantissa / 10^places`.
    ///
    /// # Errors
    /// [`NumberError::TooManyDigits`] if the result has more than 38 digits or places.
    pub const fn new(mantissa: i128, places: u32) -> Result<Decimal, NumberError> {
        let (mut mantissa, mut places) = (mantissa, places);
        if mantissa == 0 {
            return Ok(Decimal::ZERO);
        }
        // Dividing 128 bits is slow, and most numbers have 64.
        let mut short = mantissa as i64;
        if short as i128 == mantissa {
            while places > 0 && short % 10 == 0 {
                short /= 10;
                places -= 1;
            }
            mantissa = short as i128;
        }
        while places > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            places -= 1;
        }
        if places > MAX_DIGITS || mantissa > MAX_MANTISSA || mantissa < -MAX_MANTISSA {
            return Err(NumberError::TooManyDigits);
        }
        Ok(Decimal::pack(mantissa, places as u8))
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the 128 bits")]
    const fn pack(mantissa: i128, places: u8) -> Decimal {
        let Some(places_plus_one) = NonZeroU8::new(places + 1) else { unreachable!() };
        Decimal { low: mantissa as u64, high: (mantissa >> 64) as i64, places_plus_one }
    }

    /// The digits as a whole number; the value is `mantissa / 10^places`.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        ((self.high as i128) << 64) | (self.low as i128)
    }

    /// How many decimal places the value needs (0 to 38).
    #[must_use]
    pub const fn places(self) -> u32 {
        self.places_plus_one.get() as u32 - 1
    }

    /// True for 0.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.low == 0 && self.high == 0
    }

    /// True below 0.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.high < 0
    }

    /// The number without its sign.
    #[must_use]
    pub const fn abs(self) -> Decimal {
        Decimal::pack(self.mantissa().abs(), self.places_plus_one.get() - 1)
    }

    /// The exact sum.
    ///
    /// # Errors
    /// [`NumberError::TooManyDigits`] if it cannot be held.
    pub fn checked_add(self, other: Decimal) -> Result<Decimal, NumberError> {
        let places = self.places().max(other.places());
        let sum = rescale(self, places)
            .zip(rescale(other, places))
            .and_then(|(a, b)| a.checked_add(b))
            .ok_or(NumberError::TooManyDigits)?;
        Decimal::new(sum, places)
    }

    /// The exact difference.
    ///
    /// # Errors
    /// [`NumberError::TooManyDigits`] if it cannot be held.
    pub fn checked_sub(self, other: Decimal) -> Result<Decimal, NumberError> {
        self.checked_add(-other)
    }

    /// The exact product.
    ///
    /// # Errors
    /// [`NumberError::TooManyDigits`] if it cannot be held.
    pub fn checked_mul(self, other: Decimal) -> Result<Decimal, NumberError> {
        let product = self.mantissa().checked_mul(other.mantissa()).ok_or(NumberError::TooManyDigits)?;
        Decimal::new(product, self.places() + other.places())
    }

    /// The number with at most `places` decimal places.
    #[must_use]
    pub fn round(self, places: u32, mode: Rounding) -> Decimal {
        if places >= self.places() {
            return self;
        }
        let unit = 10_i128.pow(self.places() - places);
        let (whole, rest) = (self.mantissa() / unit, self.mantissa() % unit);
        let away = match mode {
            Rounding::Down => false,
            Rounding::Up => rest != 0,
            Rounding::HalfUp => rest.unsigned_abs() >= unit.unsigned_abs() - rest.unsigned_abs(),
            Rounding::HalfEven => {
                match rest.unsigned_abs().cmp(&(unit.unsigned_abs() - rest.unsigned_abs())) {
                    Ordering::Less => false,
                    Ordering::Equal => whole % 2 != 0,
                    Ordering::Greater => true,
                }
            }
        };
        let rounded = if away { whole + self.mantissa().signum() } else { whole };
        // Fewer digits than before plus at most one carry: it fits.
        Decimal::new(rounded, places).unwrap_or(self)
    }

    /// The number with exactly `places` decimal places, as money is printed: `79.80`, never `-0.00`.
    ///
    /// Returns `None` if the value has more places than that: printing never rounds.
    #[must_use]
    pub fn to_fixed(self, places: u32) -> Option<String> {
        (self.places() <= places).then(|| {
            let mut text = self.to_string();
            if places > 0 {
                if self.places() == 0 {
                    text.push('.');
                }
                text.extend(std::iter::repeat_n('0', (places - self.places()) as usize));
            }
            text
        })
    }

    /// Reads a number as JSON writes it: the plain grammar, and exponents as long as the value is exact.
    ///
    /// # Errors
    /// [`NumberError`] if it is not a JSON number or cannot be held exactly.
    pub fn from_json_number(text: &str) -> Result<Decimal, NumberError> {
        let Some((digits, exponent)) = text.split_once(['e', 'E']) else { return text.parse() };
        let base: Decimal = digits.parse()?;
        let (sign, magnitude) = match exponent.as_bytes().first() {
            Some(b'-') => (-1_i64, &exponent[1..]),
            Some(b'+') => (1, &exponent[1..]),
            _ => (1, exponent),
        };
        if magnitude.is_empty() || !magnitude.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::Grammar("the exponent is not a whole number"));
        }
        if base.is_zero() {
            return Ok(Decimal::ZERO);
        }
        let magnitude: i64 =
            magnitude.parse().ok().filter(|m| *m < 1000).ok_or(NumberError::TooManyDigits)?;
        let places = i64::from(base.places()) - sign * magnitude;
        match u32::try_from(places) {
            Ok(places) => Decimal::new(base.mantissa(), places),
            Err(_) => u32::try_from(-places)
                .ok()
                .and_then(|zeros| 10_i128.checked_pow(zeros))
                .and_then(|factor| base.mantissa().checked_mul(factor))
                .ok_or(NumberError::TooManyDigits)
                .and_then(|mantissa| Decimal::new(mantissa, 0)),
        }
    }
}

fn rescale(value: Decimal, places: u32) -> Option<i128> {
    10_i128.checked_pow(places - value.places()).and_then(|factor| value.mantissa().checked_mul(factor))
}

impl std::ops::Neg for Decimal {
    type Output = Decimal;
    fn neg(self) -> Decimal {
        Decimal::pack(-self.mantissa(), self.places_plus_one.get() - 1)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let places = self.places().max(other.places());
        match (rescale(*self, places), rescale(*other, places)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Only a number far larger than the other outgrows 128 bits when written with the other's places.
            (None, _) => 0.cmp(&self.mantissa()).reverse(),
            (_, None) => 0.cmp(&other.mantissa()),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

macro_rules! from_whole {
    ($($whole:ty),*) => {$(
        impl From<$whole> for Decimal {
            fn from(value: $whole) -> Decimal {
                Decimal::pack(i128::from(value), 0)
            }
        }
    )*};
}
from_whole!(i32, u32, i64, u64);

/// The strict grammar: an optional `-`, digits without superfluous leading zeros, optionally a point and
/// digits. No exponent, no `+`, no separators, no spaces.
/// A whole number that 64 bits hold, as most are; `None` for any other text.
fn short_whole(text: &[u8]) -> Option<i64> {
    match text {
        [] | [b'0', _, ..] => return None,
        digits if digits.len() > 18 => return None,
        _ => {}
    }
    text.iter().try_fold(0_i64, |whole, byte| match byte {
        b'0'..=b'9' => Some(whole * 10 + i64::from(byte - b'0')),
        _ => None,
    })
}

impl FromStr for Decimal {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Decimal, NumberError> {
        if let Some(whole) = short_whole(text.as_bytes()) {
            return Ok(Decimal::pack(i128::from(whole), 0));
        }
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(NumberError::Grammar("digits must follow the point")),
            Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
            None => (digits, ""),
        };
        if whole.is_empty() {
            return Err(NumberError::Grammar(if text.is_empty() {
                "it is empty"
            } else {
                "digits must come before the point"
            }));
        }
        if whole.len() > 1 && whole.starts_with('0') && whole.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::Grammar("it has superfluous leading zeros"));
        }
        let mut mantissa: i128 = 0;
        let mut overflow = false;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(NumberError::Grammar(
                    "only digits, one point and a leading minus make a number (1234.56)",
                ));
            }
            match mantissa.checked_mul(10).and_then(|m| m.checked_add(i128::from(byte - b'0'))) {
                Some(next) => mantissa = next,
                None => overflow = true,
            }
        }
        let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
        if overflow {
            return Err(NumberError::TooManyDigits);
        }
        Decimal::new(if negative { -mantissa } else { mantissa }, places)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.places() as usize;
        let digits = self.mantissa().unsigned_abs().to_string();
        let sign = if self.is_negative() { "-" } else { "" };
        if places == 0 {
            return write!(f, "{sign}{digits}");
        }
        if digits.len() > places {
            let (whole, fraction) = digits.split_at(digits.len() - places);
            return write!(f, "{sign}{whole}.{fraction}");
        }
        write!(f, "{sign}0.{digits:0>places$}")
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

//! Calendar months, the unit of billing.

use std::fmt;
use std::str::FromStr;

/// A civil date (no time, no time zone).
pub type Date = jiff::civil::Date;

/// One calendar month, written `2026-03`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// The text is not a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthError(pub String);

impl Month {
    /// The month of a year (1 to 9999) and a number from 1 to 12.
    #[must_use]
    pub fn new(year: i16, month: i8) -> Option<Month> {
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Month { year, month })
    }

    /// The month a date lies in.
    #[must_use]
    pub fn of(date: Date) -> Month {
        Month { year: date.year(), month: date.month() }
    }

    /// The first day, as vendors write a usage month: `2026-03-01`.
    #[must_use]
    pub fn first_day(self) -> Date {
        jiff::civil::date(self.year, self.month, 1)
    }

    /// The last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// Days in the month, 28 to 31.
    #[must_use]
    pub fn days(self) -> u32 {
        u32::from(self.first_day().days_in_month().unsigned_abs())
    }

    /// The following month; the last month of year 9999 is its own successor.
    #[must_use]
    pub fn next(self) -> Month {
        match self.month {
            12 => Month::new(self.year + 1, 1).unwrap_or(self),
            month => Month { year: self.year, month: month + 1 },
        }
    }

    /// Reads the first day of a month, `2026-03-01`; any other day is an error.
    ///
    /// # Errors
    /// [`MonthError`] with the text.
    pub fn from_first_day(text: &str) -> Result<Month, MonthError> {
        text.strip_suffix("-01")
            .and_then(|month| month.parse().ok())
            .ok_or_else(|| MonthError(text.to_owned()))
    }
}

impl FromStr for Month {
    type Err = MonthError;
    fn from_str(text: &str) -> Result<Month, MonthError> {
        let digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        text.split_once('-')
            .filter(|(year, month)| digits(year, 4) && digits(month, 2))
            .and_then(|(year, month)| Month::new(year.parse().ok()?, month.parse().ok()?))
            .ok_or_else(|| MonthError(text.to_owned()))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for MonthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a month (write it like 2026-03)", self.0)
    }
}

impl std::error::Error for MonthError {}

impl serde::Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Month, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

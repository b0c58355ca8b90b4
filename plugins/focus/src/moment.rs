//! Points in time, as far as periods need them: the day in UTC, and whether it is its beginning.
//!
//! FOCUS writes `2026-03-01T00:00:00Z` (specification/attributes/datetime_format.md). Exports leave out seconds or the
//! sign of UTC, or write a blank in place of the T; all of that is one reading. Another time zone is not UTC and refused.

use std::time::Duration;

use ratebook_plugin::Date;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Its day in UTC.
    pub(crate) day: Date,
    /// True at midnight, to the last digit.
    pub(crate) at_midnight: bool,
}

impl Moment {
    /// Reads a text; `None` if it is no point in time in UTC.
    pub(crate) fn read(text: &str) -> Option<Moment> {
        let (date, time) = text.split_at_checked(10)?;
        let number =
            |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i16>().ok())?;
        let mut parts = date.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || [year.len(), month.len(), day.len()] != [4, 2, 2] {
            return None;
        }
        let day =
            Date::new(number(year)?, i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?);
        let day = day.ok()?;
        if time.is_empty() {
            return Some(Moment { day, at_midnight: true });
        }
        let time = time.strip_prefix(['T', ' '])?;
        let time =
            ["Z", "+00:00", "+0000", " UTC"].iter().find_map(|zone| time.strip_suffix(zone)).unwrap_or(time);
        let (clock, fraction) =
            time.split_once('.').map_or((time, None), |(clock, rest)| (clock, Some(rest)));
        let parts: Option<Vec<i16>> =
            clock.split(':').map(|part| number(part).filter(|_| part.len() == 2)).collect();
        let parts = parts?;
        let in_range = matches!(parts.as_slice(), [hour, minute, rest @ ..]
            if *hour < 24 && *minute < 60 && rest.len() < 2 && rest.iter().all(|second| *second < 60));
        let fraction_ok = fraction.is_none_or(|digits| {
            parts.len() == 3 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        let is_zero = parts.iter().all(|part| *part == 0)
            && fraction.is_none_or(|digits| digits.bytes().all(|byte| byte == b'0'));
        (in_range && fraction_ok).then_some(Moment { day, at_midnight: is_zero })
    }

    /// The point `count` units after 1970, of which a day has `per_day`.
    pub(crate) fn from_epoch(count: i64, per_day: i64) -> Option<Moment> {
        let days = count.div_euclid(per_day);
        let span = Duration::from_secs(days.unsigned_abs().checked_mul(DAY_SECONDS)?);
        let epoch = Date::constant(1970, 1, 1);
        let day = if days < 0 { epoch.checked_sub(span) } else { epoch.checked_add(span) };
        Some(Moment { day: day.ok()?, at_midnight: count.rem_euclid(per_day) == 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Moment::read(text).map(|moment| format!("{} {}", moment.day, moment.at_midnight))
    }

    #[test]
    fn one_moment_is_written_in_many_ways() {
        for text in [
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:00.000Z",
            "2026-03-01T00:00Z",
            "2026-03-01 00:00:00 UTC",
            "2026-03-01 00:00:00+00:00",
            "2026-03-01T00:00:00",
            "2026-03-01",
        ] {
            assert_eq!(read(text).as_deref(), Some("2026-03-01 true"), "{text}");
        }
        assert_eq!(read("2026-03-31T23:59:59.999Z").as_deref(), Some("2026-03-31 false"));
    }

    #[test]
    fn what_is_no_moment_in_utc_is_refused() {
        for text in [
            "",
            "2026-3-1",
            "2026-02-30T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T00:00:00+02:00",
            "2026-03-01T00:00:00-01:00",
            "2026-03-01TZ",
            "2026-03-01T00Z",
            "2026-03-01T00:00.5Z",
            "2026-03-01T00:00:00.Z",
            "01.03.2026",
            "2026-03-0é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn counts_since_1970_are_days_before_and_after() {
        let day = |count, per_day| Moment::from_epoch(count, per_day).map(|moment| moment.day.to_string());
        assert_eq!(day(1_772_323_200_000, 86_400_000).as_deref(), Some("2026-03-01"));
        assert_eq!(day(-1, 86_400_000_000).as_deref(), Some("1969-12-31"));
        assert_eq!(day(20_513, 1).as_deref(), Some("2026-03-01"));
        assert_eq!(day(i64::MAX, 1), None);
    }
}

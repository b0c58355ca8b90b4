//! Dates as a vendor writes them, by a pattern such as `DD.MM.YYYY`, read strictly.

use ratebook_plugin::{Date, Month};

/// A way of writing dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DateFormat {
    pattern: String,
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    /// With exactly two digits, or with one or two.
    Month(bool),
    Day(bool),
    Sign(char),
}

impl Default for DateFormat {
    fn default() -> DateFormat {
        let sign = Part::Sign('-');
        DateFormat {
            pattern: "YYYY-MM-DD".to_owned(),
            parts: vec![Part::Year, sign, Part::Month(true), sign, Part::Day(true)],
        }
    }
}

impl DateFormat {
    /// The way that a pattern describes: `YYYY`, `MM` or `M`, and perhaps `DD` or `D`, once each.
    pub(crate) fn of_pattern(pattern: &str) -> Option<DateFormat> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(sign) = rest.chars().next() {
            let tokens = [
                ("YYYY", Part::Year),
                ("MM", Part::Month(true)),
                ("M", Part::Month(false)),
                ("DD", Part::Day(true)),
                ("D", Part::Day(false)),
            ];
            let token = tokens.into_iter().find(|(token, _)| rest.starts_with(token));
            let (token, part) = match token {
                Some(token) => token,
                None if sign.is_ascii_punctuation() || sign == ' ' => (&rest[..1], Part::Sign(sign)),
                None => return None,
            };
            parts.push(part);
            rest = &rest[token.len()..];
        }
        let count = |is: fn(&Part) -> bool| parts.iter().filter(|part| is(part)).count();
        let ok = count(|part| *part == Part::Year) == 1
            && count(|part| matches!(part, Part::Month(_))) == 1
            && count(|part| matches!(part, Part::Day(_))) <= 1;
        ok.then(|| DateFormat { pattern: pattern.to_owned(), parts })
    }

    /// The pattern.
    pub(crate) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The day, or the first day of the month if the pattern has none. A time may follow after a blank or a `T`.
    pub(crate) fn read(&self, text: &str) -> Option<Date> {
        let (date, rest) = self.read_start(text)?;
        let is_time = |rest: &str| {
            rest.starts_with([' ', 'T'])
                && rest[1..].starts_with(|c: char| c.is_ascii_digit())
                && rest[1..].chars().all(|c| c.is_ascii_digit() || ":.,+-Z APM".contains(c))
        };
        (rest.is_empty() || is_time(rest)).then_some(date)
    }

    /// The same at the beginning of a text, and what follows.
    fn read_start<'t>(&self, text: &'t str) -> Option<(Date, &'t str)> {
        let (mut year, mut month, mut day, mut rest) = (0_i16, 0_i8, 1_i8, text);
        for part in &self.parts {
            let (least, most) = match part {
                Part::Year => (4, 4),
                Part::Month(two) | Part::Day(two) => (if *two { 2 } else { 1 }, 2),
                Part::Sign(sign) => {
                    rest = rest.strip_prefix(*sign)?;
                    continue;
                }
            };
            let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
            if count < least {
                return None;
            }
            let digits = &rest[..count];
            match part {
                Part::Year => year = digits.parse().ok()?,
                Part::Month(_) => month = digits.parse().ok()?,
                _ => day = digits.parse().ok()?,
            }
            rest = &rest[count..];
        }
        Month::new(year, month)?;
        Some((Date::new(year, month, day).ok()?, rest))
    }

    /// A day as the pattern writes it.
    pub(crate) fn write(&self, year: u16, month: u8, day: u8) -> String {
        let part = |part: &Part| match part {
            Part::Year => format!("{year:04}"),
            Part::Month(true) => format!("{month:02}"),
            Part::Month(false) => month.to_string(),
            Part::Day(true) => format!("{day:02}"),
            Part::Day(false) => day.to_string(),
            Part::Sign(sign) => sign.to_string(),
        };
        self.parts.iter().map(part).collect()
    }

    /// Every date in a text such as `2026-03-01 - 2026-03-31`.
    pub(crate) fn all_in(&self, text: &str) -> Vec<Date> {
        let mut dates = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let follows_digit = text[..at].ends_with(|c: char| c.is_ascii_digit());
            match self.read_start(&text[at..]).filter(|_| !follows_digit) {
                Some((date, rest)) => {
                    dates.push(date);
                    at = text.len() - rest.len();
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        dates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, text: &str) -> Option<String> {
        DateFormat::of_pattern(pattern).unwrap().read(text).map(|date| date.to_string())
    }

    #[test]
    fn dates_are_read_by_their_pattern() {
        for (pattern, text) in [
            ("YYYY-MM-DD", "2026-03-04"),
            ("YYYY-MM-DD", "2026-03-04T00:00:00Z"),
            ("DD.MM.YYYY", "04.03.2026"),
            ("M/D/YYYY", "3/4/2026"),
            ("M/D/YYYY", "03/04/2026 12:00:00 AM"),
            ("D/M/YYYY", "4/3/2026"),
            ("YYYYMMDD", "20260304"),
        ] {
            assert_eq!(read(pattern, text).as_deref(), Some("2026-03-04"), "{pattern} {text}");
        }
        assert_eq!(read("MM/YYYY", "03/2026").as_deref(), Some("2026-03-01"));
        assert_eq!(DateFormat::of_pattern("YYYY-MM-DD"), Some(DateFormat::default()));
    }

    #[test]
    fn what_does_not_follow_it_is_no_date() {
        for (pattern, text) in [
            ("YYYY-MM-DD", "2026-3-4"),
            ("YYYY-MM-DD", "2026-02-30"),
            ("YYYY-MM-DD", "2026-03-04 noon"),
            ("YYYY-MM-DD", "2026-03-041"),
            ("DD.MM.YYYY", "2026-03-04"),
            ("M/D/YYYY", "13/1/2026"),
            ("MM/YYYY", "3/2026"),
            ("YYYY-MM-DD", ""),
        ] {
            assert_eq!(read(pattern, text), None, "{pattern} {text}");
        }
        for pattern in ["", "YYYY", "MM", "YY-MM-DD", "YYYY-MM-MM", "YYYY-MM-DD hh", "yyyy-mm-dd"] {
            assert_eq!(DateFormat::of_pattern(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_period_holds_its_dates() {
        let dates = DateFormat::default().all_in("from 2026-03-01 – 2026-03-31 (12026-01-011)");
        assert_eq!(dates.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-03-01", "2026-03-31"]);
    }
}

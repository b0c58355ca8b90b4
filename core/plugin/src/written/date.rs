//! Dates as a vendor writes them, by a pattern such as `DD.MM.YYYY`, read strictly.

mod month_names;

use ratebook_line::{Date, Month};

use month_names::Names;

/// The word for days counted from 1900, as spreadsheets keep them.
pub const SERIAL: &str = "serial";

/// Patterns that are common, the surest first.
pub const PATTERNS: [&str; 23] = [
    "YYYY-MM-DD",
    "DD.MM.YYYY",
    "D.M.YYYY",
    "D.M.YY",
    "M/D/YYYY",
    "M/D/YY",
    "D/M/YYYY",
    "D/M/YY",
    "DD-MM-YYYY",
    "YYYY/MM/DD",
    "YYYYMMDD",
    "YYYY-MM",
    "YYYYMM",
    "MM/YYYY",
    "MM.YYYY",
    "MMMM YYYY",
    "MMM YYYY",
    "MMM YY",
    "MMM-YY",
    "D MMM YYYY",
    "D. MMMM YYYY",
    "MMMM D, YYYY",
    "DD-MMM-YY",
];

/// A way of writing dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    pattern: String,
    /// Empty if days are counted.
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// With four digits, or with the last two of them.
    Year(bool),
    /// With exactly two digits, or with one or two.
    Month(bool),
    /// By its name.
    Name(Names),
    Day(bool),
    Sign(char),
}

/// What stands for a part in a pattern, the longest first.
const TOKENS: [(&str, Part); 8] = [
    ("YYYY", Part::Year(true)),
    ("YY", Part::Year(false)),
    ("MMMM", Part::Name(Names::Whole)),
    ("MMM", Part::Name(Names::Short)),
    ("MM", Part::Month(true)),
    ("M", Part::Month(false)),
    ("DD", Part::Day(true)),
    ("D", Part::Day(false)),
];

impl Default for DateFormat {
    fn default() -> DateFormat {
        let sign = Part::Sign('-');
        DateFormat {
            pattern: "YYYY-MM-DD".to_owned(),
            parts: vec![Part::Year(true), sign, Part::Month(true), sign, Part::Day(true)],
        }
    }
}

impl DateFormat {
    /// The way that a pattern describes: a year, a month and perhaps a day, once each, or `serial`.
    #[must_use]
    pub fn of_pattern(pattern: &str) -> Option<DateFormat> {
        if pattern == SERIAL {
            return Some(DateFormat { pattern: pattern.to_owned(), parts: Vec::new() });
        }
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(sign) = rest.chars().next() {
            let token = TOKENS.into_iter().find(|(token, _)| rest.starts_with(token));
            let (token, part) = match token {
                Some(token) => token,
                None if sign.is_ascii_punctuation() || sign == ' ' => (&rest[..1], Part::Sign(sign)),
                None => return None,
            };
            parts.push(part);
            rest = &rest[token.len()..];
        }
        let count = |is: fn(&Part) -> bool| parts.iter().filter(|part| is(part)).count();
        let ok = count(|part| matches!(part, Part::Year(_))) == 1
            && count(|part| matches!(part, Part::Month(_) | Part::Name(_))) == 1
            && count(|part| matches!(part, Part::Day(_))) <= 1;
        ok.then(|| DateFormat { pattern: pattern.to_owned(), parts })
    }

    /// The pattern.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The day, or the first day of the month if the pattern has none. A time may follow after a blank or a `T`.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Date> {
        if self.is_serial() {
            return of_serial(text);
        }
        let (date, rest) = self.read_start(text)?;
        let is_time = |rest: &str| {
            rest.starts_with([' ', 'T'])
                && rest[1..].starts_with(|c: char| c.is_ascii_digit())
                && rest[1..].chars().all(|c| c.is_ascii_digit() || ":.,+-Z APMUTCG".contains(c))
        };
        (rest.is_empty() || is_time(rest)).then_some(date)
    }

    fn is_serial(&self) -> bool {
        self.parts.is_empty()
    }

    /// The same at the beginning of a text, and what follows.
    fn read_start<'t>(&self, text: &'t str) -> Option<(Date, &'t str)> {
        let (mut year, mut month, mut day, mut rest) = (0_i16, 0_i8, 1_i8, text);
        for (part, next) in self.parts.iter().zip(self.parts.iter().skip(1).map(Some).chain([None])) {
            let (least, most) = match part {
                Part::Year(four) => {
                    if *four {
                        (4, 4)
                    } else {
                        (2, 2)
                    }
                }
                Part::Month(two) | Part::Day(two) => (if *two { 2 } else { 1 }, 2),
                Part::Name(names) => {
                    (month, rest) = names.read(rest)?;
                    // Short names are often written with a point that the pattern does not say.
                    if *names == Names::Short && next != Some(&Part::Sign('.')) {
                        rest = rest.strip_prefix('.').unwrap_or(rest);
                    }
                    continue;
                }
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
                Part::Year(true) => year = digits.parse().ok()?,
                Part::Year(false) => year = digits.parse::<i16>().ok()? + 2000,
                Part::Month(_) => month = digits.parse().ok()?,
                _ => day = digits.parse().ok()?,
            }
            rest = &rest[count..];
        }
        Month::new(year, month)?;
        Some((Date::new(year, month, day).ok()?, rest))
    }

    /// A day as the pattern writes it.
    #[must_use]
    pub fn write(&self, year: u16, month: u8, day: u8) -> String {
        let part = |part: &Part| match part {
            Part::Year(true) => format!("{year:04}"),
            Part::Year(false) => format!("{:02}", year % 100),
            Part::Month(true) => format!("{month:02}"),
            Part::Month(false) => month.to_string(),
            Part::Name(names) => names.of(month),
            Part::Day(true) => format!("{day:02}"),
            Part::Day(false) => day.to_string(),
            Part::Sign(sign) => sign.to_string(),
        };
        match self.is_serial() {
            true => to_serial(year, month, day).unwrap_or_else(|| format!("{year:04}-{month:02}-{day:02}")),
            false => self.parts.iter().map(part).collect(),
        }
    }

    /// Every date in a text such as `2026-03-01 - 2026-03-31`.
    #[must_use]
    pub fn all_in(&self, text: &str) -> Vec<Date> {
        if self.is_serial() {
            return text.split_whitespace().filter_map(of_serial).collect();
        }
        let mut dates = Vec::new();
        let mut at = 0;
        while at < text.len() {
            // What goes on before or behind is another number or word.
            let found = self.read_start(&text[at..]).filter(|(_, rest)| {
                let before = text[..at].chars().next_back();
                let first = text[at..].chars().next();
                let last = text[..text.len() - rest.len()].chars().next_back();
                !joined(before, first) && !joined(last, rest.chars().next())
            });
            match found {
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

/// True if two characters are of one number or of one word.
fn joined(one: Option<char>, next: Option<char>) -> bool {
    let both = |is: fn(char) -> bool| one.is_some_and(is) && next.is_some_and(is);
    both(|c| c.is_ascii_digit()) || both(char::is_alphabetic)
}

/// The ways in which a text is a date, with the date: one way for each date that it may be.
#[must_use]
pub fn ways_of(text: &str) -> Vec<(&'static str, Date)> {
    let mut ways: Vec<(&'static str, Date)> = Vec::new();
    for pattern in PATTERNS.into_iter().chain([SERIAL]) {
        let date = DateFormat::of_pattern(pattern).and_then(|format| format.read(text));
        if let Some(date) = date.filter(|date| ways.iter().all(|(_, known)| known != date)) {
            ways.push((pattern, date));
        }
    }
    ways
}

/// The day before the first that spreadsheets count, as their February 1900 has a day too many.
const BEFORE_FIRST: Date = Date::constant(1899, 12, 30);

/// The day of a count such as `46082` or `46082.5`; of this century, as other numbers are no dates that are meant.
fn of_serial(text: &str) -> Option<Date> {
    let (days, time) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let days: u64 =
        Some(days).filter(|days| days.len() == 5 && is_digits(days) && is_digits(time))?.parse().ok()?;
    let date = BEFORE_FIRST.checked_add(std::time::Duration::from_secs(days * 24 * 60 * 60)).ok()?;
    (2000..2100).contains(&date.year()).then_some(date)
}

fn to_serial(year: u16, month: u8, day: u8) -> Option<String> {
    let (year, month, day) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let date = Date::new(year, month, day).ok()?;
    Some((date.duration_since(BEFORE_FIRST).as_hours() / 24).to_string())
}

#[cfg(test)]
mod tests;

//! Numbers as people and programs write them, read strictly: one way of writing for a column, and nothing beside a number
//! that the configuration does not name.

use ratebook_line::Decimal;

use super::beside::Beside;

/// A way of writing numbers, and the example that it is configured by.
const WAYS: [(&str, Option<char>, char, Groups); 9] = [
    ("1234.56", None, '.', Groups::Threes),
    ("1,234.56", Some(','), '.', Groups::Threes),
    ("1234,56", None, ',', Groups::Threes),
    ("1.234,56", Some('.'), ',', Groups::Threes),
    ("1 234,56", Some(' '), ',', Groups::Threes),
    ("1'234.56", Some('\''), '.', Groups::Threes),
    ("1 234.56", Some(' '), '.', Groups::Threes),
    ("1'234,56", Some('\''), ',', Groups::Threes),
    ("12,34,567.89", Some(','), '.', Groups::Pairs),
];

/// The ways that can be configured, each by an example of itself.
pub const EXAMPLES: [&str; 9] = {
    let mut examples = [""; 9];
    let mut at = 0;
    while at < 9 {
        examples[at] = WAYS[at].0;
        at += 1;
    }
    examples
};

/// What a number below 0 is refused with.
pub const BELOW: &str = "below 0";

/// How many digits stand between two signs of grouping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Groups {
    Threes,
    /// As in India: three at the end, two before.
    Pairs,
}

/// A way of writing numbers: what stands between groups of digits, and before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    group: Option<char>,
    point: char,
    groups: Groups,
    /// The last so many digits of what is written as a whole number are its decimals.
    implied: u32,
}

impl Default for NumberFormat {
    fn default() -> NumberFormat {
        NumberFormat { group: None, point: '.', groups: Groups::Threes, implied: 0 }
    }
}

/// What becomes of numbers below 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Negative {
    /// They are refused.
    #[default]
    Refuse,
    /// They are taken, however the sign is written: `-1.00`, `1.00-`, `(1.00)`.
    #[serde(alias = "parentheses")]
    Keep,
}

impl NumberFormat {
    /// The way that an example is written in.
    #[must_use]
    pub fn of_example(example: &str) -> Option<NumberFormat> {
        let plain: String = example.chars().map(plain_sign).collect();
        let way = WAYS.into_iter().find(|(known, ..)| *known == plain);
        way.map(|(_, group, point, groups)| NumberFormat { group, point, groups, implied: 0 })
    }

    /// The same for whole numbers whose last `implied` digits are decimals.
    #[must_use]
    pub fn with_implied_decimals(self, implied: u32) -> NumberFormat {
        NumberFormat { implied, ..self }
    }

    /// Reads a number that is written in this way, and what of `beside` stands beside it. Groups may be left out, but not be
    /// of another length.
    ///
    /// # Errors
    /// Why it is no such number.
    pub fn read<'b>(
        self,
        text: &str,
        negative: Negative,
        beside: &'b Beside,
    ) -> Result<(Decimal, Option<&'b str>), String> {
        let (digits, below, unit) = beside.peel(text);
        let number = self.unsigned(digits)?;
        Ok((check_sign(if below { -number } else { number }, negative)?, unit))
    }

    fn unsigned(self, text: &str) -> Result<Decimal, String> {
        let not_written = || format!("not a number written like {}", self.example());
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) if self.implied == 0 => (digits, Some(exponent)),
            _ => (text, None),
        };
        let plain = self.plain(digits, exponent.is_some()).ok_or_else(not_written)?;
        let Some(exponent) = exponent else {
            return plain
                .parse::<Decimal>()
                .map_err(|error| error.to_string())
                .and_then(|number| if self.implied == 0 { Ok(number) } else { self.with_decimals(number) });
        };
        let exponent = exponent.replacen('\u{2212}', "-", 1);
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(&exponent);
        if !is_digits(power) {
            return Err(not_written());
        }
        Decimal::from_json_number(&format!("{plain}E{exponent}")).map_err(|error| error.to_string())
    }

    /// The digits as a program writes them: without groups, the decimals behind a point.
    fn plain(self, text: &str, is_scientific: bool) -> Option<String> {
        let (whole, places) = match text.split_once(self.point) {
            Some((whole, places)) if self.implied == 0 => (whole, Some(places)),
            _ => (text, None),
        };
        let places_are_digits = places.is_none_or(is_digits);
        if whole.is_empty() {
            return places.filter(|_| places_are_digits).map(|places| format!("0.{places}"));
        }
        let groups: Vec<&str> = whole.split(|c| self.is_group(c)).collect();
        let is_grouped = match groups.as_slice() {
            [_] => true,
            _ if is_scientific => false,
            [first, between @ .., last] => {
                let most = if self.groups == Groups::Pairs { 2 } else { 3 };
                (1..=most).contains(&first.len())
                    && between.iter().all(|group| group.len() == most)
                    && last.len() == 3
            }
            [] => false,
        };
        (is_grouped && places_are_digits && groups.iter().all(|group| is_digits(group))).then(|| {
            // Some programs fill a number up with zeros.
            let digits = groups.concat();
            let whole = digits.trim_start_matches('0');
            let whole = if whole.is_empty() { "0" } else { whole };
            whole.to_owned() + &places.map_or_else(String::new, |places| format!(".{places}"))
        })
    }

    /// A whole number as one with decimals.
    fn with_decimals(self, whole: Decimal) -> Result<Decimal, String> {
        Decimal::new(whole.mantissa(), whole.places() + self.implied).map_err(|error| error.to_string())
    }

    fn is_group(self, c: char) -> bool {
        self.group.is_some_and(|group| plain_sign(c) == group)
    }

    /// `1.234,56`; of implied decimals what they are.
    #[must_use]
    pub fn example(self) -> String {
        let is = |way: &&(&str, Option<char>, char, Groups)| {
            (way.1, way.2, way.3) == (self.group, self.point, self.groups)
        };
        let example = WAYS.iter().find(is).map_or("1234.56", |way| way.0);
        match self.implied {
            0 => example.to_owned(),
            implied => {
                let whole = example.rsplit_once(self.point).map_or(example, |(whole, _)| whole);
                format!("{whole}, its last {implied} digits being decimals")
            }
        }
    }
}

fn is_digits(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Spaces between groups are often ones that do not break, and apostrophes typographic ones.
fn plain_sign(c: char) -> char {
    match c {
        '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '\u{2019}' => '\'',
        other => other,
    }
}

/// Refuses a number below 0 unless such are wanted.
///
/// # Errors
/// [`BELOW`].
pub fn check_sign(number: Decimal, negative: Negative) -> Result<Decimal, String> {
    if number.is_negative() && negative == Negative::Refuse {
        return Err(BELOW.to_owned());
    }
    Ok(number)
}

#[cfg(test)]
mod tests;

//! Numbers as people and programs write them, read strictly: one way of writing for a whole file.

use ratebook_plugin::Decimal;

/// The ways that can be configured, each by an example of itself.
pub(crate) const EXAMPLES: [&str; 7] =
    ["1234.56", "1,234.56", "1234,56", "1.234,56", "1 234,56", "1'234.56", "1 234.56"];

/// A way of writing numbers: what stands between groups of three digits, and before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NumberFormat {
    group: Option<char>,
    point: char,
}

impl Default for NumberFormat {
    fn default() -> NumberFormat {
        NumberFormat { group: None, point: '.' }
    }
}

/// What becomes of numbers below 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Negative {
    /// They are refused.
    #[default]
    Refuse,
    /// They are taken: `-1.00`.
    Keep,
    /// The same, and `(1.00)`, as accountants write it.
    Parentheses,
}

impl NumberFormat {
    /// The way that an example is written in.
    pub(crate) fn of_example(example: &str) -> Option<NumberFormat> {
        let rest = EXAMPLES.contains(&example).then(|| example.strip_prefix('1')).flatten()?;
        let group = rest.chars().next().filter(|c| !c.is_ascii_digit());
        let point = if rest.ends_with(",56") { ',' } else { '.' };
        Some(NumberFormat { group, point })
    }

    /// Reads a number that is written in this way: groups may be left out, but not be of another length.
    pub(crate) fn read(self, text: &str, negative: Negative) -> Result<Decimal, String> {
        let (text, below) = match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
            Some(inner) if negative == Negative::Parentheses && !inner.starts_with('-') => (inner, true),
            _ => text.strip_prefix('-').map_or((text, false), |rest| (rest, true)),
        };
        let (whole, places) = match text.split_once(self.point) {
            Some((whole, places)) => (whole, Some(places)),
            None => (text, None),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let groups: Vec<&str> = whole.split(|c| self.is_group(c)).collect();
        let grouped = groups.len() == 1
            || (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|group| group.len() == 3);
        if !grouped || !groups.iter().all(|group| digits(group)) || places.is_some_and(|part| !digits(part)) {
            return Err(format!("not a number written like {}", self.example()));
        }
        let plain = groups.concat() + &places.map_or_else(String::new, |places| format!(".{places}"));
        let number = plain.parse::<Decimal>().map_err(|error| error.to_string())?;
        check_sign(if below { -number } else { number }, negative)
    }

    fn is_group(self, c: char) -> bool {
        // Spaces between groups are often ones that do not break.
        self.group.is_some_and(|group| c == group || group == ' ' && matches!(c, '\u{a0}' | '\u{202f}'))
    }

    /// `1.234,56`.
    pub(crate) fn example(self) -> String {
        let group = self.group.map_or_else(String::new, String::from);
        format!("1{group}234{}56", self.point)
    }
}

/// Refuses a number below 0 unless such are wanted.
pub(crate) fn check_sign(number: Decimal, negative: Negative) -> Result<Decimal, String> {
    if number.is_negative() && negative == Negative::Refuse {
        return Err("below 0".to_owned());
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(example: &str, text: &str) -> Result<String, String> {
        let format = NumberFormat::of_example(example).unwrap();
        format.read(text, Negative::Keep).map(|number| number.to_string())
    }

    #[test]
    fn each_way_reads_its_own_example() {
        for example in EXAMPLES {
            assert_eq!(read(example, example).as_deref(), Ok("1234.56"), "{example}");
            assert_eq!(read(example, "-7").as_deref(), Ok("-7"), "{example}");
            assert_eq!(NumberFormat::of_example(example).unwrap().example(), example);
        }
        for other in ["1_234.56", "", "1234", "12.34"] {
            assert_eq!(NumberFormat::of_example(other), None, "{other}");
        }
        assert_eq!(read("1 234,56", "1\u{a0}234\u{202f}567,8").as_deref(), Ok("1234567.8"));
    }

    #[test]
    fn the_same_digits_are_another_number_in_another_way() {
        assert_eq!(read("1234.56", "1.234").as_deref(), Ok("1.234"));
        assert_eq!(read("1.234,56", "1.234").as_deref(), Ok("1234"));
        assert_eq!(read("1,234.56", "1,234").as_deref(), Ok("1234"));
    }

    #[test]
    fn what_is_not_written_so_is_refused() {
        for (example, texts) in [
            (
                "1234.56",
                &["1,5", "1,234.56", "1.2.3", "1e3", "1.5E+05", "", "-", ".5", "5.", "+1", "€ 5", "5 %"][..],
            ),
            ("1.234,56", &["1.5", "12.34", "1234.567", "1.23,4", "1,234.56", ".123", "1..234", "1,2,3"]),
            ("1,234.56", &["1,5", "1,2345", ",123"]),
            ("1234,56", &["1.5", "1.234,5"]),
        ] {
            for text in texts {
                let error = read(example, text).unwrap_err();
                assert_eq!(error, format!("not a number written like {example}"), "{text}");
            }
        }
        assert!(read("1234.56", &"9".repeat(39)).unwrap_err().contains("38 digits"));
    }

    #[test]
    fn numbers_below_zero_are_taken_only_if_wanted() {
        let format = NumberFormat::default();
        assert_eq!(format.read("-1", Negative::Refuse), Err("below 0".to_owned()));
        assert!(format.read("(1)", Negative::Keep).is_err());
        assert_eq!(format.read("(1.5)", Negative::Parentheses).unwrap().to_string(), "-1.5");
        assert_eq!(format.read("-1.5", Negative::Parentheses).unwrap().to_string(), "-1.5");
        assert!(format.read("(-1)", Negative::Parentheses).is_err());
        assert_eq!(format.read("-0", Negative::Refuse).unwrap().to_string(), "0");
    }
}

//! The names of months, in English and German.

/// Names as they stand in calendars, or cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Whole,
    Short,
}

/// In small letters; the first of each is written.
const WHOLE: [&[&str]; 12] = [
    &["january", "januar", "jänner"],
    &["february", "februar", "feber"],
    &["march", "märz", "maerz"],
    &["april"],
    &["may", "mai"],
    &["june", "juni"],
    &["july", "juli"],
    &["august"],
    &["september"],
    &["october", "oktober"],
    &["november"],
    &["december", "dezember"],
];

const SHORT: [&[&str]; 12] = [
    &["jan", "jän"],
    &["feb"],
    &["mar", "mär", "mrz"],
    &["apr"],
    &["may", "mai"],
    &["jun"],
    &["jul"],
    &["aug"],
    &["sep", "sept"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez"],
];

impl Names {
    fn all(self) -> [&'static [&'static str]; 12] {
        match self {
            Names::Whole => WHOLE,
            Names::Short => SHORT,
        }
    }

    /// The month that a text begins with, and what follows its name.
    pub(super) fn read(self, text: &str) -> Option<(i8, &str)> {
        let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        let word = word.to_lowercase();
        let month = (1..).zip(self.all()).find(|(_, names)| names.contains(&word.as_str()))?.0;
        Some((month, rest))
    }

    /// The English name of a month.
    pub(super) fn of(self, month: u8) -> String {
        let names = usize::from(month).checked_sub(1).and_then(|at| self.all().get(at).copied());
        let name = names.and_then(|names| names.first()).copied().unwrap_or_default();
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

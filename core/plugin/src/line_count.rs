//! Which line of a text a part of it stands in, as an editor counts them.

use memchr::memchr_iter;

/// Counts the lines of a text up to parts of it. Parts that come in their order cost one look at the text.
#[derive(Clone, Debug)]
pub struct LineCount<'t> {
    text: &'t [u8],
    /// What was looked at, and the line that follows it.
    at: usize,
    line: u64,
}

impl<'t> LineCount<'t> {
    /// Of a text from its beginning.
    #[must_use]
    pub fn of<T: AsRef<[u8]> + ?Sized>(text: &'t T) -> LineCount<'t> {
        LineCount { text: text.as_ref(), at: 0, line: 1 }
    }

    /// The line, from 1, that a part begins in; none if it is no part of the text.
    pub fn line_of(&mut self, part: &str) -> Option<u64> {
        let begin = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        if begin + part.len() > self.text.len() {
            return None;
        }
        if begin < self.at {
            (self.at, self.line) = (0, 1);
        }
        let between = self.text.get(self.at..begin)?;
        self.line += memchr_iter(b'\n', between).count() as u64;
        self.at = begin;
        Some(self.line)
    }
}

/// What is wrong with a part of a text that is JSON: serde counts lines from the part's beginning, and what it says of them is
/// told by the lines of the text.
#[must_use]
pub fn json_error(error: &serde_json::Error, begins: Option<u64>) -> String {
    let (inside, column) = (error.line() as u64, error.column());
    let told = error.to_string();
    let what = told.strip_suffix(&format!(" at line {inside} column {column}")).unwrap_or(&told);
    match begins {
        Some(line) if inside > 1 => format!("{what} (in line {}, column {column})", line + inside - 1),
        _ => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_in_any_order_and_others_are_not() {
        let text = "[\r\n  1,\n\n  2\n]";
        let mut lines = LineCount::of(text);
        let part = |what: &str| &text[text.find(what).unwrap()..][..1];
        assert_eq!((lines.line_of(part("1")), lines.line_of(part("2"))), (Some(2), Some(4)));
        assert_eq!((lines.line_of(part("[")), lines.line_of(part("]"))), (Some(1), Some(5)));
        assert_eq!(lines.line_of("2"), None);
    }

    #[test]
    fn lines_of_json_are_those_of_the_file() {
        let error = serde_json::from_str::<bool>("\n\n  1").unwrap_err();
        let told = json_error(&error, Some(10));
        assert!(told.ends_with("expected a boolean (in line 12, column 3)"), "{told}");
        assert!(!json_error(&error, None).contains(" line "));
        let error = serde_json::from_str::<bool>(" 1").unwrap_err();
        assert!(json_error(&error, Some(10)).ends_with("expected a boolean"));
    }
}

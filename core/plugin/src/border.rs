//! What the host looks at in every line that a plugin hands over, whichever plugin it is: texts that may not stand on a line.

use ratebook_line::{BillableLine, tamed};

use crate::{Faults, Place, Problem};

/// Characters of a skipped record's name that are kept.
const NAME_SHOWN: usize = 200;

/// Lines with texts that may not stand on one, so far.
#[derive(Debug, Default)]
pub struct WrongTexts(Faults);

impl WrongTexts {
    /// Looks at the line of a record; false if it is one to refuse.
    pub fn look(&mut self, line: &BillableLine<'_>, record: u64) -> bool {
        let wrong = line.wrong_texts();
        for text in &wrong {
            self.0.add(Place { record, line: None }, text);
        }
        wrong.is_empty()
    }

    /// Refuses the payload if there was any.
    ///
    /// # Errors
    /// [`Problem::data`]: the records, their fields, and the characters or lengths.
    pub fn refuse(mut self) -> Result<(), Problem> {
        self.0.advise(
            "Such a character or length means nothing in an id or a name: mend it at the vendor and fetch the month again, or \
             in the file and import it again.",
        );
        self.0.refuse()
    }
}

/// What a skipped record is called, as it is written down: a name that could not stand on a line does no harm there.
#[must_use]
pub fn skipped_name(what: &str) -> std::borrow::Cow<'_, str> {
    tamed(what, NAME_SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_records_with_wrong_texts_are_told_together() {
        let line = |sku: &'static str| BillableLine {
            sku_id: Some(sku.into()),
            ..BillableLine::new("2026-03".parse().unwrap())
        };
        let mut wrong = WrongTexts::default();
        assert!(wrong.look(&line("fine"), 1));
        assert!(!wrong.look(&line("a\0"), 2));
        assert!(!wrong.look(&line("b\u{85}"), 3));
        let problem = wrong.refuse().unwrap_err();
        assert_eq!(
            problem.message,
            "record 2: skuId: \"a\\0\" holds the control character U+0000 (NUL)\n\
             record 3: skuId: \"b\\u{85}\" holds the control character U+0085"
        );
        assert!(problem.advice.unwrap().contains("mend it at the vendor"));
        WrongTexts::default().refuse().unwrap();
    }
}

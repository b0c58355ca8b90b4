//! What the host looks at in every line that a plugin hands over, whichever plugin it is: texts that may not stand on a line.

use ratebook_line::{Block, BlockError, tamed};

use crate::faults::{Faults, Place};
use crate::problem::Problem;

/// Characters of a skipped record's name that are kept.
const NAME_SHOWN: usize = 200;

/// Lines with texts that may not stand on one, so far.
#[derive(Debug, Default)]
pub struct WrongTexts(Faults);

impl WrongTexts {
    /// Looks at lines, at each distinct text once. The payload they are of is refused if one of them is wrong.
    ///
    /// # Errors
    /// If a line with a wrong text has no month or currency either.
    pub fn look_at(&mut self, lines: &Block) -> Result<(), BlockError> {
        for row in lines.rows_with_wrong_texts() {
            let place = Place { record: lines.records().get(row), line: None };
            lines.line(row)?.wrong_texts().iter().for_each(|text| self.0.add(place, text));
        }
        Ok(())
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
    use ratebook_line::{BillableLine, BlockBuilder, Origin};

    #[test]
    fn all_records_with_wrong_texts_are_told_together() {
        let mut lines = BlockBuilder::default();
        for (sku, tag, row) in [("fine", "", 1), ("a\0", "", 2), ("fine", "x\ty", 3), ("b\u{85}", "fine", 4)]
        {
            lines.push(&BillableLine {
                sku_id: Some(sku.into()),
                tags: vec!["other".into(), tag.into()],
                origin: Some(Origin { payload: "p".into(), row }),
                ..BillableLine::new("2026-03".parse().unwrap())
            });
        }
        let mut wrong = WrongTexts::default();
        wrong.look_at(&lines.take()).unwrap();
        let problem = wrong.refuse().unwrap_err();
        assert_eq!(
            problem.message,
            "record 2: skuId: \"a\\0\" holds the control character U+0000 (NUL)\n\
             record 3: tags: \"x\\ty\" holds the control character U+0009 (TAB)\n\
             record 4: skuId: \"b\\u{85}\" holds the control character U+0085"
        );
        assert!(problem.advice.unwrap().contains("mend it at the vendor"));
        WrongTexts::default().refuse().unwrap();
    }
}

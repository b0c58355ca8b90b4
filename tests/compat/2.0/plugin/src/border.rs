//! What the host looks at in every line that a plugin hands over, whichever plugin it is: texts that may not stand on a line.

use ratebook_line::{Block, BlockError, tamed};

use crate::{Faults, Place, Problem};

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

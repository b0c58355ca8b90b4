//! How the month of a payload is checked.

use serde_json::Value;

use super::columns::Columns;
use super::keys::{Keys, Wrong};
use crate::above::AboveCell;
use ratebook_plugin::written::DateFormat;

/// What becomes of records that are of another month than the one asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OtherMonths {
    /// The payload is refused.
    #[default]
    Refuse,
    /// They are skipped as excluded.
    Skip,
    /// They become lines of the month asked for, with a warning.
    Warn,
}

/// How the month of a payload is checked.
#[derive(Debug, Default)]
pub(crate) struct MonthCheck {
    /// The column with a date of each record, by its place among the columns.
    pub(crate) column: Option<usize>,
    /// What becomes of records of another month.
    pub(crate) others: OtherMonths,
    /// The cell above the header that says the period.
    pub(crate) preamble: Option<AboveCell>,
    /// How dates are written there, if not as in records.
    pub(crate) dates: Option<DateFormat>,
    /// How the file's name says its month.
    pub(crate) file_name: Option<DateFormat>,
    /// True if a person says that files tell no month.
    pub(crate) unchecked: bool,
}

impl MonthCheck {
    /// Takes `month`.
    pub(super) fn read(keys: &mut Keys, columns: &mut Columns, wrong: &mut Wrong) -> MonthCheck {
        let Some(mut keys) = keys.nested("month", wrong) else { return MonthCheck::default() };
        let column = keys.take_name("column", wrong).filter(|name: &String| !name.is_empty());
        let preamble = keys.take::<Value>("preamble", wrong);
        let check = MonthCheck {
            column: column.map(|name| columns.used(&name)),
            others: keys.take("others", wrong).unwrap_or_default(),
            preamble: preamble.and_then(|value| AboveCell::read(value, &keys.path("preamble"), wrong)),
            dates: pattern(&mut keys, "dates", wrong),
            file_name: pattern(&mut keys, "file_name", wrong),
            unchecked: keys.take("unchecked", wrong).unwrap_or(false),
        };
        let is_checked = check.column.is_some() || check.preamble.is_some() || check.file_name.is_some();
        if check.unchecked && is_checked {
            wrong.add::<()>(keys.path("unchecked"), "something is checked: take out one or the other");
        }
        keys.finish(wrong);
        check
    }
}

/// Takes a pattern of dates.
pub(super) fn pattern(keys: &mut Keys, key: &'static str, wrong: &mut Wrong) -> Option<DateFormat> {
    let pattern = keys.take::<String>(key, wrong)?;
    DateFormat::of_pattern(&pattern).or_else(|| {
        wrong.add(
            keys.path(key),
            format_args!(
                "{pattern:?} is neither \"serial\" (days as spreadsheets count them) nor a pattern of YYYY or YY, MM, M, MMM \
                 (Oct) or MMMM (October), and DD or D, such as DD.MM.YYYY"
            ),
        )
    })
}

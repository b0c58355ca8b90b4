//! Fields of a line as this room looks at them.

use std::borrow::Cow;

use ratebook_line::{BillableLine, Decimal};

/// A text of a line, `""` if it is absent.
pub(super) fn text<'l>(field: &'l Option<Cow<'_, str>>) -> &'l str {
    field.as_deref().unwrap_or_default()
}

/// How much the vendor counts: what is billed of a line, else what was consumed.
pub(super) fn quantity(line: &BillableLine<'_>) -> Option<Decimal> {
    line.billable_quantity.or(line.consumed_quantity)
}

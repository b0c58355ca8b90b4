//! What a matcher that belongs to no rule of its own is for.

use crate::rules::checked::price::Pool;

/// Why lines are counted or summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// Units are counted in the scope of a pool, for `included`.
    Included(Pool),
    /// Units are counted on a bill, for a fee.
    Fee,
    /// Amounts are summed on a bill.
    Amounts,
}

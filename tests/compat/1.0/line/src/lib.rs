//! The billable line as it was with the plugin interface 1.0: what crosses the border, without its readers and writers.

mod billable_line;
mod currency;
mod decimal;
mod json;
mod month;

pub use billable_line::{BillableLine, Origin};
pub use currency::{Currency, UnknownCurrency};
pub use decimal::{Decimal, NumberError, Rounding};
pub use json::{JsonDecimal, json_decimal};
pub use month::{Date, Month, MonthError};

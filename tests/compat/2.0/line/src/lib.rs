//! The billable line as it was with the plugin interface 2.0: what crosses the border, without its readers and writers.

mod billable_line;
mod block;
mod currency;
mod decimal;
mod json;
mod labels;
mod month;
mod texts;
mod together;

pub use billable_line::{BillableLine, Origin};
pub use block::{
    BETWEEN_TAGS, Block, BlockBuilder, BlockError, MOST_ROWS, NumberField, TextBuilder, TextColumn,
    TextField, Values, same_or_each,
};
pub use currency::{Currency, UnknownCurrency};
pub use decimal::{Decimal, NumberError, Rounding};
pub use json::{JsonDecimal, json_decimal};
pub use labels::{LONGEST_NAME, WrongText, tamed};
pub use month::{Date, Month, MonthError};
pub use texts::{Interner, Texts};
pub use together::TextGroup;

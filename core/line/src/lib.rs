//! The billable line and the exact values it is made of.
//!
//! This room owns the common schema that every vendor's usage is mapped to, and the types that keep its
//! numbers exact from the vendor's text to the bill. It has no I/O: readers and writers take any
//! [`std::io::Read`] or [`std::io::Write`] that the host opens.

mod billable_line;
mod block;
mod block_builder;
mod columns;
mod csv_lines;
mod currency;
mod decimal;
mod json;
mod json_lines;
mod labels;
mod month;
mod tamed;
mod texts;
mod together;

pub use billable_line::{BillableLine, Origin};
pub use block::{Block, BlockError, MOST_ROWS};
pub use block_builder::BlockBuilder;
pub use columns::{
    BETWEEN_TAGS, NumberField, TextBuilder, TextColumn, TextField, Values, join_into, same_or_each,
};
pub use csv_lines::{CsvLineReader, CsvLineWriter};
pub use currency::{Currency, UnknownCurrency};
pub use decimal::{Decimal, NumberError, Rounding};
pub use json::{JsonDecimal, json_decimal};
pub use json_lines::{JsonLineReader, JsonLineWriter, LineError};
pub use labels::{LONGEST_NAME, WrongText};
pub use month::{Date, Month, MonthError};
pub use tamed::tamed;
pub use texts::{Interner, Texts};
pub use together::TextGroup;

//! How people and programs write numbers and dates: read strictly, by a way that somebody named.

mod beside;
mod date;
mod number;

pub use beside::{Beside, contradicts, seems};
pub use date::{DateFormat, PATTERNS, SERIAL, ways_of};
pub use number::{BELOW, EXAMPLES, Negative, NumberFormat, check_sign};

//! A month's bills in forms for other programs: views of the tables, made when somebody asks. Nothing here rates.

mod bills;
mod csv;
mod document;
mod form;
mod halt;
mod json_lines;

pub(crate) use bills::Bills;
pub(crate) use form::{Form, write};
pub(crate) use halt::Halt;

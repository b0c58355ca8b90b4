//! What is to be done about a month, as it is pasted into rules, put into a spreadsheet, or read by programs.

mod csv;
mod json;
mod toml;
mod words;

pub(crate) use csv::csv;
pub(crate) use json::json;
pub(crate) use toml::toml;

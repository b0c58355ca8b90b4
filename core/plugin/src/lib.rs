//! What the ratebook host and its vendor plugins agree on.
//!
//! An author implements [`VendorPlugin`] and writes [`export!`] once. `collect` asks the vendor through the
//! [`Host`], in straight-line blocking code, and hands payloads to the host to keep; `map` turns the bytes of one
//! payload into lines, with no host to ask, so that a month can be mapped again from the archive. A plugin opens no
//! socket or file, reads no clock and holds no secret: the host does that for it, and on Linux the kernel refuses it
//! sockets and files.
//!
//! This room owns the interface and its encodings. It does not own how a library is found, started or contained:
//! that is the host's. Only `abi.rs` names `abi_stable`; everything else is plain Rust.

pub mod abi;
mod about;
pub mod batch;
mod border;
pub mod call;
mod config;
mod csv;
mod duplicates;
mod export;
mod faults;
mod fence;
mod fingerprint;
mod host;
mod json_reading;
mod line;
mod line_count;
mod lines;
mod load_error;
pub mod manifest;
mod map_over;
mod members;
mod message;
mod payload;
mod problem;
mod quoted;
mod records;
mod repeats;
mod request;
mod shape;
mod skip;
pub mod testing;
mod vendor_plugin;
pub mod written;

pub use about::{About, Field, FieldRow, PayloadFormat, Presence};
pub use border::{WrongTexts, skipped_name};
pub use call::Level;
pub use config::Config;
pub use csv::{CsvFault, CsvReader, CsvRecord};
pub use duplicates::Duplicates;
pub use faults::{Faults, Place};
pub use fingerprint::Fingerprint;
pub use host::{Host, Response};
pub use json_reading::JsonReading;
pub use line::Line;
pub use line_count::{LineCount, json_error};
pub use lines::Lines;
pub use members::each_member;
pub use payload::Payload;
pub use problem::{Problem, ProblemKind};
pub use quoted::{cut, cut_lines, describe, shown};
pub use records::Records;
pub use repeats::Repeats;
pub use request::{Auth, Body, Request};
pub use shape::{Shape, is_lacking, looks_like};
pub use skip::Skip;
pub use vendor_plugin::VendorPlugin;

// What authors need of the line's values, so that one dependency is enough.
pub use ratebook_line::{Currency, Date, Decimal, JsonDecimal, Month, NumberError, UnknownCurrency};

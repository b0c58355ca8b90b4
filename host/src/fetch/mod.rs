//! Everything the host does for a plugin's `collect`, and the kept payloads that `map` reads.
//!
//! This room owns HTTP, retries, secrets, answers on their way through gzip, the payload folders and the notes of a
//! source. It knows no vendor: what to ask is the plugin's, and what an answer means too. Every problem leaves it as
//! a [`ratebook_plugin::Problem`] without a secret in it.

mod address;
mod body;
mod connection;
mod failed;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed;
mod gzip;
mod http;
mod keep;
mod kept;
mod listing;
mod notes;
mod pause;
mod payloads;
mod redact;
mod request;
mod request_log;
mod retry;
mod secret;
mod secret_command;
mod secrets;
mod services;
mod settings;
mod stopped;
#[cfg(test)]
mod tests;

pub(crate) use address::check_url;
#[cfg(test)]
pub(crate) use gzip::tests::gzip;
pub(crate) use http::runtime;
pub(crate) use keep::{NewPayloads, head_of, read_plain};
pub(crate) use kept::KeptBytes;
pub(crate) use listing::PayloadFile;
pub(crate) use payloads::Payloads;
pub(crate) use redact::{Redactor, redactor};
pub(crate) use secret::SecretRef;
pub(crate) use secrets::learn_all;
pub(crate) use services::{Collect, CollectServices, Events};
pub(crate) use settings::{HttpSettings, duration};

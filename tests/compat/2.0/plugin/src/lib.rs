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
mod export;
mod faults;
mod fence;
mod host;
mod lines;
pub mod manifest;
mod map_over;
mod message;
mod payload;
mod problem;
mod request;
mod same;

pub use about::{About, Field, FieldRow, PayloadFormat, Presence};
pub use border::{WrongTexts, skipped_name};
pub use config::Config;
pub use faults::{Faults, Place, cut, cut_lines, shown};
pub use host::{Host, Level, Response, describe};
pub use lines::{Line, Lines, Skip};
pub use payload::Payload;
pub use problem::{Problem, ProblemKind};
pub use request::{Auth, Body, Request};
pub use same::{Duplicates, Fingerprint};

// What authors need of the line's values, so that one dependency is enough.
pub use ratebook_line::{Currency, Date, Decimal, JsonDecimal, Month, NumberError, UnknownCurrency};

/// A vendor plugin: one account at one vendor, opened with that source's configuration.
pub trait VendorPlugin: Sized + 'static {
    /// Who the plugin is, what its configuration may hold, which payload formats [`VendorPlugin::map`] reads.
    fn about() -> About;

    /// Takes the source's configuration.
    ///
    /// # Errors
    /// [`Problem::config`] if it is not usable; name the key.
    fn open(config: &Config) -> Result<Self, Problem>;

    /// Asks the vendor for one month, through the host, and hands each payload to the host to keep.
    ///
    /// # Errors
    /// Whatever stands in the way; see the constructors of [`Problem`].
    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem>;

    /// Says which of its formats a file downloaded by hand is in, from its name and its first bytes (at most
    /// 64 KiB, after decompression).
    fn recognize(_file_name: &str, _head: &[u8]) -> Option<&'static str> {
        None
    }

    /// Turns one payload into lines. Pure: the same bytes give the same lines.
    ///
    /// Every record becomes a line ([`Lines::push`]) or is skipped with a reason ([`Lines::skip`]).
    ///
    /// # Errors
    /// [`Problem::data`] if the payload is not what it should be: nothing of it is used then.
    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem>;
}

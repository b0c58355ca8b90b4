//! How much of the machine one call of a plugin may take, and what is said when it is not enough.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much one call of a plugin may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Address space of its process, in bytes.
    pub memory: u64,
    /// Lines and skipped records that it may hand over.
    pub lines: u64,
    /// Processor time of its process, and time that ratebook waits for it. Time that the host needs does not count.
    pub time: Duration,
    /// Bytes that the lines and skipped records of a payload may take; without it as many as [`Limits::output`] says.
    pub output: Option<u64>,
}

/// Bytes of lines that any payload may lead to.
const OUTPUT_FROM: u64 = 64 << 20;
/// How many times its own bytes a larger one may lead to: a line of some hundred bytes is made of at least one.
const OUTPUT_RATIO: u64 = 500;

impl Limits {
    /// How many bytes of lines and skipped records a payload of so many bytes, inflated, may lead to.
    pub fn output(&self, payload: u64) -> u64 {
        self.output.unwrap_or_else(|| payload.saturating_mul(OUTPUT_RATIO).max(OUTPUT_FROM))
    }
}

/// The least memory that a worker starts in, with room for a small plugin.
pub const LEAST_MEMORY: u64 = 64 << 20;

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory: 4 << 30, lines: 200_000_000, time: Duration::from_secs(60 * 60), output: None }
    }
}

/// A limit that a plugin ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Of [`Limits::memory`].
    Memory(u64),
    /// Of [`Limits::lines`].
    Lines(u64),
    /// Of [`Limits::time`].
    Time(Duration),
}

impl Limit {
    /// The key of `[source.<name>.limits]` that raises it.
    pub fn key(self) -> &'static str {
        match self {
            Limit::Memory(_) => "memory",
            Limit::Lines(_) => "lines",
            Limit::Time(_) => "time",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Limit::Memory(bytes) => write!(f, "wanted more memory than its limit of {}", Size(bytes)),
            Limit::Lines(most) => write!(f, "handed over more records than its limit of {most}"),
            Limit::Time(most) if most.subsec_nanos() > 0 => {
                write!(f, "worked longer than its limit of {} ms", most.as_millis())
            }
            Limit::Time(most) => write!(f, "worked longer than its limit of {} s", most.as_secs()),
        }
    }
}

/// Bytes in the largest unit that leaves nothing over.
pub(super) struct Size(pub(super) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if self.0 >= 1 << shift && self.0.is_multiple_of(1 << shift) {
                return write!(f, "{} {unit}", self.0 >> shift);
            }
        }
        write!(f, "{} bytes", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_may_take_so_much_of_their_payload_unless_the_source_says_otherwise() {
        let usual = Limits::default();
        assert_eq!((usual.output(0), usual.output(1 << 20)), (64 << 20, 500 << 20));
        assert_eq!(usual.output(u64::MAX), u64::MAX);
        assert_eq!(Limits { output: Some(7), ..usual }.output(1 << 20), 7);
    }
}

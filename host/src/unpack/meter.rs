//! How much a payload may hold, as it comes and inflated.

use ratebook_plugin::Problem;
use serde::{Deserialize, Serialize};

/// The bytes every gzip stream begins with.
pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// No vendor's table shrinks to less than this part; a bomb does.
const RATIO: u64 = 200;
/// Up to here the ratio does not matter: short files of zeros are no bombs.
const RATIO_FROM: u64 = 16 << 20;

/// How much an answer or a kept payload may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Bytes as they come.
    pub(crate) wire: u64,
    /// Bytes after decompression.
    pub(crate) decoded: u64,
}

impl Limits {
    /// The most bytes that so many may inflate to.
    pub(crate) fn most(self, wire: u64) -> u64 {
        self.decoded.min(wire.saturating_add(1).saturating_mul(RATIO).saturating_sub(1).max(RATIO_FROM))
    }
}

/// Counts bytes before and after decompression against the limits.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) limits: Limits,
    /// Bytes that came.
    pub(crate) wire: u64,
    /// Bytes after decompression.
    pub(crate) decoded: u64,
}

impl Meter {
    pub(crate) fn new(limits: Limits) -> Meter {
        Meter { limits, wire: 0, decoded: 0 }
    }

    /// Counts bytes that came.
    pub(crate) fn came(&mut self, count: usize) -> Result<(), Problem> {
        self.wire += count as u64;
        if self.wire > self.limits.wire {
            let limit = self.limits.wire;
            return Err(Problem::data(format!(
                "the answer is longer than {limit} bytes; nothing of it was used"
            ))
            .advise("If the vendor really sends so much, raise max_bytes under [http]."));
        }
        Ok(())
    }

    /// Counts bytes that came out of decompression.
    pub(crate) fn inflated(&mut self, count: usize) -> Result<(), Problem> {
        self.decoded += count as u64;
        if self.decoded > self.limits.decoded {
            let limit = self.limits.decoded;
            return Err(Problem::data(format!(
                "the answer inflates to more than {limit} bytes; nothing of it was used"
            ))
            .advise("If the vendor really sends so much, raise max_decoded_bytes under [http]."));
        }
        if self.decoded > RATIO_FROM && self.decoded / RATIO > self.wire {
            return Err(Problem::data(format!(
                "{} bytes of gzip inflate to more than {RATIO} times as many; that is no usage report",
                self.wire
            )));
        }
        Ok(())
    }
}

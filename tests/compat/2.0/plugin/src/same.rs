//! How the host compares records: as with the plugin interface 2.0, without what makes the numbers.

use serde::{Deserialize, Serialize};

/// What becomes of records that stand in a payload, or in another payload of the source and month, once more: the key
/// `duplicates` of a plugin's configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// A person is asked: nothing is billed until then.
    #[default]
    Refuse,
    /// Each is usage of its own.
    Keep,
    /// Each but the first is skipped.
    Drop,
}

/// A record's cells in 128 bits: two records of a plugin's payloads that have the same are the same.
///
/// It is XXH3-128 over the cells with a comma between two. If a cell holds a comma itself, a byte that is in no text and
/// the cells' lengths (eight bytes each, the lowest first) follow. So it is the same on every machine, for every plugin and
/// however a file quotes its cells, and that of a CSV record without quotes is that of its bytes as they lie.
///
/// XXH3 is no lock: records that differ by chance have different fingerprints (of a million, with a chance of 10^-27 to the
/// contrary), but who writes the cells of two records can make them collide. That is the vendor, or a customer by the
/// names it chooses. It gains little: a person is asked what the two are, and where the configuration says `drop` the
/// second stands among the skipped records with the number of the first. A hash that withstands it (SipHash, SHA-256)
/// takes three to ten times as long, on every record of everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    high: u64,
    low: u64,
}

impl Fingerprint {
    /// The 128 bits.
    #[must_use]
    pub fn number(self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }

    /// The fingerprint of 128 bits.
    #[must_use]
    pub fn from_number(number: u128) -> Fingerprint {
        let low = number & u128::from(u64::MAX);
        Fingerprint {
            high: u64::try_from(number >> 64).unwrap_or_default(),
            low: u64::try_from(low).unwrap_or_default(),
        }
    }
}

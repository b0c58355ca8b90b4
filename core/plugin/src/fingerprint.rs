//! A record's cells in 128 bits, so that records can be compared without being kept.

use memchr::memchr_iter;
use twox_hash::XxHash3_128;

/// What no UTF-8 text holds.
const NO_TEXT: u8 = 0xff;

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
    /// That of a record: all its cells in their order, those that nobody uses too.
    pub fn of<'c>(cells: impl IntoIterator<Item = &'c str>) -> Fingerprint {
        let (mut joined, mut lengths) = (String::with_capacity(512), Vec::with_capacity(32));
        for cell in cells {
            if !lengths.is_empty() {
                joined.push(',');
            }
            joined.push_str(cell);
            lengths.push(cell.len());
        }
        Fingerprint::of_joined(&joined, lengths)
    }

    /// That of cells with a comma between two, and their lengths.
    pub(crate) fn of_joined(
        cells: &str,
        lengths: impl IntoIterator<Item = usize, IntoIter: ExactSizeIterator>,
    ) -> Fingerprint {
        let lengths = lengths.into_iter();
        let commas = memchr_iter(b',', cells.as_bytes()).count();
        if commas + 1 == lengths.len() {
            return Fingerprint::of_plain(cells);
        }
        // A cell holds a comma; or there is none at all, which is not one that is empty.
        let mut bytes = Vec::with_capacity(cells.len() + 1 + 8 * lengths.len());
        bytes.extend_from_slice(cells.as_bytes());
        bytes.push(NO_TEXT);
        for length in lengths {
            bytes.extend_from_slice(&(length as u64).to_le_bytes());
        }
        Fingerprint::from_number(XxHash3_128::oneshot(&bytes))
    }

    /// That of cells that hold no comma, with one between two.
    pub(crate) fn of_plain(cells: &str) -> Fingerprint {
        Fingerprint::from_number(XxHash3_128::oneshot(cells.as_bytes()))
    }

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

    /// Its first 64 bits, and the others.
    pub(crate) fn halves(self) -> (u64, u64) {
        (self.high, self.low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_cells_have_the_same_fingerprint_on_every_machine() {
        let long = "x".repeat(300);
        // As another program for XXH3-128 gives them.
        let records: [(&[&str], &str); 4] = [
            (&["a", "b"], "d4607ab0427a8bafda4ff4feb37737fe"),
            (&["a,b"], "5b87bb272b8bd7fafd6bc164ae0a0e0f"),
            (&[&long], "125237ea2ad7bc7aa5d1b4607dc83554"),
            (&[], "7e5dc90380f0640bd6bcec3c6b29d72e"),
        ];
        for (cells, expected) in records {
            let fingerprint = Fingerprint::of(cells.iter().copied());
            assert_eq!(format!("{:032x}", fingerprint.number()), expected, "{cells:?}");
            assert_eq!(Fingerprint::from_number(fingerprint.number()), fingerprint);
        }
        assert_eq!(Fingerprint::of_plain("a,b"), Fingerprint::of(["a", "b"]));
    }

    #[test]
    fn other_cells_have_another_fingerprint() {
        let records: [&[&str]; 9] = [
            &[],
            &[""],
            &["", ""],
            &["a", "b"],
            &["a,b"],
            &["a,b", "c"],
            &["a", "b,c"],
            &["a", "b", "c"],
            &["a,b,c"],
        ];
        let numbers: std::collections::BTreeSet<u128> =
            records.iter().map(|cells| Fingerprint::of(cells.iter().copied()).number()).collect();
        assert_eq!(numbers.len(), records.len());
    }
}

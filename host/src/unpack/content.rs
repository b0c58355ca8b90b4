//! The digest of what a payload holds: the same however it was packed, and whatever its lines end with.

use std::fmt;

use memchr::memchr;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The digest of what a payload holds: its high and its low half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ContentDigest([u64; 2]);

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ContentDigest([high, low]) = self;
        write!(f, "{high:016x}{low:016x}")
    }
}

/// Hashes what a payload holds as it passes, decompressed. CRLF, CR and LF count as the same, a byte order mark at the
/// beginning and the newline at the very end not at all.
///
/// It is XXH3-128, which is no lock: who writes two payloads can make them look the same. That gains nothing, for what looks the
/// same is asked about, and SHA-256 took an eighth of all that mapping a payload costs. What a payload is, is told by the
/// SHA-256 of its bytes as they came.
///
/// Nor is it a lock against a plugin: it is made beside it, in its worker. A plugin that reaches for it can make the same look
/// different, and bill usage twice; but it could do so anyhow, for which lines there are is what it says.
#[derive(Default)]
pub(crate) struct ContentHash {
    hash: XxHash3_128,
    /// The first bytes, as long as they may be a byte order mark.
    head: Vec<u8>,
    begun: bool,
    /// A line has ended: that counts once something follows.
    ended: bool,
    /// The bytes so far end with CR: an LF that follows belongs to it.
    after_cr: bool,
    /// Bytes on their way to the hash: hashing crumbs is slow.
    plain: Vec<u8>,
}

impl ContentHash {
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        if !self.begun {
            let missing = (BYTE_ORDER_MARK.len() - self.head.len()).min(bytes.len());
            let (first, rest) = bytes.split_at(missing);
            self.head.extend_from_slice(first);
            bytes = rest;
            if self.head.len() < BYTE_ORDER_MARK.len() {
                return;
            }
            self.begin();
        }
        self.take(bytes);
    }

    pub(crate) fn finish(mut self) -> ContentDigest {
        if !self.begun {
            self.begin();
        }
        let digest = self.hash.finish_128();
        ContentDigest([(digest >> 64) as u64, digest as u64])
    }

    fn begin(&mut self) {
        self.begun = true;
        let head = std::mem::take(&mut self.head);
        self.take(head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head));
    }

    fn take(&mut self, mut bytes: &[u8]) {
        if let ([b'\n', rest @ ..], true) = (bytes, self.after_cr) {
            bytes = rest;
            self.after_cr = false;
        }
        if bytes.is_empty() {
            return;
        }
        self.after_cr = bytes.ends_with(b"\r");
        let ContentHash { hash, ended, plain, .. } = self;
        plain.clear();
        while let Some(end) = memchr(b'\r', bytes) {
            without_cr(&bytes[..end], ended, |part| plain.extend_from_slice(part));
            if *ended {
                plain.push(b'\n');
            }
            *ended = true;
            bytes = &bytes[end + 1..];
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        if plain.is_empty() {
            // Nothing has to be taken out: as it is.
            without_cr(bytes, ended, |part| hash.write(part));
        } else {
            without_cr(bytes, ended, |part| plain.extend_from_slice(part));
            hash.write(plain);
        }
    }
}

/// Hands over bytes without a CR, but for a newline at their end, which counts once something follows.
fn without_cr(bytes: &[u8], ended: &mut bool, mut take: impl FnMut(&[u8])) {
    let Some((last, before)) = bytes.split_last() else { return };
    if std::mem::take(ended) {
        take(b"\n");
    }
    *ended = *last == b'\n';
    take(if *ended { before } else { bytes });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of bytes that come in pieces of a length.
    fn digest(bytes: &[u8], piece: usize) -> String {
        let mut hash = ContentHash::default();
        bytes.chunks(piece).for_each(|piece| hash.update(piece));
        hash.finish().to_string()
    }

    #[test]
    fn line_ends_a_byte_order_mark_and_the_last_newline_make_no_difference() {
        let same: [&[u8]; 6] = [
            b"a,b\n\n1,2\n",
            b"a,b\n\n1,2",
            b"a,b\r\n\r\n1,2\r\n",
            b"a,b\r\r1,2\r",
            b"a,b\r\n\n1,2\r",
            b"\xef\xbb\xbfa,b\n\n1,2",
        ];
        for text in same {
            for piece in 1..=text.len() {
                assert_eq!(digest(text, piece), digest(b"a,b\n\n1,2", 100), "{text:?} by {piece}");
            }
        }
        assert_eq!(digest(b"a,b\n\n1,2", 100), format!("{:032x}", XxHash3_128::oneshot(b"a,b\n\n1,2")));
    }

    #[test]
    fn everything_else_does() {
        let different: [&[u8]; 9] = [
            b"",
            b"\n\n",
            b"a,b\n1,2",
            b"a,b\n\n1,2\n\n",
            b"a,b\n\n1,3",
            b" a,b\n\n1,2",
            b"\xef\xbb",
            b"\n\na,b\n1,2",
            b"a\xef\xbb\xbf,b\n\n1,2",
        ];
        let mut digests: Vec<String> = different.iter().map(|text| digest(text, 2)).collect();
        digests.push(digest(b"a,b\n\n1,2", 2));
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), different.len() + 1);
        // A payload of nothing, and one of a newline alone, hold the same.
        assert_eq!(digest(b"", 1), digest(b"\r\n", 1));
        assert_eq!(digest(b"", 1), digest(BYTE_ORDER_MARK, 1));
    }
}

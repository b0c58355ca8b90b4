//! Bytes on their way in, looked at: plain or gzip, whole or cut, a payload or a bomb.
//!
//! Magic bytes decide, not headers. A gzip stream is decompressed to its end once, for nothing but to know that it is
//! whole: every member, every checksum, nothing after the last one.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use ratebook_plugin::Problem;

use crate::unpack::{Limits, MAGIC, Meter};

/// What is wrong with bytes that came.
#[derive(Clone, Debug)]
pub(super) enum Bad {
    /// They were damaged or cut on the way: another try may bring them whole. A fragment for people.
    Damaged(String),
    /// They would be the same again, or cannot be stored.
    Refused(Problem),
}

/// What the bytes turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// A gzip stream.
    pub(super) gzip: bool,
    /// One that holds another.
    pub(super) nested: bool,
    /// How many bytes there are after decompression.
    pub(super) decoded: u64,
}

/// Where decompressed bytes end: counted, and the first two remembered.
#[derive(Debug)]
struct Sink {
    meter: Meter,
    head: Vec<u8>,
    refused: Option<Problem>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let missing = MAGIC.len().saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
        match self.meter.inflated(bytes.len()) {
            Ok(()) => Ok(bytes.len()),
            Err(problem) => {
                self.refused = Some(problem);
                Err(io::Error::other("over the limit"))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
enum State {
    /// Fewer bytes than the magic has.
    Young(Vec<u8>, Sink),
    Plain(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
}

/// Looks at bytes as they come.
#[derive(Debug)]
pub(super) struct Checker(State);

impl Checker {
    pub(super) fn new(limits: Limits) -> Checker {
        let sink = Sink { meter: Meter::new(limits), head: Vec::new(), refused: None };
        Checker(State::Young(Vec::new(), sink))
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Bad> {
        self.meter().came(bytes.len()).map_err(Bad::Refused)?;
        match &mut self.0 {
            State::Young(young, _) => {
                young.extend_from_slice(bytes);
                if young.len() < MAGIC.len() {
                    return Ok(());
                }
                self.decide()
            }
            State::Plain(sink) => sink.meter.inflated(bytes.len()).map_err(Bad::Refused),
            State::Gzip(decoder) => inflate(decoder, bytes),
        }
    }

    pub(super) fn finish(mut self) -> Result<Found, Bad> {
        if matches!(self.0, State::Young(..)) {
            self.decide()?;
        }
        match self.0 {
            State::Gzip(mut decoder) => {
                if let Err(error) = decoder.try_finish() {
                    return Err(decoder.get_mut().refused.take().map_or_else(|| cut(&error), Bad::Refused));
                }
                let sink = decoder.get_ref();
                Ok(Found { gzip: true, nested: sink.head == MAGIC, decoded: sink.meter.decoded })
            }
            State::Young(_, sink) | State::Plain(sink) => {
                Ok(Found { gzip: false, nested: false, decoded: sink.meter.decoded })
            }
        }
    }

    fn meter(&mut self) -> &mut Meter {
        match &mut self.0 {
            State::Young(_, sink) | State::Plain(sink) => &mut sink.meter,
            State::Gzip(decoder) => &mut decoder.get_mut().meter,
        }
    }

    /// Leaves the young state with what has come so far.
    fn decide(&mut self) -> Result<(), Bad> {
        let State::Young(young, sink) = &mut self.0 else { return Ok(()) };
        let (young, limits, wire) = (std::mem::take(young), sink.meter.limits, sink.meter.wire);
        let mut sink = Sink { meter: Meter::new(limits), head: Vec::new(), refused: None };
        sink.meter.wire = wire;
        if young.starts_with(&MAGIC) {
            let mut decoder = Box::new(MultiGzDecoder::new(sink));
            let inflated = inflate(&mut decoder, &young);
            self.0 = State::Gzip(decoder);
            inflated
        } else {
            sink.meter.decoded = young.len() as u64;
            self.0 = State::Plain(sink);
            Ok(())
        }
    }
}

fn inflate(decoder: &mut MultiGzDecoder<Sink>, bytes: &[u8]) -> Result<(), Bad> {
    decoder.write_all(bytes).map_err(|error| {
        let refused = decoder.get_mut().refused.take();
        refused.map_or_else(|| Bad::Damaged(format!("the gzip stream is damaged ({error})")), Bad::Refused)
    })
}

fn cut(error: &io::Error) -> Bad {
    Bad::Damaged(format!("the gzip stream is cut, its checksum is wrong, or something follows it ({error})"))
}

#[cfg(test)]
pub(crate) mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Bytes as one gzip member.
    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn check(bytes: &[u8], step: usize, limits: Limits) -> Result<Found, Bad> {
        let mut checker = Checker::new(limits);
        for part in bytes.chunks(step) {
            checker.push(part)?;
        }
        checker.finish()
    }

    fn found(bytes: &[u8]) -> Found {
        let whole = check(bytes, usize::MAX, Limits::default()).unwrap();
        for step in [1, 2, 3, 7, 1000] {
            assert_eq!(check(bytes, step, Limits::default()).unwrap(), whole, "in steps of {step}");
        }
        whole
    }

    fn text() -> Vec<u8> {
        (0..60u32)
            .flat_map(|number| format!("{},", number.wrapping_mul(2_654_435_761)).into_bytes())
            .collect()
    }

    #[test]
    fn magic_bytes_tell_gzip_from_plain() {
        let plain = Found { gzip: false, nested: false, decoded: 0 };
        assert_eq!(found(b""), plain);
        assert_eq!(found(b"\x1f"), Found { decoded: 1, ..plain });
        assert_eq!(found(b"{}"), Found { decoded: 2, ..plain });
        assert_eq!(found(&text()), Found { decoded: text().len() as u64, ..plain });
        let one = Found { gzip: true, decoded: text().len() as u64, ..plain };
        assert_eq!(found(&gzip(&text())), one);
        assert_eq!(found(&gzip(b"")), Found { decoded: 0, ..one });
        let twice = gzip(&gzip(&text()));
        assert!(found(&twice).nested);
    }

    #[test]
    fn all_members_are_read() {
        let members = [gzip(&text()), gzip(b"more"), gzip(b"")].concat();
        assert_eq!(found(&members).decoded, text().len() as u64 + 4);
    }

    #[test]
    fn every_cut_every_flipped_bit_and_every_trailing_byte_is_found() {
        let whole = gzip(&text());
        for end in 2..whole.len() {
            for step in [usize::MAX, 5] {
                assert!(
                    matches!(check(&whole[..end], step, Limits::default()), Err(Bad::Damaged(_))),
                    "cut at {end}"
                );
            }
        }
        // Flags, time and system in the header are not covered by the checksum, nor are the bits that fill up the last
        // byte of the data.
        for place in (10..whole.len()).filter(|place| *place != whole.len() - 9) {
            let mut flipped = whole.clone();
            flipped[place] ^= 0x10;
            assert!(
                matches!(check(&flipped, 64, Limits::default()), Err(Bad::Damaged(_))),
                "flipped at {place}"
            );
        }
        for tail in [&b"\0"[..], b"\0\0\0\0\0\0\0\0\0\0\0\0", b"x", b"\x1f\x8b", b"trailing bytes"] {
            let trailing = [&whole, tail].concat();
            for step in [usize::MAX, 1] {
                assert!(
                    matches!(check(&trailing, step, Limits::default()), Err(Bad::Damaged(_))),
                    "{tail:?}"
                );
            }
        }
        let members = [gzip(b"one"), gzip(b"two")].concat();
        for end in gzip(b"one").len() + 1..members.len() {
            assert!(
                matches!(check(&members[..end], 3, Limits::default()), Err(Bad::Damaged(_))),
                "cut at {end}"
            );
        }
    }

    #[test]
    fn a_bomb_is_stopped_at_the_ratio_and_at_the_limit() {
        let bomb = gzip(&vec![0; 20 << 20]);
        let Err(Bad::Refused(problem)) = check(&bomb, 4096, Limits::default()) else { panic!("taken") };
        assert!(problem.message.contains("200 times"), "{problem}");
        let limits = Limits { wire: 1 << 20, decoded: 1 << 20 };
        let Err(Bad::Refused(problem)) = check(&bomb, 4096, limits) else { panic!("taken") };
        assert!(problem.message.contains("inflates to more than 1048576 bytes"), "{problem}");
        let Err(Bad::Refused(problem)) = check(&vec![b'x'; 2 << 20], 4096, limits) else { panic!("taken") };
        assert!(problem.message.contains("longer than 1048576 bytes"), "{problem}");
        // Short files of zeros stay what they are.
        let zeros = check(&gzip(&vec![0; 4 << 20]), 4096, Limits::default()).unwrap();
        assert_eq!(zeros.decoded, 4 << 20);
    }
}

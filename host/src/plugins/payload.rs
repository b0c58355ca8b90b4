//! A payload on its way to a plugin: its bytes cross as they came, and are inflated where the plugin is.

use std::cell::RefCell;
use std::io::{self, Read};

use ratebook_plugin::Problem;
use ratebook_plugin::call::{Call, HostServices, PAYLOAD_BODY, Reply};

use crate::unpack::{ContentDigest, ContentHash, Packed, Unpacked};

/// The most that a plugin is given at once.
const LONGEST: u32 = 1 << 20;
/// What it is given if the payload is no longer.
const FIRST: usize = 32 << 10;
/// What is read at once of what a plugin has left of its payload.
const REST: usize = 16 << 10;

/// What a host does for a plugin that maps a payload. As body [`PAYLOAD_BODY`] it gives the bytes as they came if the task says
/// how that was.
pub(crate) trait MapHost: HostServices {
    /// So many bytes of the payload, decompressed, has the plugin been given. It is what the worker says, no more.
    fn inflated(&mut self, _bytes: u64) {}
}

/// A host that gives decompressed bytes.
pub(super) struct Plain<'h>(pub(super) &'h mut dyn HostServices);

impl HostServices for Plain<'_> {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        self.0.call(call, bytes)
    }
}

impl MapHost for Plain<'_> {}

/// Lets a plugin map a payload whose bytes the host gives as they came, and says what it holds. What the plugin leaves of it
/// is read, for a payload is whole or not used.
pub(super) fn map(
    packed: &Packed,
    host: &mut dyn MapHost,
    plugin: impl FnOnce(&mut dyn HostServices) -> Result<(), Problem>,
) -> Result<ContentDigest, Problem> {
    let host = RefCell::new(host);
    let unpacked = Unpacked::new(AsItCame(&host), packed.clone());
    let mut unpacking = Unpacking { host: &host, unpacked, given: 0, content: ContentHash::default() };
    plugin(&mut unpacking)?;
    unpacking.finish()
}

/// The payload's bytes, as the host gives them.
struct AsItCame<'s, 'h>(&'s RefCell<&'h mut dyn MapHost>);

impl Read for AsItCame<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let limit = u32::try_from(into.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        let call = Call::Read { body: PAYLOAD_BODY, limit };
        self.0.borrow_mut().call(call, &mut bytes).map_err(io::Error::other)?;
        let place = into.get_mut(..bytes.len()).ok_or(io::ErrorKind::InvalidData)?;
        place.copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

/// The host as the plugin sees it: the payload's bytes are decompressed.
struct Unpacking<'s, 'h> {
    host: &'s RefCell<&'h mut dyn MapHost>,
    unpacked: Unpacked<AsItCame<'s, 'h>>,
    /// How many bytes the plugin has been given.
    given: u64,
    content: ContentHash,
}

impl HostServices for Unpacking<'_, '_> {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        if let Call::Read { body: PAYLOAD_BODY, limit } = call {
            return self.read(limit, bytes).map(Reply::Bytes);
        }
        let mut host = self.host.borrow_mut();
        if matches!(call, Call::Block) {
            host.inflated(self.given);
        }
        host.call(call, bytes)
    }
}

impl Unpacking<'_, '_> {
    /// Appends the next bytes; none of them at the end.
    fn read(&mut self, limit: u32, bytes: &mut Vec<u8>) -> Result<u32, Problem> {
        let (start, limit) = (bytes.len(), limit.min(LONGEST) as usize);
        let (mut count, mut room) = (0, FIRST.min(limit));
        // Most pages are short: room is made for more only as it comes.
        loop {
            bytes.resize(start + room, 0);
            match self.unpacked.fill(&mut bytes[start + count..]) {
                Ok(more) => count += more,
                Err(problem) => {
                    bytes.truncate(start);
                    return Err(problem);
                }
            }
            if count < room || room == limit {
                break;
            }
            room = limit;
        }
        bytes.truncate(start + count);
        self.content.update(&bytes[start..]);
        self.given += count as u64;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn finish(mut self) -> Result<ContentDigest, Problem> {
        let mut rest = vec![0; REST];
        loop {
            match self.unpacked.fill(&mut rest)? {
                0 => return Ok(self.content.finish()),
                count => self.content.update(&rest[..count]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unpack::Limits;

    /// Gives these bytes in pieces of a length, and notes what it is told.
    struct Gives<'b> {
        bytes: &'b [u8],
        piece: usize,
        inflated: Vec<u64>,
    }

    impl HostServices for Gives<'_> {
        fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
            if let Call::Read { body: PAYLOAD_BODY, limit } = call {
                let count = self.bytes.len().min(limit as usize).min(self.piece);
                let (now, later) = self.bytes.split_at(count);
                bytes.extend_from_slice(now);
                self.bytes = later;
                return Ok(Reply::Bytes(u32::try_from(count).unwrap()));
            }
            Ok(Reply::Done)
        }
    }

    impl MapHost for Gives<'_> {
        fn inflated(&mut self, bytes: u64) {
            self.inflated.push(bytes);
        }
    }

    fn read(host: &mut dyn HostServices, limit: u32) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        host.call(Call::Read { body: PAYLOAD_BODY, limit }, &mut bytes).map(|_| bytes)
    }

    fn packed(gzip: bool) -> Packed {
        Packed { file: "usage.csv".to_owned(), gzip, limits: Limits { wire: 1 << 20, decoded: 1 << 20 } }
    }

    #[test]
    fn what_the_plugin_leaves_is_hashed_too_and_blocks_say_how_much_it_was_given() {
        let text = "tenant,quantity\nt1,1\n".repeat(20_000);
        let gzip = crate::fetch::gzip(text.as_bytes());
        let mut whole = ContentHash::default();
        whole.update(text.as_bytes());
        let whole = whole.finish();
        for (bytes, is_gzip, piece) in
            [(&*gzip, true, 1000), (text.as_bytes(), false, 7), (&gzip, true, 1 << 20)]
        {
            let mut host = Gives { bytes, piece, inflated: Vec::new() };
            let content = map(&packed(is_gzip), &mut host, |host| {
                assert_eq!(read(host, 10)?, &text.as_bytes()[..10]);
                host.call(Call::Block, &mut Vec::new())?;
                assert_eq!(read(host, 300_000)?, &text.as_bytes()[10..300_010]);
                host.call(Call::Block, &mut Vec::new()).map(|_| ())
            });
            assert_eq!((content, host.inflated), (Ok(whole), vec![10, 300_010]));
        }
    }

    #[test]
    fn what_is_wrong_with_a_payload_is_told_though_the_plugin_swallows_it() {
        let text = "tenant,quantity\nt1,1\n".repeat(20_000);
        let gzip = crate::fetch::gzip(text.as_bytes());
        let too_long = crate::fetch::gzip(&vec![b'x'; 2 << 20]);
        let twice = crate::fetch::gzip(&gzip);
        for (bytes, said) in [
            (&gzip[..gzip.len() - 9], "the kept payload usage.csv cannot be decompressed"),
            (&[&gzip[..], b"rubbish"].concat(), "the kept payload usage.csv cannot be decompressed"),
            (&too_long, "inflates to more than 1048576 bytes"),
            (&twice, "holds a gzip stream inside its gzip stream"),
        ] {
            for asks in [0, 1, 20] {
                let mut host = Gives { bytes, piece: 1000, inflated: Vec::new() };
                let problem = map(&packed(true), &mut host, |host| {
                    (0..asks).for_each(|_| drop(read(host, 1 << 20)));
                    Ok(())
                });
                let problem = problem.unwrap_err();
                assert!(problem.message.contains(said), "{problem}");
            }
        }
    }
}

//! What goes over the pipe between ratebook and a worker. Nothing of it is believed.
//!
//! A frame is its kind (u8), the lengths (u32, little-endian) of its message and of its bytes, the message, the bytes.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest part of a frame: a batch of lines is far smaller.
pub(super) const LONGEST: u32 = 64 << 20;
/// Kind and two lengths.
const HEAD: usize = 9;

/// The kinds of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// To the worker: the library.
    Start = 1,
    /// To ratebook: a call of the plugin, with bytes.
    Call = 2,
    /// To the worker: the answer to a call, with bytes.
    Reply = 3,
    /// To ratebook: the number of the task and what came of it; the last word of it.
    Done = 4,
    /// To ratebook: why the library was not loaded; the last word.
    Failed = 5,
    /// To ratebook: a block of lines and skipped records, and how much of the payload has been read. It is not answered.
    Block = 6,
    /// To ratebook: the library is open.
    Ready = 7,
    /// To the worker: the next task.
    Task = 8,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Kind> {
        use Kind::{Block, Call, Done, Failed, Ready, Reply, Start, Task};
        [Start, Call, Reply, Done, Failed, Block, Ready, Task].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// A frame as it came: a message in JSON, and bytes that go with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    message: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

impl Frame {
    /// Reads the next frame; `None` at the end.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Frame>> {
        let mut head = [0; HEAD];
        let mut filled = 0;
        while filled < HEAD {
            match from.read(&mut head[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let [kind, m0, m1, m2, m3, bytes @ ..] = head;
        let kind = Kind::from_byte(kind).ok_or_else(|| broken("a frame is of no known kind"))?;
        let message = read_part(from, u32::from_le_bytes([m0, m1, m2, m3]))?;
        let bytes = read_part(from, u32::from_le_bytes(bytes))?;
        Ok(Some(Frame { kind, message, bytes }))
    }

    /// The message.
    pub(super) fn message<T: DeserializeOwned>(&self) -> io::Result<T> {
        serde_json::from_slice(&self.message)
            .map_err(|error| broken(&format!("a message is not understood: {error}")))
    }
}

/// A part of a frame. Its length is only a claim: room is made for more than a megabyte only as bytes come.
fn read_part(from: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    if length > LONGEST {
        return Err(broken("a frame is too long"));
    }
    let mut part = Vec::with_capacity((length as usize).min(1 << 20));
    from.take(length.into()).read_to_end(&mut part)?;
    if part.len() == length as usize { Ok(part) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A frame without its `bytes`, which must follow.
pub(super) fn head(kind: Kind, message: &impl Serialize, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD];
    serde_json::to_writer(&mut head, message)?;
    let length = |length: usize| {
        let length = u32::try_from(length).ok().filter(|length| *length <= LONGEST);
        length.map(u32::to_le_bytes).ok_or_else(|| broken("a message is too long"))
    };
    head[0] = kind as u8;
    let message = length(head.len() - HEAD)?;
    head[1..5].copy_from_slice(&message);
    head[5..HEAD].copy_from_slice(&length(bytes.len())?);
    Ok(head)
}

/// Writes a frame.
pub(super) fn write(
    to: &mut impl Write,
    kind: Kind,
    message: &impl Serialize,
    bytes: &[u8],
) -> io::Result<()> {
    to.write_all(&head(kind, message, bytes)?)?;
    to.write_all(bytes)?;
    to.flush()
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_there_and_back() {
        let mut pipe = Vec::new();
        write(&mut pipe, Kind::Call, &"lines", b"batch").unwrap();
        write(&mut pipe, Kind::Done, &7, b"").unwrap();
        let mut from = pipe.as_slice();
        let frame = Frame::read(&mut from).unwrap().unwrap();
        assert_eq!((frame.kind, frame.message::<String>().unwrap().as_str()), (Kind::Call, "lines"));
        assert_eq!(frame.bytes, b"batch");
        assert_eq!(Frame::read(&mut from).unwrap().unwrap().message::<u32>().unwrap(), 7);
        assert_eq!(Frame::read(&mut from).unwrap(), None);
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let refused = |bytes: &[u8]| Frame::read(&mut &*bytes).unwrap_err();
        assert_eq!(refused(b"h").kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(refused(b"hello, world").to_string(), "a frame is of no known kind");
        assert_eq!(refused(&[2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]).to_string(), "a frame is too long");
        assert_eq!(refused(&[2, 9, 0, 0, 0, 0, 0, 0, 0, b'7']).kind(), io::ErrorKind::UnexpectedEof);
        let frame = Frame::read(&mut &[2, 1, 0, 0, 0, 0, 0, 0, 0, b'{'][..]).unwrap().unwrap();
        assert!(frame.message::<u32>().unwrap_err().to_string().starts_with("a message is not understood"));
    }
}

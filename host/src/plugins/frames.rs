//! What goes over the pipe between ratebook and a worker: a kind, a length, a body. Nothing of it is believed.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest body: a batch of lines is far smaller.
const LONGEST: u32 = 64 << 20;

/// The kinds of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// To the worker: the library and the task.
    Start = 1,
    /// To ratebook: a call of the plugin, with bytes.
    Call = 2,
    /// To the worker: the answer to a call, with bytes.
    Reply = 3,
    /// To ratebook: what came of the task; the last word.
    Done = 4,
    /// To ratebook: why the library was not loaded; the last word.
    Failed = 5,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Kind> {
        [Kind::Start, Kind::Call, Kind::Reply, Kind::Done, Kind::Failed]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// A frame as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    body: Vec<u8>,
}

impl Frame {
    /// Reads the next frame; `None` at the end.
    pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Frame>> {
        let mut head = [0; 5];
        let mut filled = 0;
        while filled < head.len() {
            match from.read(&mut head[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(broken("a frame is cut short")),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let [kind, length @ ..] = head;
        let kind = Kind::from_byte(kind).ok_or_else(|| broken("a frame is of no known kind"))?;
        let length = u32::from_le_bytes(length);
        if length > LONGEST {
            return Err(broken("a frame is too long"));
        }
        // The length is only a claim: room is made for more than a megabyte only as bytes come.
        let mut body = Vec::with_capacity((length as usize).min(1 << 20));
        from.take(length.into()).read_to_end(&mut body)?;
        if body.len() == length as usize {
            Ok(Some(Frame { kind, body }))
        } else {
            Err(broken("a frame is cut short"))
        }
    }

    /// The message, and the bytes that go with it.
    pub(super) fn open<T: DeserializeOwned>(&self) -> io::Result<(T, &[u8])> {
        let (length, rest) = self.body.split_first_chunk().ok_or_else(|| broken("a message is cut short"))?;
        let length = u32::from_le_bytes(*length) as usize;
        let (message, bytes) =
            rest.split_at_checked(length).ok_or_else(|| broken("a message is cut short"))?;
        let message = serde_json::from_slice(message)
            .map_err(|error| broken(&format!("a message is not understood: {error}")))?;
        Ok((message, bytes))
    }

    /// The same, in one piece: the message, and the buffer with nothing but the bytes.
    pub(super) fn take<T: DeserializeOwned>(mut self) -> io::Result<(T, Vec<u8>)> {
        let (message, bytes) = self.open()?;
        let before = self.body.len() - bytes.len();
        self.body.drain(..before);
        Ok((message, self.body))
    }
}

/// The beginning of a frame whose body is a message and `bytes`, which must follow.
pub(super) fn head(kind: Kind, message: &impl Serialize, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut head = vec![kind as u8, 0, 0, 0, 0, 0, 0, 0, 0];
    serde_json::to_writer(&mut head, message)?;
    let message = u32::try_from(head.len() - 9).map_err(|_| broken("a message is too long"))?;
    let length = u32::try_from(head.len() - 5 + bytes.len()).ok().filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| broken("a message is too long"))?;
    head[1..5].copy_from_slice(&length.to_le_bytes());
    head[5..9].copy_from_slice(&message.to_le_bytes());
    Ok(head)
}

/// Writes a frame whose body is a message and `bytes`.
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
        assert_eq!(frame.kind, Kind::Call);
        assert_eq!(frame.take::<String>().unwrap(), ("lines".to_owned(), b"batch".to_vec()));
        let frame = Frame::read(&mut from).unwrap().unwrap();
        assert_eq!(frame.open::<u32>().unwrap(), (7, &b""[..]));
        assert_eq!(Frame::read(&mut from).unwrap(), None);
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let refused = |bytes: &[u8]| Frame::read(&mut &*bytes).unwrap_err().to_string();
        assert_eq!(refused(b"h"), "a frame is cut short");
        assert_eq!(refused(b"hello"), "a frame is of no known kind");
        assert_eq!(refused(&[2, 0xff, 0xff, 0xff, 0xff]), "a frame is too long");
        assert_eq!(refused(&[2, 9, 0, 0, 0, 1]), "a frame is cut short");
        let frame = Frame::read(&mut &[2, 5, 0, 0, 0, 9, 0, 0, 0, b'7'][..]).unwrap().unwrap();
        assert_eq!(frame.open::<u32>().unwrap_err().to_string(), "a message is cut short");
        let frame = Frame::read(&mut &[2, 5, 0, 0, 0, 1, 0, 0, 0, b'{'][..]).unwrap().unwrap();
        assert!(frame.open::<u32>().unwrap_err().to_string().starts_with("a message is not understood"));
    }
}

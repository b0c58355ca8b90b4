//! What a plugin asks of the host, as messages: the same over the border of the library and over the pipe.
//!
//! They cross as JSON, so a new field or a new call needs no new interface version: a host that does not know a
//! call says so.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::request::Request;

/// How important a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// Shown with `-v`.
    Detail,
    /// Always shown.
    Note,
    /// Shown, and counted at the end.
    Warning,
}

/// A call of the plugin to the host.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Call {
    /// Send a request; answered by [`Reply::Answer`].
    Send(Request),
    /// Read the next bytes of an answer's body, decompressed; answered by [`Reply::Bytes`].
    Read {
        /// [`Answer::body`].
        body: u32,
        /// The most bytes wanted.
        limit: u32,
    },
    /// Which other payloads of the month are of a format; while mapping only. Answered by [`Reply::Bodies`].
    References {
        /// The format.
        format: String,
    },
    /// Keep an answer's body, as it came, as a payload; answered by [`Reply::Kept`].
    Keep {
        /// [`Answer::body`].
        body: u32,
        /// The payload's file name.
        name: String,
        /// The format `map` shall read it as.
        format: String,
    },
    /// Forget an answer's body.
    Close {
        /// [`Answer::body`].
        body: u32,
    },
    /// Wait before asking again; answered by [`Reply::Done`] when the time is over.
    Wait {
        /// How long.
        milliseconds: u64,
        /// What for, for people.
        why: String,
    },
    /// Note something for this source and month, durably, before the next step.
    Remember {
        /// The note's name.
        key: String,
        /// What to note; `None` takes the note away.
        value: Option<String>,
    },
    /// Read such a note; answered by [`Reply::Note`].
    Recall {
        /// The note's name.
        key: String,
    },
    /// Replace a secret that the vendor has rotated.
    StoreSecret {
        /// The secret's name.
        name: String,
        /// Its new value.
        value: String,
    },
    /// What time it is; answered by [`Reply::Time`].
    Now,
    /// Tell the operator something.
    Log {
        /// How important it is.
        level: Level,
        /// What.
        text: String,
        /// The code word of a warning, if it has one: [`FORMAT_DRIFT`]. A host that does not know it shows none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// Show what is being done.
    Progress {
        /// What.
        text: String,
    },
    /// A block of lines and skipped records goes with the call (see [`crate::batch`]). It is not answered.
    Block,
}

impl Call {
    /// True for a call that is not answered, so that the plugin can go on while the host works.
    #[must_use]
    pub fn is_one_way(&self) -> bool {
        matches!(self, Call::Block)
    }
}

/// The code word of a warning that a vendor's format is not what it was.
pub const FORMAT_DRIFT: &str = "W-FORMAT";

/// The body number under which `map` reads its payload.
pub const PAYLOAD_BODY: u32 = 0;

/// The host's answer to a [`Call`]; a refusal is a [`Problem`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reply {
    /// It is done.
    Done,
    /// The vendor's answer.
    Answer(Answer),
    /// This many bytes follow the message; none means the end of the body.
    Bytes(u32),
    /// The numbers of bodies that may be read, in the order in which they were kept.
    Bodies(Vec<u32>),
    /// The payload that was kept.
    Kept(Kept),
    /// A note, if there is one.
    Note(Option<String>),
    /// Seconds since 1970-01-01 UTC.
    Time(i64),
}

/// A vendor's answer: complete, its body held by the host.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The host's number for the body.
    pub body: u32,
    /// Bytes of the body as they came.
    pub wire_bytes: u64,
    /// True if the bytes that came are a gzip stream.
    pub gzip: bool,
}

/// A payload that the host has kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// SHA-256 of the bytes as they came, in hex.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u64,
}

/// What a host does for a plugin. The host implements it; a plugin sees [`crate::Host`].
pub trait HostServices {
    /// Answers a call. `bytes` goes with it: those of [`Call::Block`]; what [`Call::Read`] brings is appended to it.
    ///
    /// # Errors
    /// Why the host does not.
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem>;
}

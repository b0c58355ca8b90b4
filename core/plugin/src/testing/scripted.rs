//! A host whose vendor answers from a script.

use std::collections::{BTreeMap, VecDeque};

use crate::call::Level;
use crate::call::{Answer, Call, HostServices, Kept, PAYLOAD_BODY, Reply};
use crate::problem::Problem;
use crate::request::Request;

/// A vendor's answer in a script.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// How many bytes came over the wire, and whether as gzip; `None` for as many as the body has, plain.
    pub wire_gzip: Option<u64>,
    /// A problem in place of an answer.
    pub problem: Option<Problem>,
}

impl Scripted {
    /// An answer with a status and a body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Scripted {
        Scripted { status, body: body.into(), ..Scripted::default() }
    }
}

/// A host that answers from a script: each request takes the next answer.
#[derive(Debug, Default)]
pub struct ScriptedHost {
    /// What the vendor will answer, in order.
    pub script: VecDeque<Scripted>,
    /// The requests that were sent.
    pub requests: Vec<Request>,
    /// The payloads that were kept: name, format, bytes.
    pub kept: Vec<(String, String, Vec<u8>)>,
    /// The notes.
    pub notes: BTreeMap<String, String>,
    /// Secrets that were replaced.
    pub stored_secrets: BTreeMap<String, String>,
    /// What was told to the operator.
    pub log: Vec<(Level, String)>,
    /// How long was waited, in milliseconds; the clock goes on by as much.
    pub waits: Vec<u64>,
    /// The clock: seconds since 1970-01-01 UTC.
    pub now: i64,
    bodies: Vec<(Vec<u8>, usize)>,
}

impl ScriptedHost {
    /// A host that will give these answers.
    pub fn new(script: impl IntoIterator<Item = Scripted>) -> ScriptedHost {
        ScriptedHost { script: script.into_iter().collect(), now: 1_775_000_000, ..ScriptedHost::default() }
    }

    fn body(&mut self, body: u32) -> Result<&mut (Vec<u8>, usize), Problem> {
        let index = (body as usize).checked_sub(PAYLOAD_BODY as usize + 1);
        index
            .and_then(|index| self.bodies.get_mut(index))
            .ok_or_else(|| Problem::plugin(format!("there is no body {body}")))
    }
}

impl HostServices for ScriptedHost {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        match call {
            Call::Send(request) => {
                let answer = self.script.pop_front().ok_or_else(|| {
                    Problem::vendor(format!("the script has no answer to {} {}", request.method, request.url))
                })?;
                self.requests.push(request);
                if let Some(problem) = answer.problem {
                    return Err(problem);
                }
                let plain = answer.body.len() as u64;
                self.bodies.push((answer.body, 0));
                let body = u32::try_from(self.bodies.len()).unwrap_or(u32::MAX) + PAYLOAD_BODY;
                Ok(Reply::Answer(Answer {
                    status: answer.status,
                    headers: answer.headers,
                    body,
                    wire_bytes: answer.wire_gzip.unwrap_or(plain),
                    gzip: answer.wire_gzip.is_some(),
                }))
            }
            Call::Read { body, limit } => {
                let (whole, at) = self.body(body)?;
                let count = (whole.len() - *at).min(limit as usize);
                bytes.extend_from_slice(&whole[*at..*at + count]);
                *at += count;
                Ok(Reply::Bytes(u32::try_from(count).unwrap_or(u32::MAX)))
            }
            Call::Keep { body, name, format } => {
                let whole = self.body(body)?.0.clone();
                let kept = Kept { sha256: "0".repeat(64), bytes: whole.len() as u64 };
                self.kept.push((name, format, whole));
                Ok(Reply::Kept(kept))
            }
            Call::Wait { milliseconds, .. } => {
                self.waits.push(milliseconds);
                self.now += i64::try_from(milliseconds / 1000).unwrap_or(i64::MAX);
                Ok(Reply::Done)
            }
            Call::Remember { key, value } => {
                match value {
                    Some(value) => self.notes.insert(key, value),
                    None => self.notes.remove(&key),
                };
                Ok(Reply::Done)
            }
            Call::Recall { key } => Ok(Reply::Note(self.notes.get(&key).cloned())),
            Call::StoreSecret { name, value } => {
                self.stored_secrets.insert(name, value);
                Ok(Reply::Done)
            }
            Call::Now => Ok(Reply::Time(self.now)),
            Call::Log { level, text, .. } => {
                self.log.push((level, text));
                Ok(Reply::Done)
            }
            Call::Close { .. } | Call::Progress { .. } => Ok(Reply::Done),
            Call::Block | Call::References { .. } => {
                Err(Problem::plugin("collect must neither hand over lines nor look anything up"))
            }
        }
    }
}

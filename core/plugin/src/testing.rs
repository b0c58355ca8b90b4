//! For plugin tests: a host that is a script, and a way to map bytes without loading a library.

mod bodies;
mod fields;
mod fixture;
mod table;

use std::collections::{BTreeMap, VecDeque};

use ratebook_line::{BillableLine, TextColumn, TextField};

use crate::batch::{BatchError, PluginBlock, read_block};
use crate::call::{Answer, Call, HostServices, Kept, PAYLOAD_BODY, Reply};
use crate::map_over::map_over;
use crate::{Level, Month, Problem, Request, Skip, VendorPlugin, WrongTexts};

pub use bodies::Bodies;
pub use fields::{filled, wrong_fields};
pub use fixture::Fixture;
pub use table::refusal;

/// What came of mapping a payload.
#[derive(Debug, Default)]
pub struct Mapped {
    /// The lines, as the host would write them, with `vendor` set and `source` named `test`.
    pub lines: Vec<BillableLine<'static>>,
    /// The skipped records: row, reason, what.
    pub skipped: Vec<(u64, Skip, String)>,
    /// What was told to the operator; a code word stands before it in brackets.
    pub log: Vec<(Level, String)>,
}

/// Maps a payload (plain bytes) as the host would.
///
/// # Errors
/// The plugin's problem.
pub fn map<P: VendorPlugin>(plugin: &P, format: &str, bytes: &[u8], month: Month) -> Result<Mapped, Problem> {
    map_beside(plugin, format, Bodies::of(bytes), month)
}

/// Maps a payload that may look up what lies beside it.
///
/// # Errors
/// The plugin's problem.
pub fn map_beside<P: VendorPlugin>(
    plugin: &P,
    format: &str,
    bodies: Bodies,
    month: Month,
) -> Result<Mapped, Problem> {
    let mut host = MapHost::new(&P::about().id, bodies, month);
    map_over(plugin, format, "payload", month, &mut host)?;
    host.finish()
}

/// A host that has payloads and writes down what becomes of them.
#[derive(Debug)]
pub struct MapHost {
    bodies: Bodies,
    vendor: String,
    month: Month,
    /// What came so far.
    mapped: Mapped,
    wrong_texts: WrongTexts,
}

impl MapHost {
    /// A host for one payload of a vendor and month.
    #[must_use]
    pub fn new(vendor: &str, bodies: Bodies, month: Month) -> MapHost {
        let (mapped, wrong_texts) = (Mapped::default(), WrongTexts::default());
        MapHost { bodies, vendor: vendor.to_owned(), month, mapped, wrong_texts }
    }

    /// What came, once `map` is done.
    ///
    /// # Errors
    /// Texts that may not stand on a line.
    pub fn finish(self) -> Result<Mapped, Problem> {
        self.wrong_texts.refuse()?;
        Ok(self.mapped)
    }
}

impl HostServices for MapHost {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        if let Some(answer) = self.bodies.answer(&call, bytes) {
            return answer;
        }
        let broken = |error: BatchError| Problem::plugin(error.to_string());
        match call {
            Call::Block => {
                let PluginBlock { mut lines, skipped, .. } = read_block(bytes, self.month).map_err(broken)?;
                for (field, text) in [
                    (TextField::Vendor, self.vendor.as_str()),
                    (TextField::Source, "test"),
                    (TextField::Payload, "payload"),
                ] {
                    lines.set_text(field, TextColumn::same(text));
                }
                self.wrong_texts.look_at(&lines).map_err(|error| broken(error.into()))?;
                for row in 0..lines.rows() {
                    let line = lines.line(row).map_err(|error| broken(error.into()))?;
                    self.mapped.lines.push(line.into_owned());
                }
                let skipped = skipped.iter().map(|(row, reason, what)| (row, reason, what.to_owned()));
                self.mapped.skipped.extend(skipped);
            }
            Call::Log { level, text, code } => {
                let code = code.map_or_else(String::new, |code| format!("[{code}] "));
                self.mapped.log.push((level, code + &text));
            }
            other => return Err(Problem::plugin(format!("map must not ask the host for {other:?}"))),
        }
        Ok(Reply::Done)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// A plugin whose lines are named by what it looks up.
    struct Named;

    impl VendorPlugin for Named {
        fn about() -> crate::About {
            crate::About { id: "named".to_owned(), ..crate::About::default() }
        }

        fn open(_config: &crate::Config) -> Result<Self, Problem> {
            Ok(Named)
        }

        fn collect(&self, _month: Month, _host: &mut crate::Host<'_>) -> Result<(), Problem> {
            Ok(())
        }

        fn recognize(_file_name: &str, _head: &[u8]) -> Option<&'static str> {
            None
        }

        fn map(
            &self,
            payload: &mut crate::Payload<'_>,
            _month: Month,
            out: &mut crate::Lines<'_>,
        ) -> Result<(), Problem> {
            let names = payload.references("names", 4)?;
            let sku = payload.bytes(10)?;
            for (row, name) in (1..).zip(&names) {
                let (sku, name) = (std::str::from_utf8(&sku).unwrap(), std::str::from_utf8(name).unwrap());
                out.push(&crate::Line {
                    sku_id: Some(sku),
                    tenant_name: Some(name),
                    ..crate::Line::at(row)
                })?;
            }
            Ok(())
        }
    }

    #[test]
    fn what_lies_beside_a_payload_is_looked_up_by_its_format() {
        let month = "2026-03".parse().unwrap();
        let bodies =
            Bodies::of(b"sku").beside("names", b"Ann").beside("prices", b"9").beside("names", b"Bob");
        let mapped = map_beside(&Named, "usage", bodies.clone(), month).unwrap();
        let names: Vec<_> = mapped.lines.iter().map(|line| line.tenant_name.clone().unwrap()).collect();
        assert_eq!(names, ["Ann", "Bob"]);
        let too_long = map_beside(&Named, "usage", bodies.beside("names", b"Carla"), month).unwrap_err();
        assert_eq!(too_long.message, "names is longer than 4 bytes");
        assert!(map(&Named, "usage", b"sku", month).unwrap().lines.is_empty());
    }
}

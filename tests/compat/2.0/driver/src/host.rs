//! The host's services: every request is answered with one payload, lines are written down as JSON.

use std::fmt::Write as _;

use ratebook_line::Origin;
use ratebook_plugin::batch::{BatchError, read_block};
use ratebook_plugin::call::{Answer, Call, HostServices, Kept, Reply};
use ratebook_plugin::{Month, Problem};

/// Gives one payload, and writes down what it is told.
pub(crate) struct PayloadHost {
    pub(crate) payload: Vec<u8>,
    pub(crate) told: String,
    at: usize,
    month: Month,
}

impl PayloadHost {
    pub(crate) fn new(payload: Vec<u8>, month: Month) -> PayloadHost {
        PayloadHost { payload, told: String::new(), at: 0, month }
    }

    fn tell(&mut self, what: &str) -> Reply {
        let _ = writeln!(self.told, "{what}");
        Reply::Done
    }

    fn block(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let broken = |error: BatchError| Problem::plugin(error.to_string());
        let block = read_block(bytes, self.month).map_err(broken)?;
        for row in 0..block.lines.rows() {
            let mut line = block.lines.line(row).map_err(|error| broken(error.into()))?;
            line.origin = Some(Origin { payload: "".into(), row: block.lines.records().get(row) });
            let json = serde_json::to_string(&line).map_err(|error| Problem::plugin(error.to_string()))?;
            self.tell(&json);
        }
        for (record, reason, what) in block.skipped.iter() {
            self.tell(&format!("skipped {record} {reason} {what}"));
        }
        Ok(())
    }
}

impl HostServices for PayloadHost {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        Ok(match call {
            Call::Send(request) => {
                self.at = 0;
                self.tell(&format!("{} {} {:?}", request.method, request.url, request.query));
                let wire_bytes = self.payload.len() as u64;
                Reply::Answer(Answer { status: 200, headers: Vec::new(), body: 1, wire_bytes, gzip: false })
            }
            Call::Read { limit, .. } => {
                let rest = &self.payload[self.at..];
                let chunk = &rest[..rest.len().min(limit as usize)];
                bytes.extend_from_slice(chunk);
                self.at += chunk.len();
                Reply::Bytes(u32::try_from(chunk.len()).unwrap_or(u32::MAX))
            }
            Call::Keep { name, format, .. } => {
                self.tell(&format!("kept {name} as {format}"));
                Reply::Kept(Kept { sha256: String::new(), bytes: self.payload.len() as u64 })
            }
            Call::Block => self.block(bytes).map(|()| Reply::Done)?,
            Call::Recall { .. } => Reply::Note(None),
            Call::Now => Reply::Time(0),
            _ => Reply::Done,
        })
    }
}

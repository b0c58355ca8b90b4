//! The payloads that a plugin looks up while it maps another: opened when it asks, read to their ends in any case.

use std::io;

use ratebook_plugin::call::{PAYLOAD_BODY, Reply};
use ratebook_plugin::{Payload, Problem};

use crate::fetch::{KeptBytes, PayloadFile, Payloads};
use crate::unpack::{Limits, Unpacked};

/// What lies beside a payload that is being mapped.
pub(super) struct References<'m> {
    mapped: &'m PayloadFile,
    payloads: &'m Payloads,
    limits: Limits,
    /// Body numbers count from the first after the payload's own.
    opened: Vec<Unpacked<KeptBytes>>,
}

impl<'m> References<'m> {
    pub(super) fn beside(mapped: &'m PayloadFile, payloads: &'m Payloads, limits: Limits) -> Self {
        References { mapped, payloads, limits, opened: Vec::new() }
    }

    /// Opens those of a format, in the order in which they were kept.
    pub(super) fn of_format(&mut self, format: &str) -> Result<Reply, Problem> {
        let mut bodies = Vec::new();
        // Asked for each of many payloads: the shorter comparison comes first.
        let of_format = self.payloads.files().iter().filter(|file| file.format == format);
        for file in of_format.filter(|file| file.file != self.mapped.file) {
            self.opened.push(self.payloads.read(file, self.limits)?);
            let opened = u32::try_from(self.opened.len()).unwrap_or(u32::MAX);
            bodies.push(opened.saturating_add(PAYLOAD_BODY));
        }
        Ok(Reply::Bodies(bodies))
    }

    pub(super) fn reader(&mut self, body: u32) -> Result<&mut Unpacked<KeptBytes>, Problem> {
        let index = body.checked_sub(PAYLOAD_BODY + 1).and_then(|index| usize::try_from(index).ok());
        let found = index.and_then(|index| self.opened.get_mut(index));
        found.ok_or_else(|| Problem::plugin(format!("there is no body {body}")))
    }

    /// Reads what the plugin left of them, so that their digests are checked.
    pub(super) fn finish(&mut self) -> Result<(), Problem> {
        for reader in &mut self.opened {
            io::copy(reader, &mut io::sink()).map_err(|error| Payload::read_error(&error))?;
        }
        Ok(())
    }
}

//! Columns on their way out.

use super::layout::{ABSENT, MAGIC, TEXT};
use crate::{Decimal, Fingerprint};

#[derive(Debug, Default)]
pub(super) struct TextColumn {
    ends: Vec<u8>,
    pub(super) arena: Vec<u8>,
}

impl TextColumn {
    pub(super) fn push(&mut self, text: &str) {
        self.arena.extend_from_slice(text.as_bytes());
        self.end();
    }

    pub(super) fn end(&mut self) {
        // A batch is flushed long before 4 GiB: the host refuses frames far smaller.
        let end = u32::try_from(self.arena.len()).unwrap_or(u32::MAX);
        self.ends.extend_from_slice(&end.to_le_bytes());
    }

    pub(super) fn write(&mut self, name: &str, to: &mut Writer) {
        if !self.arena.is_empty() {
            to.column(TEXT, name, &[&self.ends, &self.arena]);
        }
        self.ends.clear();
        self.arena.clear();
    }
}

#[derive(Debug, Default)]
pub(super) struct FixedColumn {
    data: Vec<u8>,
    used: bool,
}

impl FixedColumn {
    pub(super) fn push_decimal(&mut self, value: Option<Decimal>) {
        self.used |= value.is_some();
        let (mantissa, places) = value.map_or((0, ABSENT), |value| (value.mantissa(), value.places()));
        self.data.extend_from_slice(&mantissa.to_le_bytes());
        self.data.extend_from_slice(&places.to_le_bytes());
    }

    pub(super) fn push_whole(&mut self, value: u64) {
        self.used |= value != 0;
        self.data.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn push_hash(&mut self, value: Option<Fingerprint>) {
        self.used |= value.is_some();
        self.data.extend_from_slice(&value.map_or(0, Fingerprint::number).to_le_bytes());
    }

    pub(super) fn write(&mut self, kind: u8, name: &str, to: &mut Writer) {
        if self.used {
            to.column(kind, name, &[&self.data]);
        }
        self.data.clear();
        self.used = false;
    }
}

pub(super) struct Writer {
    bytes: Vec<u8>,
    columns: u32,
}

impl Writer {
    pub(super) fn new(rows: u32) -> Writer {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&rows.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        Writer { bytes, columns: 0 }
    }

    pub(super) fn column(&mut self, kind: u8, name: &str, parts: &[&[u8]]) {
        self.columns += 1;
        self.bytes.push(kind);
        self.bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        self.bytes.extend_from_slice(name.as_bytes());
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes[8..12].copy_from_slice(&self.columns.to_le_bytes());
        self.bytes
    }
}

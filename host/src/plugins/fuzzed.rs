//! What the host reads of plugins before it trusts them: frames of a worker, their file, plugins.lock.
#![expect(clippy::unwrap_used, reason = "a finding is a panic")]

use std::path::Path;

use ratebook_plugin::call::Call;
use ratebook_plugin::manifest::is_id;
use serde_json::value::RawValue;

use super::frames::{Frame, write};
use super::inspect::inspect;
use super::lock::Lock;

/// Frames one after the other, as a worker sends them.
pub(crate) fn frames(data: &[u8]) {
    let mut from = data;
    while let Ok(Some(frame)) = Frame::read(&mut from) {
        drop(frame.message::<Call>());
        let Ok(message) = frame.message::<Box<RawValue>>() else { continue };
        let mut again = Vec::new();
        write(&mut again, frame.kind, &message, &frame.bytes).unwrap();
        let read = Frame::read(&mut again.as_slice()).unwrap().unwrap();
        assert_eq!((read.kind, &read.bytes), (frame.kind, &frame.bytes));
        assert_eq!(read.message::<Box<RawValue>>().unwrap().get(), message.get());
    }
}

/// The file of a plugin, before it is opened.
pub(crate) fn plugin_file(data: &[u8]) {
    let inspected = inspect(data);
    assert!(inspected.manifest.is_some() || inspected.unfit.is_some_and(|why| !why.is_empty()));
    assert!(inspected.manifest.is_none_or(|manifest| is_id(&manifest.id)));
}

/// What is understood of a lock is written as it is read.
pub(crate) fn lock(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let path = Path::new("plugins.lock");
    let Ok(lock) = Lock::parse(path, text) else { return };
    let written = toml::to_string(&lock).unwrap();
    let again = Lock::parse(path, &written).unwrap();
    assert_eq!(toml::to_string(&again).unwrap(), written);
}

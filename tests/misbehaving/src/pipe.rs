//! Wrong things done to the pipe to ratebook.
#![expect(unsafe_code, reason = "the pipe is somebody else's descriptor")]

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{FromRawFd as _, OwnedFd};

/// Closes every descriptor that there may be.
pub(crate) fn close_all() {
    (0..512).for_each(|number| drop(descriptor(number)));
}

/// Bytes that are no frame.
pub(crate) fn garbage() {
    write(b"garbage of no known kind");
}

/// A last word that says nothing.
pub(crate) fn end_without_outcome() {
    write(&frame(4, b"null", b""));
}

/// Only the head of a last word, and the end.
pub(crate) fn half_an_end() {
    write(&frame(4, br#"[1,{"Ok":"done"}]"#, b"")[..12]);
    std::process::exit(0);
}

/// A batch of lines that is none.
pub(crate) fn malformed_batch() {
    write(&frame(6, b"0", b"RBL2\x03\0\0\0\0\0\0\0\xff\xff\xff\xff and no columns"));
}

/// A number that no money has: too many digits, or too many places.
pub(crate) fn number(low: u64, high: i64, places: u8) {
    let mut batch = b"RBL2".to_vec();
    batch.extend([1_u32, 0, 2].map(u32::to_le_bytes).concat());
    column(&mut batch, 2, "record", &[&[0][..], &1_u64.to_le_bytes()].concat());
    let number = [&[0, places][..], &low.to_le_bytes(), &high.to_le_bytes()].concat();
    column(&mut batch, 1, "consumed_quantity", &number);
    write(&frame(6, b"0", &batch));
}

fn column(batch: &mut Vec<u8>, kind: u8, name: &str, data: &[u8]) {
    batch.extend([kind, length(name.as_bytes())[0]]);
    batch.extend(name.as_bytes());
    batch.extend(length(data));
    batch.extend(data);
}

fn frame(kind: u8, message: &[u8], bytes: &[u8]) -> Vec<u8> {
    [&[kind][..], &length(message), &length(bytes), message, bytes].concat()
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes()
}

/// Writes to whatever may be the pipe: the worker moves it to the first free numbers from 16 on.
fn write(bytes: &[u8]) {
    for number in 16..24 {
        let mut file = File::from(descriptor(number));
        let _ = file.write_all(bytes);
        std::mem::forget(file);
    }
}

/// A descriptor that is somebody else's.
fn descriptor(number: i32) -> OwnedFd {
    // SAFETY: there is none: it is owned elsewhere, if it is open at all.
    unsafe { OwnedFd::from_raw_fd(number) }
}

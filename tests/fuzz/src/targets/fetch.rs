//! The layer beneath every answer of a vendor: plain or gzip, whole or cut.
//!
//! The host is a binary, so its files are taken in as source.

use std::io::Read as _;

#[path = "../../../../host/src/fetch/gzip.rs"]
mod gzip_layer;
#[cfg_attr(not(test), expect(dead_code, reason = "the host uses more of it"))]
#[path = "../../../../host/src/fetch/settings.rs"]
mod settings;

use gzip_layer::{Bad, Checker, Found};
use settings::Limits;

fn check(data: &[u8], step: usize) -> Result<Found, Bad> {
    let mut checker = Checker::new(Limits { wire: 1 << 20, decoded: 8 << 20 });
    data.chunks(step).try_for_each(|part| checker.push(part))?;
    checker.finish()
}

/// However the bytes come, they are the same; and what is whole inflates to as many bytes as were counted.
pub(super) fn gzip(data: &[u8]) {
    let whole = check(data, usize::MAX);
    for step in [1, 7, 1000] {
        assert_eq!(check(data, step).ok(), whole.as_ref().ok().copied(), "in steps of {step}");
    }
    let found = match whole {
        Ok(found) => found,
        Err(Bad::Damaged(why)) => return assert!(!why.is_empty()),
        Err(Bad::Refused(problem)) => return assert!(!problem.message.is_empty()),
    };
    let mut inflated = Vec::new();
    if found.gzip {
        flate2::read::MultiGzDecoder::new(data).read_to_end(&mut inflated).unwrap();
    } else {
        inflated.extend_from_slice(data);
    }
    assert_eq!(inflated.len() as u64, found.decoded);
    assert_eq!(found.nested, found.gzip && inflated.starts_with(&gzip_layer::MAGIC));
}

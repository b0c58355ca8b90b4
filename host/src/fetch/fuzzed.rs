//! The layer beneath every answer of a vendor: plain or gzip, whole or cut.
#![expect(clippy::unwrap_used, reason = "a finding is a panic")]

use std::io::Read as _;

use super::gzip::{Bad, Checker, Found};
use crate::unpack::{Limits, MAGIC};

fn check(data: &[u8], step: usize) -> Result<Found, Bad> {
    let mut checker = Checker::new(Limits { wire: 1 << 20, decoded: 8 << 20 });
    data.chunks(step).try_for_each(|part| checker.push(part))?;
    checker.finish()
}

/// However the bytes come, they are the same; and what is whole inflates to as many bytes as were counted.
pub(crate) fn gzip(data: &[u8]) {
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
    assert_eq!(found.nested, found.gzip && inflated.starts_with(&MAGIC));
}

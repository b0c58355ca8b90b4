//! Calls of the library that reads workbooks.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::XlsxError;
use ratebook_plugin::Problem;

/// Does what the library does with the file. It panics over some damages, and those are the file's fault.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, Problem> {
    let broken = |why: &dyn Display| Problem::data(format!("this is not a workbook that can be read: {why}"));
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| broken(&error)),
        Err(_) => Err(broken(&"it is damaged")),
    }
}

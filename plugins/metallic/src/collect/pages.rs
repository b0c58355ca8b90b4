//! A list of Metallic's, page by page (Metallic API reference, accounts and aggregator usage): `pageNumber` from 0,
//! `pageSize`, and in the answer `metadata.pagination{pageNumber,pageSize,totalRecords}`.

use ratebook_plugin::{Problem, Request};

use super::session::Session;
use crate::formats::PAYLOAD_LIMIT;
use crate::payload::accounts::Page;

/// What is asked, and how it is kept.
pub(super) struct List {
    pub(super) request: Request,
    /// For people.
    pub(super) what: &'static str,
    /// The begin of the pages' names.
    pub(super) name: &'static str,
    pub(super) format: &'static str,
    pub(super) page_size: u32,
}

impl List {
    /// Keeps every page as it came. Each costs one of the 1000 reads an hour; the host waits where the vendor says so.
    /// Whether rows came twice or changed meanwhile is seen when they are mapped, all pages side by side.
    pub(super) fn keep_all(&self, session: &mut Session<'_, '_>) -> Result<(), Problem> {
        let what = self.what;
        let (mut number, mut received) = (0_u64, 0_u64);
        loop {
            session.host.progress(format!("asking for {what}: page {number}, {received} rows so far"))?;
            let request = (self.request.clone())
                .query("pageNumber", number.to_string())
                .query("pageSize", self.page_size.to_string());
            let response = session.ask(&request)?;
            let bytes = session.host.bytes(&response, PAYLOAD_LIMIT)?;
            let page = Page::from_json(&bytes, what)?;
            let told = page.pagination;
            if told.page_number != number {
                return Err(Problem::data(format!(
                    "asked for page {number} of {what}, got page {}",
                    told.page_number
                )));
            }
            let rows = page.rows.len() as u64;
            received += rows;
            session.host.keep(&format!("{}-{:04}.json", self.name, number + 1), self.format, &response)?;
            if received >= told.total_records {
                return Ok(());
            }
            if rows == 0 {
                return Err(Problem::data(format!(
                    "page {number} of {what} has no rows, but {received} of {} came so far",
                    told.total_records
                )));
            }
            number += 1;
        }
    }
}

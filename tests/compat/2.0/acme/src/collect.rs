//! Asks Acme for one month of usage, page by page, and keeps each page as it came.

use ratebook_plugin::{Host, Month, Problem, Request};

use crate::payload::Page;
use crate::{API_TOKEN, USAGE};

/// No month has so many pages; a vendor that always names a next one must not keep us for ever.
const MOST_PAGES: u32 = 10_000;

/// `GET /v1/usage?month=2026-03`, then `&cursor=` with what the page before calls `next`.
pub(crate) fn usage(url: &str, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
    let mut cursor: Option<String> = None;
    for page in 1..=MOST_PAGES {
        host.progress(format!("asking for page {page} of {month}"))?;
        let mut request = Request::get(format!("{url}/v1/usage"))
            .query("month", month.to_string())
            .bearer_secret(API_TOKEN);
        if let Some(cursor) = &cursor {
            request = request.query("cursor", cursor.as_str());
        }
        let response = host.send(request)?;
        match response.status() {
            200 => {}
            // The vendor says that it has not counted the month yet: try again later, and bill nothing.
            404 => return Err(Problem::not_yet(format!("Acme has no usage of {month} yet"))),
            401 | 403 => return Err(Problem::auth("Acme refused the token")),
            status => return Err(Problem::vendor(format!("Acme answered with status {status}"))),
        }
        let bytes = host.bytes(&response, 64 << 20)?;
        let next = serde_json::from_slice::<Page<'_>>(&bytes)
            .map_err(|error| Problem::data(format!("page {page} is not as expected: {error}")))?
            .next;
        host.keep(&format!("usage-{page:05}.json"), USAGE, &response)?;
        match next {
            None => return Ok(()),
            Some(next) if cursor.as_deref() == Some(&*next) => {
                return Err(Problem::vendor(format!("page {page} names itself as the next one")));
            }
            Some(next) => cursor = Some(next.into_owned()),
        }
    }
    Err(Problem::vendor(format!("there are more than {MOST_PAGES} pages")))
}

//! Payloads as they are kept.

use ratebook_plugin::{Problem, Response};

use super::session::Session;

/// Keeps an answer under a name that says whether it came compressed.
pub(super) fn keep(
    session: &mut Session<'_, '_>,
    name: &str,
    format: &str,
    response: &Response,
) -> Result<(), Problem> {
    let name = if response.is_gzip() { format!("{name}.gz") } else { name.to_owned() };
    session.host.keep(&name, format, response).map(|_| ())
}

//! Asks one address for a month, page by page, and keeps each answer.

use std::collections::BTreeSet;

use ratebook_plugin::{Host, Month, Problem, Request, Response, cut, describe};
use serde::Deserialize;

use crate::config::{Auth, PageBy, Paging, RequestSettings, Settings, TableFormat, TokenFrom, fill_in};
use crate::read::{is_empty_list, scalar_at};

/// The longest answer that is looked into for the next page.
const PAGE_LIMIT: usize = 64 << 20;

/// Asks for all pages of a month.
pub(crate) fn all_pages(
    url: Option<&str>,
    settings: &Settings,
    month: Month,
    host: &mut Host<'_>,
) -> Result<(), Problem> {
    let (Some(request), Some(url)) = (&settings.request, url) else {
        let (key, what) = match url {
            None => ("url", "the address to ask is missing"),
            Some(_) => ("request", "what to ask is missing"),
        };
        return Err(Problem::config(key, what).advise(
            "Take in a file downloaded by hand: ratebook import --source NAME --month YYYY-MM FILE; or name the place of \
             such files in files; or say what to ask in url and [source.<name>.config.request].",
        ));
    };
    let format = settings.format.unwrap_or(TableFormat::Csv);
    let mut asking = Asking { settings, request, month, token: token(request, host)?, host };
    let mut place = Place::At(format!("{url}{}", fill_in(&request.path, month)), Step::First);
    let mut asked = BTreeSet::new();
    let mut pages = 0;
    loop {
        pages += 1;
        let name = match request.paging {
            None => format!("table.{}", format.word()),
            Some(_) => format!("page-{pages:04}.{}", format.word()),
        };
        asking.host.progress(format!("asking for page {pages} of {month}"))?;
        let response = asking.ask(&place)?;
        let Some(Paging { by, at_most }) = &request.paging else {
            return asking.host.keep(&name, format.id(), &response).map(|_| ());
        };
        let next = asking.next(by, &response, pages)?;
        if pages == 1 || !next.empty {
            asking.host.keep(&name, format.id(), &response)?;
        }
        match (place.after(next.place)?, next.empty) {
            (Some(next), false) => place = next,
            _ => return Ok(()),
        }
        if !asked.insert(place.clone()) {
            return Err(Problem::data(format!(
                "page {pages} names a page as the next that was asked before: {place}"
            )));
        }
        if pages >= *at_most {
            return Err(Problem::data(format!("there are more than {at_most} pages"))
                .advise("If that is right, raise request.paging.at_most."));
        }
    }
}

/// Where a page is: an address, and what is added to its query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The address of the configuration, with what tells the page.
    At(String, Step),
    /// An address that the vendor gave, whole.
    Whole(String),
}

/// What is sent beside an address to tell the page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    First,
    /// A further entry of the query.
    Query(String, String),
    /// A header with a token.
    Header(String, String),
}

impl Place {
    /// The place of the page that follows, as the answer told it.
    fn after(&self, next: Option<NextPlace>) -> Result<Option<Place>, Problem> {
        Ok(match next {
            None => None,
            Some(NextPlace::Step(step)) => match self {
                Place::At(url, _) => Some(Place::At(url.clone(), step)),
                Place::Whole(_) => None,
            },
            Some(NextPlace::Address(address)) => Some(Place::Whole(self.resolved(&address)?)),
        })
    }

    /// An address, or a path beginning with `/` at the same host.
    fn resolved(&self, address: &str) -> Result<String, Problem> {
        let (Place::At(own, _) | Place::Whole(own)) = self;
        if address.contains("://") {
            return Ok(address.to_owned());
        }
        let scheme = own.find("://").map_or(0, |at| at + 3);
        let end = own[scheme..].find('/').map_or(own.len(), |at| scheme + at);
        match address.starts_with('/') && !address.starts_with("//") {
            true => Ok(format!("{}{address}", &own[..end])),
            false => Err(Problem::data(format!(
                "the next page's address is {address:?}, neither whole nor a path"
            ))),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::At(_, Step::Query(name, value)) => write!(f, "{name}={value}"),
            Place::At(_, Step::Header(name, value)) => write!(f, "{name}: {}", cut(value, 40)),
            Place::At(url, Step::First) | Place::Whole(url) => f.write_str(url),
        }
    }
}

enum NextPlace {
    Step(Step),
    Address(String),
}

/// What an answer says of the page after it.
struct Next {
    place: Option<NextPlace>,
    /// True if the answer holds no records.
    empty: bool,
}

struct Asking<'a, 'h> {
    settings: &'a Settings,
    request: &'a RequestSettings,
    month: Month,
    token: Option<String>,
    host: &'a mut Host<'h>,
}

impl Asking<'_, '_> {
    fn ask(&mut self, place: &Place) -> Result<Response, Problem> {
        let RequestSettings { query, headers, auth, paging, .. } = self.request;
        let mut request = match place {
            Place::Whole(url) => Request::get(url.as_str()),
            Place::At(url, page) => {
                let mut request = Request::get(url.as_str());
                for (name, value) in query {
                    request = request.query(name, fill_in(value, self.month));
                }
                match (page, paging) {
                    (Step::Query(name, value), _) => request.query(name, value.as_str()),
                    (
                        Step::Header(name, token),
                        Some(Paging { by: PageBy::HeaderToken { next_query, .. }, .. }),
                    ) => {
                        let request = request.header(name, token.as_str());
                        next_query.iter().fold(request, |request, (name, value)| {
                            request.query(name, fill_in(value, self.month))
                        })
                    }
                    (Step::First, Some(Paging { by: PageBy::Number { query, first, .. }, .. })) => {
                        request.query(query, first.to_string())
                    }
                    _ => request,
                }
            }
        };
        for (name, value) in headers {
            request = request.header(name, fill_in(value, self.month));
        }
        request = match (auth, &self.token) {
            (Auth::Bearer { secret }, _) => request.bearer_secret(secret),
            (Auth::Basic { user, secret }, _) => request.basic_auth(user, secret),
            (Auth::Header { header, prefix, secret }, _) => request.header_secret(header, prefix, secret),
            (Auth::Query { name, secret }, _) => request.query_secret(name, secret),
            (Auth::ClientCredentials { .. }, Some(token)) => request.bearer_token(token),
            (Auth::ClientCredentials { .. } | Auth::None, _) => request,
        };
        let response = self.host.send(request)?;
        if response.is_success() {
            return Ok(response);
        }
        let words = self.host.bytes(&response, 64 << 10).map(|bytes| describe(&bytes)).unwrap_or_default();
        let said = format!("{place} answered {}: {words}", response.status());
        Err(match response.status() {
            401 | 403 => Problem::auth(said).advise("Look at request.auth and at the secret it names."),
            400..=499 => Problem::vendor(said).advise("Look at url, request.path and request.query."),
            _ => Problem::vendor(said),
        })
    }

    /// Looks for the page after an answer, which was the `asked`-th.
    fn next(&mut self, by: &PageBy, response: &Response, asked: u64) -> Result<Next, Problem> {
        let is_json = self.settings.format == Some(TableFormat::Json);
        let document = match by {
            PageBy::LinkHeader | PageBy::HeaderToken { from: TokenFrom::Header(_), .. } if !is_json => {
                String::new()
            }
            _ => {
                let bytes = self.host.bytes(response, PAGE_LIMIT)?;
                String::from_utf8(bytes).map_err(|_| Problem::data("the answer is not UTF-8 text"))?
            }
        };
        let document = document.trim_start_matches('\u{feff}');
        let empty = if is_json {
            is_empty_list(document, &self.settings.rows)?
        } else {
            let is_read =
                !matches!(by, PageBy::LinkHeader | PageBy::HeaderToken { from: TokenFrom::Header(_), .. });
            is_read && document.trim().is_empty()
        };
        let place = match by {
            PageBy::LinkHeader => response.header("link").and_then(next_link).map(NextPlace::Address),
            PageBy::Next { pointer } => scalar_at(document, pointer)?.map(NextPlace::Address),
            PageBy::Cursor { pointer, query } => scalar_at(document, pointer)?
                .map(|cursor| NextPlace::Step(Step::Query(query.clone(), cursor))),
            PageBy::HeaderToken { header, from, .. } => {
                let token = match from {
                    TokenFrom::Pointer(pointer) => scalar_at(document, pointer)?,
                    TokenFrom::Header(name) => response.header(name).map(str::to_owned),
                };
                let token = token.filter(|token| !token.trim().is_empty());
                token.map(|token| NextPlace::Step(Step::Header(header.clone(), token)))
            }
            PageBy::Number { query, first, step, total } => {
                let total = match total {
                    None => None,
                    Some(pointer) => {
                        let text = scalar_at(document, pointer)?;
                        let pages = text.as_deref().and_then(|text| text.parse::<u64>().ok());
                        Some(pages.ok_or_else(|| {
                            Problem::data(format!("{pointer} is not a number of pages: {text:?}"))
                        })?)
                    }
                };
                let more = total.is_none_or(|total| asked < total);
                more.then(|| NextPlace::Step(Step::Query(query.clone(), (first + asked * step).to_string())))
            }
        };
        // An empty page may have another after it, unless pages are counted.
        let ends = empty && (matches!(by, PageBy::Number { .. }) || place.is_none());
        Ok(Next { place, empty: ends })
    }
}

/// `<https://...>; rel="next"` among the links of a header (RFC 8288).
fn next_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').map(str::trim).any(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').split(' ').any(|word| word.eq_ignore_ascii_case("next"))
            })
        });
        let address = address.trim().strip_prefix('<')?;
        is_next.then(|| address.to_owned())
    })
}

/// The answer to a request for a token (RFC 6749, 5.1).
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
}

/// Asks for a token, if the source is to.
fn token(request: &RequestSettings, host: &mut Host<'_>) -> Result<Option<String>, Problem> {
    let Auth::ClientCredentials { token_url, client_id, secret, fields } = &request.auth else {
        return Ok(None);
    };
    host.progress("asking for a token")?;
    let mut form = vec![("grant_type", "client_credentials"), ("client_id", client_id.as_str())];
    form.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let asked = Request::post(token_url.as_str())
        .header("Accept", "application/json")
        .form_with_secret(&form, "client_secret", secret)
        .repeatable();
    let response = host.send(asked)?;
    if !response.is_success() {
        let words = host.bytes(&response, 64 << 10).map(|bytes| describe(&bytes)).unwrap_or_default();
        return Err(Problem::auth(format!("{token_url} refused a token ({}: {words})", response.status()))
            .advise(format!("Look at request.auth.client_id and at the secret {secret}.")));
    }
    let answer: TokenAnswer = host.json(&response).map_err(|_| {
        // What came may hold a token: it is not quoted.
        Problem::data(format!("the answer of {token_url} does not hold an access_token"))
    })?;
    Ok(Some(answer.access_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let header = "<https://a/?p=1>; rel=\"prev\", <https://a/?p=3>; title=x; rel=\"last next\"";
        assert_eq!(next_link(header).as_deref(), Some("https://a/?p=3"));
        assert_eq!(next_link("<https://a/>; rel=last"), None);
        assert_eq!(next_link(""), None);
    }

    #[test]
    fn a_path_is_of_the_same_host() {
        let place = Place::At("https://api.example:8443/v1/usage".to_owned(), Step::First);
        assert_eq!(place.resolved("/v1/usage?p=2").as_deref(), Ok("https://api.example:8443/v1/usage?p=2"));
        assert_eq!(place.resolved("https://b/x").as_deref(), Ok("https://b/x"));
        assert!(place.resolved("//b/x").is_err() && place.resolved("p=2").is_err());
    }
}

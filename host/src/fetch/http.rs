//! The HTTP client: one try of one request, checked before it leaves and complete when it is back.

use std::path::Path;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, Parts};
use hyper::{Response, Uri};
use hyper_util::rt::TokioIo;
use ratebook_plugin::{Problem, ProblemKind};
use reqwest::Method;
use reqwest::header::{
    ACCEPT, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, LOCATION,
    PROXY_AUTHORIZATION, TRANSFER_ENCODING, USER_AGENT,
};
use tokio::io::AsyncReadExt as _;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::address;
use super::body::{Body, Spool};
use super::connection::{AGENT, Connector, Relay, Wire, innermost, timed_out};
use super::failed::Failed;
use super::gzip::Bad;
use super::request::Prepared;
use super::settings::HttpSettings;
use crate::stop::room_for_a_runtime;

/// More is no header of a vendor.
const LONGEST_HEADERS: usize = 64 << 10;
/// How long a connection is looked at after the end of an answer. Most vendors close it at once, as they are asked to;
/// what they sent too much came with the answer or is on its way. Silence is fine.
const LOOK: Duration = Duration::from_millis(500);
const SILENT: &str = "the vendor fell silent";

/// Starts what requests run on: one thread is enough for all sources, since they mostly wait.
///
/// # Errors
/// If the threads cannot be started.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).thread_name("ratebook-http").enable_all();
    room_for_a_runtime()
        .and_then(|()| runtime.build())
        .map_err(|error| Problem::new(ProblemKind::Storage, format!("cannot start a thread: {error}")))
}

/// The HTTP client of one source.
#[derive(Debug)]
pub(super) struct Client {
    connector: Connector,
    /// The most time without a byte from the vendor.
    idle: Duration,
}

/// A connection with a request on it. It ends when this is dropped.
type Running = JoinSet<hyper::Result<Parts<Box<dyn Wire>>>>;

/// An answer: its head, and its body unless the status alone says that it is not wanted.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Body>,
    /// True if the answer says where its body ends. Without that it ends with the connection, wherever that breaks.
    pub(super) end_is_known: bool,
}

impl Client {
    /// A client. `folder` is where a relative path of a certificate file begins.
    pub(super) fn new(settings: &HttpSettings, folder: &Path) -> Result<Client, Problem> {
        Ok(Client { connector: Connector::new(settings, folder)?, idle: settings.idle })
    }

    /// Tries once. A body is read only if `wanted` says so of the status.
    pub(super) async fn attempt(
        &self,
        request: &Prepared,
        spool: Spool<'_>,
        wanted: impl FnOnce(u16) -> bool,
    ) -> Result<Answered, Failed> {
        let (response, running) = self.send(request).await?;
        let (head, incoming) = response.into_parts();
        let (status, headers) = (head.status.as_u16(), head.headers);
        let length: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if length > LONGEST_HEADERS {
            return Err(Failed::Final(Problem::vendor(format!(
                "{} answered with {length} bytes of headers; no more than {LONGEST_HEADERS} are taken",
                address::named(&request.url)
            ))));
        }
        if !wanted(status) {
            return Ok(Answered { status, headers, body: None, end_is_known: true });
        }
        let transport = transport_gzip(&headers).map_err(Failed::Final)?;
        let (body, came) = self.receive(incoming, spool, transport).await?;
        let none = request.method == Method::HEAD || matches!(status, 204 | 304);
        let said = none || says_its_end(&headers);
        if said && goes_on(running).await {
            let end = if is_chunked(&headers) { "the last chunk came after" } else { "the vendor announced" };
            return Err(Failed::Damaged(format!("{end} {came} bytes, and more bytes followed")));
        }
        // A gzip stream was read to its last checksum.
        let end_is_known = said || body.gzip;
        Ok(Answered { status, headers, body: Some(body), end_is_known })
    }

    /// Sends a request on a connection of its own, and waits for the head of the answer.
    async fn send(&self, request: &Prepared) -> Result<(Response<Incoming>, Running), Failed> {
        let unfit =
            |error: String| Failed::Final(Problem::plugin(format!("the request cannot be made: {error}")));
        let address: Uri = request.url.as_str().parse().map_err(|error| unfit(format!("{error}")))?;
        let connected = self.connector.connect(&address).await?;
        let message = message(request, address, connected.relay).map_err(unfit)?;
        let lost = |error: hyper::Error| Failed::Lost(words(&error));
        let (mut sender, connection) = http1::handshake(connected.wire).await.map_err(lost)?;
        let mut running = JoinSet::new();
        running.spawn(connection.without_shutdown());
        match timeout(self.idle, sender.send_request(message)).await {
            Ok(response) => Ok((response.map_err(lost)?, running)),
            Err(_) => Err(Failed::Lost(SILENT.to_owned())),
        }
    }

    /// The body of an answer, and how many bytes of it came.
    async fn receive(
        &self,
        mut incoming: Incoming,
        mut spool: Spool<'_>,
        transport: bool,
    ) -> Result<(Body, u64), Failed> {
        let bad = |bad: Bad, bytes: u64| match bad {
            Bad::Damaged(what) => Failed::Damaged(format!("{what} after {bytes} bytes")),
            Bad::Refused(problem) => Failed::Final(problem),
        };
        loop {
            let so_far = spool.bytes();
            let ended = |why: String| Failed::Lost(format!("the answer ended after {so_far} bytes: {why}"));
            match timeout(self.idle, incoming.frame()).await {
                Ok(Some(Ok(frame))) => {
                    // Other frames hold headers that come after the last chunk.
                    if let Ok(bytes) = frame.into_data() {
                        spool.push(&bytes).map_err(|error| bad(error, so_far))?;
                    }
                }
                Ok(None) => {
                    let body = spool.finish(transport).map_err(|error| bad(error, so_far))?;
                    return Ok((body, so_far));
                }
                Ok(Some(Err(error))) => return Err(ended(words(&error))),
                Err(_) => return Err(ended(SILENT.to_owned())),
            }
        }
    }
}

/// The request as HTTP. To a vendor it names the path, to a proxy that passes it on the whole address.
fn message(
    request: &Prepared,
    address: Uri,
    relay: Option<Relay>,
) -> Result<hyper::Request<Full<Bytes>>, String> {
    let host = address.authority().map_or("", |authority| authority.as_str());
    let mut headers = request.headers.clone();
    headers.insert(HOST, HeaderValue::from_str(host).map_err(|error| error.to_string())?);
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(USER_AGENT, AGENT);
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    let target = match relay {
        Some(relay) => {
            headers.extend(relay.authorization.map(|value| (PROXY_AUTHORIZATION, value)));
            address
        }
        None => address.path_and_query().cloned().map(Uri::from).unwrap_or_default(),
    };
    let mut message = hyper::Request::new(Full::new(Bytes::from(request.body.clone())));
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = target;
    *message.headers_mut() = headers;
    Ok(message)
}

/// True if a connection brings bytes after the end of the answer: then the announced end was not the true one.
async fn goes_on(mut running: Running) -> bool {
    let look = async {
        match running.join_next().await {
            Some(Ok(Ok(parts))) if !parts.read_buf.is_empty() => true,
            // An error is an end too; the answer is whole.
            Some(Ok(Ok(parts))) => TokioIo::new(parts.io).read(&mut [0]).await.is_ok_and(|count| count > 0),
            _ => false,
        }
    };
    timeout(LOOK, look).await.unwrap_or(false)
}

/// True if a head says where its body ends: after so many bytes, or with the last chunk.
fn says_its_end(headers: &HeaderMap) -> bool {
    let counted = headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING);
    is_chunked(headers) || counted
}

fn is_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let last = codings.next_back().and_then(|codings| codings.rsplit(',').next());
    last.is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"))
}

/// True if HTTP says that it has put gzip around the body. The bytes decide; this only tells layers apart.
fn transport_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    let mut gzip = false;
    for value in headers.get_all(CONTENT_ENCODING) {
        for coding in value.to_str().unwrap_or("?").split(',').map(str::trim) {
            match coding.to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => gzip = true,
                "identity" | "" => {}
                _ => {
                    return Err(Problem::vendor(format!(
                        "the answer is encoded as {coding:?}, which was not asked for"
                    )));
                }
            }
        }
    }
    Ok(gzip)
}

/// What went wrong, in a few words and without the address.
fn words(error: &hyper::Error) -> String {
    if timed_out(error) { SILENT.to_owned() } else { innermost(error) }
}

/// Where an answer wants to send us, if it does: for people, since nobody goes there.
pub(super) fn sent_on_to(request: &Prepared, answered: &Answered) -> Option<String> {
    if !(300..400).contains(&answered.status) {
        return None;
    }
    let location = answered.headers.get(LOCATION).map(HeaderValue::as_bytes).map(String::from_utf8_lossy)?;
    let url = request.url.join(&location).ok()?;
    Some(format!("{}://{}", url.scheme(), address::named(&url)))
}

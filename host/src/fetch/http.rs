//! The HTTP client: one try of one request, checked before it leaves and complete when it is back.

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ratebook_plugin::{Problem, ProblemKind};
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION, TRANSFER_ENCODING};
use reqwest::{NoProxy, Proxy, redirect};
use rustls::{ClientConfig, RootCertStore};

use super::address;
use super::body::{Body, Spool};
use super::gzip::Bad;
use super::request::Prepared;
use super::settings::HttpSettings;
use crate::certificates;
use crate::stop::room_for_a_runtime;

/// More is no header of a vendor.
const LONGEST_HEADERS: usize = 64 << 10;
/// An idle connection is closed sooner than most servers close theirs.
const KEEP_IDLE: Duration = Duration::from_secs(4);

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
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// For requests that may be repeated: connections are used again.
    pooled: reqwest::Client,
    /// For requests that may not: a connection that the vendor has just closed must not cost an answer.
    single: reqwest::Client,
    /// Why https does not work here.
    no_https: Option<String>,
}

/// An answer: its head, and its body unless the status alone says that it is not wanted.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Body>,
    /// True if the answer says where its body ends. Without that it ends with the connection, wherever that breaks.
    pub(super) end_is_known: bool,
}

/// Why a try brought no answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// No connection: the vendor has seen nothing of the request.
    NotSent(String),
    /// The request was sent, the answer did not come or not whole.
    Lost(String),
    /// The answer came and is damaged.
    Damaged(String),
    /// Trying again changes nothing.
    Final(Problem),
}

impl Client {
    /// A client. `folder` is where a relative path of a certificate file begins.
    pub(super) fn new(settings: &HttpSettings, folder: &Path) -> Result<Client, Problem> {
        let (tls, no_https) = tls(settings, folder)?;
        let build = |idle: usize| {
            let mut builder = reqwest::Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .user_agent(concat!("ratebook/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .http1_only()
                .connect_timeout(settings.connect)
                .read_timeout(settings.idle)
                .pool_max_idle_per_host(idle)
                .pool_idle_timeout(KEEP_IDLE);
            match settings.proxy.as_deref() {
                None => builder = builder.no_proxy(),
                // What reqwest does by itself.
                Some("environment") => {}
                Some(address) => {
                    let proxy = Proxy::all(address).map_err(|_| {
                        Problem::config("proxy", "it is neither http://host:port nor \"environment\"")
                    })?;
                    let here = NoProxy::from_string("localhost,127.0.0.0/8,::1");
                    builder = builder.proxy(proxy.no_proxy(here));
                }
            }
            builder.build().map_err(|error| {
                Problem::config("http", format!("the HTTP client cannot start: {}", innermost(&error)))
            })
        };
        if settings.proxy.as_deref().is_some_and(|proxy| proxy.contains('@')) {
            return Err(Problem::config("proxy", "the address of a proxy must hold no user or password"));
        }
        Ok(Client { pooled: build(4)?, single: build(0)?, no_https })
    }

    /// Tries once. A body is read only if `wanted` says so of the status.
    pub(super) async fn attempt(
        &self,
        request: &Prepared,
        spool: Spool<'_>,
        wanted: impl FnOnce(u16) -> bool,
    ) -> Result<Answered, Failed> {
        if request.url.scheme() == "https"
            && let Some(why) = &self.no_https
        {
            return Err(Failed::Final(Problem::new(ProblemKind::Config, why.clone()).advise(
                "Install the machine's CA certificates (package ca-certificates), or set ca_file under [http].",
            )));
        }
        let client = if request.repeatable { &self.pooled } else { &self.single };
        let sending = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone());
        let mut response = sending.send().await.map_err(|error| failed(&error))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
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
        let body = receive(&mut response, spool, transport).await?;
        let none = request.method == reqwest::Method::HEAD || matches!(status, 204 | 304);
        // A gzip stream was read to its last checksum.
        let end_is_known = none || body.gzip || says_its_end(&headers);
        Ok(Answered { status, headers, body: Some(body), end_is_known })
    }
}

async fn receive(
    response: &mut reqwest::Response,
    mut spool: Spool<'_>,
    transport: bool,
) -> Result<Body, Failed> {
    let bad = |bad: Bad, bytes: u64| match bad {
        Bad::Damaged(what) => Failed::Damaged(format!("{what} after {bytes} bytes")),
        Bad::Refused(problem) => Failed::Final(problem),
    };
    loop {
        match response.chunk().await {
            Ok(Some(bytes)) => {
                let so_far = spool.bytes();
                spool.push(&bytes).map_err(|error| bad(error, so_far))?;
            }
            Ok(None) => {
                let bytes = spool.bytes();
                return spool.finish(transport).map_err(|error| bad(error, bytes));
            }
            Err(error) => {
                return Err(Failed::Lost(format!(
                    "the answer ended after {} bytes: {}",
                    spool.bytes(),
                    words(&error)
                )));
            }
        }
    }
}

/// True if a head says where its body ends: after so many bytes, or with the last chunk.
fn says_its_end(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter().filter_map(|value| value.to_str().ok());
    match codings.next_back() {
        Some(last) => last.rsplit(',').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked")),
        None => headers.contains_key(CONTENT_LENGTH),
    }
}

/// True if HTTP says that it has put gzip around the body. The bytes decide; this only tells layers apart.
fn transport_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    let mut gzip = false;
    for value in headers.get_all(reqwest::header::CONTENT_ENCODING) {
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

/// What the machine trusts, and the certificates of a file. Without any, http on this machine still works.
fn tls(settings: &HttpSettings, folder: &Path) -> Result<(ClientConfig, Option<String>), Problem> {
    let extra = match &settings.ca_file {
        Some(file) => {
            certificates::read(&folder.join(file)).map_err(|why| Problem::config("ca_file", why))?
        }
        None => Vec::new(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::config("http", format!("TLS cannot start: {error}")))?;
    let with_file = !extra.is_empty();
    Ok(match certificates::verifier(extra, provider) {
        Ok(verifier) => {
            let verifier = builder.dangerous().with_custom_certificate_verifier(verifier);
            (verifier.with_no_client_auth(), None)
        }
        Err(error) if with_file => {
            return Err(Problem::config("ca_file", format!("its certificates cannot be used: {error}")));
        }
        Err(error) => {
            let none = builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
            (none, Some(format!("no certificate can be checked on this machine: {error}")))
        }
    })
}

fn failed(error: &reqwest::Error) -> Failed {
    if let Some(tls) = find::<rustls::Error>(error) {
        // An alert of the other side may be trouble on the way; what we refuse ourselves stays refused.
        if matches!(tls, rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) {
            return Failed::Final(
                Problem::vendor(format!("the vendor's certificate is not trusted: {tls}")).advise(
                    "If a proxy of your own stands between, name its certificate in ca_file under [http].",
                ),
            );
        }
    }
    if error.is_builder() {
        return Failed::Final(Problem::plugin(format!("the request cannot be made: {}", words(error))));
    }
    if error.is_connect() { Failed::NotSent(words(error)) } else { Failed::Lost(words(error)) }
}

/// What went wrong, in a few words and without the address.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() { "no connection in time" } else { "the vendor fell silent" }
            .to_owned();
    }
    innermost(error)
}

fn innermost(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = match error.source() {
        Some(source) => source,
        None => return "the request failed".to_owned(),
    };
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// An error of a type somewhere behind another one.
fn find<T: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut next = error.source();
    while let Some(inner) = next {
        if let Some(found) = inner.downcast_ref::<T>() {
            return Some(found);
        }
        // An io::Error does not count what it wraps among its sources.
        next = match inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => inner.source(),
        };
    }
    None
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

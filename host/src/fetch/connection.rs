//! Connections to vendors: one for each request, through a proxy where one is named, with TLS around https.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use ratebook_plugin::{Problem, ProblemKind};
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};
use rustls::{ClientConfig, RootCertStore};
use tower_service::Service;

use super::failed::Failed;
use super::settings::HttpSettings;
use crate::certificates;

/// How ratebook names itself.
pub(super) const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("ratebook/", env!("CARGO_PKG_VERSION")));
/// What a proxy of the configuration is not asked for.
const THIS_MACHINE: &str = "localhost,127.0.0.0/8,::1";
/// How soon a connection on which nothing moves is probed, so that no router on the way forgets it.
const PROBE: Duration = Duration::from_secs(15);

type Failure = Box<dyn Error + Send + Sync>;

/// Bytes to and from a vendor.
pub(super) trait Wire: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Wire for T {}

/// A connection that is ready for a request.
pub(super) struct Connected {
    pub(super) wire: Box<dyn Wire>,
    /// If a proxy reads the request itself: it wants the whole address, and perhaps these credentials.
    pub(super) relay: Option<Relay>,
}

/// A proxy that passes plain HTTP on.
pub(super) struct Relay {
    pub(super) authorization: Option<HeaderValue>,
}

/// Makes the connections of one source.
#[derive(Debug)]
pub(super) struct Connector {
    direct: HttpsConnector<HttpConnector>,
    tls: Arc<ClientConfig>,
    proxy: Option<Matcher>,
    /// The most time for a connection, TLS included.
    time: Duration,
    /// Why https does not work here.
    no_https: Option<String>,
}

impl Connector {
    /// `folder` is where a relative path of a certificate file begins.
    pub(super) fn new(settings: &HttpSettings, folder: &Path) -> Result<Connector, Problem> {
        let (tls, no_https) = tls(settings, folder)?;
        let tls = Arc::new(tls);
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(PROBE));
        // Shared out among the addresses of a host, so that one which is silent leaves time for the next.
        tcp.set_connect_timeout(Some(settings.connect));
        let direct = HttpsConnector::from((tcp, Arc::clone(&tls)));
        Ok(Connector { direct, tls, proxy: proxy(settings)?, time: settings.connect, no_https })
    }

    /// Connects to the host of an address.
    pub(super) async fn connect(&self, to: &Uri) -> Result<Connected, Failed> {
        if to.scheme_str() == Some("https")
            && let Some(why) = &self.no_https
        {
            return Err(Failed::Final(Problem::new(ProblemKind::Config, why.clone()).advise(
                "Install the machine's CA certificates (package ca-certificates), or set ca_file under [http].",
            )));
        }
        match tokio::time::timeout(self.time, self.dial(to)).await {
            Ok(connected) => connected.map_err(|error| not_connected(&*error)),
            Err(_) => Err(Failed::NotSent(NO_CONNECTION.to_owned())),
        }
    }

    async fn dial(&self, to: &Uri) -> Result<Connected, Failure> {
        let Some(proxy) = self.proxy.as_ref().and_then(|proxy| proxy.intercept(to)) else {
            return Ok(Connected { wire: call(self.direct.clone(), to.clone()).await?, relay: None });
        };
        let (address, authorization) = (proxy.uri().clone(), proxy.basic_auth().cloned());
        if !is_http(&address) {
            return Err("the proxy that the environment names is no HTTP proxy".into());
        }
        if to.scheme_str() != Some("https") {
            let wire = call(self.direct.clone(), address).await?;
            return Ok(Connected { wire, relay: Some(Relay { authorization }) });
        }
        let headers = HeaderMap::from_iter([(USER_AGENT, AGENT)]);
        let mut tunnel = Tunnel::new(address, self.direct.clone()).with_headers(headers);
        if let Some(authorization) = authorization {
            tunnel = tunnel.with_auth(authorization);
        }
        let inside = HttpsConnector::from((tunnel, Arc::clone(&self.tls)));
        Ok(Connected { wire: call(inside, to.clone()).await?, relay: None })
    }
}

async fn call<C>(mut connector: C, to: Uri) -> Result<Box<dyn Wire>, Failure>
where
    C: Service<Uri, Response: Wire + 'static, Error: Into<Failure>>,
{
    std::future::poll_fn(|context| connector.poll_ready(context)).await.map_err(Into::into)?;
    Ok(Box::new(connector.call(to).await.map_err(Into::into)?))
}

fn is_http(address: &Uri) -> bool {
    matches!(address.scheme_str(), Some("http" | "https"))
}

/// The proxy that the settings name, and what it is asked for.
fn proxy(settings: &HttpSettings) -> Result<Option<Matcher>, Problem> {
    let address = match settings.proxy.as_deref() {
        None => return Ok(None),
        Some("environment") => return Ok(Some(Matcher::from_env())),
        Some(address) if address.contains('@') => {
            return Err(Problem::config("proxy", "the address of a proxy must hold no user or password"));
        }
        Some(address) => address,
    };
    let proxy = Matcher::builder().all(address).no(THIS_MACHINE).build();
    // An address that cannot be read leaves a matcher that sends nothing to it.
    let used = proxy.intercept(&Uri::from_static("https://vendor.invalid/"));
    if used.is_none_or(|used| !is_http(used.uri())) {
        return Err(Problem::config("proxy", "it is neither http://host:port nor \"environment\""));
    }
    Ok(Some(proxy))
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

const NO_CONNECTION: &str = "no connection in time";

fn not_connected(error: &(dyn Error + 'static)) -> Failed {
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
    Failed::NotSent(if timed_out(error) { NO_CONNECTION.to_owned() } else { innermost(error) })
}

/// True if an error says that the other side was silent for too long.
pub(super) fn timed_out(error: &(dyn Error + 'static)) -> bool {
    find::<io::Error>(error).is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}

/// What went wrong, in a few words and without the address.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// An error of a type, or one of that type somewhere behind it.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(inner) = next {
        if let Some(found) = inner.downcast_ref::<T>() {
            return Some(found);
        }
        // An io::Error does not count what it wraps among its sources.
        next = match inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => inner.source(),
        };
    }
    None
}

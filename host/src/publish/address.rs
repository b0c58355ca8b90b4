//! Which server, and how it is spoken to: no password in the address, no way over a network without TLS.

use std::error::Error as _;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Config, Host, SslMode};
use postgres::{Client, NoTls};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::certificates;
use crate::failure::{Exit, Failure};
use crate::stop::room_for_a_runtime;

/// A PostgreSQL server.
pub(crate) struct Server {
    config: Config,
    shown: String,
    /// Certificates to trust beside the machine's.
    certificates: Vec<CertificateDer<'static>>,
}

impl Server {
    /// Reads an address like `postgres://user@host/database`. The password is the one of the environment, if any.
    ///
    /// # Errors
    /// If it is none, holds a password, or is of another machine and without TLS.
    pub(crate) fn new(url: &str, password: Option<&str>) -> Result<Server, Failure> {
        const HOW: &str = "Write postgres://user@host:5432/database.";
        // Whatever is wrong with the address, it is not quoted: it may hold a password.
        let wrong = |why: &str| Failure::usage(why.to_owned()).fix(HOW);
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(wrong("this is not the address of a PostgreSQL server"));
        }
        let mut config: Config = url.parse().map_err(|error: postgres::Error| {
            wrong(&format!("the address cannot be read{}", causes(&error)))
        })?;
        if config.get_password().is_some() {
            return Err(Failure::usage("there is a password in the address")
                .note("Other users of this machine can read it there, and your shell keeps it: give it a new value.")
                .fix("Put it into the environment variable PGPASSWORD and leave it out of the address."));
        }
        if config.get_user().is_none() {
            return Err(wrong("the address names no user"));
        }
        if config.get_hosts().is_empty() {
            return Err(wrong("the address names no host"));
        }
        let on_this_machine = is_on_this_machine(&config);
        match config.get_ssl_mode() {
            SslMode::Disable if !on_this_machine => {
                return Err(wrong("a server on another machine is spoken to with TLS alone"));
            }
            // "Prefer" is a wish that anybody between can deny; on this machine there is nobody between.
            SslMode::Prefer if on_this_machine => config.ssl_mode(SslMode::Disable),
            SslMode::Prefer => config.ssl_mode(SslMode::Require),
            _ => &mut config,
        };
        if let Some(password) = password {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(15));
        }
        config.application_name("ratebook");
        let shown = shown(&config);
        Ok(Server { config, shown, certificates: Vec::new() })
    }

    /// The same, with certificates of a file trusted as well.
    ///
    /// # Errors
    /// If the file cannot be read, or holds none.
    pub(crate) fn trusting(self, file: &Path) -> Result<Server, Failure> {
        let certificates = certificates::read(file)
            .map_err(|why| Failure::usage(why).fix("--ca-file takes a file of PEM certificates."))?;
        Ok(Server { certificates, ..self })
    }

    /// The server for messages.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Connects.
    pub(super) fn connect(&self) -> Result<Client, Failure> {
        room_for_a_runtime().map_err(|error| {
            let why = format!("cannot start a thread: {error}");
            Failure::new(Exit::Storage, "E-STORAGE", why).at(self.shown())
        })?;
        let connected = match self.config.get_ssl_mode() {
            SslMode::Disable => self.config.connect(NoTls),
            _ => self.config.connect(self.tls()?),
        };
        connected.map_err(|error| self.failed(&error))
    }

    /// TLS with the certificates that this machine trusts, and those that were named.
    fn tls(&self) -> Result<MakeRustlsConnect, Failure> {
        let failed = |error: rustls::Error| {
            Failure::new(Exit::Storage, "E-POSTGRES", format!("TLS cannot start: {error}")).at(self.shown())
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            certificates::verifier(self.certificates.clone(), Arc::clone(&provider)).map_err(failed)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }

    /// What the server, or the way to it, has to say.
    pub(super) fn failed(&self, error: &postgres::Error) -> Failure {
        let (mut exit, mut code) = (Exit::Storage, "E-POSTGRES");
        let (message, fix) = match error.as_db_error() {
            Some(said) => {
                let mut message = format!("{} ({})", said.message(), said.code().code());
                for more in [said.detail(), said.where_()].into_iter().flatten() {
                    let _ = write!(message, "; {more}");
                }
                let fix = match said.code().code() {
                    // Authorization, in the standard's classes.
                    denied if denied.starts_with("28") => {
                        (exit, code) = (Exit::Auth, "E-AUTH");
                        Some("The password is taken from the environment variable PGPASSWORD.")
                    }
                    "42501" => Some("schemas/postgres/0001_bills.sql says what rights are needed."),
                    _ => None,
                };
                (message, fix)
            }
            // A password is asked for and there is none, or the two cannot agree on how to prove it.
            None if ["invalid configuration", "authentication error"]
                .contains(&error.to_string().as_str()) =>
            {
                (exit, code) = (Exit::Auth, "E-AUTH");
                let fix = "The password is taken from the environment variable PGPASSWORD.";
                (format!("{error}{}", causes(error)), Some(fix))
            }
            None => (format!("{error}{}", causes(error)), None),
        };
        let failure = Failure::new(exit, code, message).at(self.shown()).note("Nothing was published.");
        match fix {
            Some(fix) => failure.fix(fix),
            None => failure,
        }
    }
}

/// True if nobody can stand between.
fn is_on_this_machine(config: &Config) -> bool {
    let names = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    names && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

fn shown(config: &Config) -> String {
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    let port = config.get_ports().first().filter(|port| **port != 5432);
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("postgres://{}{port}/{database}", hosts.join(","))
}

/// What lies behind an error, in words.
fn causes(error: &postgres::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        let failure = Server::new(url, None).err().unwrap();
        assert_eq!(failure.exit, Exit::Usage);
        failure.to_string()
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_quoted() {
        for url in ["postgres://me:hunter2@db/billing", "postgres://me@db/billing?password=hunter2"] {
            let told = refused(url);
            assert!(told.contains("PGPASSWORD") && !told.contains("hunter2"), "{told}");
        }
        assert!(!refused("postgres://me:hunter2@db/billing?wrong=hunter2").contains("hunter2"));
        assert!(refused("mysql://me@db/billing").contains("postgres://user@host"));
    }

    #[test]
    fn tls_is_there_wherever_somebody_can_stand_between() {
        let mode = |url: &str| Server::new(url, Some("p")).unwrap().config.get_ssl_mode();
        for here in ["localhost", "127.0.0.1", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode(&format!("postgres://me@{here}/billing")), SslMode::Disable, "{here}");
            assert_eq!(mode(&format!("postgres://me@{here}/billing?sslmode=require")), SslMode::Require);
        }
        assert_eq!(mode("postgres://me@db.example/billing"), SslMode::Require);
        assert_eq!(mode("postgres://me@localhost,db.example/billing"), SslMode::Require);
        assert_eq!(mode("postgres://me@localhost/billing?hostaddr=192.0.2.7"), SslMode::Require);
        assert!(refused("postgres://me@db.example/billing?sslmode=disable").contains("TLS"));
    }
}

//! Certificates: what is not trusted is not spoken to.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ratebook_plugin::{ProblemKind, Request};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{Rig, body, send};

/// Certificate and key of a vendor that nobody trusts, for 127.0.0.1. They guard nothing.
const CERTIFICATE: &str = include_str!("loopback.pem");
const KEY: &str = include_str!("loopback.key");

/// The same of one that says it may vouch for others, as `openssl req -x509` makes them.
const AUTHORITY: &str = include_str!("authority.pem");
const AUTHORITY_KEY: &str = include_str!("authority.key");

const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

/// A vendor that speaks TLS; its port, and how often somebody connected.
fn vendor() -> (u16, Arc<AtomicUsize>) {
    vendor_with(CERTIFICATE, KEY, GOOD)
}

fn vendor_with(certificate: &str, key: &str, answer: &'static [u8]) -> (u16, Arc<AtomicUsize>) {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            // A client that refuses the certificate is gone here.
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok() {
                stream.write_all(answer).unwrap();
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
        }
    });
    (port, count)
}

fn rig(port: u16) -> Rig {
    let mut rig = Rig::new([]);
    rig.hosts = vec![format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    rig
}

#[test]
fn n22_an_untrusted_certificate_is_refused_and_not_tried_again() {
    let (port, connections) = vendor();
    let rig = rig(port);
    let request = Request::get(format!("https://127.0.0.1:{port}/"));
    let problem = send(&mut rig.start().unwrap(), request).unwrap_err();
    // On a machine without any certificates nothing can be trusted, which is a matter of its setup.
    assert!(matches!(problem.kind, ProblemKind::Vendor | ProblemKind::Config), "{problem}");
    assert!(problem.message.contains("certificate"), "{problem}");
    assert!(problem.advice.unwrap().contains("ca_file"));
    assert!(connections.load(Ordering::Relaxed) <= 1);
}

#[test]
fn a_certificate_file_of_the_config_is_trusted_for_its_name_only() {
    for (certificate, key) in [(CERTIFICATE, KEY), (AUTHORITY, AUTHORITY_KEY)] {
        let (port, _) = vendor_with(certificate, key, GOOD);
        let mut rig = rig(port);
        std::fs::write(rig.workspace.path().join("ca.pem"), certificate).unwrap();
        rig.http.ca_file = Some(PathBuf::from("ca.pem"));
        let mut services = rig.start().unwrap();
        let answer = send(&mut services, Request::get(format!("https://127.0.0.1:{port}/"))).unwrap();
        assert_eq!(body(&mut services, answer.body).unwrap(), b"good");
        let problem = send(&mut services, Request::get(format!("https://localhost:{port}/"))).unwrap_err();
        assert!(problem.message.contains("not trusted"), "{problem}");
    }
    // Another one's file does not make a certificate trusted.
    let (port, _) = vendor_with(AUTHORITY, AUTHORITY_KEY, GOOD);
    let mut rig = rig(port);
    std::fs::write(rig.workspace.path().join("ca.pem"), CERTIFICATE).unwrap();
    rig.http.ca_file = Some(PathBuf::from("ca.pem"));
    let request = Request::get(format!("https://127.0.0.1:{port}/"));
    assert!(send(&mut rig.start().unwrap(), request).unwrap_err().message.contains("not trusted"));
}

#[test]
fn n6_bytes_after_the_end_are_seen_within_tls_too() {
    let longer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood and more";
    let (port, connections) = vendor_with(CERTIFICATE, KEY, longer);
    let mut rig = rig(port);
    std::fs::write(rig.workspace.path().join("ca.pem"), CERTIFICATE).unwrap();
    rig.http.ca_file = Some(PathBuf::from("ca.pem"));
    let request = Request::get(format!("https://127.0.0.1:{port}/"));
    let problem = send(&mut rig.start().unwrap(), request).unwrap_err();
    assert!(problem.message.contains("announced 4 bytes, and more bytes followed"), "{problem}");
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[test]
fn a_certificate_file_without_certificates_is_refused() {
    let mut rig = rig(1);
    rig.http.ca_file = Some(PathBuf::from("ca.pem"));
    for content in [None, Some("no certificate"), Some(KEY)] {
        if let Some(content) = content {
            std::fs::write(rig.workspace.path().join("ca.pem"), content).unwrap();
        }
        let problem = rig.start().err().unwrap();
        assert_eq!(
            (problem.kind, problem.key.as_deref()),
            (ProblemKind::Config, Some("ca_file")),
            "{problem}"
        );
    }
}

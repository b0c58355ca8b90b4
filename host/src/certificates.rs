//! Which certificates of servers are trusted: those that the machine vouches for, those that a file vouches for, and the very
//! certificates in that file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use x509_cert::der::Decode as _;

use crate::inputs;

/// No file of certificates is longer.
const LONGEST: u64 = 16 << 20;

/// The certificates of a PEM file.
///
/// # Errors
/// A fragment that says what is wrong with it.
pub(crate) fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |why: String| format!("{}: {why}", path.display());
    let pem = inputs::read(path, LONGEST).map_err(|error| wrong(error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| wrong(format!("it is no PEM file: {error}")))?;
    match certificates.is_empty() {
        true => Err(wrong("there is no certificate in it".to_owned())),
        false => Ok(certificates),
    }
}

/// Checks servers by what the machine trusts and by the certificates of a file, if any.
///
/// # Errors
/// If the machine has no certificates, or those of the file cannot be used.
pub(crate) fn verifier(
    of_file: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let mut named = of_file.clone();
    // In place of the machine's own; what is wrong with it is told by whoever reads them.
    let of_machine = std::env::var_os("SSL_CERT_FILE").map(|file| read(Path::new(&file)));
    named.extend(of_machine.and_then(Result::ok).into_iter().flatten());
    let usual = Verifier::new_with_extra_roots(of_file, provider)?;
    Ok(Arc::new(Named { usual: Arc::new(usual), named }))
}

/// Trusts what is usually trusted, and the very certificates that somebody has named. A certificate that vouches for itself
/// often says that it may vouch for others, and such a one is usually refused as a server's own.
#[derive(Debug)]
struct Named {
    usual: Arc<dyn ServerCertVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let usual = self.usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if usual.is_ok() || !self.named.iter().any(|named| named.as_ref() == end_entity.as_ref()) {
            return usual;
        }
        is_in_time(end_entity, now)?;
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Whether a certificate holds at this time.
fn is_in_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let parsed = x509_cert::Certificate::from_der(certificate.as_ref())
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let validity = parsed.tbs_certificate.validity;
    let now = Duration::from_secs(now.as_secs());
    if now < validity.not_before.to_unix_duration() {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    if now > validity.not_after.to_unix_duration() {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For 127.0.0.1, of an authority and of none; both vouch for themselves.
    const AUTHORITY: &str = include_str!("fetch/tests/authority.pem");
    const PLAIN: &str = include_str!("fetch/tests/loopback.pem");

    /// One that trusts nothing by itself.
    #[derive(Debug)]
    struct Nothing;

    impl ServerCertVerifier for Nothing {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer))
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(Error::General("not asked".to_owned()))
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(Error::General("not asked".to_owned()))
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            Vec::new()
        }
    }

    #[test]
    fn exactly_the_named_certificate_is_trusted_for_its_name_in_its_time() {
        let of = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let verifier = Named { usual: Arc::new(Nothing), named: vec![of(AUTHORITY)] };
        let (here, elsewhere) = ("127.0.0.1".try_into().unwrap(), "localhost".try_into().unwrap());
        let trusted = |pem: &str, name: &ServerName<'_>, now: UnixTime| {
            verifier.verify_server_cert(&of(pem), &[], name, &[], now).err()
        };
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let (begun, past) = (x509_cert::Certificate::from_der(&of(AUTHORITY)).unwrap(), 0);
        let begun = begun.tbs_certificate.validity.not_before.to_unix_duration().as_secs();
        let refused = |error: CertificateError| Some(Error::InvalidCertificate(error));
        assert_eq!(trusted(AUTHORITY, &here, at(begun + 1)), None);
        assert_eq!(trusted(PLAIN, &here, at(begun + 1)), refused(CertificateError::UnknownIssuer));
        assert_eq!(trusted(AUTHORITY, &here, at(past)), refused(CertificateError::NotValidYet));
        assert_eq!(
            trusted(AUTHORITY, &here, at(begun + 200 * 366 * 86_400)),
            refused(CertificateError::Expired)
        );
        assert!(matches!(
            trusted(AUTHORITY, &elsewhere, at(begun + 1)),
            Some(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            ))
        ));
    }
}

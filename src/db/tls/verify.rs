//! Whether a server's certificate is good enough for a mode.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::db::target::{Root, SslMode};

/// How much of a certificate is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// Nothing: whoever listens cannot read along, and whoever answers is believed.
    Nothing,
    /// Who signed it.
    Chain,
    /// That, and whom it names.
    ChainAndName,
}

/// Judges certificates as libpq does in each mode.
#[derive(Debug)]
pub(super) struct Verifier {
    depth: Depth,
    roots: RootCertStore,
    /// The roots as they are: a server's own certificate among them is good without being an authority's.
    trusted: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(super) fn new(mode: SslMode, root: &Root, provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let depth = match (mode, root) {
            (SslMode::VerifyFull, _) => Depth::ChainAndName,
            (SslMode::VerifyCa, _) | (SslMode::Require, Root::File(_)) => Depth::Chain,
            _ => Depth::Nothing,
        };
        let trusted = match (depth, root) {
            (Depth::Nothing, _) => Vec::new(),
            (_, Root::File(file)) => from_file(file)?,
            (_, Root::System | Root::Unnamed) => from_system()?,
        };
        let mut roots = RootCertStore::empty();
        // What cannot be an authority stays good as a server's own certificate.
        roots.add_parsable_certificates(trusted.iter().cloned());
        Ok(Verifier { depth, roots, trusted, provider: provider.clone() })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.depth == Depth::Nothing {
            return Ok(ServerCertVerified::assertion());
        }
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        match verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, intermediates, now, algorithms) {
            Err(error) if is_out_of_date(&error) || !self.trusted.contains(certificate) => return Err(error),
            _ => {}
        }
        if self.depth == Depth::ChainAndName {
            verify_server_name(&parsed, host)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn is_out_of_date(error: &Error) -> bool {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    let Error::InvalidCertificate(error) = error else { return false };
    matches!(error, Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. })
}

fn from_file(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let refused = |why: String| format!("cannot read certificates from `{}`: {why}", file.display());
    let read: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(|error| refused(error.to_string()));
    match read {
        Ok(found) if found.is_empty() => Err(refused("it holds none".to_owned())),
        read => read,
    }
}

fn from_system() -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_native_certs();
    match found.certs.is_empty() {
        true => Err("no certificates of authorities are installed; sslrootcert names a file of them".to_owned()),
        false => Ok(found.certs),
    }
}

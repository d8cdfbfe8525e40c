//! Which certificates are trusted, and why one is not. There is no way to trust all.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use vigie_kernel::Timestamp;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::failure::printable;

/// Most names of a certificate that are told.
const MAX_NAMES: usize = 10;

/// The cryptography in use.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The CAs to trust: those of the file, or the system's.
pub(crate) fn roots(ca: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    let roots = if let Some(path) = ca {
        let read = |error| format!("cannot read the CA file {}: {error}", path.display());
        CertificateDer::pem_file_iter(path).map_err(read)?.collect::<Result<Vec<_>, _>>().map_err(read)?
    } else {
        let loaded = rustls_native_certs::load_native_certs();
        for error in loaded.errors {
            log::debug!("the system's certificates: {error}");
        }
        loaded.certs
    };
    match (roots.is_empty(), ca) {
        (false, _) => Ok(roots),
        (true, Some(path)) => Err(format!("there is no certificate in {}", path.display())),
        (true, None) => {
            Err("this system has no trusted certificates: install ca-certificates, or give --ca".to_owned())
        }
    }
}

/// Verifies as always, and remembers the certificate that it saw, so that it can be described when it was refused.
#[derive(Debug)]
pub(crate) struct Witness {
    verifier: Arc<WebPkiServerVerifier>,
    seen: Mutex<Option<CertificateDer<'static>>>,
}

impl Witness {
    /// A witness, and the configuration that calls it.
    pub(crate) fn new(roots: &[CertificateDer<'static>]) -> Result<(Arc<Self>, ClientConfig), String> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        let words = |error: &dyn std::error::Error| format!("cannot use the trusted certificates: {error}");
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider())
            .build()
            .map_err(|error| words(&error))?;
        let witness = Arc::new(Self { verifier, seen: Mutex::new(None) });
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| words(&error))?
            // Only wrapped: what the standard verifier refuses is refused.
            .dangerous()
            .with_custom_certificate_verifier(witness.clone())
            .with_no_client_auth();
        Ok((witness, config))
    }

    /// The server's certificate.
    pub(crate) fn seen(&self) -> Option<CertificateDer<'static>> {
        self.seen.lock().ok()?.clone()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Some(end_entity.clone().into_owned());
        }
        self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Who issued a certificate.
pub(crate) fn issuer(certificate: &CertificateDer<'_>) -> String {
    described(certificate, |it| printable(&it.issuer().to_string()))
}

/// Until when a certificate is valid.
pub(crate) fn end(certificate: &CertificateDer<'_>) -> String {
    described(certificate, |it| moment(it.validity().not_after.timestamp()))
}

fn moment(seconds: i64) -> String {
    Timestamp::from_millis(seconds.saturating_mul(1000)).to_string()
}

fn described(certificate: &CertificateDer<'_>, tell: impl Fn(&X509Certificate<'_>) -> String) -> String {
    match X509Certificate::from_der(certificate) {
        Ok((_, parsed)) => tell(&parsed),
        Err(_) => "(a certificate that cannot be read)".to_owned(),
    }
}

fn names(certificate: &X509Certificate<'_>) -> String {
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let names: Vec<String> = alternatives
        .iter()
        .flat_map(|extension| &extension.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(printable(name)),
            GeneralName::IPAddress([a, b, c, d]) => Some(format!("{a}.{b}.{c}.{d}")),
            GeneralName::IPAddress(bytes) => {
                Some(std::net::Ipv6Addr::from(<[u8; 16]>::try_from(*bytes).ok()?).to_string())
            }
            _ => None,
        })
        .take(MAX_NAMES)
        .collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// Why the certificate of `host` was refused, in words.
pub(crate) fn refusal(
    error: &Error,
    host: &str,
    certificate: Option<&CertificateDer<'_>>,
    ca: Option<&Path>,
) -> String {
    let Some(certificate) = certificate else { return format!("no TLS with {host}: {error}") };
    let Error::InvalidCertificate(reason) = error else {
        return format!("no TLS with {host}: {error}");
    };
    let trusted = match ca {
        Some(path) => format!("the CAs of {}", path.display()),
        None => "the system's CAs".to_owned(),
    };
    match reason {
        CertificateError::BadSignature => format!(
            "the certificate of {host} is not signed by the \"{}\" of {trusted} but by another CA of the same name: the \
             server's CA was made anew, and its certificate is to be fetched again, or somebody stands in between",
            issuer(certificate)
        ),
        CertificateError::UnknownIssuer => {
            format!(
                "the certificate of {host} has an unknown issuer, \"{}\": {trusted} are trusted here and it is not among \
                 them (a server's own CA is given with --ca; any other name may be that of an inspecting device)",
                issuer(certificate)
            )
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!(
                "the certificate has the wrong name: it is not for {host} but for {} (issuer \"{}\")",
                described(certificate, names),
                issuer(certificate)
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate of {host} has expired: it was valid until {}", end(certificate))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let start = described(certificate, |it| moment(it.validity().not_before.timestamp()));
            format!("the certificate of {host} is valid from {start} only: is this machine's clock right?")
        }
        other => format!("the certificate of {host} (issuer \"{}\") is refused: {other:?}", issuer(certificate)),
    }
}

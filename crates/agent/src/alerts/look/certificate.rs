//! When certificates end.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;
use vigie_kernel::{Clock as _, SystemClock, Timestamp};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::Means;
use crate::{
    alerts::state::{Is, Seen},
    files,
    portal::tls::provider,
    profile::CertificateAt,
};

/// Longest file that is read, bytes.
const LONGEST: u64 = 1 << 20;
/// How long a server may take to present its certificate.
const PATIENCE: Duration = Duration::from_secs(10);
const DAY: i64 = 86_400_000;

pub(super) async fn look(at: &CertificateAt, means: &Means) -> Seen {
    let certificate = match at {
        CertificateAt::File(path) => {
            let path = path.clone();
            means.read(move || first_of(&path)).await
        }
        CertificateAt::Server { host, port, name } => match timeout(PATIENCE, presented(host, *port, name)).await {
            Ok(presented) => presented,
            Err(_) => Err(format!("no certificate within {} s", PATIENCE.as_secs())),
        },
    };
    certificate.and_then(|it| seen(&it, SystemClock.now())).unwrap_or_else(Seen::untold)
}

fn seen(certificate: &CertificateDer<'_>, now: Timestamp) -> Result<Seen, String> {
    let (_, read) = X509Certificate::from_der(certificate).map_err(|_| "the certificate cannot be read".to_owned())?;
    let end = Timestamp::from_millis(read.validity().not_after.timestamp().saturating_mul(1000));
    let left = end.millis().saturating_sub(now.millis());
    // Whole days: the value is told anew when another day has passed.
    #[expect(clippy::cast_precision_loss, reason = "days")]
    let days = left.div_euclid(DAY) as f64;
    let (days, summary) = if left <= 0 {
        (days.min(0.0), format!("ended on {}", end.day()))
    } else {
        (days.max(0.1), format!("ends on {}", end.day()))
    };
    Ok(Seen::one(Is::Measured(days), summary))
}

fn first_of(path: &Path) -> Result<CertificateDer<'static>, String> {
    let words = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let content = files::read_bounded(path, LONGEST).map_err(|error| words(&error))?;
    CertificateDer::from_pem_slice(&content).map_err(|error| words(&error))
}

async fn presented(host: &str, port: u16, name: &str) -> Result<CertificateDer<'static>, String> {
    let name = ServerName::try_from(name.to_owned()).map_err(|error| error.to_string())?;
    let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
    let reader = Arc::new(Reader::default());
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(reader.clone())
        .with_no_client_auth();
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    // A server that wanted more than this has presented it all the same.
    let seen = reader.seen.lock().ok().and_then(|mut seen| seen.take());
    seen.ok_or_else(|| {
        shaken.err().map_or_else(|| "no certificate was presented".to_owned(), |error| error.to_string())
    })
}

/// Takes whatever certificate is presented, to read it. Nothing is ever said over such a connection.
#[derive(Debug, Default)]
struct Reader {
    seen: Mutex<Option<CertificateDer<'static>>>,
}

impl ServerCertVerifier for Reader {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Some(end_entity.clone().into_owned());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

//! TLS between a joiner and a primary: no certificate, but the primary's own Ed25519 key (RFC 7250). The joiner does not know
//! it the first time, and knows no other afterwards; what makes the first time good is the proof of the password.

use std::{io, sync::Arc};

use ed25519_dalek::SigningKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, ServerConfig, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::verify_tls13_signature_with_raw_key,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::AlwaysResolvesServerRawPublicKeys,
    sign::CertifiedKey,
    version::TLS13,
};
use vigie_wire::join::{EXPORTER, PROTOCOL};

use crate::portal::tls::provider;

/// What stands before the 32 bytes of an Ed25519 key: private (RFC 5958, RFC 8410 §7) and public (RFC 8410 §4).
const PRIVATE: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// The primary's end.
pub(super) fn server(key: &SigningKey) -> Result<Arc<ServerConfig>, Error> {
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from([&PRIVATE[..], &key.to_bytes()].concat()));
    let public = CertificateDer::from([&PUBLIC[..], &key.verifying_key().to_bytes()].concat());
    let key = CertifiedKey::new(vec![public], provider().key_provider.load_private_key(private)?);
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(Arc::new(key))));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    // A session that is resumed would not show the key again.
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// The joiner's end. `wanted`: the key that the primary must have, once it is known.
pub(super) fn client(wanted: Option<[u8; 32]>) -> Result<Arc<ClientConfig>, Error> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(KeyOfPrimary { wanted }))
        .with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

/// A primary has no name in TLS; something must stand there.
pub(super) fn name() -> Result<ServerName<'static>, io::Error> {
    ServerName::try_from("primary.invalid").map_err(io::Error::other)
}

/// An Ed25519 public key as TLS carries it.
pub(super) fn key_of(raw: &[u8]) -> Option<[u8; 32]> {
    raw.strip_prefix(&PUBLIC)?.try_into().ok()
}

/// What only both ends of this session know.
pub(super) fn session<S>(connection: &rustls::ConnectionCommon<S>) -> Result<[u8; 32], Error> {
    connection.export_keying_material([0; 32], EXPORTER, None)
}

#[derive(Debug)]
struct KeyOfPrimary {
    wanted: Option<[u8; 32]>,
}

impl ServerCertVerifier for KeyOfPrimary {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = key_of(end_entity).ok_or(CertificateError::BadEncoding)?;
        if self.wanted.is_some_and(|wanted| wanted != key) {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 is needed".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = SubjectPublicKeyInfoDer::from(cert.as_ref());
        verify_tls13_signature_with_raw_key(message, &key, dss, &provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

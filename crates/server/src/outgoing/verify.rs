//! Which certificates of others are taken: what the standard verifier takes, with the trusted list's authorities; the listed
//! certificate of a system itself; and on the strict level nothing self-signed and nothing weak.

use std::{collections::HashSet, sync::Arc};

use anyhow::Context as _;
use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use vigie_people::{
    certificates::trusted::{Kind, Trusted},
    preferences::CertificateCheck,
};

use crate::tls::{details, provider};

/// Most certificates of a chain that are looked at.
const LONGEST_CHAIN: usize = 10;

#[derive(Debug)]
pub(super) struct Verifier {
    check: CertificateCheck,
    /// None: no authority is trusted at all.
    standard: Option<Arc<WebPkiServerVerifier>>,
    /// Complete chains that were sent incomplete.
    intermediates: Vec<CertificateDer<'static>>,
    /// Trusted as they are.
    pinned: HashSet<Vec<u8>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(super) fn new(
        check: CertificateCheck,
        system: Vec<CertificateDer<'static>>,
        listed: &[Trusted],
    ) -> anyhow::Result<Self> {
        let of = |kinds: &[Kind]| {
            let wanted = listed.iter().filter(|it| kinds.contains(&it.kind));
            wanted.map(|it| CertificateDer::from(it.der.clone())).collect::<Vec<_>>()
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(system);
        roots.add_parsable_certificates(of(&[Kind::Root]));
        let standard = if roots.is_empty() {
            None
        } else {
            let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build();
            Some(built.context("the trusted certificates")?)
        };
        Ok(Self {
            check,
            standard,
            intermediates: of(&[Kind::Intermediate]),
            // Many systems are their own authority: such a certificate is a root in form.
            pinned: of(&[Kind::System, Kind::Root]).iter().map(|it| it.to_vec()).collect(),
            provider: provider(),
        })
    }

    /// A certificate that an administrator listed itself: it needs the right name and date.
    fn verify_pinned(
        leaf: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = details::parse(leaf).map_err(|_| Error::from(CertificateError::BadEncoding))?;
        let at = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if parsed.validity().not_before.timestamp() > at {
            return Err(CertificateError::NotValidYet.into());
        }
        if parsed.validity().not_after.timestamp() < at {
            return Err(CertificateError::Expired.into());
        }
        verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_strictly(leaf: &CertificateDer<'_>, more: &[CertificateDer<'_>]) -> Result<(), Error> {
        let refused = |why: String| Error::General(format!("the strict check of certificates: {why}"));
        for (at, der) in std::iter::once(leaf).chain(more).enumerate() {
            let parsed = details::parse(der).map_err(|_| Error::from(CertificateError::BadEncoding))?;
            if at == 0 && details::is_self_issued(&parsed) {
                return Err(refused("the certificate is self-signed".to_owned()));
            }
            if let Some(why) = details::weakness(&parsed) {
                return Err(refused(why));
            }
        }
        Ok(())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if intermediates.len() > LONGEST_CHAIN {
            return Err(Error::General(format!("the chain has more than {LONGEST_CHAIN} certificates")));
        }
        if self.check == CertificateCheck::Strict {
            Self::verify_strictly(leaf, intermediates)?;
        }
        if self.pinned.contains(leaf.as_ref()) {
            return Self::verify_pinned(leaf, name, now);
        }
        let standard = self.standard.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        let mut known = intermediates.to_vec();
        known.extend(self.intermediates.iter().cloned());
        standard.verify_server_cert(leaf, &known, name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

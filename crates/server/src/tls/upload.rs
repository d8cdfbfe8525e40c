//! Certificates and keys that people bring: PKCS #12 (RFC 7292) and PEM (RFC 7468), hostile until shown otherwise.

use rustls::{
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
};
use vigie_kernel::Timestamp;
use x509_parser::prelude::X509Certificate;

use super::details::{self, Details};

/// Longest file, bytes.
pub const LONGEST: usize = 64 << 10;
/// Longest password, bytes.
pub const LONGEST_PASSWORD: usize = 1024;
/// Most certificates in one file.
pub const MOST: usize = 20;

/// What was brought.
pub enum Upload {
    /// A PKCS #12 file and its password.
    Pkcs12 {
        /// The file.
        content: Vec<u8>,
        /// Its password; may be empty.
        password: String,
    },
    /// PEM texts.
    Pem {
        /// The server's certificate and those that lead to its root, in any order.
        certificates: String,
        /// The private key, PKCS #8, PKCS #1 or SEC 1, not encrypted; empty: it is among the certificates.
        key: String,
    },
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pkcs12 { .. } => "Upload::Pkcs12(…)",
            Self::Pem { .. } => "Upload::Pem(…)",
        })
    }
}

/// A certificate with its chain and its key, checked.
pub struct Checked {
    /// The server's certificate, then each one's issuer, as far as they were brought; a root comes last.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
    /// What the server's certificate says.
    pub details: Details,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Checked({} certificates, {:?})", self.chain.len(), self.details)
    }
}

/// Why it is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// Larger than [`LONGEST`].
    #[error("a certificate file has at most {LONGEST} bytes")]
    TooLarge,
    /// It cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// The password does not open the file.
    #[error("the password does not open this file")]
    PasswordWrong,
    /// A key in PEM is encrypted.
    #[error("the key is encrypted; take a PKCS #12 file, or decrypt it first (openssl pkey -in key.pem)")]
    KeyEncrypted,
    /// The key is of a kind that is not used here.
    #[error("keys are RSA (2048 to 8192 bits), ECDSA on P-256 or P-384, or Ed25519")]
    KeyUnsupported,
    /// The key belongs to none of the certificates.
    #[error("the key belongs to none of the certificates")]
    KeyMismatch,
    /// A certificate does not belong to the chain.
    #[error("{0}")]
    ChainBroken(String),
    /// It ended.
    #[error("{subject} ended on {at}")]
    Expired {
        /// Whose it is.
        subject: String,
        /// When.
        at: Timestamp,
    },
    /// It has not begun.
    #[error("{subject} is valid from {at} on only")]
    NotYetValid {
        /// Whose it is.
        subject: String,
        /// From when on.
        at: Timestamp,
    },
    /// It is not for a server.
    #[error("{0}")]
    NotForServers(String),
    /// It can be forged, or its key can be found.
    #[error("{subject}: {why}")]
    Weak {
        /// Whose it is.
        subject: String,
        /// Why.
        why: String,
    },
}

use UploadError as E;

/// Reads and checks a server's certificate with its key.
pub fn check(upload: &Upload, now: Timestamp) -> Result<Checked, UploadError> {
    let (certificates, key) = match upload {
        Upload::Pkcs12 { content, password } => pkcs12(content, password)?,
        Upload::Pem { certificates, key } => pem(certificates, key)?,
    };
    check_parts(certificates, key, now)
}

/// Checks what an ACME server issued for a key.
pub fn check_issued(chain: &str, key: PrivateKeyDer<'static>, now: Timestamp) -> Result<Checked, UploadError> {
    if chain.len() > LONGEST {
        return Err(E::TooLarge);
    }
    check_parts(pem_certificates(chain.as_bytes())?, key, now)
}

/// Reads certificates alone: PEM, one or several, or DER.
pub fn certificates(content: &[u8]) -> Result<Vec<CertificateDer<'static>>, UploadError> {
    if content.len() > LONGEST {
        return Err(E::TooLarge);
    }
    if details::parse(content).is_ok() {
        return Ok(vec![CertificateDer::from(content.to_vec())]);
    }
    let found = pem_certificates(content)?;
    for certificate in &found {
        parsed(certificate)?;
    }
    Ok(found)
}

fn pkcs12(content: &[u8], password: &str) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), E> {
    use p12_keystore::error::Error;
    if content.len() > LONGEST || password.len() > LONGEST_PASSWORD {
        return Err(E::TooLarge);
    }
    let archive = p12_keystore::Pkcs12Archive::from_pkcs12(content, password).map_err(|error| match error {
        // Where the file has no check value of its own, decryption is what goes wrong.
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => E::PasswordWrong,
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => {
            E::Malformed("this PKCS #12 file is encrypted in a way that is not known here".to_owned())
        }
        _ => E::Malformed("this is not a PKCS #12 file".to_owned()),
    })?;
    let mut keys = archive.keys.into_iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(E::Malformed("the file must hold one private key".to_owned()));
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.key.as_der().to_vec()));
    let certificates: Vec<_> =
        archive.certs.iter().map(|it| CertificateDer::from(it.cert.as_der().to_vec())).take(MOST + 1).collect();
    Ok((certificates, key))
}

fn pem(certificates: &str, key: &str) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), E> {
    if certificates.len().saturating_add(key.len()) > LONGEST {
        return Err(E::TooLarge);
    }
    let found = pem_certificates(certificates.as_bytes())?;
    let key = if key.trim().is_empty() { certificates } else { key };
    if key.contains("BEGIN ENCRYPTED PRIVATE KEY") || key.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(E::KeyEncrypted);
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| E::Malformed("there is no private key in PEM (-----BEGIN … PRIVATE KEY-----)".to_owned()))?;
    Ok((found, key))
}

fn pem_certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, UploadError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).take(MOST + 1).collect();
    let found = found.map_err(|_| E::Malformed("the PEM text is damaged".to_owned()))?;
    match found.len() {
        0 => Err(E::Malformed("there is no certificate in it (-----BEGIN CERTIFICATE-----)".to_owned())),
        1..=MOST => Ok(found),
        _ => Err(E::Malformed(format!("there are more than {MOST} certificates in it"))),
    }
}

fn parsed(der: &[u8]) -> Result<X509Certificate<'_>, UploadError> {
    details::parse(der).map_err(|_| E::Malformed("one of the certificates cannot be read".to_owned()))
}

fn details_of(der: &[u8]) -> Result<Details, UploadError> {
    Details::of(der).map_err(|_| E::Malformed("one of the certificates cannot be read".to_owned()))
}

fn check_parts(
    mut given: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    now: Timestamp,
) -> Result<Checked, UploadError> {
    if given.is_empty() || given.len() > MOST {
        return Err(E::Malformed(format!("there must be 1 to {MOST} certificates in it")));
    }
    let mut seen = std::collections::HashSet::new();
    given.retain(|it| seen.insert(it.to_vec()));
    for der in &given {
        let certificate = parsed(der)?;
        if let Some(why) = details::weakness(&certificate) {
            return Err(E::Weak { subject: details_of(der)?.subject, why });
        }
    }
    let public = any_supported_type(&key).ok().and_then(|it| it.public_key().map(|it| it.to_vec()));
    let public = public.ok_or(E::KeyUnsupported)?;
    let mut leaf = None;
    for (at, der) in given.iter().enumerate() {
        if parsed(der)?.public_key().raw == public {
            leaf = Some(at);
            break;
        }
    }
    let leaf = given.swap_remove(leaf.ok_or(E::KeyMismatch)?);
    is_for_servers(&parsed(&leaf)?)?;
    let chain = chain_of(leaf, given)?;
    for der in &chain {
        in_date(&details_of(der)?, now)?;
    }
    let details = details_of(&chain[0])?;
    Ok(Checked { chain, key, details })
}

/// Whether a certificate is valid now.
pub fn in_date(details: &Details, now: Timestamp) -> Result<(), UploadError> {
    let subject = || details.subject.clone();
    if details.not_after < now {
        return Err(E::Expired { subject: subject(), at: details.not_after });
    }
    if details.not_before > now {
        return Err(E::NotYetValid { subject: subject(), at: details.not_before });
    }
    Ok(())
}

fn is_for_servers(leaf: &X509Certificate<'_>) -> Result<(), UploadError> {
    let malformed = |_| E::Malformed("the certificate's extensions cannot be read".to_owned());
    let usage = leaf.extended_key_usage().map_err(malformed)?;
    if usage.is_some_and(|it| !it.value.server_auth && !it.value.any) {
        return Err(E::NotForServers("its extended key usage does not name servers (serverAuth)".to_owned()));
    }
    if details::is_authority(leaf) {
        return Err(E::NotForServers("it is an authority's (CA:TRUE), which agents refuse as a server's".to_owned()));
    }
    let names = leaf.subject_alternative_name().map_err(malformed)?;
    if names.is_none_or(|it| it.value.general_names.is_empty()) {
        return Err(E::NotForServers(
            "it names no host in subjectAltName, which is all that browsers look at".to_owned(),
        ));
    }
    Ok(())
}

/// The leaf, then each one's issuer. What is left over belongs to another chain.
fn chain_of(
    leaf: CertificateDer<'static>,
    mut rest: Vec<CertificateDer<'static>>,
) -> Result<Vec<CertificateDer<'static>>, E> {
    let mut chain = vec![leaf];
    while !rest.is_empty() {
        let next = {
            let last = parsed(&chain[chain.len() - 1])?;
            let mut next = None;
            for (at, der) in rest.iter().enumerate() {
                let candidate = parsed(der)?;
                let issued = candidate.subject().as_raw() == last.issuer().as_raw()
                    && !details::is_self_issued(&last)
                    && details::is_authority(&candidate)
                    && last.verify_signature(Some(candidate.public_key())).is_ok();
                if issued {
                    next = Some(at);
                    break;
                }
            }
            next
        };
        let Some(next) = next else {
            let (of, stray) = (details_of(&chain[chain.len() - 1])?, details_of(&rest[0])?);
            return Err(E::ChainBroken(format!(
                "{} does not belong to the chain: {} was issued by {}",
                stray.subject, of.subject, of.issuer
            )));
        };
        chain.push(rest.swap_remove(next));
    }
    Ok(chain)
}

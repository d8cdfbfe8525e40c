//! What a certificate says of itself, and whether it is weak.

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use vigie_kernel::Timestamp;
use x509_parser::{extensions::GeneralName, prelude::X509Certificate, public_key::PublicKey};

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Names and addresses that it is for.
    pub names: Vec<String>,
    /// From when on.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// SHA-256 of its DER form, hexadecimal.
    pub sha256: String,
}

/// The bytes are no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate")]
pub struct NotACertificate;

/// Reads a certificate; nothing may follow it.
pub fn parse(der: &[u8]) -> Result<X509Certificate<'_>, NotACertificate> {
    match x509_parser::parse_x509_certificate(der) {
        Ok(([], parsed)) => Ok(parsed),
        _ => Err(NotACertificate),
    }
}

impl Details {
    /// Of a certificate, DER.
    pub fn of(der: &[u8]) -> Result<Self, NotACertificate> {
        let parsed = parse(der)?;
        let moment = |at: x509_parser::time::ASN1Time| Timestamp::from_millis(at.timestamp().saturating_mul(1000));
        Ok(Self {
            subject: readable(&parsed.subject().to_string()),
            issuer: readable(&parsed.issuer().to_string()),
            names: names_of(&parsed),
            not_before: moment(parsed.validity().not_before),
            not_after: moment(parsed.validity().not_after),
            sha256: hex::encode(Sha256::digest(der)),
        })
    }

    /// Whole days until its end; negative when it has passed.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.not_after.millis() - now.millis()).div_euclid(86_400_000)
    }
}

/// What a certificate says is somebody else's text: bounded, and nothing in it that cannot be shown or stored.
fn readable(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(500).collect()
}

fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let address = |bytes: &[u8]| match *bytes {
        [a, b, c, d] => Some(IpAddr::from([a, b, c, d]).to_string()),
        _ => <[u8; 16]>::try_from(bytes).ok().map(|it| IpAddr::from(it).to_string()),
    };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(readable(name)),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    };
    names.value.general_names.iter().filter_map(text).collect()
}

/// Whether it is an authority's: it may issue others.
pub fn is_authority(certificate: &X509Certificate<'_>) -> bool {
    certificate.basic_constraints().ok().flatten().is_some_and(|it| it.value.ca)
}

/// Whether its subject issued it, as far as it says.
pub fn is_self_issued(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

/// Signatures over digests for which collisions can be had: MD2, MD5, SHA-1.
const BROKEN_SIGNATURES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.1.2", "MD2"),
    ("1.2.840.113549.1.1.4", "MD5"),
    ("1.2.840.113549.1.1.5", "SHA-1"),
    ("1.3.14.3.2.29", "SHA-1"),
    ("1.2.840.10040.4.3", "SHA-1"),
    ("1.2.840.10045.4.1", "SHA-1"),
];

/// Why a certificate is weak; none: it is not. A self-signed one's signature proves nothing and is not looked at.
pub fn weakness(certificate: &X509Certificate<'_>) -> Option<String> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < 2048 => {
            return Some(format!("its RSA key has {} bits; 2048 is the least", key.key_size()));
        }
        Ok(PublicKey::EC(point)) if point.key_size() < 256 => {
            return Some(format!("its elliptic curve has {} bits; 256 is the least", point.key_size()));
        }
        Ok(PublicKey::DSA(_)) => return Some("its key is of DSA, which is not used any more".to_owned()),
        _ => {}
    }
    let signature = certificate.signature_algorithm.algorithm.to_id_string();
    let broken = BROKEN_SIGNATURES.iter().find(|(oid, _)| *oid == signature).filter(|_| !is_self_issued(certificate));
    broken.map(|(_, digest)| format!("it is signed over {digest}, which can be forged"))
}

//! Certificates that the server issues to a system and to its devices: what the system asks for, what it is given, and
//! what it says of those that it has. The keys never leave the system: it asks with a request of PKCS #10 (RFC 2986).

use serde::{Deserialize, Serialize};
use vigie_kernel::Timestamp;

use super::alert::cut;

/// Most entries of one profile.
pub const MOST_CERTIFICATES: usize = 50;
/// Most devices of one entry.
pub const MOST_DEVICES: usize = 1_000;
/// Most names in one certificate.
pub const MOST_NAMES: usize = 20;
/// Longest key of an entry, bytes.
pub const LONGEST_KEY: usize = 40;
/// Longest name of a device, bytes.
pub const LONGEST_DEVICE: usize = 64;
/// Longest request, base64, bytes.
pub const LONGEST_REQUEST: usize = 8 << 10;
/// Longest title and longest words of a trouble, characters.
const LONGEST_TEXT: usize = 200;

/// A certificate that a system wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The key of the entry in its profile.
    pub key: String,
    /// The device that it is for; none: for the system itself.
    pub device: Option<String>,
    /// The request, PKCS #10, DER in base64: names are taken from it, and nothing else.
    pub request: String,
}

/// A certificate, as it was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The certificate, PEM.
    pub certificate: String,
    /// The certificate of the authority that issued it, PEM: what whoever connects is to trust.
    pub authority: String,
}

/// Why none is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateRefusal {
    /// As far as the server knows, its owner did not switch automatic certificates on.
    SwitchedOff,
    /// The same of those for devices.
    DevicesSwitchedOff,
    /// The request is none, or is not signed by its key, or its key is not of the curve P-256.
    Invalid,
    /// A name in it is none, or is the server's own.
    Name,
    /// The system has as many as it may have.
    TooMany,
    /// The same was issued a moment ago.
    TooOften,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

impl CertificateRefusal {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SwitchedOff => "automatic certificates are not switched on, as far as the server knows",
            Self::DevicesSwitchedOff => "certificates for devices are not switched on, as far as the server knows",
            Self::Invalid => "the server cannot read the request",
            Self::Name => "the server issues no certificate for one of the names",
            Self::TooMany => "the server issues no more certificates to this system",
            Self::TooOften => "the server issued the same certificate a moment ago",
            Self::Unknown => "the server refused, for a reason that this version does not know",
        }
    }
}

/// How a system stands with one entry of its profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SystemCertificate))]
#[serde(default)]
pub struct CertificateState {
    /// The entry's key.
    pub key: String,
    /// For people.
    pub title: String,
    /// Whether it is for devices.
    pub devices: bool,
    /// How many certificates there should be: one, or one for each device.
    pub wanted: u32,
    /// How many of them are installed and good.
    pub installed: u32,
    /// When the first of them ends; null: none is installed.
    pub ends_at: Option<Timestamp>,
    /// What is wrong; empty: nothing.
    pub trouble: String,
}

impl CertificateState {
    /// Bounds its texts: a system says them, people read them.
    pub(super) fn clean(&mut self) {
        cut(&mut self.key, LONGEST_KEY);
        cut(&mut self.title, LONGEST_TEXT);
        cut(&mut self.trouble, LONGEST_TEXT);
    }
}

/// Whether an entry of a profile may have this key: small letters, digits and hyphens.
pub fn is_key(text: &str) -> bool {
    let letters = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(letters) && !text.starts_with('-')
}

/// Whether a device may be called so: letters, digits, `.`, `_`, `:` and `-`, nothing that a path could be.
pub fn is_device(text: &str) -> bool {
    let letters = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b':' | b'-');
    (1..=LONGEST_DEVICE).contains(&text.len()) && text.bytes().all(letters) && !text.starts_with(['.', '-'])
}

/// Whether a certificate can be for this: an address, or a name of whole labels (RFC 1123 §2.1, and `_`). No wildcard.
pub fn is_name(text: &str) -> bool {
    let letters = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    let label = |it: &str| (1..=63).contains(&it.len()) && it.bytes().all(letters);
    text.parse::<std::net::IpAddr>().is_ok() || (text.len() <= 253 && text.split('.').all(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hosts_and_devices_are_no_paths() {
        for good in ["sip", "sip.example.org", "192.0.2.7", "2001:db8::7", "phone_7"] {
            assert!(is_name(good), "{good}");
        }
        let long = "a".repeat(64);
        for wrong in ["", "*.example.org", "a..b", ".a", "a b", "a/b", "é", &long, "fe80::1%eth0"] {
            assert!(!is_name(wrong), "{wrong}");
        }
        for good in ["00:1b:4f:aa:bb:cc", "K175-12", "phone.7"] {
            assert!(is_device(good), "{good}");
        }
        for wrong in ["", ".", "..", "../a", "a/b", "a\\b", "-rf", "a b", &"a".repeat(65)] {
            assert!(!is_device(wrong), "{wrong}");
        }
        assert!(is_key("sip-tls") && !is_key("Sip") && !is_key("") && !is_key("-a") && !is_key(&"a".repeat(41)));
    }

    #[test]
    fn a_reason_of_a_later_version_is_unknown() {
        let code: CertificateRefusal = serde_json::from_str("\"moon\"").unwrap();
        assert_eq!(code, CertificateRefusal::Unknown);
        assert_eq!(serde_json::to_string(&CertificateRefusal::TooOften).unwrap(), "\"too_often\"");
    }
}

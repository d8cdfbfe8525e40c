//! The certificates themselves: a customer's authority, and what it issues. A request may name hosts and addresses and
//! bring its key; everything else in a certificate the server decides, and it is always the same.

use std::{net::IpAddr, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKey, PublicKeyData as _, SanType,
    SerialNumber, date_time_ymd,
};
use sha2::{Digest as _, Sha256};
use vigie_kernel::Timestamp;
use vigie_wire::link::certificate::{CertificateRefusal, LONGEST_REQUEST, MOST_NAMES, is_name};

const DAY: Duration = Duration::from_hours(24);
const AUTHORITY_LIFE: Duration = Duration::from_hours(24 * 3652);
/// How long a certificate of a system or a device is good.
const LIFE: Duration = Duration::from_hours(24 * 365);
/// An uncompressed point of P-256, bytes.
const POINT: usize = 65;
/// Longest common name, characters (RFC 5280, upper bounds).
const LONGEST_COMMON_NAME: usize = 64;

/// What was made.
pub(super) struct Made {
    /// PEM.
    pub(super) certificate: String,
    /// SHA-256 of its DER form, hexadecimal.
    pub(super) sha256: String,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

/// An authority and its key, PKCS #8.
pub(super) struct MadeAuthority {
    pub(super) made: Made,
    pub(super) key: Vec<u8>,
}

/// A request that was checked.
#[derive(Debug)]
pub(super) struct Request {
    key: PublicKey,
    names: Vec<SanType>,
    /// The same as text.
    pub(super) listed: Vec<String>,
}

/// Whether another authority is made: what this one issues now would outlive it, or nearly.
pub(super) fn is_old(not_after: Timestamp, now: Timestamp) -> bool {
    not_after.millis() < now.plus(LIFE * 2).millis()
}

/// An authority for one customer. Only what it issues is good by it: it can make no authority below itself.
pub(super) fn authority(customer: &str, now: Timestamp) -> Result<MadeAuthority, rcgen::Error> {
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    // The next one of the same customer must not be taken for this one.
    let mark = hex::encode(&Sha256::digest(pair.public_key_raw())[..4]);
    params.distinguished_name = name(Some(customer), &format!("Vigie systems {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let (not_before, not_after) = set_life(&mut params, now, AUTHORITY_LIFE);
    let certificate = params.self_signed(&pair)?;
    let made = Made { certificate: certificate.pem(), sha256: digest(certificate.der()), not_before, not_after };
    Ok(MadeAuthority { made, key: pair.serialize_der() })
}

/// Reads a request (PKCS #10, base64) and checks that whoever made it has its key. `is_own`: whether a name is this
/// server's, which it issues to nobody.
pub(super) fn request(text: &str, is_own: impl Fn(&str) -> bool) -> Result<Request, CertificateRefusal> {
    let invalid = CertificateRefusal::Invalid;
    if text.len() > LONGEST_REQUEST {
        return Err(invalid);
    }
    let der = STANDARD.decode(text).map_err(|_| invalid)?;
    let read = CertificateSigningRequestParams::from_der(&der.into()).map_err(|_| invalid)?;
    let is_p256 = *read.public_key.algorithm() == rcgen::PKCS_ECDSA_P256_SHA256;
    // The algorithm is the signature's: the curve is told by the point.
    if !is_p256 || read.public_key.der_bytes().len() != POINT {
        return Err(invalid);
    }
    let names = read.params.subject_alt_names;
    if names.is_empty() {
        return Err(invalid);
    }
    let text = |name: &SanType| match name {
        SanType::DnsName(name) => Some(name.as_str().to_owned()).filter(|it| it.parse::<IpAddr>().is_err()),
        SanType::IpAddress(address) => Some(address.to_string()),
        _ => None,
    };
    let listed: Option<Vec<String>> = names.iter().map(text).collect();
    let is_free = |it: &String| is_name(it) && !is_own(it);
    match listed.filter(|it| it.len() <= MOST_NAMES && it.iter().all(is_free)) {
        Some(listed) => Ok(Request { key: read.public_key, names, listed }),
        None => Err(CertificateRefusal::Name),
    }
}

/// Issues what was asked for, to `subject`.
pub(super) fn sign(
    authority: &str,
    key: &[u8],
    request: Request,
    subject: &str,
    serial: [u8; 16],
    now: Timestamp,
) -> Result<Made, rcgen::Error> {
    let issuer = Issuer::from_ca_cert_pem(authority, KeyPair::try_from(key)?)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = name(None, subject);
    params.subject_alt_names = request.names;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let (not_before, not_after) = set_life(&mut params, now, LIFE);
    let certificate = params.signed_by(&request.key, &issuer)?;
    Ok(Made { certificate: certificate.pem(), sha256: digest(certificate.der()), not_before, not_after })
}

fn digest(der: &[u8]) -> String {
    hex::encode(Sha256::digest(der))
}

fn name(organization: Option<&str>, common_name: &str) -> DistinguishedName {
    let cut = |text: &str| text.chars().filter(|it| !it.is_control()).take(LONGEST_COMMON_NAME).collect::<String>();
    let mut name = DistinguishedName::new();
    if let Some(organization) = organization.map(cut).filter(|it| !it.is_empty()) {
        name.push(DnType::OrganizationName, organization);
    }
    name.push(DnType::CommonName, cut(common_name));
    name
}

/// From a day ago, because not every machine's clock is right. Whole seconds: a certificate knows no others.
fn set_life(params: &mut CertificateParams, now: Timestamp, life: Duration) -> (Timestamp, Timestamp) {
    let epoch = date_time_ymd(1970, 1, 1);
    let whole = |at: Timestamp| Timestamp::from_millis(at.seconds().max(0).saturating_mul(1000));
    let moment = |at: Timestamp| epoch + Duration::from_secs(at.seconds().unsigned_abs());
    let (from, until) = (whole(now.minus(DAY)), whole(now.plus(life)));
    params.not_before = moment(from);
    params.not_after = moment(until);
    (from, until)
}

#[cfg(test)]
mod tests {
    use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ED25519, string::Ia5String};
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn asked(names: &[&str], key: &KeyPair) -> String {
        let names: Vec<_> = names.iter().map(|it| (*it).to_owned()).collect();
        STANDARD.encode(CertificateParams::new(names).unwrap().serialize_request(key).unwrap().der())
    }

    #[test]
    fn what_is_issued_is_the_servers_decision_and_good_by_its_authority() {
        let (key, authority) = (KeyPair::generate().unwrap(), authority("Dupont & Fils", NOW).unwrap());
        let mut params = CertificateParams::new(vec!["sip.example.org".into(), "192.0.2.7".into()]).unwrap();
        // What a request wants beyond its names is not heard.
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = name(Some("Bank"), "root");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let wanted = STANDARD.encode(params.serialize_request(&key).unwrap().der());
        let request = request(&wanted, |_| false).unwrap();
        assert_eq!(request.listed, ["sip.example.org", "192.0.2.7"]);
        let made = sign(&authority.made.certificate, &authority.key, request, "pbx", [7; 16], NOW).unwrap();
        let der = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let (issued, above) = (der(&made.certificate), der(&authority.made.certificate));
        let (_, read) = x509_parser::parse_x509_certificate(&issued).unwrap();
        let (_, above) = x509_parser::parse_x509_certificate(&above).unwrap();
        read.verify_signature(Some(above.public_key())).unwrap();
        assert_eq!((read.subject().to_string(), read.is_ca()), ("CN=pbx".to_owned(), false));
        assert!(above.subject().to_string().starts_with("O=Dupont & Fils, CN=Vigie systems "));
        assert_eq!(above.basic_constraints().unwrap().unwrap().value.path_len_constraint, Some(0));
        let usage = read.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.server_auth && usage.client_auth && !usage.code_signing && !usage.any);
        assert_eq!(read.raw_serial(), [7; 16]);
        assert_eq!(read.validity().not_after.timestamp(), made.not_after.seconds());
        assert_eq!(made.not_after.millis() - NOW.millis(), 365 * 86_400_000);
        assert_eq!(read.public_key().subject_public_key.data.as_ref(), key.public_key_raw());
    }

    #[test]
    fn a_request_brings_its_own_key_and_names_hosts_that_are_not_the_servers() {
        let key = KeyPair::generate().unwrap();
        let refused = |names: &[&str]| request(&asked(names, &key), |it| it == "vigie.example.org").err();
        assert_eq!(refused(&["sip.example.org"]), None);
        assert_eq!(refused(&["sip.example.org", "vigie.example.org"]), Some(CertificateRefusal::Name));
        assert_eq!(refused(&["*.example.org"]), Some(CertificateRefusal::Name));
        assert_eq!(refused(&[]), Some(CertificateRefusal::Invalid));
        let many: Vec<_> = (0..=MOST_NAMES).map(|it| format!("h{it}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(refused(&many), Some(CertificateRefusal::Name));
        let mail = SanType::Rfc822Name(Ia5String::try_from("a@example.org").unwrap());
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![mail];
        let mail = STANDARD.encode(params.serialize_request(&key).unwrap().der());
        assert_eq!(request(&mail, |_| false).err(), Some(CertificateRefusal::Name));
        for algorithm in [&PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
            let other = KeyPair::generate_for(algorithm).unwrap();
            assert_eq!(request(&asked(&["sip"], &other), |_| false).err(), Some(CertificateRefusal::Invalid));
        }
        // Signed by somebody who has another key.
        let mut der = STANDARD.decode(asked(&["sip"], &key)).unwrap();
        let at = der.windows(3).position(|it| it == b"sip").unwrap();
        der[at] = b'z';
        assert_eq!(request(&STANDARD.encode(&der), |_| false).err(), Some(CertificateRefusal::Invalid));
        for garbage in ["", "AAAA", "?", &"A".repeat(LONGEST_REQUEST + 1)] {
            assert_eq!(request(garbage, |_| false).err(), Some(CertificateRefusal::Invalid));
        }
    }

    #[test]
    fn an_authority_is_followed_by_another_before_it_would_end_first() {
        let made = authority("Dupont", NOW).unwrap().made;
        assert!(!is_old(made.not_after, NOW));
        assert!(!is_old(made.not_after, made.not_after.minus(LIFE * 2)));
        assert!(is_old(made.not_after, made.not_after.minus(LIFE * 2).plus(DAY)));
    }
}

//! The server's identity: a small certificate authority of its own (10 years) and the certificate it issues for this
//! server (3 years), made at the first start. The certificate is issued again well before its end, and when the server
//! gets a name that it is not for; what is running uses it at once.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use vigie_kernel::Timestamp;
use x509_parser::{extensions::GeneralName, prelude::X509Certificate};

use crate::files::{make_private_dir, read_if_there, write_file};

const DAY: Duration = Duration::from_hours(24);
const CA_LIFE: Duration = Duration::from_hours(24 * 3652);
const LIFE: Duration = Duration::from_hours(24 * 1096);
/// Days before its end at which a certificate is issued again.
pub const RENEW_BEFORE_DAYS: i64 = 90;

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

impl Details {
    fn of(der: &[u8]) -> anyhow::Result<Self> {
        let (_, parsed) = x509_parser::parse_x509_certificate(der).context("not a certificate")?;
        let moment = |at: x509_parser::time::ASN1Time| Timestamp::from_millis(at.timestamp().saturating_mul(1000));
        Ok(Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
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

fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let address = |bytes: &[u8]| match *bytes {
        [a, b, c, d] => Some(IpAddr::from([a, b, c, d]).to_string()),
        _ => <[u8; 16]>::try_from(bytes).ok().map(|it| IpAddr::from(it).to_string()),
    };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes),
        _ => None,
    };
    names.value.general_names.iter().filter_map(text).collect()
}

#[derive(Debug)]
struct Current {
    key: Arc<CertifiedKey>,
    server: Details,
    ca: Details,
    ca_pem: String,
}

/// The identity in use. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Identity {
    folder: PathBuf,
    names: Arc<[String]>,
    current: Arc<RwLock<Arc<Current>>>,
}

impl Identity {
    /// Reads the identity in `folder`; makes it where there is none, and issues the certificate again where it must be.
    pub fn open(folder: &Path, names: Vec<String>, now: Timestamp) -> anyhow::Result<Self> {
        make_private_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        ensure_ca(folder, now)?;
        ensure_server(folder, &names, now)?;
        let current = read(folder)?;
        Ok(Self { folder: folder.to_owned(), names: names.into(), current: Arc::new(RwLock::new(Arc::new(current))) })
    }

    /// Issues the certificate again where it must be, and uses it at once. True: it was.
    pub fn renew(&self, now: Timestamp) -> anyhow::Result<bool> {
        if !ensure_server(&self.folder, &self.names, now)? {
            return Ok(false);
        }
        let fresh = Arc::new(read(&self.folder)?);
        *self.current.write().map_err(|_| anyhow!("a thread that renewed the identity panicked"))? = fresh;
        Ok(true)
    }

    fn current(&self) -> Arc<Current> {
        // A poisoned lock still holds a whole value: it is replaced in one step.
        self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The server's certificate.
    pub fn server(&self) -> Details {
        self.current().server.clone()
    }

    /// The authority's certificate.
    pub fn ca(&self) -> Details {
        self.current().ca.clone()
    }

    /// The authority's certificate for clients to trust, PEM.
    pub fn ca_pem(&self) -> String {
        self.current().ca_pem.clone()
    }

    /// What listeners use.
    pub fn config(&self) -> anyhow::Result<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // An agent that calls again resumes: that costs a tenth of a handshake.
        config.ticketer = rustls::crypto::ring::Ticketer::new()?;
        Ok(config)
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().key.clone())
    }
}

/// What the certificates in a folder say: the server's and the authority's.
pub fn details_in(folder: &Path) -> anyhow::Result<(Details, Details)> {
    let current = read(folder)?;
    Ok((current.server, current.ca))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn ensure_ca(folder: &Path, now: Timestamp) -> anyhow::Result<()> {
    let (certificate, key) = (folder.join("ca.pem"), folder.join("ca.key"));
    match (certificate.exists(), key.exists()) {
        (true, true) => return Ok(()),
        (false, false) => {}
        _ => return Err(anyhow!("of {} and {} one is missing", certificate.display(), key.display())),
    }
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    // Two servers' authorities must not be taken for one another in a list of trusted ones.
    let mark = hex::encode(&Sha256::digest(pair.public_key_raw())[..4]);
    params.distinguished_name = name(&format!("Vigie CA {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_life(&mut params, now, CA_LIFE);
    let made = params.self_signed(&pair)?;
    write_file(&key, pair.serialize_pem().as_bytes(), 0o600)?;
    write_file(&certificate, made.pem().as_bytes(), 0o644)?;
    Ok(())
}

/// True: a certificate was issued.
fn ensure_server(folder: &Path, names: &[String], now: Timestamp) -> anyhow::Result<bool> {
    let ca_der = certificate(&folder.join("ca.pem"))?;
    let ca = Details::of(&ca_der)?;
    if read_if_there(&folder.join("server.key"))?.is_some()
        && let Some(pem) = read_if_there(&folder.join("server.pem"))?
        && let Ok(der) = CertificateDer::from_pem_slice(&pem)
        && let Ok(present) = Details::of(&der)
    {
        let covered = names.iter().all(|name| present.names.contains(name));
        let lasts = present.days_left(now) >= RENEW_BEFORE_DAYS;
        if covered && lasts && present.issuer == ca.subject {
            return Ok(false);
        }
    }
    let ca_pem = fs::read_to_string(folder.join("ca.pem"))?;
    let ca_key = KeyPair::from_pem(&fs::read_to_string(folder.join("ca.key"))?)?;
    let issuer = Issuer::from_ca_cert_pem(&ca_pem, ca_key)?;
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name = name(names.first().map_or("vigie", String::as_str));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    set_life(&mut params, now, LIFE);
    let made = params.signed_by(&pair, &issuer)?;
    write_file(&folder.join("server.key"), pair.serialize_pem().as_bytes(), 0o600)?;
    write_file(&folder.join("server.pem"), made.pem().as_bytes(), 0o644)?;
    Ok(true)
}

fn name(common_name: &str) -> rcgen::DistinguishedName {
    let mut name = rcgen::DistinguishedName::new();
    name.push(DnType::OrganizationName, "Vigie");
    // RFC 5280: at most 64 characters. What a certificate is for is in its alternative names anyway.
    name.push(DnType::CommonName, common_name.chars().take(64).collect::<String>());
    name
}

/// From a day ago, because not every machine's clock is right.
fn set_life(params: &mut CertificateParams, now: Timestamp, life: Duration) {
    let epoch = date_time_ymd(1970, 1, 1);
    let seconds = |at: Timestamp| Duration::from_secs(at.seconds().max(0).unsigned_abs());
    params.not_before = epoch + seconds(now.minus(DAY));
    params.not_after = epoch + seconds(now.plus(life));
}

fn certificate(path: &Path) -> anyhow::Result<CertificateDer<'static>> {
    CertificateDer::from_pem_file(path).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn read(folder: &Path) -> anyhow::Result<Current> {
    let server = certificate(&folder.join("server.pem"))?;
    let key_path = folder.join("server.key");
    let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|error| anyhow!("{}: {error}", key_path.display()))?;
    let details = Details::of(&server)?;
    let key = CertifiedKey::from_der(vec![server], key, &provider()).context("server.pem and server.key do not fit")?;
    let ca = Details::of(&certificate(&folder.join("ca.pem"))?)?;
    let ca_pem = fs::read_to_string(folder.join("ca.pem"))?;
    Ok(Current { key: Arc::new(key), server: details, ca, ca_pem })
}

/// The names and addresses that this server's certificate is for: its host's, its interfaces', and the configured ones.
pub fn wanted_names(host: Option<&str>, addresses: &[IpAddr], configured: &[String]) -> Vec<String> {
    let mut names = vec!["localhost".to_owned()];
    let host = host.map(str::to_lowercase).filter(|it| is_dns_name(it));
    names.extend(host);
    names.extend([IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)].map(|it| it.to_string()));
    names.extend(addresses.iter().filter(|it| is_reachable(**it)).map(ToString::to_string));
    names.extend(configured.iter().map(|it| it.trim().to_lowercase()));
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    // The host's name is what the certificate is called by, where there is one.
    if names.len() > 1 && is_dns_name(&names[1]) {
        names.swap(0, 1);
    }
    names
}

/// Link-local addresses need an interface beside them, which a certificate cannot hold.
fn is_reachable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => !it.is_link_local() && !it.is_loopback(),
        IpAddr::V6(it) => !it.is_unicast_link_local() && !it.is_loopback(),
    }
}

/// Whether a name can stand in a certificate: letters, digits, `-`, `_`, `.`; `*.` in front is allowed.
pub fn is_dns_name(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let label = |it: &str| {
        !it.is_empty()
            && it.len() <= 63
            && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    !name.is_empty() && name.len() <= 253 && name.parse::<IpAddr>().is_err() && name.split('.').all(label)
}

/// This machine's name.
pub fn host_name() -> Option<String> {
    let name = nix::sys::utsname::uname().ok()?.nodename().to_str()?.to_owned();
    is_dns_name(&name).then_some(name)
}

/// This machine's addresses.
pub fn host_addresses() -> Vec<IpAddr> {
    let Ok(interfaces) = nix::ifaddrs::getifaddrs() else { return Vec::new() };
    let address = |it: nix::ifaddrs::InterfaceAddress| {
        let address = it.address?;
        let v4 = address.as_sockaddr_in().map(|it| IpAddr::from(it.ip()));
        v4.or_else(|| address.as_sockaddr_in6().map(|it| IpAddr::from(it.ip())))
    };
    interfaces.filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn a_certificate_is_for_what_the_server_is_called() {
        let addresses =
            ["192.0.2.7", "127.0.0.1", "169.254.3.3", "fe80::1", "2001:db8::7"].map(|it| it.parse().unwrap());
        assert_eq!(
            wanted_names(Some("Hub"), &addresses, &names(&["vigie.example.com", "192.0.2.7"])),
            names(&["hub", "localhost", "127.0.0.1", "::1", "192.0.2.7", "2001:db8::7", "vigie.example.com"])
        );
        assert_eq!(wanted_names(None, &[], &[]), names(&["localhost", "127.0.0.1", "::1"]));
    }

    #[test]
    fn it_is_issued_once_and_again_for_a_new_name_or_near_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls");
        let first = Identity::open(&path, names(&["hub", "127.0.0.1"]), NOW).unwrap();
        assert_eq!(first.server().names, names(&["hub", "127.0.0.1"]));
        assert_eq!(first.server().issuer, first.ca().subject);
        assert!((1094..=1096).contains(&first.server().days_left(NOW)));
        assert!(first.ca().days_left(NOW) > 3640);
        let same = Identity::open(&path, names(&["hub"]), NOW).unwrap();
        assert_eq!(same.server(), first.server(), "it is for that name already");
        let more = Identity::open(&path, names(&["hub", "new.example.com"]), NOW).unwrap();
        assert_ne!(more.server().sha256, first.server().sha256);
        assert_eq!(more.ca(), first.ca(), "clients go on trusting it");
        let later = NOW.plus(LIFE).minus(DAY * 89);
        assert!(!more.renew(NOW).unwrap());
        assert!(more.renew(later).unwrap());
        assert!(more.server().days_left(later) > 1000, "the new one is in use");
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_the_owner_only_and_half_an_authority_is_an_error() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tls");
        Identity::open(&path, names(&["hub"]), NOW).unwrap();
        for key in ["ca.key", "server.key"] {
            assert_eq!(fs::metadata(path.join(key)).unwrap().permissions().mode() & 0o777, 0o600, "{key}");
        }
        fs::remove_file(path.join("ca.key")).unwrap();
        assert!(Identity::open(&path, names(&["hub"]), NOW).unwrap_err().to_string().contains("ca.key"));
    }

    #[test]
    fn rustls_trusts_it_by_its_authority_for_its_names_only() {
        use rustls::client::WebPkiServerVerifier;
        use rustls::client::danger::ServerCertVerifier as _;
        use rustls::pki_types::{ServerName, UnixTime};
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::open(folder.path(), names(&["hub", "127.0.0.1", "::1"]), NOW).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(identity.ca_pem().as_bytes()).unwrap()).unwrap();
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
        let leaf = identity.current().key.cert[0].clone();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(NOW.seconds().unsigned_abs()));
        let check = |name: &str| {
            let name = ServerName::try_from(name.to_owned()).unwrap();
            verifier.verify_server_cert(&leaf, &[], &name, &[], at).is_ok()
        };
        assert!(check("hub") && check("127.0.0.1") && check("::1"));
        assert!(!check("other"));
    }
}

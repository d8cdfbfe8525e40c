//! The server's own authority (10 years) and the certificate that it issues for this server (3 years), made at the first
//! start, in files. The certificate is issued again well before its end, when the server gets a name that it is not for,
//! and when someone asks for it.

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use vigie_kernel::Timestamp;

use super::{details::Details, provider};
use crate::files::{make_private_dir, read_if_there, write_file};

const DAY: Duration = Duration::from_hours(24);
const CA_LIFE: Duration = Duration::from_hours(24 * 3652);
pub(super) const LIFE: Duration = Duration::from_hours(24 * 1096);
/// Days before its end at which a certificate is issued again.
pub const RENEW_BEFORE_DAYS: i64 = 90;

/// What is in the files.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) server: Details,
    pub(super) ca: Details,
    pub(super) ca_der: CertificateDer<'static>,
    pub(super) ca_pem: String,
}

/// Why a certificate is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issue {
    /// Where it must be.
    WhereNeeded,
    /// Also where the present one was issued before this.
    NotBefore(Timestamp),
}

/// Whether the certificate was issued at this moment or later; it knows whole seconds only.
pub(super) fn is_since(server: &Details, at: Timestamp) -> bool {
    server.not_before.plus(DAY).seconds() >= at.seconds()
}

/// Makes authority and certificate where they are missing, issues the certificate where it must be, and reads both. One at a
/// time: nodes may share the folder.
pub(super) fn ensure(folder: &Path, names: &[String], now: Timestamp, issue: Issue) -> anyhow::Result<Own> {
    make_private_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let lock = folder.join("lock");
    let held = fs::File::create(&lock).and_then(|file| file.lock().map(|()| file));
    let _held = held.with_context(|| format!("cannot lock {}", lock.display()))?;
    ensure_ca(folder, now)?;
    ensure_server(folder, names, now, issue)?;
    read(folder)
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

fn ensure_server(folder: &Path, names: &[String], now: Timestamp, issue: Issue) -> anyhow::Result<()> {
    let ca_der = certificate(&folder.join("ca.pem"))?;
    let ca = Details::of(&ca_der)?;
    if read_if_there(&folder.join("server.key"))?.is_some()
        && let Some(pem) = read_if_there(&folder.join("server.pem"))?
        && let Ok(der) = CertificateDer::from_pem_slice(&pem)
        && let Ok(present) = Details::of(&der)
    {
        let covered = names.iter().all(|name| present.names.contains(name));
        let lasts = present.days_left(now) >= RENEW_BEFORE_DAYS;
        let recent = match issue {
            Issue::WhereNeeded => true,
            Issue::NotBefore(at) => is_since(&present, at),
        };
        // Whoever was stopped between the two files left them at odds.
        let fits = read(folder).is_ok();
        if covered && lasts && recent && fits && present.issuer == ca.subject {
            return Ok(());
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
    Ok(())
}

fn name(common_name: &str) -> rcgen::DistinguishedName {
    let mut name = rcgen::DistinguishedName::new();
    name.push(DnType::OrganizationName, "Vigie");
    // RFC 5280: at most 64 characters. What a certificate is for is in its alternative names anyway.
    name.push(DnType::CommonName, common_name.chars().take(64).collect::<String>());
    name
}

/// From a day ago, because not every machine's clock is right.
pub(super) fn set_life(params: &mut CertificateParams, now: Timestamp, life: Duration) {
    let epoch = date_time_ymd(1970, 1, 1);
    let seconds = |at: Timestamp| Duration::from_secs(at.seconds().max(0).unsigned_abs());
    params.not_before = epoch + seconds(now.minus(DAY));
    params.not_after = epoch + seconds(now.plus(life));
}

fn certificate(path: &Path) -> anyhow::Result<CertificateDer<'static>> {
    CertificateDer::from_pem_file(path).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn read(folder: &Path) -> anyhow::Result<Own> {
    let server = certificate(&folder.join("server.pem"))?;
    let key_path = folder.join("server.key");
    let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|error| anyhow!("{}: {error}", key_path.display()))?;
    let details = Details::of(&server)?;
    let key = CertifiedKey::from_der(vec![server], key, &provider()).context("server.pem and server.key do not fit")?;
    let ca_der = certificate(&folder.join("ca.pem"))?;
    let ca_pem = fs::read_to_string(folder.join("ca.pem"))?;
    Ok(Own { key: Arc::new(key), server: details, ca: Details::of(&ca_der)?, ca_der, ca_pem })
}

/// What the certificates in a folder say: the server's and the authority's.
pub fn details_in(folder: &Path) -> anyhow::Result<(Details, Details)> {
    let own = read(folder)?;
    Ok((own.server, own.ca))
}

//! The identity in use, and which certificate a connection gets to see.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ProducesTickets, ResolvesServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, OwnedMutexGuard};
use vigie_kernel::Timestamp;
use vigie_people::certificates::{Mode, Presented, acme::Challenge};

use super::{
    details::{self, Details},
    own::{self, Issue, Own},
    provider,
};

/// The protocol by which an ACME server asks (RFC 8737 §6.2).
pub const ACME_ALPN: &[u8] = b"acme-tls/1";
const CHALLENGE_LIFE: Duration = Duration::from_hours(24 * 7);

/// A certificate of a chain.
#[derive(Debug, Clone)]
pub struct Link {
    /// What it says.
    pub details: Details,
    /// Its DER form.
    pub der: CertificateDer<'static>,
}

/// An identity that the own authority did not issue.
#[derive(Debug)]
pub struct Other {
    /// Where it comes from.
    pub mode: Mode,
    /// When it was put there.
    pub installed_at: Timestamp,
    /// The server's certificate and those above it, as they were brought.
    pub chain: Vec<Link>,
    key: Arc<CertifiedKey>,
    /// What a client must trust, as far as it is known here: PEM.
    anchor_pem: String,
}

#[derive(Debug, Clone)]
struct Current {
    own: Arc<Own>,
    other: Option<Arc<Other>>,
    /// By the name that is asked for, with the token that the answer is for.
    challenges: Arc<HashMap<String, (Challenge, Arc<CertifiedKey>)>>,
}

/// Which certificate a listener presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presents {
    /// The one that was chosen, and answers to ACME servers.
    Chosen,
    /// The one that the own authority issued: agents trust that.
    Own,
}

/// The identity in use. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Identity {
    folder: PathBuf,
    names: Arc<[String]>,
    current: Arc<RwLock<Current>>,
    tickets: Tickets,
    turn: Arc<Mutex<()>>,
}

impl Identity {
    /// Reads the identity in `folder`; makes it where there is none, and issues the certificate again where it must be.
    pub fn open(folder: &Path, names: Vec<String>, now: Timestamp) -> anyhow::Result<Self> {
        let own = Arc::new(own::ensure(folder, &names, now, Issue::WhereNeeded)?);
        let current = Current { own, other: None, challenges: Arc::default() };
        let current = Arc::new(RwLock::new(current));
        let tickets = Tickets::new()?;
        Ok(Self { folder: folder.to_owned(), names: names.into(), current, tickets, turn: Arc::default() })
    }

    /// Issues the own certificate again where it must be, and uses it at once. True: it was.
    pub fn renew(&self, now: Timestamp) -> anyhow::Result<bool> {
        self.issue(now, Issue::WhereNeeded)
    }

    fn issue(&self, now: Timestamp, issue: Issue) -> anyhow::Result<bool> {
        // Another node that shares the folder may have done it already.
        let fresh = Arc::new(own::ensure(&self.folder, &self.names, now, issue)?);
        let is_new = fresh.server != self.current().own.server;
        if is_new {
            self.change(|current| current.own = fresh);
            self.tickets.forget()?;
        }
        Ok(is_new)
    }

    fn change(&self, change: impl FnOnce(&mut Current)) {
        // A poisoned lock still holds whole values: each is replaced in one step.
        change(&mut self.current.write().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Whoever reads the database and presents what it says waits for a turn: what was read first must not come last.
    pub async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }

    /// Presents from now on what the database says. True: the certificate is another one than before.
    pub fn present(&self, presented: Presented, now: Timestamp) -> anyhow::Result<bool> {
        let before = self.current();
        let mut changed = false;
        if let Some(at) = presented.own_renewed_at
            && !own::is_since(&before.own.server, at)
        {
            changed = self.issue(now, Issue::NotBefore(at))?;
        }
        let same_challenges = presented.challenges.len() == before.challenges.len()
            && presented.challenges.iter().all(|it| before.challenges.get(&it.name).is_some_and(|(had, _)| had == it));
        if !same_challenges {
            let mut challenges = HashMap::new();
            for challenge in presented.challenges {
                let key = Arc::new(challenge_certificate(&challenge, now)?);
                challenges.insert(challenge.name.to_lowercase(), (challenge, key));
            }
            self.change(|current| current.challenges = Arc::new(challenges));
        }
        let other = match (presented.identity, &before.other) {
            (None, None) => return Ok(changed),
            (None, Some(_)) => None,
            (Some(stored), before) => {
                let ders = chain_of(&stored.chain)?;
                let same = |it: &Arc<Other>| {
                    it.mode == stored.mode && it.installed_at == stored.installed_at && it.chain[0].der == ders[0]
                };
                if before.as_ref().is_some_and(same) {
                    return Ok(changed);
                }
                let key = PrivateKeyDer::try_from(stored.key).map_err(|error| anyhow!("the stored key: {error}"))?;
                Some(Arc::new(Other::new(stored.mode, stored.installed_at, ders, key)?))
            }
        };
        self.change(|current| current.other = other);
        self.tickets.forget()?;
        Ok(true)
    }

    /// The certificate that the operators' listener presents.
    pub fn server(&self) -> Details {
        let current = self.current();
        current.other.as_ref().map_or_else(|| current.own.server.clone(), |it| it.chain[0].details.clone())
    }

    /// The answer to an ACME server's question (RFC 8555 §8.3).
    pub fn answer(&self, token: &str) -> Option<String> {
        let current = self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let asked = current.challenges.values().find(|(challenge, _)| challenge.token == token);
        asked.map(|(challenge, _)| challenge.key_authorization.clone())
    }

    /// The identity that the own authority did not issue, where one is in use.
    pub fn other(&self) -> Option<Arc<Other>> {
        self.current().other
    }

    /// The certificate in use and those above it, as far as they are known.
    pub fn chain(&self) -> Vec<Link> {
        let current = self.current();
        if let Some(other) = current.other {
            return other.chain.clone();
        }
        let own = current.own;
        vec![
            Link { details: own.server.clone(), der: own.key.cert[0].clone() },
            Link { details: own.ca.clone(), der: own.ca_der.clone() },
        ]
    }

    /// The authority's certificate.
    pub fn ca(&self) -> Details {
        self.current().own.ca.clone()
    }

    /// The authority's certificate, DER.
    pub fn ca_der(&self) -> CertificateDer<'static> {
        self.current().own.ca_der.clone()
    }

    /// The authority's certificate for clients to trust, PEM.
    pub fn ca_pem(&self) -> String {
        self.current().own.ca_pem.clone()
    }

    /// What a new agent is given to trust: the own authority, and where it meets the chosen certificate
    /// (`shared`: agents have no listener of their own) what vouches for that.
    pub fn agents_pem(&self, shared: bool) -> String {
        let current = self.current();
        let more = current.other.filter(|_| shared).map(|it| it.anchor_pem.clone()).unwrap_or_default();
        format!("{}{more}", current.own.ca_pem)
    }

    /// What listeners use.
    pub fn config(&self, presents: Presents) -> anyhow::Result<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Presenter { identity: self.clone(), presents }));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if presents == Presents::Chosen {
            config.alpn_protocols.push(ACME_ALPN.to_vec());
        }
        // An agent that calls again resumes: that costs a tenth of a handshake.
        config.ticketer = Arc::new(self.tickets.clone());
        Ok(config)
    }
}

/// What clients resume by. Whoever resumes does not see the certificate again: when it changes, what was given out is void.
#[derive(Debug, Clone)]
struct Tickets(Arc<RwLock<Arc<dyn ProducesTickets>>>);

impl Tickets {
    fn new() -> anyhow::Result<Self> {
        Ok(Self(Arc::new(RwLock::new(rustls::crypto::ring::Ticketer::new()?))))
    }

    fn forget(&self) -> anyhow::Result<()> {
        let fresh = rustls::crypto::ring::Ticketer::new()?;
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn now(&self) -> Arc<dyn ProducesTickets> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        self.now().enabled()
    }

    fn lifetime(&self) -> u32 {
        self.now().lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.now().encrypt(plain)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.now().decrypt(cipher)
    }
}

#[derive(Debug)]
struct Presenter {
    identity: Identity,
    presents: Presents,
}

impl ResolvesServerCert for Presenter {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.identity.current.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if self.presents == Presents::Own {
            return Some(current.own.key.clone());
        }
        // An ACME server offers that protocol and nothing else (RFC 8737 §3).
        if hello.alpn().is_some_and(|mut it| it.any(|protocol| protocol == ACME_ALPN)) {
            let name = hello.server_name()?.to_lowercase();
            return current.challenges.get(&name).map(|(_, key)| key.clone());
        }
        Some(current.other.as_ref().map_or(&current.own.key, |it| &it.key).clone())
    }
}

impl Other {
    fn new(
        mode: Mode,
        installed_at: Timestamp,
        ders: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> anyhow::Result<Self> {
        let anchor_pem = anchor_of(&ders).map(|der| pem(&der)).unwrap_or_default();
        let mut chain = Vec::with_capacity(ders.len());
        for der in &ders {
            chain.push(Link { details: Details::of(der)?, der: der.clone() });
        }
        // A root is left out: whoever does not have it does not trust it (RFC 8446 §4.4.2).
        let mut shown = ders;
        while shown.len() > 1 && is_self_issued(&shown[shown.len() - 1]) {
            shown.pop();
        }
        let key = CertifiedKey::from_der(shown, key, &provider()).context("certificate and key do not fit")?;
        Ok(Self { mode, installed_at, chain, key: Arc::new(key), anchor_pem })
    }
}

fn is_self_issued(der: &[u8]) -> bool {
    details::parse(der).is_ok_and(|it| details::is_self_issued(&it))
}

/// The root of a chain where it is known: brought with it, or trusted by this machine. Else the last of the chain, which
/// vouches for the rest as long as the same authority issues.
fn anchor_of(chain: &[CertificateDer<'static>]) -> Option<CertificateDer<'static>> {
    let last = chain.last()?;
    if is_self_issued(last) {
        return Some(last.clone());
    }
    let parsed = details::parse(last).ok()?;
    let issued_it = |der: &CertificateDer<'_>| {
        details::parse(der).is_ok_and(|root| {
            root.subject().as_raw() == parsed.issuer().as_raw()
                && parsed.verify_signature(Some(root.public_key())).is_ok()
        })
    };
    rustls_native_certs::load_native_certs().certs.into_iter().find(issued_it).or_else(|| Some(last.clone()))
}

/// A certificate as PEM.
pub(crate) fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

fn chain_of(text: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let chain = chain.map_err(|error| anyhow!("the stored certificate: {error}"))?;
    if chain.is_empty() { Err(anyhow!("the stored certificate is empty")) } else { Ok(chain) }
}

/// The certificate by which a name answers an ACME server (RFC 8737 §3).
fn challenge_certificate(challenge: &Challenge, now: Timestamp) -> anyhow::Result<CertifiedKey> {
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![challenge.name.clone()])?;
    let digest = Sha256::digest(challenge.key_authorization.as_bytes());
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(&digest)];
    own::set_life(&mut params, now, CHALLENGE_LIFE);
    let made = params.self_signed(&pair)?;
    let key = PrivateKeyDer::try_from(pair.serialize_der()).map_err(|error| anyhow!("a new key: {error}"))?;
    // Not by `from_der`, which reads the certificate as a client would: none knows the extension, and it must be critical.
    Ok(CertifiedKey::new(vec![made.der().clone()], any_supported_type(&key)?))
}

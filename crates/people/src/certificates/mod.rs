//! Certificates, as far as they are rows: the server's identity where another than its own authority issued it, how it is
//! got automatically (ACME, RFC 8555), and the certificates that the server's connections trust. What a certificate says
//! is read by whoever calls; here it is stored, with its key sealed, and every change has its audit row.

pub mod acme;
pub mod trusted;

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vigie_db::{Database, Tx, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, Granted, Timestamp};

use crate::{entity::setting, notifications, settings};

const IDENTITY: &str = "certificate";
const OWN: &str = "certificate-own";
const TOLD: &str = "certificate-told";
/// What the identity's key is sealed for.
const PURPOSE: &str = "certificate-key";
/// From how many days before its end people are warned of a certificate.
pub const WARN_DAYS: i64 = 90;
/// Days before the end at which they are told again.
const TELL_AT: [i64; 9] = [WARN_DAYS, 60, 30, 14, 7, 3, 2, 1, 0];

/// Where the server's certificate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CertificateMode)]
pub enum Mode {
    /// The server's own authority issued it.
    Own,
    /// An administrator put it there.
    Replaced,
    /// It was got automatically.
    Acme,
}

/// An identity to be stored. Whoever makes one has checked that the key fits and that the certificate is good.
#[derive(Clone)]
pub struct NewIdentity {
    /// The chain, the server's certificate first, PEM.
    pub chain: String,
    /// The private key, DER, in one of the forms that were checked.
    pub key: Vec<u8>,
    /// Whose it is.
    pub subject: String,
    /// Names and addresses that it is for.
    pub names: Vec<String>,
    /// From when on.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// SHA-256 of the server's certificate, hexadecimal.
    pub sha256: String,
}

impl std::fmt::Debug for NewIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewIdentity({} {})", self.subject, self.sha256)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stored {
    mode: Mode,
    chain: String,
    key_sealed: String,
    names: Vec<String>,
    not_before: Timestamp,
    not_after: Timestamp,
    sha256: String,
    installed_at: Timestamp,
}

impl Stored {
    /// When another is ordered: 30 days before the end, or after two thirds of a life shorter than 90 days.
    fn renew_at(&self) -> Timestamp {
        let life = self.not_after.since(self.not_before);
        self.not_after.minus((life / 3).min(Duration::from_hours(24 * 30)))
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Own {
    renewed_at: Timestamp,
}

/// An identity that is stored, with its key.
#[derive(Clone)]
pub struct Identity {
    /// Where it comes from.
    pub mode: Mode,
    /// The chain, PEM.
    pub chain: String,
    /// The private key, DER.
    pub key: Vec<u8>,
    /// When it was put there.
    pub installed_at: Timestamp,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({:?}, {})", self.mode, self.installed_at)
    }
}

/// What every node of the service presents.
#[derive(Debug, Clone, Default)]
pub struct Presented {
    /// Another identity than that of the server's own authority.
    pub identity: Option<Identity>,
    /// When someone asked for a new certificate of the own authority: older ones are issued again.
    pub own_renewed_at: Option<Timestamp>,
    /// Answers to an ACME server's questions.
    pub challenges: Vec<acme::Challenge>,
}

/// What can be wrong with a stored identity.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A value is not what was written, or does not open with this server's key.
    #[error("the stored certificate cannot be read: {0}")]
    Damaged(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Reads what every node presents, in one question: it is asked every few seconds where nodes share a database.
pub async fn presented(db: &Database, secrets: &Secrets) -> Result<Presented, LoadError> {
    let names = [IDENTITY, OWN, acme::CHALLENGES];
    let rows = setting::Entity::find().filter(setting::Column::Name.is_in(names)).all(db.reads()).await?;
    let damaged = |error: serde_json::Error| LoadError::Damaged(error.to_string());
    let mut presented = Presented::default();
    for row in rows {
        match row.name.as_str() {
            IDENTITY => {
                let stored: Stored = serde_json::from_str(&row.value).map_err(damaged)?;
                let sealed = hex::decode(&stored.key_sealed).map_err(|error| LoadError::Damaged(error.to_string()))?;
                let key = secrets.open(PURPOSE, &sealed).map_err(|error| LoadError::Damaged(error.to_string()))?;
                let Stored { mode, chain, installed_at, .. } = stored;
                presented.identity = Some(Identity { mode, chain, key, installed_at });
            }
            OWN => {
                let own: Own = serde_json::from_str(&row.value).map_err(damaged)?;
                presented.own_renewed_at = Some(own.renewed_at);
            }
            _ => presented.challenges = serde_json::from_str(&row.value).map_err(damaged)?,
        }
    }
    Ok(presented)
}

/// The identity cannot be changed by hand.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It is got automatically.
    #[error("the certificate is got automatically; switch that off first")]
    Automatic,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Presents another certificate from now on.
pub async fn replace(
    db: &Database,
    _granted: Granted,
    secrets: &Secrets,
    act: Act,
    new: NewIdentity,
) -> Result<(), ChangeError> {
    let sealed = sealed(secrets, &act, &new);
    db.write(move |tx| {
        Box::pin(async move {
            if acme::is_on(tx).await? {
                return Err(ChangeError::Automatic);
            }
            let detail = json!({ "names": &new.names, "not_after": new.not_after, "sha256": &new.sha256 });
            let entry = AuditEntry::new(act.at, &act.actor, "certificate.replace", "certificate").detail(detail);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(store(tx, act.at, Mode::Replaced, new, sealed).await?)
        })
    })
    .await
}

fn sealed(secrets: &Secrets, act: &Act, new: &NewIdentity) -> String {
    hex::encode(secrets.seal(&*act.rng, PURPOSE, &new.key))
}

async fn store(tx: &Tx, now: Timestamp, mode: Mode, new: NewIdentity, key_sealed: String) -> Result<(), DbErr> {
    let NewIdentity { chain, names, not_before, not_after, sha256, .. } = new;
    let stored = Stored { mode, chain, key_sealed, names, not_before, not_after, sha256, installed_at: now };
    settings::put(tx, IDENTITY, &stored, now).await
}

/// Back to the server's own authority, with a new certificate on every node.
pub async fn renew_own(db: &Database, _granted: Granted, act: Act) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            if acme::is_on(tx).await? {
                return Err(ChangeError::Automatic);
            }
            settings::remove(tx, IDENTITY).await?;
            settings::put(tx, OWN, &Own { renewed_at: act.at }, act.at).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "certificate.renew", "certificate");
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(())
        })
    })
    .await
}

/// A certificate whose end people should hear of.
#[derive(Debug, Clone)]
pub struct Ending {
    /// What the notification is about: `identity`, `authority`, `trusted`.
    pub subject: &'static str,
    /// Whose certificate it is.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Whole days until its end; negative when it has passed.
    pub days_left: i64,
}

/// Tells people of certificates that end, each once as it comes closer: 90, 60, 30, 14, 7, 3, 2, 1 and 0 days before.
/// On which node does not matter. True: someone was told.
pub async fn tell_of(db: &Database, act: Act, endings: Vec<Ending>) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let known: BTreeMap<String, i64> = settings::get_to_change(tx, TOLD).await?.unwrap_or_default();
            let mut told = BTreeMap::new();
            let mut anyone = false;
            for ending in endings {
                let Some(step) = TELL_AT.iter().rev().copied().find(|step| ending.days_left <= *step) else { continue };
                let before = known.get(&ending.sha256).copied();
                told.insert(ending.sha256, step);
                if before.is_some_and(|before| before <= step) {
                    continue;
                }
                anyone = true;
                let event = if ending.days_left < 0 { "ended" } else { "ends" };
                let detail = json!({
                    "event": event, "which": ending.subject, "name": ending.name, "days_left": ending.days_left,
                });
                tell(tx, &act, ending.subject, detail).await?;
            }
            // Those that are gone are forgotten with it.
            if told != known {
                settings::put(tx, TOLD, &told, act.at).await?;
            }
            Ok(anyone)
        })
    })
    .await
}

/// A notification, and the audit row of what it tells of.
pub(crate) async fn tell(tx: &Tx, act: &Act, subject: &str, data: serde_json::Value) -> Result<(), DbErr> {
    notifications::raise(tx, &*act.rng, act.at, "certificate", subject, &data, 1).await?;
    let entry = AuditEntry::new(act.at, &act.actor, "certificate.notice", "certificate").detail(data);
    vigie_db::audit::append(tx, &*act.rng, entry);
    Ok(())
}

//! Getting the server's certificate automatically (ACME, RFC 8555): settings, the account, who orders, what came of it.
//! One node orders at a time: a claim ends by itself, so that a node that died keeps nobody from it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vigie_db::{Database, Tx, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, Granted, Timestamp};

use super::{IDENTITY, Mode, NewIdentity, Stored};
use crate::settings;

const SETTINGS: &str = "certificate-acme";
const STATE: &str = "certificate-acme-state";
const ACCOUNT: &str = "certificate-acme-account";
pub(super) const CHALLENGES: &str = "certificate-challenges";
const PURPOSE: &str = "acme-account";
/// After so long another node may order.
const CLAIM: Duration = Duration::from_mins(10);
const FIRST_PAUSE: Duration = Duration::from_mins(5);
const LONGEST_PAUSE: Duration = Duration::from_hours(12);
/// Longest reason that is kept, characters.
const LONGEST_REASON: usize = 1000;

/// How the ACME server finds out that the names lead here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = AcmeChallengeKind)]
pub enum ChallengeKind {
    /// By a TLS handshake on port 443 of the names, which must lead to the console's listener (RFC 8737).
    #[default]
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn01,
    /// By a plain request on port 80 of the names, which must lead to the listener `acme_listen` (RFC 8555 §8.3).
    #[serde(rename = "http-01")]
    Http01,
}

/// From whom and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AcmeSettings)]
pub struct Settings {
    /// Address of the ACME server's directory.
    pub directory: String,
    /// Whom it may write to; empty: nobody.
    pub contact: String,
    /// Names that the certificate is for, the main one first.
    pub names: Vec<String>,
    /// How it finds out that the names lead here.
    pub challenge: ChallengeKind,
}

/// What came of it so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Tells one order from another.
    order: u64,
    /// Until when a node is at it.
    pub ordering_until: Option<Timestamp>,
    /// When it was last tried.
    pub attempted_at: Option<Timestamp>,
    /// How often it failed since it last succeeded.
    pub failures: u32,
    /// Why it failed last.
    pub error: Option<String>,
    /// Not before this is it tried again.
    pub next_attempt_at: Option<Timestamp>,
    /// When a certificate was last issued.
    pub issued_at: Option<Timestamp>,
    /// When the present one will be replaced by the next; none: there is none yet.
    pub renew_at: Option<Timestamp>,
}

/// What an ACME server asked for a name, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The name that it asked for.
    pub name: String,
    /// The question.
    pub token: String,
    /// The answer (RFC 8555 §8.1). It is no secret: whoever asks for the token gets it.
    pub key_authorization: String,
}

/// An order that this node is to place.
pub struct Order {
    /// Tells it from others.
    pub id: u64,
    /// From whom and for what.
    pub settings: Settings,
    /// The account at that directory, as it was kept.
    pub account: Option<Vec<u8>>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Order({}, {:?})", self.id, self.settings)
    }
}

#[derive(Serialize, Deserialize)]
struct Account {
    directory: String,
    sealed: String,
}

pub(super) async fn is_on(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(settings::get::<Settings>(db, SETTINGS).await?.is_some())
}

/// Settings and state; none: it is off.
pub async fn get(db: &Database) -> Result<Option<(Settings, State)>, DbErr> {
    let Some(found) = settings::get(db.reads(), SETTINGS).await? else { return Ok(None) };
    Ok(Some((found, settings::get(db.reads(), STATE).await?.unwrap_or_default())))
}

/// Switches it on, or changes how; the next order is placed at once.
pub async fn set(db: &Database, _granted: Granted, act: Act, new: Settings) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let issued_at = settings::get_to_change::<State>(tx, STATE).await?.and_then(|it| it.issued_at);
            settings::put(tx, SETTINGS, &new, act.at).await?;
            settings::put(tx, STATE, &State { issued_at, ..State::default() }, act.at).await?;
            settings::remove(tx, CHALLENGES).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "certificate.acme-set", "certificate").detail(json!(new));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(())
        })
    })
    .await
}

/// Switches it off. The certificate stays until it is renewed or replaced. False: it was off.
pub async fn end(db: &Database, _granted: Granted, act: Act) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            if !is_on(tx).await? {
                return Ok(false);
            }
            for name in [SETTINGS, STATE, CHALLENGES] {
                settings::remove(tx, name).await?;
            }
            let entry = AuditEntry::new(act.at, &act.actor, "certificate.acme-end", "certificate");
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(true)
        })
    })
    .await
}

/// The order that is due and that no node is at; it is this node's for ten minutes.
pub async fn claim(db: &Database, secrets: &Secrets, act: Act) -> Result<Option<Order>, DbErr> {
    // Asked every few seconds: nothing is written while there is nothing to do.
    let Some((_, state)) = get(db).await? else { return Ok(None) };
    if !state.may_begin(act.at) {
        return Ok(None);
    }
    let secrets = secrets.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let Some(mut state) = settings::get_to_change::<State>(tx, STATE).await? else { return Ok(None) };
            let Some(wanted) = settings::get::<Settings>(tx, SETTINGS).await? else { return Ok(None) };
            let present = settings::get::<Stored>(tx, IDENTITY).await?;
            let good = present.filter(|it| it.mode == Mode::Acme && it.names == wanted.names);
            let renew_at = good.map(|it| it.renew_at());
            if !state.may_begin(act.at) {
                return Ok(None);
            }
            if renew_at.is_some_and(|at| act.at < at) {
                if state.renew_at != renew_at {
                    state.renew_at = renew_at;
                    state.next_attempt_at = renew_at;
                    settings::put(tx, STATE, &state, act.at).await?;
                }
                return Ok(None);
            }
            state.order = act.rng.next_u64();
            state.ordering_until = Some(act.at.plus(CLAIM));
            state.attempted_at = Some(act.at);
            settings::put(tx, STATE, &state, act.at).await?;
            let account = settings::get::<Account>(tx, ACCOUNT).await?;
            let account = account.filter(|it| it.directory == wanted.directory);
            // An account that cannot be read is made anew.
            let opened = account.and_then(|it| secrets.open(PURPOSE, &hex::decode(it.sealed).ok()?).ok());
            Ok(Some(Order { id: state.order, settings: wanted, account: opened }))
        })
    })
    .await
}

impl State {
    fn may_begin(&self, now: Timestamp) -> bool {
        self.ordering_until.is_none_or(|until| until <= now) && self.next_attempt_at.is_none_or(|at| at <= now)
    }
}

/// Keeps the account at a directory for the next order, sealed.
pub async fn keep_account(
    db: &Database,
    secrets: &Secrets,
    act: Act,
    directory: String,
    account: &[u8],
) -> Result<(), DbErr> {
    let sealed = hex::encode(secrets.seal(&*act.rng, PURPOSE, account));
    let account = Account { directory, sealed };
    db.write(move |tx| Box::pin(async move { settings::put(tx, ACCOUNT, &account, act.at).await })).await
}

/// The state, when `order` is still the one that is wanted.
async fn state_of(tx: &Tx, order: u64) -> Result<Option<State>, DbErr> {
    Ok(settings::get_to_change::<State>(tx, STATE).await?.filter(|it| it.order == order))
}

/// The answers that every node gives. False: the order is no longer wanted.
pub async fn answer(db: &Database, now: Timestamp, order: u64, challenges: Vec<Challenge>) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            if state_of(tx, order).await?.is_none() {
                return Ok(false);
            }
            settings::put(tx, CHALLENGES, &challenges, now).await?;
            Ok(true)
        })
    })
    .await
}

/// Presents the certificate that was issued. False: the order is no longer wanted.
pub async fn issued(db: &Database, secrets: &Secrets, act: Act, order: u64, new: NewIdentity) -> Result<bool, DbErr> {
    let key_sealed = super::sealed(secrets, &act, &new);
    db.write(move |tx| {
        Box::pin(async move {
            let Some(mut state) = state_of(tx, order).await? else { return Ok(false) };
            let detail = json!({ "names": &new.names, "not_after": new.not_after, "sha256": &new.sha256 });
            let entry = AuditEntry::new(act.at, &act.actor, "certificate.issue", "certificate").detail(detail);
            vigie_db::audit::append(tx, &*act.rng, entry);
            super::store(tx, act.at, Mode::Acme, new, key_sealed).await?;
            settings::remove(tx, CHALLENGES).await?;
            let renew_at = settings::get::<Stored>(tx, IDENTITY).await?.map(|it| it.renew_at());
            state = State {
                attempted_at: state.attempted_at,
                issued_at: Some(act.at),
                renew_at,
                next_attempt_at: renew_at,
                ..State::default()
            };
            settings::put(tx, STATE, &state, act.at).await?;
            Ok(true)
        })
    })
    .await
}

/// Notes why an order failed, tells people, and says when the next is tried: after 5 minutes, then each time twice as long,
/// at most 12 hours. False: the order is no longer wanted.
pub async fn failed(db: &Database, act: Act, order: u64, reason: &str) -> Result<bool, DbErr> {
    let reason: String = reason.chars().filter(|it| !it.is_control()).take(LONGEST_REASON).collect();
    db.write(move |tx| {
        Box::pin(async move {
            let Some(mut state) = state_of(tx, order).await? else { return Ok(false) };
            settings::remove(tx, CHALLENGES).await?;
            let pause = FIRST_PAUSE.saturating_mul(1 << state.failures.min(16)).min(LONGEST_PAUSE);
            state.failures = state.failures.saturating_add(1);
            state.ordering_until = None;
            state.next_attempt_at = Some(act.at.plus(pause));
            state.error = Some(reason.clone());
            settings::put(tx, STATE, &state, act.at).await?;
            let detail = json!({ "event": "acme-failed", "reason": reason, "next_attempt_at": state.next_attempt_at });
            super::tell(tx, &act, "acme", detail).await?;
            Ok(true)
        })
    })
    .await
}

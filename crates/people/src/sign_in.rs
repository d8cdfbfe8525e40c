//! Signing in with a name and a password, and with a second factor behind them where one is set up. Three failures within
//! ten minutes lock the account for that source for the next ten. An unknown name, a wrong password, a locked and a disabled
//! account are answered alike and take as long; that there is a second factor is told to those who know the password.

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DbErr, EntityTrait as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx, secrets::Secrets};
use vigie_kernel::{Act, Actor, ActorKind, AuditEntry, Timestamp};
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential};

use crate::{
    entity::user,
    factors::{
        self,
        passkeys::{self, Refused, RelyingParty},
    },
    lockout::{self, Counted},
    passwords::{self, Hasher},
    sessions::{self, Begun, Means},
    steps::{self, Kind, Step},
    users::{self, User},
};

/// What someone typed, and where.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Sign-in name.
    pub login: String,
    /// Password.
    pub password: String,
    /// From where.
    pub source_address: String,
    /// What the browser says it is.
    pub user_agent: String,
    /// Digest of the licence terms in force, see [`crate::preferences::SignInPage::licence_digest`].
    pub licence: Option<Vec<u8>>,
    /// Whether this person accepts them now.
    pub licence_accepted: bool,
}

/// A way to prove a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = SecondFactorMethod)]
pub enum Method {
    /// A code of a generator.
    Code,
    /// A recovery code.
    RecoveryCode,
    /// A passkey.
    Passkey,
}

/// What comes between a right password and a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What the second step names: five minutes, once, from the same address.
    pub ticket: String,
    /// The ways there are.
    pub methods: Vec<Method>,
}

/// Why nobody was signed in. Callers outside hear the same for the first two.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, or another password; in the second step another code, or no such ticket.
    #[error("the name or the password is not right")]
    Wrong,
    /// Too many failures.
    #[error("this account is locked for this source")]
    Locked,
    /// Name and password are right; the licence terms are still to be accepted.
    #[error("the licence terms are not accepted")]
    LicenceNotAccepted,
    /// Name and password are right; a second factor is to follow.
    #[error("a second factor is needed")]
    SecondFactor(Asked),
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Signs in.
pub async fn sign_in(db: &Database, hasher: &Hasher, act: Act, attempt: Attempt) -> Result<(User, Begun), SignInError> {
    let (row, counted) =
        check_password(db, hasher, &act, &attempt.login, attempt.password, &attempt.source_address).await?;
    let terms = attempt.licence.filter(|terms| row.licence_accepted.as_ref() != Some(terms));
    // A role of a later version: such a person may do nothing here.
    let user = User::from_row(row).ok_or(SignInError::Wrong)?;
    let source_address = attempt.source_address;
    if terms.is_some() && !attempt.licence_accepted {
        // Only this attempt was none: whoever has the password alone must not get new tries at the code by it.
        db.write(move |tx| Box::pin(async move { counted.take_back(tx).await })).await?;
        return Err(SignInError::LicenceNotAccepted);
    }
    if user.second_factor {
        return Err(ask(db, act, user, counted, source_address, terms).await?);
    }
    let admission =
        Admission { user, source_address, user_agent: attempt.user_agent, means: Means::Password, factor: None, terms };
    db.write(move |tx| {
        Box::pin(async move {
            counted.forget_all(tx).await?;
            Ok(admit(tx, &act, admission).await?)
        })
    })
    .await
}

/// The account of a name and its password, with the attempt that it was: until that is taken back it counts as a failure,
/// so that many at once are no way around the lock. Whatever does not fit is answered alike and takes as long.
async fn check_password(
    db: &Database,
    hasher: &Hasher,
    act: &Act,
    login: &str,
    password: String,
    source_address: &str,
) -> Result<(user::Model, Counted), SignInError> {
    let counted = lockout::count(db, login, source_address, act.at).await?;
    let row = users::row_by_login(db.reads(), login).await?;
    // Who came by OpenID has no password until someone gives them one.
    let has_password = |row: &user::Model| !row.password_hash.is_empty();
    let usable = row.clone().filter(|row| counted.is_some() && has_password(row) && users::is_usable(row, act.at));
    let right = match &usable {
        Some(row) => hasher.verify(password, row.password_hash.clone()).await?,
        None => hasher.verify_nothing(password).await?,
    };
    match (usable, right, counted) {
        (Some(row), true, Some(counted)) => Ok((row, counted)),
        (_, _, counted) => {
            if let Some(row) = row {
                note_failure(db.clone(), act.clone(), row, source_address.to_owned(), counted.is_some());
            }
            Err(if counted.is_some() { SignInError::Wrong } else { SignInError::Locked })
        }
    }
}

/// What a ticket remembers.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    /// Digest of licence terms that were accepted with the password.
    terms: Option<Vec<u8>>,
    /// What a passkey was asked.
    challenge: Option<DiscoverableAuthentication>,
}

async fn ask(
    db: &Database,
    act: Act,
    user: User,
    counted: Counted,
    source_address: String,
    terms: Option<Vec<u8>>,
) -> Result<SignInError, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            counted.take_back(tx).await?;
            let methods = factors::methods(tx, user.id).await?;
            let state = Ticket { terms, challenge: None };
            let ticket = steps::begin(tx, &act, Kind::SecondFactor, Some(user.id), &source_address, &state).await?;
            Ok(SignInError::SecondFactor(Asked { ticket, methods }))
        })
    })
    .await
}

/// Whether someone who is signed in is who they were: the password is asked once more. Counts like a sign-in.
pub async fn confirm(
    db: &Database,
    hasher: &Hasher,
    act: &Act,
    user: &User,
    password: String,
) -> Result<(), SignInError> {
    let source_address = act.actor.source_address.as_deref().unwrap_or_default();
    let (_, counted) = check_password(db, hasher, act, &user.login, password, source_address).await?;
    Ok(db.write(move |tx| Box::pin(async move { counted.forget_all(tx).await })).await?)
}

/// What proves a second factor.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A code of a generator.
    Code(String),
    /// A recovery code.
    RecoveryCode(String),
    /// What a passkey signed, at the party that asked it.
    Passkey(RelyingParty, Box<PublicKeyCredential>),
}

/// The second step of a sign-in.
#[derive(Debug, Clone)]
pub struct SecondStep {
    /// What the first step answered.
    pub ticket: String,
    /// The proof.
    pub proof: Proof,
    /// From where.
    pub source_address: String,
    /// What the browser says it is.
    pub user_agent: String,
}

/// The open ticket of a token and its owner, who may still sign in.
async fn ticket_of(
    db: &Database,
    token: &str,
    source_address: &str,
    now: Timestamp,
) -> Result<Option<(Step<Ticket>, user::Model)>, DbErr> {
    let Some(step) = steps::find::<Ticket>(db.reads(), Kind::SecondFactor, token, source_address, now).await? else {
        return Ok(None);
    };
    let Some(id) = step.user_id else { return Ok(None) };
    let row = user::Entity::find_by_id(id).one(db.reads()).await?;
    Ok(row.filter(|row| users::is_usable(row, now)).map(|row| (step, row)))
}

/// Asks one of the person's passkeys for a second factor: what the browser is to be given.
pub async fn challenge(
    db: &Database,
    party: &RelyingParty,
    act: Act,
    ticket: &str,
    source_address: &str,
) -> Result<passkeys::Options, SignInError> {
    let found = ticket_of(db, ticket, source_address, act.at).await?;
    let (step, row) = found.ok_or(SignInError::Wrong)?;
    let (options, challenge) = passkeys::ask(db.reads(), party, Some(row.id)).await?.ok_or(SignInError::Wrong)?;
    db.write(move |tx| {
        Box::pin(async move {
            let state = Ticket { terms: step.state.terms.clone(), challenge: Some(challenge) };
            step.remember(tx, &state).await
        })
    })
    .await?;
    Ok(options)
}

/// Ends a sign-in that a second factor was asked for.
pub async fn second_factor(
    db: &Database,
    secrets: &Secrets,
    act: Act,
    second: SecondStep,
) -> Result<(User, Begun), SignInError> {
    let source = second.source_address;
    let found = ticket_of(db, &second.ticket, &source, act.at).await?;
    let (step, row) = found.ok_or(SignInError::Wrong)?;
    let Some(counted) = lockout::count(db, &row.login, &source, act.at).await? else {
        note_failure(db.clone(), act, row, source, false);
        return Err(SignInError::Locked);
    };
    let secrets = secrets.clone();
    let (proof, challenge) = (second.proof, step.state.challenge.clone());
    let admission = Admission {
        user: User::from_row(row.clone()).ok_or(SignInError::Wrong)?,
        source_address: source.clone(),
        user_agent: second.user_agent,
        means: Means::Password,
        factor: None,
        terms: step.state.terms.clone(),
    };
    let (trying, id) = (act.clone(), row.id);
    let admitted = db.write(move |tx| {
        Box::pin(async move {
            let factor = match proof {
                Proof::Code(code) => {
                    factors::totp::spend(tx, &secrets, id, &code, trying.at).await?.then_some(Method::Code)
                }
                Proof::RecoveryCode(code) => {
                    factors::recovery::spend(tx, id, &code).await?.then_some(Method::RecoveryCode)
                }
                Proof::Passkey(party, said) => match challenge {
                    None => None,
                    Some(asked) => match passkeys::verify(tx, &party, &asked, &said).await? {
                        Ok(key) if key.user_id() == id && key.used(tx, trying.at).await? => Some(Method::Passkey),
                        Ok(_) | Err(Refused::Invalid) => None,
                        Err(Refused::Cloned(key)) => return Ok(Err(Some(key))),
                    },
                },
            };
            // A ticket is used once, also by two requests at the same time.
            let (Some(factor), true) = (factor, step.end(tx).await?) else { return Err(SignInError::Wrong) };
            counted.forget_all(tx).await?;
            admit(tx, &trying, Admission { factor: Some(factor), ..admission }).await.map(Ok).map_err(Into::into)
        })
    });
    match admitted.await {
        Ok(Ok(admitted)) => Ok(admitted),
        Ok(Err(cloned)) => {
            if let Some(key) = cloned {
                passkeys::note_cloned(db, act, key, source).await?;
            }
            Err(SignInError::Wrong)
        }
        Err(SignInError::Wrong) => {
            note_failure(db.clone(), act, row, source, true);
            Err(SignInError::Wrong)
        }
        Err(error) => Err(error),
    }
}

/// Someone who has proven who they are.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) user: User,
    pub(crate) source_address: String,
    pub(crate) user_agent: String,
    pub(crate) means: Means,
    /// The second factor that was used.
    pub(crate) factor: Option<Method>,
    /// Digest of licence terms that they accept with this.
    pub(crate) terms: Option<Vec<u8>>,
}

/// Begins the session of someone who has proven who they are.
pub(crate) async fn admit(tx: &Tx, act: &Act, admission: Admission) -> Result<(User, Begun), DbErr> {
    let Admission { user, source_address, user_agent, means, factor, terms } = admission;
    let begun = sessions::begin(tx, act, user.id, source_address.clone(), &user_agent, means).await?;
    let actor = Actor::person(user.id, &user.login, source_address);
    let signed_in = user::ActiveModel { id: Set(user.id), last_sign_in_at: Set(Some(act.at)), ..Default::default() };
    signed_in.update(tx).await?;
    if let Some(terms) = terms {
        let accepted = user::ActiveModel { id: Set(user.id), licence_accepted: Set(Some(terms)), ..Default::default() };
        accepted.update(tx).await?;
        let entry = AuditEntry::new(act.at, &actor, "licence.accept", "user").object(user.id, &user.login);
        vigie_db::audit::append(tx, &*act.rng, entry);
    }
    let entry = AuditEntry::new(act.at, &actor, "session.begin", "user")
        .object(user.id, &user.login)
        .detail(serde_json::json!({ "means": means.as_str(), "second_factor": factor }));
    vigie_db::audit::append(tx, &*act.rng, entry);
    Ok((user, begun))
}

/// Someone who has not proven who they are.
pub(crate) fn unnamed(source_address: String) -> Actor {
    Actor { kind: ActorKind::User, id: None, name: String::new(), source_address: Some(source_address) }
}

/// Only of names that exist: what else is typed there may be a password. Behind the answer's back, so that the answer
/// takes as long as for a name that does not exist.
fn note_failure(db: Database, act: Act, row: user::Model, source_address: String, open: bool) {
    let noted = async move {
        db.write(move |tx| {
            Box::pin(async move {
                let actor = unnamed(source_address);
                let entry = AuditEntry::new(act.at, &actor, "session.refused", "user")
                    .object(row.id, &row.login)
                    .detail(serde_json::json!({ "locked": !open, "disabled": !users::is_usable(&row, act.at) }));
                vigie_db::audit::append(tx, &*act.rng, entry);
                Ok::<_, DbErr>(())
            })
        })
        .await
    };
    tokio::spawn(async move {
        if let Err(error) = noted.await {
            tracing::error!(%error, "a refused sign-in could not be written to the audit trail");
        }
    });
}

/// Removes failures that no lock can depend on any more, and sign-ins that were not ended.
pub async fn purge(db: &Database, now: Timestamp) -> Result<u64, DbErr> {
    steps::purge(db, now).await?;
    lockout::purge(db, now).await
}

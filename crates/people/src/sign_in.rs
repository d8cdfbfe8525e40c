//! Signing in with a name and a password. Three failures within ten minutes lock the account for that source for the next
//! ten. An unknown name, a wrong password, a locked and a disabled account are answered alike and take as long.

use std::time::Duration;

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait as _, DbErr,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use vigie_db::{Database, Engine, Tx};
use vigie_kernel::{Act, Actor, ActorKind, AuditEntry, Timestamp};

use crate::{
    digest::sha256,
    entity::{sign_in_failure, user},
    passwords::{self, Hasher},
    sessions::{self, Begun},
    text,
    users::{self, User},
};

/// Failures that lock.
const ALLOWED: u64 = 3;
/// Within how long they count, and how long the lock lasts.
const WINDOW: Duration = Duration::from_mins(10);

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

/// Why nobody was signed in. Callers outside hear the same for the first three.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, or another password.
    #[error("the name or the password is not right")]
    Wrong,
    /// Too many failures.
    #[error("this account is locked for this source")]
    Locked,
    /// Name and password are right; the licence terms are still to be accepted.
    #[error("the licence terms are not accepted")]
    LicenceNotAccepted,
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Signs in.
pub async fn sign_in(db: &Database, hasher: &Hasher, act: Act, attempt: Attempt) -> Result<(User, Begun), SignInError> {
    let account = sha256(&text::key(&attempt.login));
    // The attempt counts as a failure until it is a success, so that many at once are no way around the lock.
    let open = count_attempt(db, account.clone(), attempt.source_address.clone(), act.at).await?;
    let row = users::row_by_login(db.reads(), &attempt.login).await?;
    let usable = row.clone().filter(|row| open && users::is_usable(row, act.at));
    let right = match &usable {
        Some(row) => hasher.verify(attempt.password, row.password_hash.clone()).await?,
        None => hasher.verify_nothing(attempt.password).await?,
    };
    let (Some(row), true) = (usable, right) else {
        if let Some(row) = row {
            note_failure(db.clone(), act, row, attempt.source_address, open);
        }
        return Err(if open { SignInError::Wrong } else { SignInError::Locked });
    };
    let to_accept = attempt.licence.filter(|terms| row.licence_accepted.as_ref() != Some(terms));
    // A role of a later version: such a person may do nothing here.
    let user = User::from_row(row).ok_or(SignInError::Wrong)?;
    let source_address = attempt.source_address;
    if to_accept.is_some() && !attempt.licence_accepted {
        let forget = db.write(move |tx| Box::pin(async move { forget_failures(tx, &account, &source_address).await }));
        forget.await?;
        return Err(SignInError::LicenceNotAccepted);
    }
    let user_agent = attempt.user_agent;
    db.write(move |tx| {
        Box::pin(async move {
            forget_failures(tx, &account, &source_address).await?;
            let begun = sessions::begin(tx, &act, user.id, source_address.clone(), &user_agent).await?;
            let actor = person(&user.id.to_string(), &user.login, source_address);
            let signed_in =
                user::ActiveModel { id: Set(user.id), last_sign_in_at: Set(Some(act.at)), ..Default::default() };
            signed_in.update(tx).await?;
            if let Some(terms) = to_accept {
                let accepted =
                    user::ActiveModel { id: Set(user.id), licence_accepted: Set(Some(terms)), ..Default::default() };
                accepted.update(tx).await?;
                let entry = AuditEntry::new(act.at, &actor, "licence.accept", "user").object(user.id, &user.login);
                vigie_db::audit::append(tx, &*act.rng, entry);
            }
            let entry = AuditEntry::new(act.at, &actor, "session.begin", "user").object(user.id, &user.login);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok((user, begun))
        })
    })
    .await
}

/// Lifts every lock of an account.
pub(crate) async fn unlock(tx: &Tx, login: &str) -> Result<(), DbErr> {
    let account = sign_in_failure::Column::Account.eq(sha256(&text::key(login)));
    sign_in_failure::Entity::delete_many().filter(account).exec(tx).await.map(drop)
}

/// Whether someone who is signed in is who they were: the password is asked once more. Counts like a sign-in.
pub async fn confirm(
    db: &Database,
    hasher: &Hasher,
    act: &Act,
    user: &User,
    password: String,
) -> Result<(), SignInError> {
    let account = sha256(&text::key(&user.login));
    let source_address = act.actor.source_address.clone().unwrap_or_default();
    let open = count_attempt(db, account.clone(), source_address.clone(), act.at).await?;
    let row = users::row_by_login(db.reads(), &user.login).await?;
    let right = match row.clone().filter(|row| open && users::is_usable(row, act.at)) {
        Some(row) => hasher.verify(password, row.password_hash).await?,
        None => hasher.verify_nothing(password).await?,
    };
    if !right {
        if let Some(row) = row {
            note_failure(db.clone(), act.clone(), row, source_address, open);
        }
        return Err(if open { SignInError::Wrong } else { SignInError::Locked });
    }
    Ok(db.write(move |tx| Box::pin(async move { forget_failures(tx, &account, &source_address).await })).await?)
}

async fn forget_failures(tx: &Tx, account: &[u8], source_address: &str) -> Result<(), DbErr> {
    sign_in_failure::Entity::delete_many().filter(of(account, source_address)).exec(tx).await.map(drop)
}

fn person(id: &str, login: &str, source_address: String) -> Actor {
    Actor {
        kind: ActorKind::User,
        id: Some(id.to_owned()),
        name: login.to_owned(),
        source_address: Some(source_address),
    }
}

/// Only of names that exist: what else is typed there may be a password. Behind the answer's back, so that the answer
/// takes as long as for a name that does not exist.
fn note_failure(db: Database, act: Act, row: user::Model, source_address: String, open: bool) {
    let noted = async move {
        db.write(move |tx| {
            Box::pin(async move {
                let actor = Actor { id: None, ..person("", "", source_address) };
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

fn of(account: &[u8], source_address: &str) -> Condition {
    Condition::all()
        .add(sign_in_failure::Column::Account.eq(account.to_vec()))
        .add(sign_in_failure::Column::SourceAddress.eq(source_address))
}

/// Writes the attempt down as a failure; false: the account is locked for this source, and nothing is written down.
async fn count_attempt(db: &Database, account: Vec<u8>, source_address: String, now: Timestamp) -> Result<bool, DbErr> {
    let engine = db.engine();
    db.write(move |tx| {
        Box::pin(async move {
            if engine == Engine::Postgres {
                one_at_a_time(tx, &account).await?;
            }
            if is_locked(tx, &account, &source_address, now).await? {
                return Ok(false);
            }
            sign_in_failure::Entity::insert(sign_in_failure::ActiveModel {
                account: Set(account),
                source_address: Set(source_address),
                failed_at: Set(now),
                ..Default::default()
            })
            .exec_without_returning(tx)
            .await?;
            Ok(true)
        })
    })
    .await
}

/// Transactions on PostgreSQL do not see each other's rows: attempts for one account wait for each other until they end.
async fn one_at_a_time(tx: &Tx, account: &[u8]) -> Result<(), DbErr> {
    let key = account.first_chunk::<8>().map_or(0, |it| i64::from_le_bytes(*it));
    tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({key})")).await?;
    Ok(())
}

async fn is_locked(tx: &Tx, account: &[u8], source_address: &str, now: Timestamp) -> Result<bool, DbErr> {
    let last = sign_in_failure::Entity::find()
        .filter(of(account, source_address))
        .order_by_desc(sign_in_failure::Column::Seq)
        .limit(ALLOWED)
        .all(tx)
        .await?;
    let (Some(newest), Some(oldest)) = (last.first(), last.get(usize::try_from(ALLOWED - 1).unwrap_or(usize::MAX)))
    else {
        return Ok(false);
    };
    // Attempts while it is locked are not written down, so the newest is the one that locked.
    Ok(newest.failed_at.since(oldest.failed_at) <= WINDOW && now.since(newest.failed_at) < WINDOW)
}

/// Removes failures that no lock can depend on any more.
pub async fn purge(db: &Database, now: Timestamp) -> Result<u64, DbErr> {
    let before = now.minus(WINDOW * 3);
    db.write(move |tx| {
        Box::pin(async move {
            let gone = sign_in_failure::Entity::delete_many()
                .filter(sign_in_failure::Column::FailedAt.lt(before))
                .exec(tx)
                .await?;
            Ok(gone.rows_affected)
        })
    })
    .await
}

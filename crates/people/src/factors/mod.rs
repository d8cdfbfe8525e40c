//! Second factors: codes of a generator ([`totp`]), passkeys ([`passkeys`]), and recovery codes ([`recovery`]) for when
//! those are lost. Whoever changes their own proves first who they are ([`prove`]).

pub mod passkeys;
pub mod recovery;
pub mod totp;

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_db::{Database, Tx, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, Granted, Timestamp, UserId};

use crate::{
    entity::user,
    lockout,
    passwords::{self, Hasher},
    sign_in::Method,
    users::{listing::manageable, manage::ManageError},
};

/// Someone's second factors, for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SecondFactors)]
pub struct Factors {
    /// Since when a generator of codes is in force; null: none is.
    pub totp_since: Option<Timestamp>,
    /// Passkeys, the oldest first.
    pub passkeys: Vec<passkeys::Listed>,
    /// Recovery codes that are left.
    pub recovery_codes_left: u64,
    /// Whether the account has a password, which changes of the factors ask for.
    pub has_password: bool,
}

/// A factor could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such factor.
    #[error("there is no such factor")]
    NotFound,
    /// There is one already.
    #[error("there is one already")]
    Set,
    /// The code is not right.
    #[error("the code is not right")]
    Code,
    /// A name is not acceptable.
    #[error(transparent)]
    Name(#[from] crate::text::TextError),
    /// The passkey, or what it signed, was not accepted.
    #[error("the passkey was not accepted")]
    Refused,
    /// Someone has too many passkeys.
    #[error("there are {} passkeys already; remove some first", passkeys::MOST)]
    TooMany,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// What someone is asked for before a change.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// The present password.
    pub password: String,
    /// A code of the generator or a recovery code, where a generator is in force.
    pub code: Option<String>,
    /// Whether they signed in just now: for those without a password.
    pub recent: bool,
}

/// Someone did not prove who they are.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The present password is another.
    #[error("the present password is not right")]
    Password,
    /// A code is needed too.
    #[error("a code is needed too")]
    CodeMissing,
    /// The code is not right.
    #[error("the code is not right")]
    Code,
    /// They have no password and signed in a while ago.
    #[error("sign in once more")]
    NotRecent,
    /// Too many failures.
    #[error("too many failures")]
    Locked,
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Checks the present password, and a code where a generator is in force. Failures count as those of a sign-in do.
pub async fn prove(
    db: &Database,
    hasher: &Hasher,
    secrets: &Secrets,
    act: &Act,
    user_id: UserId,
    proof: Proof,
) -> Result<(), ProofError> {
    let row = user::Entity::find_by_id(user_id).one(db.reads()).await?.ok_or(ProofError::Password)?;
    let wants_code = totp::is_set(db.reads(), user_id).await?;
    if wants_code && proof.code.is_none() {
        return Err(ProofError::CodeMissing);
    }
    let source = act.actor.source_address.as_deref().unwrap_or_default();
    let counted = lockout::count(db, &row.login, source, act.at).await?.ok_or(ProofError::Locked)?;
    if row.password_hash.is_empty() {
        if !proof.recent {
            db.write(move |tx| Box::pin(async move { counted.take_back(tx).await })).await?;
            return Err(ProofError::NotRecent);
        }
    } else if !hasher.verify(proof.password, row.password_hash).await? {
        return Err(ProofError::Password);
    }
    let (secrets, now) = (secrets.clone(), act.at);
    db.write(move |tx| {
        Box::pin(async move {
            if let Some(code) = proof.code.filter(|_| wants_code) {
                let right = totp::spend(tx, &secrets, user_id, &code, now).await?
                    || recovery::spend(tx, user_id, &code).await?;
                if !right {
                    return Err(ProofError::Code);
                }
            }
            counted.take_back(tx).await.map_err(Into::into)
        })
    })
    .await
}

/// Someone's factors.
pub async fn list(db: &Database, user_id: UserId) -> Result<Factors, DbErr> {
    let row = user::Entity::find_by_id(user_id).one(db.reads()).await?;
    Ok(Factors {
        totp_since: totp::since(db.reads(), user_id).await?,
        passkeys: passkeys::list(db.reads(), user_id).await?,
        recovery_codes_left: recovery::left(db.reads(), user_id).await?,
        has_password: row.is_some_and(|row| !row.password_hash.is_empty()),
    })
}

/// The ways in which someone can prove a second factor.
pub(crate) async fn methods(connection: &impl ConnectionTrait, user_id: UserId) -> Result<Vec<Method>, DbErr> {
    let mut methods = Vec::new();
    if totp::is_set(connection, user_id).await? {
        methods.push(Method::Code);
    }
    if passkeys::any(connection, user_id).await? {
        methods.push(Method::Passkey);
    }
    if recovery::left(connection, user_id).await? > 0 {
        methods.push(Method::RecoveryCode);
    }
    Ok(methods)
}

/// Takes every factor of a user away: they were lost. Ends the user's sessions. Not for one's own account.
pub async fn reset(db: &Database, granted: Granted, act: Act, user_id: UserId) -> Result<(), ManageError> {
    db.write(move |tx| {
        Box::pin(async move {
            if act.actor.user() == Some(user_id) {
                return Err(ManageError::Own);
            }
            let row = manageable(tx, granted, user_id).await?.ok_or(ManageError::NotFound)?;
            remove_all(tx, user_id).await?;
            crate::users::password::end_sessions(tx, user_id).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "second-factor.reset", "user").object(user_id, &row.login);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(())
        })
    })
    .await
}

/// Takes every factor of a user away.
pub(crate) async fn remove_all(tx: &Tx, user_id: UserId) -> Result<(), DbErr> {
    totp::delete(tx, user_id).await?;
    passkeys::delete_all(tx, user_id).await?;
    recovery::remove(tx, user_id).await?;
    write_flag(tx, user_id, false).await
}

/// Brings the user's row in line with the factors. Recovery codes go with the last one.
pub(crate) async fn set_flag(tx: &Tx, user_id: UserId) -> Result<(), DbErr> {
    let any = totp::is_set(tx, user_id).await? || passkeys::any(tx, user_id).await?;
    if !any {
        recovery::remove(tx, user_id).await?;
    }
    write_flag(tx, user_id, any).await
}

async fn write_flag(tx: &Tx, user_id: UserId, any: bool) -> Result<(), DbErr> {
    user::Entity::update_many()
        .col_expr(user::Column::SecondFactor, Expr::value(any))
        .filter(user::Column::Id.eq(user_id))
        .exec(tx)
        .await
        .map(drop)
}

pub(crate) async fn owner(tx: &Tx, user_id: UserId) -> Result<user::Model, ChangeError> {
    user::Entity::find_by_id(user_id).one(tx).await?.ok_or(ChangeError::NotFound)
}

//! How passwords change: by the person, by an administrator, from the command line on the server's machine.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _,
};
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, AuditEntry, UserId};

use super::row_by_login;
use crate::{
    entity::{password_history, session, user},
    passwords::{self, Hasher, RuleBroken, Rules},
};

/// A password could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// There is no such user.
    #[error("no such user")]
    NotFound,
    /// The present password is another.
    #[error("the present password is not right")]
    Wrong,
    /// The new one breaks a rule.
    #[error(transparent)]
    Weak(#[from] RuleBroken),
    /// The new one was used before.
    #[error("the new password was used before")]
    Reused,
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Changes a person's own password. Ends all their sessions, this one too.
pub async fn change(
    db: &Database,
    hasher: &Hasher,
    act: Act,
    id: UserId,
    present: String,
    new: String,
    rules: Rules,
) -> Result<(), PasswordError> {
    let row = user::Entity::find_by_id(id).one(db.reads()).await?.ok_or(PasswordError::NotFound)?;
    if !hasher.verify(present, row.password_hash.clone()).await? {
        return Err(PasswordError::Wrong);
    }
    rules.check(&new, &row.login)?;
    let remembered = rules.remembered;
    let earlier = password_history::Entity::find()
        .filter(password_history::Column::UserId.eq(id))
        .order_by_desc(password_history::Column::Seq)
        .all(db.reads())
        .await?;
    let used = std::iter::once(row.password_hash.clone()).chain(earlier.into_iter().map(|it| it.password_hash));
    // The present one counts always: a change to the same is none.
    for hash in used.take(remembered.max(1)) {
        if hasher.verify(new.clone(), hash).await? {
            return Err(PasswordError::Reused);
        }
    }
    let hash = hasher.hash(&*act.rng, new).await?;
    db.write(move |tx| Box::pin(async move { set(tx, &act, row, hash, Way::Own, remembered).await })).await
}

/// Gives a user a one-time password, which must be changed at the next sign-in, and enables the account. For the command
/// line on the server's machine. Ends all the user's sessions.
pub async fn reset(db: &Database, hasher: &Hasher, act: Act, login: &str) -> Result<String, PasswordError> {
    let row = row_by_login(db.reads(), login).await?.ok_or(PasswordError::NotFound)?;
    let password = passwords::one_time(&*act.rng);
    let hash = hasher.hash(&*act.rng, password.clone()).await?;
    db.write(move |tx| {
        Box::pin(async move {
            set::<DbErr>(tx, &act, row, hash, Way::OneTime, passwords::MOST_REMEMBERED).await?;
            Ok(password)
        })
    })
    .await
}

/// Who sets a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The person.
    Own,
    /// Someone who may manage them; whether it must be changed at the next sign-in.
    ByOther { must_change: bool },
    /// The command line on the server's machine: it must be changed, and the account works again.
    OneTime,
}

/// Sets a password that was checked and hashed, and ends all the user's sessions.
pub(crate) async fn set<E: From<DbErr>>(
    tx: &Tx,
    act: &Act,
    row: user::Model,
    hash: String,
    way: Way,
    remembered: usize,
) -> Result<(), E> {
    let (id, login) = (row.id, row.login.clone());
    password_history::Entity::insert(password_history::ActiveModel {
        user_id: Set(id),
        password_hash: Set(row.password_hash.clone()),
        replaced_at: Set(act.at),
        ..Default::default()
    })
    .exec_without_returning(tx)
    .await?;
    forget_old_passwords(tx, id, remembered).await?;
    let mut row = row.into_active_model();
    row.password_hash = Set(hash);
    row.must_change_password = Set(match way {
        Way::Own => false,
        Way::ByOther { must_change } => must_change,
        Way::OneTime => true,
    });
    if way == Way::OneTime {
        row.disabled = Set(false);
        row.expires_on = Set(None);
    }
    row.updated_at = Set(act.at);
    row.update(tx).await?;
    end_sessions(tx, id).await?;
    let action = if way == Way::Own { "password.change" } else { "password.reset" };
    vigie_db::audit::append(tx, &*act.rng, AuditEntry::new(act.at, &act.actor, action, "user").object(id, &login));
    Ok(())
}

/// Ends all sessions of a user, and sign-ins that have begun.
pub(crate) async fn end_sessions(tx: &Tx, id: UserId) -> Result<u64, DbErr> {
    crate::steps::forget(tx, id).await?;
    let gone = session::Entity::delete_many().filter(session::Column::UserId.eq(id)).exec(tx).await?;
    Ok(gone.rows_affected)
}

/// Keeps only as many replaced passwords as are compared with.
async fn forget_old_passwords(tx: &Tx, id: UserId, remembered: usize) -> Result<(), DbErr> {
    let kept = password_history::Entity::find()
        .filter(password_history::Column::UserId.eq(id))
        .order_by_desc(password_history::Column::Seq)
        .all(tx)
        .await?;
    if let Some(last) = kept.get(remembered.clamp(1, passwords::MOST_REMEMBERED)) {
        password_history::Entity::delete_many()
            .filter(password_history::Column::UserId.eq(id))
            .filter(password_history::Column::Seq.lte(last.seq))
            .exec(tx)
            .await?;
    }
    Ok(())
}

//! The way back in when nobody can sign in any more: from the command line on the server's machine, audited.

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, EntityTrait as _, IntoActiveModel as _};
use vigie_db::Database;
use vigie_kernel::{Act, AuditEntry, Role};

use super::{
    blank,
    fields::{self, FieldError},
    insert,
    password::{self, Way},
    row_by_login,
};
use crate::{
    entity::user,
    factors, lockout,
    passwords::{self, Hasher},
};

/// An account could not be made to work again.
#[derive(Debug, thiserror::Error)]
pub enum RescueError {
    /// The sign-in name is not acceptable.
    #[error(transparent)]
    Name(#[from] FieldError),
    /// Passwords are being checked.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// The database.
    #[error(transparent)]
    Db(#[from] sea_orm::DbErr),
}

/// Makes a user an administrator who can sign in with the one-time password that is answered: enabled, without an end,
/// not locked out, and without a second factor. Where there is no such user, it is made. Ends the user's sessions. Where the
/// role asks for a second factor, one is to be set up at the next sign-in after the password was changed.
pub async fn break_glass(db: &Database, hasher: &Hasher, act: Act, login: &str) -> Result<String, RescueError> {
    let login = fields::login(login)?;
    let password = passwords::one_time(&*act.rng);
    let hash = hasher.hash(&*act.rng, password.clone()).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let entry = AuditEntry::new(act.at, &act.actor, "user.break-glass", "user");
            let id = if let Some(row) = row_by_login(tx, &login).await? {
                let id = row.id;
                password::set::<sea_orm::DbErr>(tx, &act, row, hash, Way::OneTime, passwords::MOST_REMEMBERED).await?;
                factors::remove_all(tx, id).await?;
                let row = user::Entity::find_by_id(id).one(tx).await?;
                if let Some(mut row) = row.map(user::Model::into_active_model) {
                    row.role = Set(Role::Administrator.as_str().to_owned());
                    row.update(tx).await?;
                }
                id
            } else {
                let row = blank(&act, &login, Some(Role::Administrator), hash);
                insert(tx, &act, user::Model { must_change_password: true, ..row }, "{}").await?
            };
            lockout::unlock(tx, &login).await?;
            vigie_db::audit::append(tx, &*act.rng, entry.object(id, &login));
            Ok(password)
        })
    })
    .await
}

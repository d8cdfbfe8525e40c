//! Reading the server's log takes the password once more: the session is then marked for a while.

use std::time::Duration;

use sea_orm::{ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, sea_query::OnConflict};
use vigie_db::Database;
use vigie_kernel::{Act, AuditEntry, Granted, SessionId, Timestamp};

use crate::{
    entity::log_access,
    passwords::Hasher,
    sessions::Session,
    sign_in::{self, SignInError},
};

/// How long a session stays marked.
const LASTS: Duration = Duration::from_mins(15);

/// Opens the log for a session whose owner types the right password; until when. A wrong one counts like a failed
/// sign-in, and where sign-in is locked this is, too.
pub async fn open(
    db: &Database,
    hasher: &Hasher,
    _granted: Granted,
    act: Act,
    session: &Session,
    password: String,
) -> Result<Timestamp, SignInError> {
    sign_in::confirm(db, hasher, &act, &session.user, password).await?;
    let (id, user, login) = (session.id, session.user.id, session.user.login.clone());
    let until = act.at.plus(LASTS);
    db.write(move |tx| {
        Box::pin(async move {
            let row = log_access::ActiveModel { session_id: Set(id), until: Set(until) };
            let longer =
                OnConflict::column(log_access::Column::SessionId).update_column(log_access::Column::Until).to_owned();
            log_access::Entity::insert(row).on_conflict(longer).exec_without_returning(tx).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "logs.open", "user").object(user, &login);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(until)
        })
    })
    .await
}

/// Until when a session may read the log; none: its owner is asked for the password.
pub async fn until(
    db: &Database,
    _granted: &Granted,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<Timestamp>, DbErr> {
    let found = log_access::Entity::find()
        .filter(log_access::Column::SessionId.eq(session))
        .filter(log_access::Column::Until.gt(now))
        .one(db.reads())
        .await?;
    Ok(found.map(|it| it.until))
}

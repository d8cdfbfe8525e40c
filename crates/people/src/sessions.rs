//! Signed-in browsers. A session is a random token in a cookie; the database holds its digest.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};
use vigie_db::Database;
use vigie_kernel::{Act, AuditEntry, SessionId, Timestamp, UserId};

use crate::{
    digest::{random_token, sha256},
    entity::{session, user},
    users::User,
};

/// A moment of use is written down at most this often.
const TOUCH: Duration = Duration::from_mins(1);
/// No session lasts longer idle than the longest time-out.
const LONGEST_IDLE: Duration = Duration::from_mins(30);
/// Sessions that one person may have; the oldest end first.
const MOST: u64 = 50;

/// A session that was just begun.
#[derive(Debug)]
pub struct Begun {
    /// What the cookie holds.
    pub token: String,
    /// What writes must repeat in a header.
    pub csrf_token: String,
}

/// A session in use.
#[derive(Debug, Clone)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// What writes must repeat in a header.
    pub csrf_token: String,
    /// Whose it is.
    pub user: User,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
}

/// A session for its owner to see.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Id.
    pub id: SessionId,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// From where it was begun.
    pub source_address: String,
    /// What the browser says it is.
    pub user_agent: String,
}

pub(crate) async fn begin(
    tx: &vigie_db::Tx,
    act: &Act,
    user_id: UserId,
    source_address: String,
    user_agent: &str,
) -> Result<Begun, DbErr> {
    let token = random_token(&*act.rng);
    let csrf_token = random_token(&*act.rng);
    let oldest = session::Entity::find()
        .filter(session::Column::UserId.eq(user_id))
        .order_by_desc(session::Column::CreatedAt)
        .offset(MOST - 1)
        // SQLite knows no offset without a limit.
        .limit(MOST)
        .all(tx)
        .await?;
    if !oldest.is_empty() {
        let ids = oldest.into_iter().map(|it| it.id);
        session::Entity::delete_many().filter(session::Column::Id.is_in(ids)).exec(tx).await?;
    }
    session::Entity::insert(session::ActiveModel {
        id: Set(SessionId::new(act.at, &*act.rng)),
        token_hash: Set(sha256(&token)),
        csrf_token: Set(csrf_token.clone()),
        user_id: Set(user_id),
        created_at: Set(act.at),
        last_seen_at: Set(act.at),
        source_address: Set(source_address),
        user_agent: Set(user_agent.chars().filter(|it| !it.is_control()).take(200).collect()),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(Begun { token, csrf_token })
}

/// The session of a cookie, unless it was idle for too long or its user may not sign in any more.
pub async fn authenticate(
    db: &Database,
    token: &str,
    now: Timestamp,
    default_timeout_minutes: u32,
) -> Result<Option<Session>, DbErr> {
    let found = session::Entity::find().filter(session::Column::TokenHash.eq(sha256(token))).one(db.reads()).await?;
    let Some(row) = found else { return Ok(None) };
    let Some(owner) = user::Entity::find_by_id(row.user_id).one(db.reads()).await? else { return Ok(None) };
    let Some(user) = Some(owner).filter(|it| !it.disabled).and_then(User::from_row) else { return Ok(None) };
    let minutes = user.session_timeout_minutes.unwrap_or(default_timeout_minutes);
    if now.since(row.last_seen_at) > Duration::from_mins(u64::from(minutes)) {
        return Ok(None);
    }
    Ok(Some(Session { id: row.id, csrf_token: row.csrf_token, user, last_seen_at: row.last_seen_at }))
}

/// Notes that a session was used, once a minute.
pub async fn touch(db: &Database, session: &Session, now: Timestamp) -> Result<(), DbErr> {
    if now.since(session.last_seen_at) < TOUCH {
        return Ok(());
    }
    let id = session.id;
    db.write(move |tx| {
        Box::pin(async move {
            session::Entity::update_many()
                .col_expr(session::Column::LastSeenAt, Expr::value(now))
                .filter(session::Column::Id.eq(id))
                .exec(tx)
                .await?;
            Ok(())
        })
    })
    .await
}

/// Whether a session goes on: for what stays open longer than a request.
pub async fn goes_on(db: &Database, session: &Session, now: Timestamp, default_timeout: u32) -> Result<bool, DbErr> {
    let Some(row) = session::Entity::find_by_id(session.id).one(db.reads()).await? else { return Ok(false) };
    let minutes = session.user.session_timeout_minutes.unwrap_or(default_timeout);
    Ok(now.since(row.last_seen_at) <= Duration::from_mins(u64::from(minutes)))
}

/// A person's sessions that have not ended, the last used first.
pub async fn list(db: &Database, user: &User, now: Timestamp, default_timeout: u32) -> Result<Vec<Listed>, DbErr> {
    let minutes = user.session_timeout_minutes.unwrap_or(default_timeout);
    let rows = session::Entity::find()
        .filter(session::Column::UserId.eq(user.id))
        .filter(session::Column::LastSeenAt.gte(now.minus(Duration::from_mins(u64::from(minutes)))))
        .order_by_desc(session::Column::LastSeenAt)
        .limit(MOST)
        .all(db.reads())
        .await?;
    let listed = |row: session::Model| Listed {
        id: row.id,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        source_address: row.source_address,
        user_agent: row.user_agent,
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// Ends one session of a person. False: there is none of that id, or it is someone else's.
pub async fn end(db: &Database, act: Act, user: &User, id: SessionId) -> Result<bool, DbErr> {
    let (user_id, login) = (user.id, user.login.clone());
    db.write(move |tx| {
        Box::pin(async move {
            let gone = session::Entity::delete_many()
                .filter(Condition::all().add(session::Column::Id.eq(id)).add(session::Column::UserId.eq(user_id)))
                .exec(tx)
                .await?;
            if gone.rows_affected == 0 {
                return Ok(false);
            }
            let entry = AuditEntry::new(act.at, &act.actor, "session.end", "session").object(id, &login);
            vigie_db::audit::append(tx, &*act.rng, entry).await?;
            Ok(true)
        })
    })
    .await
}

/// Ends every session of everyone.
pub async fn end_all(tx: &vigie_db::Tx) -> Result<(), DbErr> {
    session::Entity::delete_many().exec(tx).await.map(drop)
}

/// Removes the rows of sessions that ended long ago by being idle.
pub async fn purge(db: &Database, now: Timestamp) -> Result<u64, DbErr> {
    let before = now.minus(LONGEST_IDLE);
    db.write(move |tx| {
        Box::pin(async move {
            let gone = session::Entity::delete_many().filter(session::Column::LastSeenAt.lt(before)).exec(tx).await?;
            Ok(gone.rows_affected)
        })
    })
    .await
}

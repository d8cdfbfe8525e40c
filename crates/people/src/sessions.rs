//! Signed-in browsers. A session is a random token in a cookie; the database holds its digest.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _},
};
use vigie_db::Database;
use vigie_kernel::{Act, AuditEntry, SessionId, Timestamp, UserId};

use crate::{
    digest::{random_token, sha256},
    entity::{session, user},
    users::{self, User},
};

/// A moment of use is written down at most this often.
const TOUCH: Duration = Duration::from_mins(1);
/// No session lasts longer idle than the longest time-out.
const LONGEST_IDLE: Duration = Duration::from_mins(30);
/// How long a wallboard may be silent before it must sign in again: over a night without power.
const LONGEST_SILENCE: Duration = Duration::from_hours(24);
/// Addresses that are remembered of one session.
const MOST_PLACES: usize = 8;
/// Sessions that one person may have; the oldest end first.
const MOST: u64 = 50;

/// By what a session was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A password, with a second factor where there is one.
    Password,
    /// A passkey alone: possession and knowledge in one.
    Passkey,
    /// An OpenID provider.
    OpenId,
}

impl Means {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::OpenId => "openid",
        }
    }

    fn from_code(code: &str) -> Self {
        [Self::Passkey, Self::OpenId].into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Password)
    }
}

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
    /// By what it was begun.
    pub means: Means,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// Whether it was idle for too long and is a wallboard: its page updates, and nothing else is opened or changed.
    pub wallboard: bool,
    /// Where it was used from.
    used_from: Vec<String>,
    /// When its page last asked for news.
    alive_at: Timestamp,
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
    means: Means,
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
        user_agent: Set(told(user_agent)),
        used_from: Set(None),
        alive_at: Set(act.at),
        means: Set(means.as_str().to_owned()),
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
    let Some(user) = Some(owner).filter(|it| users::is_usable(it, now)).and_then(User::from_row) else {
        return Ok(None);
    };
    let Some(state) = state(&row, &user, now, default_timeout_minutes) else { return Ok(None) };
    Ok(Some(Session {
        id: row.id,
        means: Means::from_code(&row.means),
        created_at: row.created_at,
        user,
        last_seen_at: row.last_seen_at,
        wallboard: state == State::Wallboard,
        used_from: places(&row),
        alive_at: row.alive_at,
        csrf_token: row.csrf_token,
    }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Wallboard,
}

/// None: it has ended.
fn state(row: &session::Model, user: &User, now: Timestamp, default_timeout_minutes: u32) -> Option<State> {
    let minutes = user.session_timeout_minutes.unwrap_or(default_timeout_minutes);
    if now.since(row.last_seen_at) <= Duration::from_mins(u64::from(minutes)) {
        return Some(State::Open);
    }
    (user.wallboard && now.since(Ord::max(row.alive_at, row.last_seen_at)) <= LONGEST_SILENCE)
        .then_some(State::Wallboard)
}

/// What a browser says it is, bounded.
fn told(user_agent: &str) -> String {
    user_agent.chars().filter(|it| !it.is_control()).take(200).collect()
}

/// Notes in the trail that a session is used from an address that it was not used from before: its cookie may have been
/// stolen.
pub async fn notice(db: &Database, act: Act, session: &Session, address: &str, user_agent: &str) -> Result<(), DbErr> {
    if session.used_from.iter().any(|it| it == address) {
        return Ok(());
    }
    let (id, login, now) = (session.id, session.user.login.clone(), address.to_owned());
    let browser = told(user_agent);
    db.write(move |tx| {
        Box::pin(async move {
            let Some(row) = session::Entity::find_by_id(id).one(tx).await? else { return Ok(()) };
            let mut places = places(&row);
            // Several requests may come at once.
            if places.contains(&now) {
                return Ok(());
            }
            let detail = serde_json::json!({
                "before": places, "now": now, "browser": browser, "same_browser": row.user_agent == browser,
            });
            places.push(now);
            let kept = places.split_off(places.len().saturating_sub(MOST_PLACES));
            session::Entity::update_many()
                .col_expr(session::Column::UsedFrom, Expr::value(kept.join(" ")))
                .filter(session::Column::Id.eq(id))
                .exec(tx)
                .await?;
            let entry = AuditEntry::new(act.at, &act.actor, "session.elsewhere", "session").object(id, &login);
            vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
            Ok(())
        })
    })
    .await
}

/// Where a session was used from, the latest last.
fn places(row: &session::Model) -> Vec<String> {
    let told = row.used_from.as_deref().unwrap_or(&row.source_address);
    told.split(' ').map(str::to_owned).collect()
}

/// Notes that the page of a wallboard asked for news, once a minute.
pub async fn keep_alive(db: &Database, session: &Session, now: Timestamp) -> Result<(), DbErr> {
    if !session.user.wallboard || now.since(session.alive_at) < TOUCH {
        return Ok(());
    }
    write_down(db, session.id, session::Column::AliveAt, now).await
}

/// Notes that a session was used, once a minute.
pub async fn touch(db: &Database, session: &Session, now: Timestamp) -> Result<(), DbErr> {
    if now.since(session.last_seen_at) < TOUCH {
        return Ok(());
    }
    write_down(db, session.id, session::Column::LastSeenAt, now).await
}

async fn write_down(db: &Database, id: SessionId, column: session::Column, now: Timestamp) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            session::Entity::update_many()
                .col_expr(column, Expr::value(now))
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
    let Some(owner) = user::Entity::find_by_id(row.user_id).one(db.reads()).await? else { return Ok(false) };
    let user = Some(owner).filter(|it| users::is_usable(it, now)).and_then(User::from_row);
    Ok(user.is_some_and(|user| state(&row, &user, now, default_timeout).is_some()))
}

/// A person's sessions that have not ended, the last used first.
pub async fn list(db: &Database, user: &User, now: Timestamp, default_timeout: u32) -> Result<Vec<Listed>, DbErr> {
    let mut rows = session::Entity::find()
        .filter(session::Column::UserId.eq(user.id))
        .order_by_desc(session::Column::LastSeenAt)
        .limit(MOST)
        .all(db.reads())
        .await?;
    rows.retain(|row| state(row, user, now, default_timeout).is_some());
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
            vigie_db::audit::append(tx, &*act.rng, entry);
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
    let (before, silent) = (now.minus(LONGEST_IDLE), now.minus(LONGEST_SILENCE));
    db.write(move |tx| {
        Box::pin(async move {
            let gone = session::Entity::delete_many()
                .filter(session::Column::LastSeenAt.lt(before))
                // A wallboard's row is the only one that is alive without being used.
                .filter(
                    Condition::any()
                        .add(Expr::col(session::Column::AliveAt).lte(Expr::col(session::Column::LastSeenAt)))
                        .add(session::Column::AliveAt.lt(silent)),
                )
                .exec(tx)
                .await?;
            Ok(gone.rows_affected)
        })
    })
    .await
}

//! The nodes of this service. Each registers itself and says every few seconds that it lives, and how its parts are.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx};
use vigie_kernel::{Granted, NodeId, Timestamp};

use crate::entity::node::{self, Column as C};

/// How often a node says that it lives.
pub const BEAT: Duration = Duration::from_secs(10);
/// After so long without a word a node is lost.
pub const LOST_AFTER: Duration = Duration::from_secs(30);
/// After so long without a word a node is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(24 * 7);
/// Most nodes that are listed.
const MOST: u64 = 200;

/// What a server consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartName {
    /// Console and API.
    Operations,
    /// Issues the server's certificate.
    CertificateAuthority,
    /// Agents' enrolment and inventories.
    Onboarding,
    /// The links of customers' systems.
    LinkHosts,
    /// The server's log.
    LogCollector,
    /// What the server does by itself: retention, counts, notifications, backups.
    BackgroundWork,
}

/// How a part or a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Well.
    Running,
    /// It works, but not as it should.
    Degraded,
    /// It was stopped.
    Stopped,
    /// It has not been heard of for half a minute.
    Lost,
}

/// A part of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Part {
    /// Which.
    pub part: PartName,
    /// How it is.
    pub state: Health,
    /// Why it is degraded, as a stable code: `authority-ends`, `backup-failed`, `log-lost`, `writes-wait`.
    pub reason: Option<String>,
    /// Since when it is so.
    pub since: Timestamp,
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// Id.
    pub id: NodeId,
    /// Its name for people.
    pub name: String,
    /// The machine it runs on.
    pub host: String,
    /// Where it listens.
    pub address: String,
    /// Its version.
    pub version: String,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// How its parts are.
    pub parts: Vec<Part>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Node {
    /// Id.
    pub id: NodeId,
    /// Its name for people.
    pub name: String,
    /// The machine it runs on.
    pub host: String,
    /// Where it listens.
    pub address: String,
    /// Its version.
    pub version: String,
    /// Since when it runs, or ran.
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub last_seen_at: Timestamp,
    /// How it is: that of its worst part while it is heard of.
    pub state: Health,
    /// How its parts are.
    pub parts: Vec<Part>,
}

impl Node {
    fn from_row(row: node::Model, now: Timestamp) -> Self {
        let mut parts: Vec<Part> = serde_json::from_str(&row.parts).unwrap_or_default();
        let gone = match row.stopped_at {
            Some(at) => Some((Health::Stopped, at)),
            None if now.since(row.last_seen_at) > LOST_AFTER => Some((Health::Lost, row.last_seen_at)),
            None => None,
        };
        if let Some((state, since)) = gone {
            for part in &mut parts {
                (part.state, part.reason, part.since) = (state, None, since);
            }
        }
        let degraded = parts.iter().any(|it| it.state == Health::Degraded);
        let state = gone.map_or(if degraded { Health::Degraded } else { Health::Running }, |(state, _)| state);
        Self {
            id: row.id,
            name: row.name,
            host: row.host,
            address: row.address,
            version: row.version,
            started_at: row.started_at,
            last_seen_at: row.last_seen_at,
            state,
            parts,
        }
    }
}

/// A node lives.
pub async fn beat(db: &Database, beat: Beat, now: Timestamp) -> Result<(), DbErr> {
    let row = node::ActiveModel {
        id: Set(beat.id),
        name: Set(beat.name),
        host: Set(beat.host),
        address: Set(beat.address),
        version: Set(beat.version),
        started_at: Set(beat.started_at),
        last_seen_at: Set(now),
        stopped_at: Set(None),
        parts: Set(serde_json::to_string(&beat.parts).unwrap_or_default()),
    };
    let columns = [C::Name, C::Host, C::Address, C::Version, C::StartedAt, C::LastSeenAt, C::StoppedAt, C::Parts];
    let replace = OnConflict::column(C::Id).update_columns(columns).to_owned();
    db.write(move |tx| {
        Box::pin(
            async move { node::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await.map(drop) },
        )
    })
    .await
}

/// A node stops.
pub async fn stopped(db: &Database, id: NodeId, now: Timestamp) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            node::Entity::update_many()
                .col_expr(node::Column::StoppedAt, Expr::value(Some(now)))
                .filter(node::Column::Id.eq(id))
                .exec(tx)
                .await
                .map(drop)
        })
    })
    .await
}

/// Forgets all of them; those that live say so again.
pub async fn forget_all(tx: &Tx) -> Result<(), DbErr> {
    node::Entity::delete_many().exec(tx).await.map(drop)
}

/// All nodes, by name.
pub async fn list(db: &Database, _granted: Granted, now: Timestamp) -> Result<Vec<Node>, DbErr> {
    let rows = node::Entity::find().order_by_asc(node::Column::Name).order_by_asc(node::Column::Id).limit(MOST);
    Ok(rows.all(db.reads()).await?.into_iter().map(|row| Node::from_row(row, now)).collect())
}

/// One node.
pub async fn get(db: &Database, _granted: Granted, id: NodeId, now: Timestamp) -> Result<Option<Node>, DbErr> {
    Ok(node::Entity::find_by_id(id).one(db.reads()).await?.map(|row| Node::from_row(row, now)))
}

/// Forgets nodes that have not been heard of for a week.
pub async fn purge(db: &Database, now: Timestamp) -> Result<u64, DbErr> {
    let before = now.minus(FORGOTTEN_AFTER);
    db.write(move |tx| {
        Box::pin(async move {
            let gone = node::Entity::delete_many().filter(node::Column::LastSeenAt.lt(before)).exec(tx).await?;
            Ok(gone.rows_affected)
        })
    })
    .await
}

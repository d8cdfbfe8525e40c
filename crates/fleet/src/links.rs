//! What the links of systems say, made durable. Only the newest link of a system counts: each greeting raises its epoch, and
//! what an older link says later changes nothing.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _, sea_query::Expr,
};
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, NodeId, SystemId, Timestamp};
use vigie_wire::{
    link::{
        alert::{AlertKey, MOST_ONGOING},
        message::{About, Note, NoteBody, Standing},
    },
    sync::stored_public_key,
};

use crate::{
    Connectivity,
    alerts::{raise, unreachable},
    customer_state,
    entity::system,
};

/// What a link was given at its greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greeted {
    /// Tells this link from the system's others.
    pub epoch: u64,
    /// The last note of its spool that is durable, 0 where there is none.
    pub stored: u64,
    /// Whether its alert ended by it.
    pub alerts: bool,
}

/// What notes changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changed {
    /// What is shown of the system.
    pub system: bool,
    /// Its alerts.
    pub alerts: bool,
}

/// What a link said was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The system was removed, or is not known.
    #[error("the system was removed")]
    Removed,
    /// The system has a newer link.
    #[error("the system has a newer link")]
    Replaced,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// What is needed to check who opens a link.
#[derive(Debug, Clone)]
pub struct Opener {
    /// Its public key.
    pub key: ed25519_dalek::VerifyingKey,
    /// Whether it was removed.
    pub removed: bool,
}

/// Finds who opens a link by its id.
pub async fn opener(db: &Database, id: SystemId) -> Result<Option<Opener>, DbErr> {
    let Some(row) = system::Entity::find_by_id(id).one(db.reads()).await? else { return Ok(None) };
    Ok(stored_public_key(&row.public_key).map(|key| Opener { key, removed: row.removed_at.is_some() }))
}

// The database has no unsigned numbers; the bits are what counts.
const fn signed(number: u64) -> i64 {
    number.cast_signed()
}

/// Nearly always a system is what it was: only what changed is written, and only that in the indexes.
fn take_over(row: &mut system::ActiveModel, about: About) {
    row.name_key.set_ne(about.name.to_lowercase());
    row.name.set_ne(about.name);
    row.profile.set_ne(about.profile);
    row.version.set_ne(about.version);
    row.agent_version.set_ne(about.agent_version);
    row.platform.set_ne(about.platform);
    row.address.set_ne(about.address);
    row.via_primary.set_ne(about.via_primary);
    row.started_at.set_ne(about.started_at);
    row.switches.set_ne(serde_json::to_string(&about.switches).unwrap_or_default());
    row.conditions.set_ne(serde_json::to_string(&about.conditions).unwrap_or_default());
    row.applications.set_ne(serde_json::to_string(&about.applications).unwrap_or_default());
    row.certificates.set_ne(serde_json::to_string(&about.certificates).unwrap_or_default());
}

/// A system greets by a new link on this node. Until the service user has signed in again it stands as it did last.
pub async fn greeted(
    db: &Database,
    id: SystemId,
    node: NodeId,
    about: About,
    spool: u64,
    now: Timestamp,
) -> Result<Greeted, LinkError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = system::Entity::find_by_id(id).one(tx).await?;
            let row = row.filter(|it| it.removed_at.is_none()).ok_or(LinkError::Removed)?;
            let (epoch, stored) = (row.epoch + 1, if row.spool == signed(spool) { row.stored } else { 0 });
            let standing = row.standing.clone();
            let changed = row.connectivity != standing;
            let mut active = row.into_active_model();
            active.epoch = Set(epoch);
            active.spool = Set(signed(spool));
            active.stored = Set(stored);
            active.node_id.set_ne(Some(node));
            active.last_seen_at = Set(Some(now));
            if changed {
                active.connectivity = Set(standing);
                active.connectivity_since = Set(now);
            }
            take_over(&mut active, about);
            let row = active.update(tx).await?;
            let alerts = unreachable::is_back(tx, id, now).await?;
            customer_state::refresh(tx, row.customer_id).await?;
            Ok(Greeted { epoch: epoch.cast_unsigned(), stored: stored.cast_unsigned(), alerts })
        })
    })
    .await
}

pub(crate) async fn of_newest(tx: &Tx, id: SystemId, epoch: u64) -> Result<system::Model, LinkError> {
    let row = system::Entity::find_by_id(id).one(tx).await?;
    let row = row.filter(|it| it.removed_at.is_none()).ok_or(LinkError::Removed)?;
    if row.epoch == signed(epoch) { Ok(row) } else { Err(LinkError::Replaced) }
}

/// What became of signing in as the service user. Answers whether that changed anything.
pub async fn stands(
    db: &Database,
    id: SystemId,
    epoch: u64,
    standing: Standing,
    now: Timestamp,
) -> Result<bool, LinkError> {
    let state = Connectivity::from(standing);
    // Nearly always nothing changed: that is found out without the writer.
    let known = system::Entity::find_by_id(id).one(db.reads()).await?;
    let same = |row: &system::Model| row.standing == state.as_str() && row.connectivity == state.as_str();
    if known.is_some_and(|row| same(&row) && row.epoch == signed(epoch)) {
        return Ok(false);
    }
    db.write(move |tx| {
        Box::pin(async move {
            let row = of_newest(tx, id, epoch).await?;
            let changed = row.connectivity != state.as_str();
            let mut active = row.into_active_model();
            active.standing = Set(state.as_str().to_owned());
            if changed {
                active.connectivity = Set(state.as_str().to_owned());
                active.connectivity_since = Set(now);
            }
            let row = active.update(tx).await?;
            if changed {
                customer_state::refresh(tx, row.customer_id).await?;
            }
            Ok(changed)
        })
    })
    .await
}

/// Makes notes of a spool durable, in their order. Answers what they changed.
pub async fn store(db: &Database, id: SystemId, epoch: u64, notes: Vec<Note>, act: Act) -> Result<Changed, LinkError> {
    let Some(last) = notes.last().map(|note| note.sequence) else { return Ok(Changed::default()) };
    db.write(move |tx| {
        Box::pin(async move {
            let row = of_newest(tx, id, epoch).await?;
            let mut active = row.clone().into_active_model();
            active.stored = Set(signed(last));
            let mut changed = Changed::default();
            for note in notes {
                let (at, now) = (note.at, act.at);
                match note.body {
                    NoteBody::About(mut about) => {
                        about.clean();
                        take_over(&mut active, about);
                        changed.system = true;
                    }
                    NoteBody::AlertRaised { mut alert } => {
                        alert.clean();
                        if raise::is_its_own(&alert.condition) {
                            changed.alerts |= raise::raise(tx, &*act.rng, &row, alert, at, now).await?;
                        }
                    }
                    NoteBody::AlertEnded { mut alert } => {
                        alert.clean();
                        if raise::is_its_own(&alert.condition) {
                            changed.alerts |= raise::end(tx, id, &alert, at, now).await?;
                        }
                    }
                    NoteBody::AlertsOngoing { mut alerts } => {
                        alerts.truncate(MOST_ONGOING);
                        alerts.iter_mut().for_each(AlertKey::clean);
                        changed.alerts |= raise::only(tx, id, &alerts, at, now).await?;
                    }
                    NoteBody::Unknown => {}
                }
            }
            let row = active.update(tx).await?;
            if changed.system || changed.alerts {
                customer_state::refresh(tx, row.customer_id).await?;
            }
            Ok(changed)
        })
    })
    .await
}

/// The link is over. Answers whether it was the one that counted.
pub async fn left(db: &Database, id: SystemId, epoch: u64, now: Timestamp) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let gone = system::Entity::update_many()
                .filter(system::Column::Id.eq(id))
                .filter(system::Column::Epoch.eq(signed(epoch)))
                .filter(system::Column::NodeId.is_not_null());
            let gone = without_link(gone, now).exec(tx).await?.rows_affected > 0;
            if gone {
                refresh_of(tx, id).await?;
            }
            Ok(gone)
        })
    })
    .await
}

/// The row of the customer of a system that changed.
async fn refresh_of(tx: &Tx, id: SystemId) -> Result<(), DbErr> {
    match system::Entity::find_by_id(id).one(tx).await? {
        Some(row) => customer_state::refresh(tx, row.customer_id).await,
        None => Ok(()),
    }
}

fn without_link(update: sea_orm::UpdateMany<system::Entity>, at: Timestamp) -> sea_orm::UpdateMany<system::Entity> {
    update
        .col_expr(system::Column::NodeId, Expr::value(None::<sea_orm::entity::prelude::Uuid>))
        .col_expr(system::Column::Connectivity, Expr::value(Connectivity::Unreachable.as_str()))
        .col_expr(system::Column::ConnectivitySince, Expr::value(at.millis()))
        .col_expr(system::Column::LastSeenAt, Expr::value(at.millis()))
}

/// Someone tried to open a link of a system that has none, and it came to nothing: the request was not signed by it, its
/// clock is off, or its version does not fit. Answers whether that changed what is shown.
pub async fn knocked(db: &Database, id: SystemId, state: Connectivity, now: Timestamp) -> Result<bool, DbErr> {
    let known = system::Entity::find_by_id(id).one(db.reads()).await?;
    // Strangers who go on knocking write nothing.
    if known.is_none_or(|row| row.removed_at.is_some() || row.node_id.is_some() || row.connectivity == state.as_str()) {
        return Ok(false);
    }
    db.write(move |tx| {
        Box::pin(async move {
            let changed = system::Entity::update_many()
                .filter(system::Column::Id.eq(id))
                .filter(system::Column::NodeId.is_null())
                .filter(system::Column::RemovedAt.is_null())
                .col_expr(system::Column::Connectivity, Expr::value(state.as_str()))
                .col_expr(system::Column::ConnectivitySince, Expr::value(now.millis()))
                .exec(tx)
                .await?;
            let changed = changed.rows_affected > 0;
            if changed {
                refresh_of(tx, id).await?;
            }
            Ok(changed)
        })
    })
    .await
}

/// The nodes that hold links.
pub async fn holders(db: &Database) -> Result<Vec<NodeId>, DbErr> {
    let held = system::Entity::find().filter(system::Column::NodeId.is_not_null());
    held.select_only().column(system::Column::NodeId).distinct().into_tuple().all(db.reads()).await
}

/// A node is gone, and its links with it, since then. Answers how many there were.
pub async fn node_gone(db: &Database, node: NodeId, since: Timestamp) -> Result<u64, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let held = system::Entity::update_many().filter(system::Column::NodeId.eq(node));
            let lost = without_link(held, since).exec(tx).await?.rows_affected;
            if lost > 0 {
                customer_state::refresh_since(tx, since).await?;
            }
            Ok(lost)
        })
    })
    .await
}

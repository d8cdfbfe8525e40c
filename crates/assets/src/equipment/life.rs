//! The life of an equipment beyond its fields: deleted and restored, parted from its agent, merged with its double; and
//! the operations that join records, each with its reasons and a way back.

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize};
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, ActorKind, EquipmentId, Granted, OperationId, Timestamp};

use super::{ChangeError, Equipment, Lock, Staleness, change, detail, taken};
use crate::{
    association,
    entity::{agent, equipment, inventory, operation},
    intake::remove_inventory,
    reconcile::Reason,
    software::store,
    sql,
};

/// What an operation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// Made from a pending equipment.
    Created,
    /// Associated with a pending equipment.
    Associated,
    /// The new key of a machine that enrolled again was accepted.
    Accepted,
    /// Another equipment was merged into this one.
    Merged,
    /// Parted from its agent.
    Dissociated,
}

impl OperationKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Associated => "associated",
            Self::Accepted => "accepted",
            Self::Merged => "merged",
            Self::Dissociated => "dissociated",
        }
    }
}

/// How an operation is undone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Undo {
    /// It cannot be.
    Nothing,
    /// The inventory waits again, and the equipment has these locks and no agent.
    Part { inventory: i64, locks: Vec<Lock> },
    /// The merged equipment comes back, with its inventory if it brought one.
    Split { other: EquipmentId, inventory: Option<i64>, locks: Vec<Lock> },
}

/// Something that joined records.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Operation {
    /// Id.
    pub id: OperationId,
    /// What was done.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Whether the server did it by itself: by an association rule, or because it was allowed beforehand.
    pub automatic: bool,
    /// Why the records were held for the same.
    pub reasons: Vec<Reason>,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
    /// Whether it can be undone now: the newest that was not.
    pub can_undo: bool,
}

pub(crate) async fn remember(
    tx: &Tx,
    act: &Act,
    equipment: EquipmentId,
    kind: OperationKind,
    reasons: &[Reason],
    undo: &Undo,
) -> Result<(), DbErr> {
    let row = operation::ActiveModel {
        id: Set(OperationId::new(act.at, &*act.rng)),
        equipment_id: Set(equipment),
        kind: Set(kind.as_str().to_owned()),
        at: Set(act.at),
        actor_name: Set(act.actor.name.clone()),
        reasons: Set(serde_json::to_string(reasons).unwrap_or_default()),
        undo: Set(serde_json::to_string(undo).unwrap_or_default()),
        undone_at: Set(None),
        automatic: Set(act.actor.kind == ActorKind::Server),
    };
    operation::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

async fn newest(tx: &Tx, equipment: EquipmentId) -> Result<Option<operation::Model>, DbErr> {
    operation::Entity::find()
        .filter(operation::Column::EquipmentId.eq(equipment))
        .filter(operation::Column::UndoneAt.is_null())
        .order_by_desc(operation::Column::At)
        .order_by_desc(operation::Column::Id)
        .one(tx)
        .await
}

/// The operations of an equipment, newest first; none when there is no such equipment. At most 200.
pub async fn operations(db: &Database, granted: &Granted, id: EquipmentId) -> Result<Option<Vec<Operation>>, DbErr> {
    if detail::row(db.reads(), granted, id).await?.is_none() {
        return Ok(None);
    }
    let rows = operation::Entity::find()
        .filter(operation::Column::EquipmentId.eq(id))
        .order_by_desc(operation::Column::At)
        .order_by_desc(operation::Column::Id)
        .limit(200)
        .all(db.reads())
        .await?;
    let mut undoable = true;
    Ok(Some(
        rows.into_iter()
            .map(|row| {
                let undo: Undo = serde_json::from_str(&row.undo).unwrap_or(Undo::Nothing);
                let can_undo = undoable && row.undone_at.is_none() && !matches!(undo, Undo::Nothing);
                undoable &= row.undone_at.is_some();
                Operation {
                    id: row.id,
                    kind: row.kind,
                    at: row.at,
                    by: row.actor_name,
                    automatic: row.automatic,
                    reasons: serde_json::from_str(&row.reasons).unwrap_or_default(),
                    undone_at: row.undone_at,
                    can_undo,
                }
            })
            .collect(),
    ))
}

async fn there(tx: &Tx, granted: &Granted, id: EquipmentId) -> Result<equipment::Model, ChangeError> {
    let row = detail::row(tx, granted, id).await?.ok_or(ChangeError::NotFound)?;
    if row.deleted_at.is_some() { Err(ChangeError::Deleted) } else { Ok(row) }
}

/// Undoes the newest operation of an equipment.
pub async fn undo(
    db: &Database,
    granted: Granted,
    act: Act,
    id: EquipmentId,
    operation_id: OperationId,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut row = there(tx, &granted, id).await?;
            let operation =
                newest(tx, id).await?.filter(|it| it.id == operation_id).ok_or(ChangeError::NothingToUndo)?;
            match serde_json::from_str(&operation.undo).unwrap_or(Undo::Nothing) {
                Undo::Nothing => return Err(ChangeError::NothingToUndo),
                Undo::Part { inventory, locks } => part(tx, &mut row, inventory, &locks, act.at).await?,
                Undo::Split { other, inventory, locks } => split(tx, &mut row, other, inventory, &locks, &act).await?,
            }
            let mut done = operation.into_active_model();
            done.undone_at = Set(Some(act.at));
            operation::Entity::update(done).validate()?.exec_without_returning(tx).await?;
            change::save(tx, &mut row, &act).await?;
            change::audit(tx, &act, "equipment.undo", &row, "{}");
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

/// The inventory waits again; the equipment keeps what it has taken over, its history and these locks. No rule joins the
/// two again.
async fn part(
    tx: &Tx,
    row: &mut equipment::Model,
    seq: i64,
    locks: &[Lock],
    now: Timestamp,
) -> Result<(), ChangeError> {
    if row.inventory_seq != Some(seq) {
        return Err(ChangeError::NothingToUndo);
    }
    association::remember_undone(tx, row.id, seq, now).await?;
    set_inventory_state(tx, seq, "pending", None).await?;
    taken::leave_inventory(row);
    row.clone = false;
    taken::set_locks(row, locks);
    Ok(())
}

async fn set_inventory_state(tx: &Tx, seq: i64, state: &str, equipment: Option<EquipmentId>) -> Result<(), DbErr> {
    let mut change = inventory::ActiveModel { seq: Set(seq), ..Default::default() };
    change.state = Set(state.to_owned());
    change.equipment_id = Set(equipment);
    inventory::Entity::update(change).validate()?.exec_without_returning(tx).await?;
    Ok(())
}

async fn split(
    tx: &Tx,
    row: &mut equipment::Model,
    other: EquipmentId,
    inventory: Option<i64>,
    locks: &[Lock],
    act: &Act,
) -> Result<(), ChangeError> {
    let mut back = equipment::Entity::find_by_id(other).one(tx).await?.ok_or(ChangeError::NothingToUndo)?;
    back.deleted_at = None;
    back.merged_into = None;
    if let Some(seq) = inventory {
        taken::leave_inventory(row);
        change::save(tx, row, act).await?;
        back.inventory_seq = Some(seq);
        set_inventory_state(tx, seq, "associated", Some(other)).await?;
    }
    taken::set_locks(row, locks);
    change::save(tx, &mut back, act).await?;
    for table in ["inventory_change", "attachment"] {
        let text = format!("UPDATE {table} SET equipment_id = $1, merged_from = NULL WHERE merged_from = $1");
        sql::execute(tx, &text, vec![other.into()]).await?;
    }
    Ok(())
}

/// Parts an equipment from its agent: the inventory waits again, history and fields stay.
pub async fn dissociate(
    db: &Database,
    granted: Granted,
    act: Act,
    id: EquipmentId,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut row = there(tx, &granted, id).await?;
            let seq = row.inventory_seq.ok_or(ChangeError::NoAgent)?;
            part(tx, &mut row, seq, &[], act.at).await?;
            change::save(tx, &mut row, &act).await?;
            remember(tx, &act, id, OperationKind::Dissociated, &[], &Undo::Nothing).await?;
            change::audit(tx, &act, "equipment.dissociate", &row, "{}");
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

/// Merges another equipment into this one: its history and files come here, its inventory too when this one has
/// none; fields that are empty here are filled. The other is deleted, and can be brought back by undoing.
pub async fn merge(
    db: &Database,
    granted: Granted,
    act: Act,
    id: EquipmentId,
    other_id: EquipmentId,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut row = there(tx, &granted, id).await?;
            let mut other = there(tx, &granted, other_id).await?;
            let both_have_agents = row.inventory_seq.is_some() && other.inventory_seq.is_some();
            if id == other_id || both_have_agents {
                return Err(ChangeError::MergeImpossible);
            }
            let before = taken::locks(&row);
            let moved = other.inventory_seq;
            taken::leave_inventory(&mut other);
            fill_gaps(&mut row, &other);
            other.deleted_at = Some(act.at);
            other.merged_into = Some(id);
            change::save(tx, &mut other, &act).await?;
            if let Some(seq) = moved {
                let machine = inventory::Entity::find_by_id(seq).one(tx).await?;
                if let Some(machine) = machine {
                    lock_what_a_person_set(&mut row, &act);
                    take(tx, &mut row, &machine).await?;
                    set_inventory_state(tx, seq, "associated", Some(id)).await?;
                }
            }
            for table in ["inventory_change", "attachment"] {
                let text = format!("UPDATE {table} SET equipment_id = $1, merged_from = $2 WHERE equipment_id = $2");
                sql::execute(tx, &text, vec![id.into(), other_id.into()]).await?;
            }
            taken::refresh_keys(&mut row);
            change::save(tx, &mut row, &act).await?;
            let undo = Undo::Split { other: other_id, inventory: moved, locks: before };
            let reasons = crate::reconcile::reasons_between(&row, &other);
            remember(tx, &act, id, OperationKind::Merged, &reasons, &undo).await?;
            let merged = serde_json::json!({ "merged": other_id, "name": other.name }).to_string();
            change::audit(tx, &act, "equipment.merge", &row, &merged);
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

fn fill_gaps(row: &mut equipment::Model, other: &equipment::Model) {
    for (target, source) in [
        (&mut row.manufacturer, &other.manufacturer),
        (&mut row.model, &other.model),
        (&mut row.serial, &other.serial),
        (&mut row.uuid, &other.uuid),
        (&mut row.location, &other.location),
        (&mut row.person, &other.person),
        (&mut row.asset_number, &other.asset_number),
        (&mut row.supplier, &other.supplier),
        (&mut row.notes, &other.notes),
    ] {
        if target.is_empty() {
            target.clone_from(source);
        }
    }
    row.purchase_date = row.purchase_date.take().or_else(|| other.purchase_date.clone());
    row.warranty_end = row.warranty_end.take().or_else(|| other.warranty_end.clone());
    if row.custom_fields == "{}" {
        row.custom_fields.clone_from(&other.custom_fields);
    }
}

/// Before an agent's values come to an equipment that was made by hand: what a person has typed stays.
pub(crate) fn lock_what_a_person_set(row: &mut equipment::Model, act: &Act) {
    let mut locks = taken::locks(row);
    for name in taken::FIELDS {
        let Some(field) = taken::field(row, name) else { continue };
        if !field.is_empty() && *field != "other" && !locks.iter().any(|lock| lock.field == *name) {
            locks.push(Lock {
                field: (*name).to_owned(),
                value: field.clone(),
                agent_value: String::new(),
                locked_at: act.at,
                locked_by: act.actor.name.clone(),
            });
        }
    }
    taken::set_locks(row, &locks);
}

/// Brings an inventory's values to an equipment; locks that hold what the agent says anyway go.
pub(crate) async fn take(tx: &Tx, row: &mut equipment::Model, machine: &inventory::Model) -> Result<(), ChangeError> {
    let agent = agent::Entity::find_by_id(machine.agent_id).one(tx).await?;
    let (kind, version) = agent.map(|agent| (agent.kind, agent.version)).unwrap_or_default();
    taken::take_inventory(row, machine, &kind, &version);
    let clones = "SELECT COUNT(*) AS n FROM inventory WHERE clone_of = $1";
    row.clone = machine.clone_of.is_some() || sql::number(tx, clones, vec![machine.id.into()]).await? > 0;
    let mut locks = taken::locks(row);
    locks.retain(|lock| lock.value != lock.agent_value);
    taken::set_locks(row, &locks);
    Ok(())
}

/// Deletes: it leaves the lists and counts, and can be restored until retention takes it for good.
pub async fn delete(db: &Database, granted: Granted, act: Act, id: EquipmentId) -> Result<(), ChangeError> {
    db.write(move |tx| Box::pin(async move { delete_in(tx, &granted, &act, id).await })).await
}

pub(crate) async fn delete_in(tx: &Tx, granted: &Granted, act: &Act, id: EquipmentId) -> Result<(), ChangeError> {
    let mut row = there(tx, granted, id).await?;
    row.deleted_at = Some(act.at);
    if let Some(seq) = row.inventory_seq {
        count(tx, seq, false).await?;
    }
    change::save(tx, &mut row, act).await?;
    change::audit(tx, act, "equipment.delete", &row, "{}");
    Ok(())
}

/// Brings a deleted equipment back.
pub async fn restore(
    db: &Database,
    granted: Granted,
    act: Act,
    id: EquipmentId,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = restore_in(tx, &granted, &act, id).await?;
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

pub(super) async fn restore_in(
    tx: &Tx,
    granted: &Granted,
    act: &Act,
    id: EquipmentId,
) -> Result<equipment::Model, ChangeError> {
    let mut row = detail::row(tx, granted, id).await?.ok_or(ChangeError::NotFound)?;
    // What was merged comes back by undoing the merge.
    if row.deleted_at.is_none() || row.merged_into.is_some() {
        return Err(ChangeError::NotDeleted);
    }
    row.deleted_at = None;
    if let Some(seq) = row.inventory_seq {
        count(tx, seq, true).await?;
    }
    change::save(tx, &mut row, act).await?;
    change::audit(tx, act, "equipment.restore", &row, "{}");
    Ok(row)
}

/// Whether a machine is in the counts of the software.
async fn count(tx: &Tx, seq: i64, counted: bool) -> Result<(), DbErr> {
    let text = "UPDATE inventory SET counted = $1 WHERE seq = $2 AND counted <> $1";
    let changed = sql::execute(tx, text, vec![counted.into(), seq.into()]).await?;
    if changed.rows_affected() > 0 {
        store::count(tx, seq, if counted { 1 } else { -1 }).await?;
    }
    Ok(())
}

/// Takes an equipment away for good, with its inventory and history: what retention does.
pub(crate) async fn purge(tx: &Tx, row: &equipment::Model) -> Result<(), DbErr> {
    if let Some(seq) = row.inventory_seq
        && let Some(machine) = inventory::Entity::find_by_id(seq).one(tx).await?
    {
        remove_inventory(tx, &machine).await?;
    }
    for table in ["inventory_change", "operation", "attachment"] {
        let text = format!("DELETE FROM {table} WHERE equipment_id = $1");
        sql::execute(tx, &text, vec![row.id.into()]).await?;
    }
    equipment::Entity::delete_by_id(row.id).exec(tx).await?;
    Ok(())
}

/// Asks for a fresh inventory at the agent's next call.
pub async fn ask_fresh(db: &Database, granted: Granted, act: Act, id: EquipmentId) -> Result<(), ChangeError> {
    db.write(move |tx| Box::pin(async move { ask_fresh_in(tx, &granted, &act, id).await })).await
}

pub(super) async fn ask_fresh_in(tx: &Tx, granted: &Granted, act: &Act, id: EquipmentId) -> Result<(), ChangeError> {
    let row = there(tx, granted, id).await?;
    let seq = row.inventory_seq.ok_or(ChangeError::NoAgent)?;
    let text = "UPDATE inventory SET fresh_wanted_at = $1 WHERE seq = $2";
    sql::execute(tx, text, vec![act.at.into(), seq.into()]).await?;
    change::audit(tx, act, "equipment.ask-fresh-inventory", &row, "{}");
    Ok(())
}

/// Accepts a new key of this machine by itself until `until`: for a reinstallation that is planned.
pub async fn accept_key_until(
    db: &Database,
    granted: Granted,
    act: Act,
    id: EquipmentId,
    until: Option<Timestamp>,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut row = there(tx, &granted, id).await?;
            row.accept_key_until = until;
            change::save(tx, &mut row, &act).await?;
            let detail = serde_json::json!({ "until": until }).to_string();
            change::audit(tx, &act, "equipment.accept-key", &row, &detail);
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

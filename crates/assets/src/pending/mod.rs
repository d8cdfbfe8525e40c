//! Pending equipment: inventories that no equipment is associated with yet. From here a person makes an equipment of
//! one, associates it with one that is there, accepts a machine that enrolled again, ignores or deletes it.

pub mod candidates;
pub mod list;

use std::sync::Arc;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
};
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{Act, Actor, AuditEntry, CustomerId, EquipmentId, Granted, InventoryId, Rng, Scope, Timestamp};
use vigie_wire::{Section, Sections};

use crate::{
    agents::AgentKind,
    association,
    entity::{agent, equipment, inventory},
    equipment::{
        AGENT_KINDS, ChangeError, Equipment, Staleness,
        change::{self, Fields},
        detail,
        life::{self, OperationKind, Undo},
        taken,
    },
    intake::{record_changes, remove_inventory},
    sql,
};

/// Those who see all customers see every pending equipment; others those that were enrolled for a customer of theirs.
pub(crate) fn visible(granted: &Granted) -> Condition {
    match granted.scope() {
        Scope::All => Condition::all(),
        scope @ Scope::Assigned(_) => owners::within(inventory::Column::CustomerId, scope),
    }
}

/// The row of a pending or ignored inventory within the caller's scope.
pub(crate) async fn row<C: ConnectionTrait>(
    connection: &C,
    granted: &Granted,
    id: InventoryId,
) -> Result<Option<inventory::Model>, DbErr> {
    inventory::Entity::find().filter(inventory::Column::Id.eq(id)).filter(visible(granted)).one(connection).await
}

async fn waiting(tx: &Tx, granted: &Granted, id: InventoryId) -> Result<inventory::Model, ChangeError> {
    let machine = row(tx, granted, id).await?.ok_or(ChangeError::NotFound)?;
    if machine.equipment_id.is_some() { Err(ChangeError::PendingAssociated) } else { Ok(machine) }
}

/// Makes an equipment of a pending one; `fields` correct what was collected.
pub async fn create(
    db: &Database,
    granted: Granted,
    act: Act,
    id: InventoryId,
    fields: Fields,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let machine = waiting(tx, &granted, id).await?;
            let row = create_in(tx, &granted, &act, &machine, &fields).await?;
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

async fn create_in(
    tx: &Tx,
    granted: &Granted,
    act: &Act,
    machine: &inventory::Model,
    fields: &Fields,
) -> Result<equipment::Model, ChangeError> {
    let customer = change::customer_for(tx, granted, fields.customer_id.or(machine.customer_id)).await?;
    let mut row = change::blank(EquipmentId::new(act.at, &*act.rng), customer, act.at);
    life::take(tx, &mut row, machine).await?;
    row.kind.clone_from(&machine.kind);
    if row.name.is_empty() {
        row.name = machine.id.to_string();
    }
    change::fill(&mut row, fields, act, true)?;
    change::insert(tx, &row).await?;
    attach(tx, machine, row.id).await?;
    life::remember(tx, act, row.id, OperationKind::Created, &[], &Undo::Nothing).await?;
    change::audit(tx, act, "equipment.create", &row, &from(machine));
    Ok(row)
}

fn from(machine: &inventory::Model) -> String {
    serde_json::json!({ "pending": machine.id }).to_string()
}

/// The inventory belongs to the equipment from now on, and so does its past.
async fn attach(tx: &Tx, machine: &inventory::Model, equipment: EquipmentId) -> Result<(), DbErr> {
    let mut change = inventory::ActiveModel { seq: Set(machine.seq), ..Default::default() };
    change.state = Set("associated".to_owned());
    change.equipment_id = Set(Some(equipment));
    change.enrolled_again = Set(None);
    inventory::Entity::update(change).validate()?.exec_without_returning(tx).await?;
    let text = "UPDATE inventory_change SET equipment_id = $1 WHERE inventory_seq = $2 AND equipment_id IS NULL";
    sql::execute(tx, text, vec![equipment.into(), machine.seq.into()]).await?;
    Ok(())
}

/// Associates a pending one with an equipment that has no agent.
pub async fn associate(
    db: &Database,
    granted: Granted,
    act: Act,
    id: InventoryId,
    equipment_id: EquipmentId,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            // An association rule may be at it: first the machine, then the equipment, as there.
            sql::hold(tx, "inventory WHERE id = $1", id).await?;
            let machine = waiting(tx, &granted, id).await?;
            let row = associate_in(tx, &granted, &act, &machine, equipment_id).await?;
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

/// The same, of a machine that is known to wait.
pub(crate) async fn associate_in(
    tx: &Tx,
    granted: &Granted,
    act: &Act,
    machine: &inventory::Model,
    equipment_id: EquipmentId,
) -> Result<equipment::Model, ChangeError> {
    // Another machine may be associated with it at this moment.
    sql::hold(tx, "equipment WHERE id = $1", equipment_id).await?;
    let mut row = detail::row(tx, granted, equipment_id).await?.ok_or(ChangeError::NotFound)?;
    if row.deleted_at.is_some() {
        return Err(ChangeError::Deleted);
    }
    if row.inventory_seq.is_some() {
        return Err(ChangeError::AlreadyAssociated);
    }
    if !AGENT_KINDS.contains(&row.kind.as_str()) {
        let reason = "is of a type that agents are not met on";
        return Err(ChangeError::Invalid { field: "equipment_id", reason });
    }
    let reasons = candidates::reasons(tx, machine, &row).await?;
    let undo = Undo::Part { inventory: machine.seq, locks: taken::locks(&row) };
    life::lock_what_a_person_set(&mut row, act);
    life::take(tx, &mut row, machine).await?;
    taken::refresh_keys(&mut row);
    change::save(tx, &mut row, act).await?;
    attach(tx, machine, row.id).await?;
    association::forget_undone(tx, row.id, machine.agent_id).await?;
    life::remember(tx, act, row.id, OperationKind::Associated, &reasons, &undo).await?;
    change::audit(tx, act, "pending-equipment.associate", &row, &from(machine));
    Ok(row)
}

/// Accepts a machine that enrolled again: its equipment goes on with the new key, the old one is revoked.
pub async fn accept(
    db: &Database,
    granted: Granted,
    act: Act,
    id: InventoryId,
    staleness: Staleness,
) -> Result<Equipment, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let machine = waiting(tx, &granted, id).await?;
            let equipment = machine.enrolled_again.ok_or(ChangeError::NotFound)?;
            if detail::row(tx, &granted, equipment).await?.is_none() {
                return Err(ChangeError::NotFound);
            }
            let row = accept_row(tx, &machine, equipment, &act).await?;
            Ok(detail::view(tx, row, staleness).await?)
        })
    })
    .await
}

/// The same, asked for beforehand: the server accepts at intake.
pub(crate) async fn accept_in(
    tx: &Tx,
    seq: i64,
    equipment: EquipmentId,
    actor: &Actor,
    now: Timestamp,
    rng: Arc<dyn Rng>,
) -> Result<(), DbErr> {
    let Some(machine) = inventory::Entity::find_by_id(seq).one(tx).await? else {
        return Ok(());
    };
    let act = Act { actor: actor.clone(), at: now, rng };
    match accept_row(tx, &machine, equipment, &act).await {
        Ok(_) => Ok(()),
        Err(ChangeError::Database(error)) => Err(error),
        Err(error) => Err(DbErr::Custom(error.to_string())),
    }
}

async fn accept_row(
    tx: &Tx,
    machine: &inventory::Model,
    equipment: EquipmentId,
    act: &Act,
) -> Result<equipment::Model, ChangeError> {
    let mut row = equipment::Entity::find_by_id(equipment).one(tx).await?.ok_or(ChangeError::NotFound)?;
    if row.deleted_at.is_some() {
        return Err(ChangeError::Deleted);
    }
    let reasons = candidates::reasons(tx, machine, &row).await?;
    if let Some(old) = row.inventory_seq
        && let Some(old) = inventory::Entity::find_by_id(old).one(tx).await?
    {
        replace(tx, &old, machine, equipment, act).await?;
    }
    life::take(tx, &mut row, machine).await?;
    row.accept_key_until = None;
    taken::refresh_keys(&mut row);
    // The old inventory's place is free now.
    change::save(tx, &mut row, act).await?;
    attach(tx, machine, equipment).await?;
    life::remember(tx, act, equipment, OperationKind::Accepted, &reasons, &Undo::Nothing).await?;
    change::audit(tx, act, "pending-equipment.accept", &row, &from(machine));
    Ok(row)
}

/// The old agent's inventory makes room; how the machine differs since is the history's next entry.
async fn replace(
    tx: &Tx,
    old: &inventory::Model,
    new: &inventory::Model,
    equipment: EquipmentId,
    act: &Act,
) -> Result<(), ChangeError> {
    let before = detail::sections(tx, old.seq, None).await?;
    let after = detail::sections(tx, new.seq, None).await?;
    let changes: Vec<_> =
        Section::ALL.iter().filter_map(|section| Sections::changes(*section, &before, &after)).collect();
    if !changes.is_empty() {
        let as_associated = inventory::Model { equipment_id: Some(equipment), ..new.clone() };
        record_changes(tx, &as_associated, &changes, new.collected_at, act.at).await?;
    }
    let agent = agent::Entity::find_by_id(old.agent_id).one(tx).await?;
    if agent.is_some_and(|agent| AgentKind::from_code(&agent.kind).is_some_and(AgentKind::proven)) {
        let values = vec![act.at.into(), old.agent_id.into()];
        sql::execute(tx, "UPDATE agent SET revoked_at = $1 WHERE id = $2", values).await?;
    }
    remove_inventory(tx, old).await?;
    Ok(())
}

/// Keeps a pending one out of the queue, or lets it in again.
pub async fn set_ignored(
    db: &Database,
    granted: Granted,
    act: Act,
    id: InventoryId,
    ignored: bool,
) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let machine = waiting(tx, &granted, id).await?;
            set_ignored_in(tx, &machine, ignored, &act).await
        })
    })
    .await
}

async fn set_ignored_in(tx: &Tx, machine: &inventory::Model, ignored: bool, act: &Act) -> Result<(), ChangeError> {
    let (state, action) =
        if ignored { ("ignored", "pending-equipment.ignore") } else { ("pending", "pending-equipment.unignore") };
    let values = vec![state.into(), machine.seq.into()];
    sql::execute(tx, "UPDATE inventory SET state = $1 WHERE seq = $2", values).await?;
    audit(tx, act, action, machine);
    Ok(())
}

/// Deletes a pending one: what was collected goes. An agent that still runs comes back as new.
pub async fn delete(db: &Database, granted: Granted, act: Act, id: InventoryId) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let machine = waiting(tx, &granted, id).await?;
            delete_in(tx, &machine, &act).await
        })
    })
    .await
}

async fn delete_in(tx: &Tx, machine: &inventory::Model, act: &Act) -> Result<(), ChangeError> {
    remove_inventory(tx, machine).await?;
    audit(tx, act, "pending-equipment.delete", machine);
    Ok(())
}

fn audit(tx: &Tx, act: &Act, action: &'static str, machine: &inventory::Model) {
    let entry = AuditEntry::new(act.at, &act.actor, action, "pending-equipment").object(machine.id, &machine.name);
    let entry = AuditEntry { customer: machine.customer_id, ..entry };
    vigie_db::audit::append(tx, &*act.rng, entry);
}

/// What is done with many pending ones at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// Make equipment of them, of this customer or their own or the default one.
    Create(Option<CustomerId>),
    /// Accept them as enrolled again.
    Accept,
    /// Keep them out.
    Ignore,
    /// Let them in again.
    Unignore,
    /// Delete them.
    Delete,
}

/// Does one thing with several pending ones, all in one transaction; one that cannot be is left alone and named.
pub async fn bulk(
    db: &Database,
    granted: Granted,
    act: Act,
    ids: Vec<InventoryId>,
    action: BulkAction,
) -> Result<Vec<(InventoryId, ChangeError)>, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut failed = Vec::new();
            for id in ids {
                match bulk_one(tx, &granted, &act, id, action).await {
                    Ok(()) => {}
                    Err(ChangeError::Database(error)) => return Err(error.into()),
                    Err(error) => failed.push((id, error)),
                }
            }
            Ok(failed)
        })
    })
    .await
}

async fn bulk_one(
    tx: &Tx,
    granted: &Granted,
    act: &Act,
    id: InventoryId,
    action: BulkAction,
) -> Result<(), ChangeError> {
    let machine = waiting(tx, granted, id).await?;
    match action {
        BulkAction::Create(customer_id) => {
            let fields = Fields { customer_id, ..Fields::default() };
            create_in(tx, granted, act, &machine, &fields).await.map(drop)
        }
        BulkAction::Accept => {
            let equipment = machine.enrolled_again.ok_or(ChangeError::NotFound)?;
            detail::row(tx, granted, equipment).await?.ok_or(ChangeError::NotFound)?;
            accept_row(tx, &machine, equipment, act).await.map(drop)
        }
        BulkAction::Ignore => set_ignored_in(tx, &machine, true, act).await,
        BulkAction::Unignore => set_ignored_in(tx, &machine, false, act).await,
        BulkAction::Delete => delete_in(tx, &machine, act).await,
    }
}

/// The inventory of a pending one.
pub async fn inventory(db: &Database, granted: &Granted, id: InventoryId) -> Result<Option<detail::Inventory>, DbErr> {
    match row(db.reads(), granted, id).await? {
        Some(machine) => Ok(Some(detail::of_machine(db.reads(), &machine).await?)),
        None => Ok(None),
    }
}

//! The part of intake that writes: one transaction, a handful of statements, only what differs.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, Value};
use vigie_db::Tx;
use vigie_kernel::{InventoryId, Rng, Timestamp};
use vigie_wire::{
    Section, SectionChange, Sections,
    sync::{Identity, Outcome},
};

use super::{Extent, Receipt, Refusal, prepare::Prepared};
use crate::{
    entity::{agent, equipment, inventory},
    pack,
    reconcile::{SameMachine, same_machine},
    software::{Versions, store},
    sql::{self, Conflict},
    summary::search_text,
};

/// Stores a prepared delivery.
pub(super) async fn apply(
    tx: &Tx,
    prepared: Prepared,
    versions: &mut Versions,
    now: Timestamp,
    rng: Arc<dyn Rng>,
) -> Result<Receipt, Refusal> {
    let agent = agent::Entity::find_by_id(prepared.sender.agent).one(tx).await?.ok_or(Refusal::AgentUnknown)?;
    if agent.revoked_at.is_some() {
        return Err(Refusal::AgentRevoked);
    }
    let machines = inventory::Entity::find()
        .filter(inventory::Column::AgentId.eq(agent.id))
        .order_by_asc(inventory::Column::Seq)
        .all(tx)
        .await?;
    let found = find_machine(&machines, &prepared.delivery.identity);
    if let Some(machine) = found
        && let Some(receipt) = answered_before(machine, &prepared, now)?
    {
        return Ok(receipt);
    }
    check_base(found, &prepared)?;
    touch_agent(tx, &agent, &prepared, now).await?;
    match found {
        Some(machine) => update(tx, machine, prepared, versions, now).await,
        None => create(tx, &machines, &agent, prepared, versions, now, rng).await,
    }
}

/// The machine that an identity is of, among those that this agent was met on.
fn find_machine<'a>(machines: &'a [inventory::Model], identity: &Identity) -> Option<&'a inventory::Model> {
    let verdict = |machine: &inventory::Model| same_machine(&identity_of(machine), identity);
    machines.iter().find(|machine| verdict(machine) == SameMachine::Same).or_else(|| match machines {
        // Nothing to compare: the agent's own identity is all there is.
        [only] if verdict(only) == SameMachine::Unknown => Some(only),
        _ => None,
    })
}

fn identity_of(machine: &inventory::Model) -> Identity {
    let text = |field: &str| (!field.is_empty()).then(|| field.to_owned());
    Identity {
        name: text(&machine.name),
        serial: text(&machine.serial),
        uuid: text(&machine.uuid),
        machine_id: text(&machine.machine_id),
    }
}

/// The answer to a resend is that of the first time; an older delivery is refused.
fn answered_before(
    machine: &inventory::Model,
    prepared: &Prepared,
    now: Timestamp,
) -> Result<Option<Receipt>, Refusal> {
    let delivery = &prepared.delivery;
    let same_body = machine.body_digest == delivery.body_digest;
    let last = u64::try_from(machine.sequence).unwrap_or(0);
    let repeated = if prepared.sender.kind.proven() {
        if delivery.sequence < last || (delivery.sequence == last && !same_body) {
            return Err(Refusal::SequenceOld { last });
        }
        delivery.sequence == last
    } else {
        // Foreign agents count nothing: the same document within the hour is a resend.
        same_body && now.since(machine.last_contact_at) < std::time::Duration::from_hours(1)
    };
    Ok(repeated.then(|| Receipt {
        inventory_id: machine.id,
        outcome: outcome_of(&machine.outcome),
        fresh_inventory: machine.fresh_wanted_at.is_some(),
        repeated: true,
        new_pending: false,
        clone_met: false,
        equipment_id: machine.equipment_id,
    }))
}

fn check_base(found: Option<&inventory::Model>, prepared: &Prepared) -> Result<(), Refusal> {
    let Extent::Delta { base, .. } = &prepared.delivery.extent else {
        return Ok(());
    };
    match found {
        Some(machine) if machine.state_token == *base && !base.is_empty() => Ok(()),
        _ => Err(Refusal::BaseUnknown),
    }
}

async fn touch_agent(tx: &Tx, agent: &agent::Model, prepared: &Prepared, now: Timestamp) -> Result<(), DbErr> {
    let delivery = &prepared.delivery;
    let messages = serde_json::to_string(&delivery.agent.messages).unwrap_or_default();
    let name = delivery.identity.name.clone().unwrap_or_else(|| agent.name.clone());
    let values = vec![
        now.into(),
        delivery.agent.version.clone().into(),
        delivery.agent.platform.clone().into(),
        delivery.agent.status.clone().into(),
        messages.into(),
        name.to_lowercase().into(),
        name.into(),
        agent.id.into(),
    ];
    let text = "UPDATE agent SET last_contact_at = $1, version = $2, platform = $3, status = $4, messages = $5, \
                name_key = $6, name = $7 WHERE id = $8";
    sql::execute(tx, text, values).await?;
    Ok(())
}

async fn create(
    tx: &Tx,
    others: &[inventory::Model],
    agent: &agent::Model,
    prepared: Prepared,
    versions: &mut Versions,
    now: Timestamp,
    rng: Arc<dyn Rng>,
) -> Result<Receipt, Refusal> {
    let delivery = &prepared.delivery;
    let client = crate::agents::Client { id: agent.api_client_id, customer: agent.customer_id };
    let customer = crate::agents::customer_of(tx, client, delivery.tag.as_deref()).await?;
    let system = prepared.summary.system.clone().unwrap_or_default();
    let os = prepared.summary.os.clone().unwrap_or_default();
    let name = first_of([&system.name, delivery.identity.name.as_deref().unwrap_or_default(), &agent.name]);
    let id = InventoryId::new(now, &*rng);
    let serial = first_of([&system.serial, delivery.identity.serial.as_deref().unwrap_or_default()]);
    let uuid = first_of([&system.uuid, delivery.identity.uuid.as_deref().unwrap_or_default()]);
    let tag = delivery.tag.clone().unwrap_or_default();
    let source = &prepared.sender.source_address;
    let search = search_text([&*name, &serial, &uuid, &system.manufacturer, &system.model, &os.name, source, &tag]);
    let row = inventory::ActiveModel {
        id: Set(id),
        agent_id: Set(agent.id),
        equipment_id: Set(None),
        state: Set("pending".to_owned()),
        name_key: Set(name.to_lowercase()),
        serial: Set(serial),
        uuid: Set(uuid),
        machine_id: Set(first_of([&system.machine_id, delivery.identity.machine_id.as_deref().unwrap_or_default()])),
        kind: Set(first_of([&system.kind, "other"])),
        manufacturer: Set(system.manufacturer),
        model: Set(system.model),
        os_family: Set(os.family),
        os_name: Set(os.name),
        os_version: Set(os.version),
        source_address: Set(source.clone()),
        tag: Set(tag),
        customer_id: Set(customer),
        state_token: Set(delivery.state.clone()),
        sequence: Set(i64::try_from(delivery.sequence).unwrap_or(i64::MAX)),
        body_digest: Set(delivery.body_digest.to_vec()),
        outcome: Set(outcome_code(Outcome::Full).to_owned()),
        first_received_at: Set(now),
        collected_at: Set(prepared.collected_at),
        received_at: Set(now),
        last_contact_at: Set(now),
        clock_skew_ms: Set(prepared.clock_skew_ms),
        remarks: Set(prepared.remarks.clone()),
        incomplete: Set(delivery.extent == Extent::Partial),
        fresh_wanted_at: Set(None),
        disk_nearly_full: Set(prepared.summary.disk_nearly_full.unwrap_or(false)),
        counted: Set(true),
        // An identity that this agent was never met on: a second machine under one key.
        clone_of: Set(others.first().map(|other| other.id)),
        enrolled_again: Set(None),
        search: Set(search),
        memory_bytes: Set(system.memory_bytes),
        bios_date: Set(prepared.summary.bios_date.clone().unwrap_or_default()),
        os_installed: Set(os.install_date),
        name: Set(name),
        ..Default::default()
    };
    let seq = inventory::Entity::insert(row).exec(tx).await?.last_insert_id;
    if let Some(original) = others.first().and_then(|other| other.equipment_id) {
        let flag = equipment::Entity::update_many()
            .col_expr(equipment::Column::Clone, true.into())
            .filter(equipment::Column::Id.eq(original));
        flag.exec(tx).await?;
    }
    store_sections(tx, seq, &prepared, &HashMap::new()).await?;
    if let Some((_, list)) = &prepared.software {
        store::add(tx, versions, seq, list).await?;
    }
    let identifiers = prepared.identifiers.as_deref().unwrap_or_default();
    crate::reconcile::add(tx, seq, identifiers).await?;
    let again = crate::reconcile::enrolled_again(tx, seq, agent, identifiers).await?;
    if let Some(found) = &again {
        let text = "UPDATE inventory SET enrolled_again = $1 WHERE seq = $2";
        sql::execute(tx, text, vec![found.equipment.into(), seq.into()]).await?;
    }
    record(tx, seq, &prepared, Outcome::Full, now).await?;
    let mut receipt = Receipt {
        inventory_id: id,
        outcome: Outcome::Full,
        fresh_inventory: false,
        repeated: false,
        new_pending: true,
        clone_met: !others.is_empty(),
        equipment_id: None,
    };
    // Someone said beforehand that this machine will come with a new key.
    if let Some(equipment) = again.filter(|found| found.accepted_beforehand(now)).map(|found| found.equipment) {
        crate::pending::accept_in(tx, seq, equipment, &vigie_kernel::Actor::server(), now, rng).await?;
        receipt.new_pending = false;
        receipt.equipment_id = Some(equipment);
    } else {
        crate::association::wait(tx, seq, true).await?;
    }
    Ok(receipt)
}

async fn update(
    tx: &Tx,
    machine: &inventory::Model,
    prepared: Prepared,
    versions: &mut Versions,
    now: Timestamp,
) -> Result<Receipt, Refusal> {
    let seq = machine.seq;
    let stored = if prepared.brings_nothing() { HashMap::new() } else { stored_digests(tx, seq).await? };
    let removed = removed_sections(&stored, &prepared);
    let changed = changed_sections(&stored, &prepared);
    let mut told = section_changes(tx, seq, &prepared, &changed, &removed).await?;
    store_sections(tx, seq, &prepared, &stored).await?;
    for section in &removed {
        let values = vec![seq.into(), section.as_str().into()];
        let text = "DELETE FROM inventory_section WHERE inventory_seq = $1 AND section = $2";
        sql::execute(tx, text, values).await?;
    }
    if let Some((digest, list)) = &prepared.software {
        if stored.get(Section::Software.as_str()).is_none_or(|old| old != &digest[..]) {
            told.extend(store::replace(tx, versions, seq, machine.counted, list).await?);
        }
    } else if removed.contains(&Section::Software) {
        store::remove(tx, seq, machine.counted).await?;
    }
    if let Some(identifiers) = &prepared.identifiers
        && changed.iter().any(|section| matches!(section, Section::System | Section::Networks | Section::Boards))
    {
        crate::reconcile::store(tx, seq, identifiers).await?;
        if machine.equipment_id.is_none() {
            crate::association::wait(tx, seq, false).await?;
        }
    }
    let unchanged = changed.is_empty() && removed.is_empty();
    let outcome = match &prepared.delivery.extent {
        _ if unchanged => Outcome::Unchanged,
        Extent::Whole => Outcome::Full,
        Extent::Delta { .. } | Extent::Partial => Outcome::Delta,
    };
    let carried_inventory = !prepared.sections.is_empty() || prepared.software.is_some();
    let fresh_inventory = update_row(tx, machine, &prepared, outcome, carried_inventory, now).await?;
    if let Some(equipment) = machine.equipment_id {
        let software_changed = changed.contains(&Section::Software) || removed.contains(&Section::Software);
        crate::equipment::taken::update(tx, equipment, &prepared.view(software_changed), now).await?;
    }
    if !told.is_empty() {
        record_changes(tx, machine, &told, prepared.collected_at, now).await?;
    }
    record(tx, seq, &prepared, outcome, now).await?;
    Ok(Receipt {
        inventory_id: machine.id,
        outcome,
        fresh_inventory,
        repeated: false,
        new_pending: false,
        clone_met: false,
        equipment_id: machine.equipment_id,
    })
}

async fn stored_digests(tx: &Tx, seq: i64) -> Result<HashMap<String, Vec<u8>>, DbErr> {
    let text = "SELECT section, digest FROM inventory_section WHERE inventory_seq = $1";
    sql::rows(tx, text, vec![seq.into()])
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "section")?, row.try_get("", "digest")?)))
        .collect()
}

fn removed_sections(stored: &HashMap<String, Vec<u8>>, prepared: &Prepared) -> Vec<Section> {
    match &prepared.delivery.extent {
        Extent::Whole => {
            let here: Vec<Section> = prepared
                .sections
                .iter()
                .map(|ready| ready.section)
                .chain(prepared.software.is_some().then_some(Section::Software))
                .collect();
            stored.keys().filter_map(|name| Section::from_name(name)).filter(|it| !here.contains(it)).collect()
        }
        Extent::Delta { removed, .. } => {
            removed.iter().copied().filter(|section| stored.contains_key(section.as_str())).collect()
        }
        Extent::Partial => Vec::new(),
    }
}

/// Sections whose significant content differs from what is stored.
fn changed_sections(stored: &HashMap<String, Vec<u8>>, prepared: &Prepared) -> Vec<Section> {
    let differs = |section: Section, digest: &[u8]| stored.get(section.as_str()).is_none_or(|old| old != digest);
    prepared
        .sections
        .iter()
        .filter(|ready| ready.section != Section::Runtime && differs(ready.section, &ready.digest))
        .map(|ready| ready.section)
        .chain(
            prepared
                .software
                .as_ref()
                .filter(|(digest, _)| differs(Section::Software, digest))
                .map(|_| Section::Software),
        )
        .collect()
}

/// What the history tells of all changed sections but the software.
async fn section_changes(
    tx: &Tx,
    seq: i64,
    prepared: &Prepared,
    changed: &[Section],
    removed: &[Section],
) -> Result<Vec<SectionChange>, DbErr> {
    let mut told = Vec::new();
    for section in changed.iter().chain(removed).copied().filter(|section| *section != Section::Software) {
        let (mut before, mut after) = (Sections::default(), Sections::default());
        let text = "SELECT body FROM inventory_section WHERE inventory_seq = $1 AND section = $2";
        if let Some(row) = sql::row(tx, text, vec![seq.into(), section.as_str().into()]).await? {
            read_section(&mut before, section, &row.try_get::<Vec<u8>>("", "body")?)?;
        }
        if !removed.contains(&section)
            && let Some(json) = prepared.delivery.sections.to_json(section)
        {
            after.set_json(section, &json).map_err(|error| pack::damaged("section", error))?;
        }
        told.extend(Sections::changes(section, &before, &after));
    }
    Ok(told)
}

/// Unpacks a stored section.
pub(crate) fn read_section(sections: &mut Sections, section: Section, body: &[u8]) -> Result<(), DbErr> {
    let json = pack::unpack(body).map_err(|error| pack::damaged("section", error))?;
    sections.set_json(section, &json).map_err(|error| pack::damaged("section", error))
}

async fn store_sections(
    tx: &Tx,
    seq: i64,
    prepared: &Prepared,
    stored: &HashMap<String, Vec<u8>>,
) -> Result<(), DbErr> {
    let mut values: Vec<Value> = Vec::new();
    let mut push = |section: Section, digest: &[u8], body: Vec<u8>| {
        values.extend([seq.into(), section.as_str().into(), digest.to_vec().into(), body.into()]);
    };
    for ready in &prepared.sections {
        if stored.get(ready.section.as_str()).is_some_and(|old| old == &ready.digest[..]) {
            continue;
        }
        let body = match &ready.body {
            Some(body) => body.clone(),
            None => pack::pack(&prepared.delivery.sections.to_json(ready.section).unwrap_or_default()),
        };
        push(ready.section, &ready.digest, body);
    }
    if let Some((digest, list)) = &prepared.software
        && stored.get(Section::Software.as_str()).is_none_or(|old| old != &digest[..])
    {
        push(Section::Software, digest, list.copies.clone());
    }
    sql::insert_many(
        tx,
        "inventory_section (inventory_seq, section, digest, body)",
        4,
        values,
        Conflict::Update(
            "ON CONFLICT (inventory_seq, section) DO UPDATE SET digest = excluded.digest, body = excluded.body",
        ),
    )
    .await
}

/// Brings the row up to date. Answers whether someone asked for a fresh inventory that this was not yet.
async fn update_row(
    tx: &Tx,
    machine: &inventory::Model,
    prepared: &Prepared,
    outcome: Outcome,
    carried_inventory: bool,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let delivery = &prepared.delivery;
    let mut row = inventory::ActiveModel { seq: Set(machine.seq), ..Default::default() };
    row.last_contact_at = Set(now);
    row.sequence = Set(i64::try_from(delivery.sequence).unwrap_or(i64::MAX));
    row.body_digest = Set(delivery.body_digest.to_vec());
    row.outcome = Set(outcome_code(outcome).to_owned());
    row.clock_skew_ms = Set(prepared.clock_skew_ms);
    row.source_address = Set(prepared.sender.source_address.clone());
    row.state_token = Set(delivery.state.clone());
    // What was asked for is fulfilled by a whole inventory that was taken after the question.
    let whole = delivery.extent == Extent::Whole;
    let fresh_inventory = machine.fresh_wanted_at.is_some() && !whole;
    if whole {
        row.fresh_wanted_at = Set(None);
        row.incomplete = Set(false);
    }
    if carried_inventory || outcome == Outcome::Unchanged {
        // With nothing changed the inventory was taken again all the same.
        row.collected_at = Set(prepared.collected_at);
        row.received_at = Set(now);
    }
    if carried_inventory {
        row.remarks = Set(prepared.remarks.clone());
    }
    let mut searched = false;
    if let Some(system) = prepared.summary.system.clone() {
        searched |= system.name != machine.name || system.serial != machine.serial || system.uuid != machine.uuid;
        let name = first_of([&system.name, &machine.name]);
        row.name_key = Set(name.to_lowercase());
        row.name = Set(name);
        row.serial = Set(system.serial);
        row.uuid = Set(system.uuid);
        row.machine_id = Set(system.machine_id);
        row.kind = Set(system.kind);
        row.manufacturer = Set(system.manufacturer);
        row.model = Set(system.model);
        row.memory_bytes = Set(system.memory_bytes);
    }
    if let Some(os) = prepared.summary.os.clone() {
        searched |= os.name != machine.os_name;
        row.os_family = Set(os.family);
        row.os_name = Set(os.name);
        row.os_version = Set(os.version);
        row.os_installed = Set(os.install_date);
    }
    if let Some(date) = prepared.summary.bios_date.clone() {
        row.bios_date = Set(date);
    }
    if let Some(full) = prepared.summary.disk_nearly_full {
        row.disk_nearly_full = Set(full);
    }
    inventory::Entity::update(row).validate()?.exec_without_returning(tx).await?;
    if searched {
        refresh_search(tx, machine.seq).await?;
    }
    Ok(fresh_inventory)
}

async fn refresh_search(tx: &Tx, seq: i64) -> Result<(), DbErr> {
    let Some(row) = inventory::Entity::find_by_id(seq).one(tx).await? else {
        return Ok(());
    };
    let search = search_text([
        &*row.name,
        &row.serial,
        &row.uuid,
        &row.manufacturer,
        &row.model,
        &row.os_name,
        &row.source_address,
        &row.tag,
    ]);
    let mut change: inventory::ActiveModel = inventory::ActiveModel { seq: Set(seq), ..Default::default() };
    change.search = Set(search);
    inventory::Entity::update(change).validate()?.exec_without_returning(tx).await?;
    Ok(())
}

/// Adds to the history.
pub(crate) async fn record_changes(
    tx: &Tx,
    machine: &inventory::Model,
    changes: &[SectionChange],
    collected_at: Timestamp,
    now: Timestamp,
) -> Result<(), DbErr> {
    let body = pack::pack(&serde_json::to_vec(changes).unwrap_or_default());
    let values = vec![machine.seq.into(), machine.equipment_id.into(), now.into(), collected_at.into(), body.into()];
    let into = "inventory_change (inventory_seq, equipment_id, at, collected_at, body)";
    sql::insert_many(tx, into, 5, values, Conflict::Never).await
}

async fn record(tx: &Tx, seq: i64, prepared: &Prepared, outcome: Outcome, now: Timestamp) -> Result<(), DbErr> {
    let delivery = &prepared.delivery;
    let values = vec![
        seq.into(),
        now.into(),
        outcome_code(outcome).into(),
        i64::try_from(delivery.bytes).unwrap_or(i64::MAX).into(),
        prepared.sender.source_address.clone().into(),
        delivery.agent.version.clone().into(),
        delivery.agent.status.clone().into(),
        serde_json::to_string(&delivery.agent.messages).unwrap_or_default().into(),
    ];
    let into = "synchronisation (inventory_seq, at, outcome, bytes, source_address, agent_version, status, messages)";
    sql::insert_many(tx, into, 8, values, Conflict::Never).await
}

/// Deletes an inventory with everything that was collected; the agent goes too when it was its last.
pub(crate) async fn remove_inventory(tx: &Tx, machine: &inventory::Model) -> Result<(), DbErr> {
    store::remove(tx, machine.seq, machine.counted).await?;
    for table in ["inventory_section", "inventory_identifier", "inventory_change", "synchronisation"] {
        let keep = if table == "inventory_change" { " AND equipment_id IS NULL" } else { "" };
        let text = format!("DELETE FROM {table} WHERE inventory_seq = $1{keep}");
        sql::execute(tx, &text, vec![machine.seq.into()]).await?;
    }
    inventory::Entity::delete_by_id(machine.seq).exec(tx).await?;
    // A revoked key stays known, so that it stays refused.
    let text = "DELETE FROM agent WHERE id = $1 AND revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM inventory WHERE agent_id = $1)";
    sql::execute(tx, text, vec![machine.agent_id.into()]).await?;
    Ok(())
}

fn first_of<const N: usize>(texts: [&str; N]) -> String {
    texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default().to_owned()
}

/// The code of an outcome in the database.
pub(crate) const fn outcome_code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Full => "full",
        Outcome::Delta => "delta",
        Outcome::Unchanged => "unchanged",
    }
}

fn outcome_of(code: &str) -> Outcome {
    match code {
        "full" => Outcome::Full,
        "delta" => Outcome::Delta,
        _ => Outcome::Unchanged,
    }
}

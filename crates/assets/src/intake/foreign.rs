//! Inventories of other makers' agents. Such an agent is known by its own id and the API client that it signed in with;
//! holding only a shared secret it proves less than a native one, and never touches what it did not create itself.

use std::sync::Arc;

use sea_orm::{ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use sha2::{Digest as _, Sha256};
use vigie_db::Database;
use vigie_kernel::{AgentId, Rng, Timestamp};
use vigie_wire::{
    Section,
    foreign::{ForeignInventory, Kind},
    sync::AgentStatus,
};

use super::{Delivery, Extent, Intake, Receipt, Refusal, Sender};
use crate::{
    agents::{AgentKind, Client, customer_of},
    entity::{agent, inventory},
    equipment::detail,
};

fn kind_of(kind: Kind) -> AgentKind {
    match kind {
        Kind::Glpi => AgentKind::Glpi,
        Kind::FusionInventory => AgentKind::FusionInventory,
        Kind::Ocs => AgentKind::Ocs,
    }
}

impl Intake {
    /// Takes an inventory that [`vigie_wire::foreign::read`] read. `document` is its unpacked text.
    pub async fn receive_foreign(
        &self,
        client: Client,
        foreign: ForeignInventory,
        document: &[u8],
        source_address: String,
        now: Timestamp,
    ) -> Result<Receipt, Refusal> {
        let agent = ensure_agent(&self.db, client, &foreign, now, &self.rng).await?;
        let held = if foreign.partial { held(&self.db, agent.id).await? } else { None };
        let sections = foreign.onto(held);
        let identity = sections.system.as_ref().map(Into::into).unwrap_or_default();
        let delivery = Delivery {
            identity,
            sequence: now.millis().max(0).unsigned_abs(),
            body_digest: Sha256::digest(document).into(),
            bytes: document.len() as u64,
            agents_clock: None,
            sent_at: None,
            collected_at: foreign.collected_at,
            agent: AgentStatus {
                version: foreign.agent_version.clone().unwrap_or_default(),
                platform: sections.operating_system.as_ref().and_then(|os| os.family.clone()).unwrap_or_default(),
                status: "ok".to_owned(),
                messages: Vec::new(),
                ..AgentStatus::default()
            },
            tag: foreign.tag.clone(),
            state: String::new(),
            extent: if foreign.partial { Extent::Partial } else { Extent::Whole },
            sections,
            remarks: foreign.remarks,
        };
        let sender =
            Sender { agent: agent.id, kind: kind_of(foreign.kind), customer: agent.customer_id, source_address };
        self.receive(sender, delivery, now).await
    }
}

/// Of what is stored, the sections that a partial inventory may tell only a part of.
async fn held(db: &Database, agent: AgentId) -> Result<Option<vigie_wire::Sections>, DbErr> {
    let machine = inventory::Entity::find().filter(inventory::Column::AgentId.eq(agent)).one(db.reads()).await?;
    match machine {
        Some(machine) => {
            let only = [Section::System, Section::OperatingSystem];
            Ok(Some(detail::sections(db.reads(), machine.seq, Some(&only)).await?))
        }
        None => Ok(None),
    }
}

async fn find(db: &Database, client: Client, id: &str) -> Result<Option<agent::Model>, DbErr> {
    agent::Entity::find()
        .filter(agent::Column::ApiClientId.eq(client.id))
        .filter(agent::Column::ForeignId.eq(id))
        .one(db.reads())
        .await
}

async fn ensure_agent(
    db: &Database,
    client: Client,
    foreign: &ForeignInventory,
    now: Timestamp,
    rng: &Arc<dyn Rng>,
) -> Result<agent::Model, DbErr> {
    // Three agents on one host have three device ids; one agent's stays when the host is renamed.
    let foreign_id = format!("{}:{}", foreign.kind.as_str(), foreign.device_id);
    if let Some(known) = find(db, client, &foreign_id).await? {
        return Ok(known);
    }
    let former = foreign.old_device_id.as_ref().map(|old| format!("{}:{old}", foreign.kind.as_str()));
    let name = foreign.identity().name.unwrap_or_else(|| foreign.device_id.clone());
    let (kind, tag) = (kind_of(foreign.kind), foreign.tag.clone());
    let id = AgentId::new(now, &**rng);
    let wanted = foreign_id.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let by_id = |id: String| {
                agent::Entity::find()
                    .filter(agent::Column::ApiClientId.eq(client.id))
                    .filter(agent::Column::ForeignId.eq(id))
            };
            if by_id(wanted.clone()).one(tx).await?.is_some() {
                return Ok::<(), DbErr>(());
            }
            // An OCS agent that was renamed says how it was called.
            if let Some(former) = former
                && let Some(known) = by_id(former).one(tx).await?
            {
                let change =
                    agent::ActiveModel { id: Set(known.id), foreign_id: Set(Some(wanted)), ..Default::default() };
                agent::Entity::update(change).validate()?.exec_without_returning(tx).await?;
                return Ok(());
            }
            let customer = customer_of(tx, client, tag.as_deref()).await?;
            let row = agent::ActiveModel {
                id: Set(id),
                kind: Set(kind.as_str().to_owned()),
                public_key: Set(None),
                foreign_id: Set(Some(wanted)),
                api_client_id: Set(client.id),
                name_key: Set(name.to_lowercase()),
                name: Set(name),
                version: Set(String::new()),
                platform: Set(String::new()),
                status: Set("ok".to_owned()),
                messages: Set("[]".to_owned()),
                customer_id: Set(customer),
                enrolled_at: Set(now),
                last_contact_at: Set(now),
                revoked_at: Set(None),
            };
            agent::Entity::insert(row).exec_without_returning(tx).await?;
            Ok(())
        })
    })
    .await?;
    find(db, client, &foreign_id).await?.ok_or_else(|| DbErr::RecordNotFound("the agent".into()))
}

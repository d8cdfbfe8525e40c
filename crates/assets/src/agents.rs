//! Agents: enrolment of native ones, finding who signs, and their list.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};
use vigie_db::{
    Database, Tx, owners,
    paging::{Key, Listed, Page, Place, RowId, count, page as cut},
    search::{contains, words},
};
use vigie_kernel::{
    Actor, AgentId, ApiClientId, AuditEntry, CustomerId, EquipmentId, Granted, InventoryId, Rng, Scope, Timestamp,
};
use vigie_wire::sync::{Enrolment, enrolment_text, read_public_key, stored_public_key, verify};

use crate::{
    entity::{agent, equipment, inventory},
    equipment::{CustomerRef, EquipmentRef},
    moves::{self, AgentMove, MoveFilter},
    sql,
};

/// The kinds of agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AgentKind {
    /// Our own: proves itself by its key.
    Vigie,
    /// GLPI Agent.
    Glpi,
    /// FusionInventory Agent.
    FusionInventory,
    /// OCS Inventory Agent.
    Ocs,
}

impl AgentKind {
    /// The code in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vigie => "vigie",
            Self::Glpi => "glpi",
            Self::FusionInventory => "fusioninventory",
            Self::Ocs => "ocs",
        }
    }

    /// The kind of a code; none when there is no such kind.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Vigie, Self::Glpi, Self::FusionInventory, Self::Ocs].into_iter().find(|kind| kind.as_str() == code)
    }

    /// Whether such an agent proves its identity with a key of its own.
    pub const fn proven(self) -> bool {
        matches!(self, Self::Vigie)
    }
}

/// The API client that an agent signed in with.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// Its id.
    pub id: ApiClientId,
    /// The customer that it belongs to.
    pub customer: Option<CustomerId>,
}

/// An enrolment was refused.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The key is no Ed25519 public key, or the proof is not by it.
    #[error("the public key or its proof is not valid")]
    KeyInvalid,
    /// The key was revoked.
    #[error("this key was revoked")]
    Revoked,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Enrols an agent by its public key. The same key again answers the same id.
pub async fn enrol(
    db: &Database,
    client: Client,
    enrolment: Enrolment,
    source_address: String,
    now: Timestamp,
    rng: &Arc<dyn Rng>,
) -> Result<AgentId, EnrolError> {
    let key = read_public_key(&enrolment.public_key)
        .filter(|key| verify(key, &enrolment_text(&enrolment.public_key), &enrolment.proof))
        .ok_or(EnrolError::KeyInvalid)?;
    let id = AgentId::new(now, &**rng);
    let rng = Arc::clone(rng);
    db.write(move |tx| {
        Box::pin(async move {
            let key = key.to_bytes().to_vec();
            let known = agent::Entity::find().filter(agent::Column::PublicKey.eq(key.clone())).one(tx).await?;
            if let Some(known) = known {
                if known.revoked_at.is_some() {
                    return Err(EnrolError::Revoked);
                }
                if known.api_client_id != client.id {
                    // It signs in with another client from now on.
                    let text = "UPDATE agent SET api_client_id = $1 WHERE id = $2";
                    sql::execute(tx, text, vec![client.id.into(), known.id.into()]).await?;
                }
                return Ok(known.id);
            }
            let bounded = |text: String| text.chars().filter(|c| !c.is_control()).take(255).collect::<String>();
            let name = bounded(enrolment.name.unwrap_or_default());
            let customer = customer_of(tx, client, enrolment.tag.as_deref()).await?;
            let row = agent::ActiveModel {
                id: Set(id),
                kind: Set(AgentKind::Vigie.as_str().to_owned()),
                public_key: Set(Some(key)),
                foreign_id: Set(None),
                api_client_id: Set(client.id),
                name: Set(name.clone()),
                name_key: Set(name.to_lowercase()),
                version: Set(bounded(enrolment.agent_version)),
                platform: Set(bounded(enrolment.platform)),
                status: Set("enrolled".to_owned()),
                messages: Set("[]".to_owned()),
                customer_id: Set(customer),
                enrolled_at: Set(now),
                last_contact_at: Set(now),
                revoked_at: Set(None),
            };
            agent::Entity::insert(row).exec_without_returning(tx).await?;
            let actor = Actor {
                kind: vigie_kernel::ActorKind::Agent,
                id: Some(id.to_string()),
                name: name.clone(),
                source_address: Some(source_address),
            };
            let entry = AuditEntry::new(now, &actor, "agent.enrol", "agent").object(id, &name);
            vigie_db::audit::append(tx, &*rng, entry);
            Ok(id)
        })
    })
    .await
}

/// The customer of an agent: its API client's, else the one that its tag names.
pub(crate) async fn customer_of(tx: &Tx, client: Client, tag: Option<&str>) -> Result<Option<CustomerId>, DbErr> {
    match (client.customer, tag) {
        (Some(customer), _) => Ok(Some(customer)),
        (None, Some(tag)) if !tag.trim().is_empty() => owners::customer_of_tag(tx, tag).await,
        (None, _) => Ok(None),
    }
}

/// What is needed to check an agent's signature.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The agent.
    pub id: AgentId,
    /// Its public key.
    pub key: ed25519_dalek::VerifyingKey,
    /// Whether the key was revoked.
    pub revoked: bool,
    /// The customer it was enrolled for.
    pub customer: Option<CustomerId>,
    /// `linux` or `windows`.
    pub platform: String,
}

/// Finds a native agent by its id.
pub async fn signer(db: &Database, id: AgentId) -> Result<Option<Signer>, DbErr> {
    let Some(agent) = agent::Entity::find_by_id(id).one(db.reads()).await? else {
        return Ok(None);
    };
    let key = agent.public_key.and_then(|key| stored_public_key(&key));
    let (revoked, customer, platform) = (agent.revoked_at.is_some(), agent.customer_id, agent.platform);
    Ok(key.map(|key| Signer { id, key, revoked, customer, platform }))
}

/// Which agents are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct Filter {
    /// Words that occur in the name.
    #[cfg_attr(feature = "openapi", param(ignore))]
    pub q: Option<String>,
    /// Kind.
    pub kind: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// How far they have come with the configuration that is announced to agents; while none is, no agent fits.
    #[serde(rename = "move")]
    #[cfg_attr(feature = "openapi", param(rename = "move", inline))]
    pub moving: Option<MoveFilter>,
}

/// One agent.
#[derive(Debug, Clone, serde::Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentItem {
    /// Id.
    pub id: AgentId,
    /// Kind.
    pub kind: AgentKind,
    /// Host name.
    pub name: String,
    /// Version.
    pub version: String,
    /// `linux`, `windows`, …
    pub platform: String,
    /// `ok`, or `degraded` when a part of the inventory could not be taken; `enrolled` before the first one.
    pub status: String,
    /// What could not be taken and why.
    pub messages: Vec<String>,
    /// Whether it proves its identity by a key of its own.
    pub proven: bool,
    /// The customer it was enrolled for.
    pub customer: Option<CustomerRef>,
    /// The equipment it is associated with.
    pub equipment: Option<EquipmentRef>,
    /// Its newest inventory.
    pub inventory_id: Option<InventoryId>,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it was last heard of.
    pub last_contact_at: Timestamp,
    /// When its key was revoked.
    pub revoked_at: Option<Timestamp>,
    /// How far it has come with the configuration that is announced to agents; absent while none is, and for other makers'
    /// agents.
    #[serde(rename = "move")]
    pub moving: Option<AgentMove>,
}

/// One page of the agents, by name. `announced` is the revision of the configuration that is announced to them.
pub async fn list(
    db: &Database,
    granted: &Granted,
    filter: &Filter,
    announced: Option<i64>,
    page: &Page,
) -> Result<Listed<AgentItem>, DbErr> {
    use agent::{Column, Entity};
    let mut condition = Condition::all();
    if granted.scope() != Scope::All {
        condition = condition.add(owners::within(Column::CustomerId, granted.scope()));
    }
    if let Some(kind) = &filter.kind {
        condition = condition.add(Column::Kind.eq(kind.clone()));
    }
    if let Some(version) = &filter.version {
        condition = condition.add(Column::Version.eq(version.clone()));
    }
    if let Some(wanted) = filter.moving {
        // No revision is negative.
        condition = condition.add(moves::wanted(wanted, announced.unwrap_or(-1)));
        if announced.is_none() {
            condition = condition.add(Expr::value(false));
        }
    }
    for word in words(filter.q.as_deref()) {
        condition = condition.add(contains(Expr::col(Column::NameKey), &word));
    }
    let select = Entity::find().filter(condition);
    let rows = cut(select.clone(), Expr::col(Column::NameKey), Expr::col(Column::Id), page).all(db.reads()).await?;
    let total = count(db, select, false).await?;
    let listed =
        Listed::cut(rows, page, total, |row| Place { key: Key::Text(row.name_key.clone()), id: RowId::Uuid(row.id.0) });
    let machines: HashMap<AgentId, inventory::Model> = inventory::Entity::find()
        .filter(inventory::Column::AgentId.is_in(listed.items.iter().map(|row| row.id)))
        .order_by_asc(inventory::Column::Seq)
        .all(db.reads())
        .await?
        .into_iter()
        .map(|machine| (machine.agent_id, machine))
        .collect();
    let equipment: HashMap<EquipmentId, String> = equipment::Entity::find()
        .filter(equipment::Column::Id.is_in(machines.values().filter_map(|machine| machine.equipment_id)))
        .select_only()
        .columns([equipment::Column::Id, equipment::Column::Name])
        .into_tuple()
        .all(db.reads())
        .await?
        .into_iter()
        .collect();
    let names = owners::names(db.reads(), listed.items.iter().filter_map(|row| row.customer_id)).await?;
    let mut moves = match announced {
        Some(revision) => moves::of_agents(db, revision, listed.items.iter().map(|row| row.id)).await?,
        None => HashMap::new(),
    };
    Ok(listed.map(|row| {
        let machine = machines.get(&row.id);
        let kind = AgentKind::from_code(&row.kind).unwrap_or(AgentKind::Ocs);
        let equipment = machine
            .and_then(|machine| machine.equipment_id)
            .and_then(|id| equipment.get(&id).map(|name| EquipmentRef { id, name: name.clone() }));
        AgentItem {
            id: row.id,
            kind,
            name: row.name,
            version: row.version,
            platform: row.platform,
            status: row.status,
            messages: serde_json::from_str(&row.messages).unwrap_or_default(),
            proven: kind.proven(),
            customer: row.customer_id.map(|id| CustomerRef { id, name: names.get(&id).cloned().unwrap_or_default() }),
            equipment,
            inventory_id: machine.map(|machine| machine.id),
            enrolled_at: row.enrolled_at,
            last_contact_at: row.last_contact_at,
            revoked_at: row.revoked_at,
            moving: announced.filter(|_| kind.proven()).map(|_| moves.remove(&row.id).unwrap_or(AgentMove::UNTOLD)),
        }
    }))
}

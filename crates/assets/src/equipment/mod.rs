//! Equipment: one asset each, with an agent or made by hand.
//!
//! What agents bring is copied into the equipment's row ([`taken`]), so that lists read one table. A field that a person
//! has set is locked: the person's value stays, the agent's is kept beside it.

pub mod attachments;
pub mod bulk;
pub mod change;
pub mod classes;
mod counts;
pub mod detail;
pub mod life;
pub mod list;
pub(crate) mod taken;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use vigie_kernel::{AgentId, CustomerId, EquipmentId, Timestamp};

use crate::agents::AgentKind;

pub use counts::{counts_by_customer, leave_customer};

/// Types of equipment that agents are met on; they can be associated with an inventory.
pub const AGENT_KINDS: &[&str] = &["workstation", "laptop", "server", "tablet", "virtual-machine", "other"];
/// Further types, made by hand.
pub const OTHER_KINDS: &[&str] = &["printer", "network", "phone", "monitor"];
/// States of the life of an equipment.
pub const STATUSES: &[&str] = &["in-stock", "in-use", "in-repair", "retired"];

/// Something with an id and a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerRef {
    /// Id.
    pub id: CustomerId,
    /// Name.
    pub name: String,
}

/// An equipment's id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EquipmentRef {
    /// Id.
    pub id: EquipmentId,
    /// Name.
    pub name: String,
}

/// An operating system as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OsRef {
    /// `linux`, `windows`, …
    pub family: String,
    /// Name for people.
    pub name: String,
    /// Version.
    pub version: String,
}

impl OsRef {
    pub(crate) fn of(family: &str, name: &str, version: &str) -> Option<Self> {
        (!family.is_empty() || !name.is_empty()).then(|| Self {
            family: family.to_owned(),
            name: name.to_owned(),
            version: version.to_owned(),
        })
    }
}

/// An agent as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentRef {
    /// Id; absent in lists of equipment, which do not need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<AgentId>,
    /// Kind.
    pub kind: AgentKind,
    /// Version.
    pub version: String,
    /// Whether the agent proves its identity by a key of its own.
    pub proven: bool,
}

impl AgentRef {
    pub(crate) fn of(id: Option<AgentId>, kind: &str, version: &str) -> Option<Self> {
        AgentKind::from_code(kind).map(|kind| Self { id, kind, version: version.to_owned(), proven: kind.proven() })
    }
}

/// A field that a person has set on an equipment with an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lock {
    /// The field.
    pub field: String,
    /// The person's value.
    pub value: String,
    /// The agent's value.
    pub agent_value: String,
    /// Since when.
    pub locked_at: Timestamp,
    /// By whom.
    pub locked_by: String,
}

/// One row of the list of equipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EquipmentItem {
    /// Id.
    pub id: EquipmentId,
    /// Name.
    pub name: String,
    /// `workstation`, `laptop`, `server`, `tablet`, `virtual-machine`, `other`, `printer`, `network`, `phone`, `monitor`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `in-stock`, `in-use`, `in-repair`, `retired`.
    pub status: String,
    /// Whose it is.
    pub customer: CustomerRef,
    /// Who made it.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// UUID of the firmware.
    pub uuid: String,
    /// Operating system.
    pub os: Option<OsRef>,
    /// Where it stands.
    pub location: String,
    /// Who has it.
    pub person: String,
    /// Number in the books.
    pub asset_number: String,
    /// When its last inventory was taken.
    pub last_inventory_at: Option<Timestamp>,
    /// When its agent was last heard of.
    pub last_contact_at: Option<Timestamp>,
    /// Whether its agent has been silent for longer than the preference.
    pub stale: bool,
    /// Whether a disk has less than a tenth free.
    pub disk_nearly_full: bool,
    /// Whether a second machine was met under its identity.
    pub clone: bool,
    /// Its agent.
    pub agent: Option<AgentRef>,
    /// Memory, bytes; absent where it is not known.
    pub memory_bytes: Option<i64>,
    /// The day from which its age counts: when it was bought, else its firmware's date, else when its system was installed.
    pub age_from: Option<String>,
    /// Key software, as far as it was looked for: in lists only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_software: Option<crate::software::key::KeySoftwareSummary>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Grows with every change by a person: send it back to notice someone else's change.
    pub revision: i64,
}

/// An equipment with all its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Equipment {
    /// What lists show.
    #[serde(flatten)]
    pub item: EquipmentItem,
    /// Bought on, `YYYY-MM-DD`.
    pub purchase_date: Option<String>,
    /// Warranty ends on, `YYYY-MM-DD`.
    pub warranty_end: Option<String>,
    /// Bought from.
    pub supplier: String,
    /// Notes.
    pub notes: String,
    /// Fields of one's own.
    pub custom_fields: std::collections::BTreeMap<String, String>,
    /// Fields that a person has set against the agent.
    pub locks: Vec<Lock>,
    /// Values of the inventory that could not be taken as they came.
    pub remarks: Vec<vigie_wire::Remark>,
    /// How wrong the agent's clock is, seconds; absent when it is right.
    pub clock_skew_seconds: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed by a person.
    pub updated_at: Timestamp,
    /// Its inventory.
    pub inventory_id: Option<vigie_kernel::InventoryId>,
    /// Since when a fresh inventory is asked for.
    pub fresh_inventory_requested_at: Option<Timestamp>,
    /// Until when a new key of this machine is accepted by itself.
    pub accept_key_until: Option<Timestamp>,
    /// The equipment that it was merged into.
    pub merged_into: Option<EquipmentId>,
}

/// When an agent counts as silent, and when it is now.
#[derive(Debug, Clone, Copy)]
pub struct Staleness {
    /// Agents last heard of before this moment are silent.
    pub before: Timestamp,
    /// What ages are counted to.
    pub now: Timestamp,
}

/// A change of equipment was refused.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such thing within the caller's scope.
    #[error("not found")]
    NotFound,
    /// A value is not valid.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// Why, for people.
        reason: &'static str,
    },
    /// Someone else changed it.
    #[error("changed by someone else")]
    Stale,
    /// Another agent is associated with the equipment.
    #[error("the equipment has an agent")]
    AlreadyAssociated,
    /// The machine is associated with an equipment.
    #[error("the machine is associated")]
    PendingAssociated,
    /// No agent is associated.
    #[error("the equipment has no agent")]
    NoAgent,
    /// It is deleted.
    #[error("the equipment is deleted")]
    Deleted,
    /// It is not deleted.
    #[error("the equipment is not deleted")]
    NotDeleted,
    /// The two cannot be merged.
    #[error("these two cannot be merged")]
    MergeImpossible,
    /// There is nothing to undo.
    #[error("nothing to undo")]
    NothingToUndo,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

//! The table `inventory`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AgentId, CustomerId, EquipmentId, InventoryId, Timestamp};

/// What one agent found on one machine. Associated with an equipment, or pending, or ignored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) id: InventoryId,
    pub(crate) agent_id: AgentId,
    pub(crate) equipment_id: Option<EquipmentId>,
    pub(crate) state: String,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) serial: String,
    pub(crate) uuid: String,
    pub(crate) machine_id: String,
    pub(crate) kind: String,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) os_family: String,
    pub(crate) os_name: String,
    pub(crate) os_version: String,
    pub(crate) source_address: String,
    pub(crate) tag: String,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) state_token: String,
    pub(crate) sequence: i64,
    pub(crate) body_digest: Vec<u8>,
    pub(crate) outcome: String,
    pub(crate) first_received_at: Timestamp,
    pub(crate) collected_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) last_contact_at: Timestamp,
    pub(crate) clock_skew_ms: Option<i64>,
    pub(crate) remarks: String,
    pub(crate) incomplete: bool,
    pub(crate) fresh_wanted_at: Option<Timestamp>,
    pub(crate) disk_nearly_full: bool,
    pub(crate) counted: bool,
    pub(crate) clone_of: Option<InventoryId>,
    pub(crate) enrolled_again: Option<EquipmentId>,
    pub(crate) search: String,
    pub(crate) memory_bytes: i64,
    pub(crate) bios_date: String,
    pub(crate) os_installed: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The table `equipment`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, EquipmentId, Timestamp};

/// One asset. What agents bring is copied here so that lists read one table; a field that a person has set is locked.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "equipment")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: EquipmentId,
    pub(crate) customer_id: CustomerId,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) serial: String,
    pub(crate) uuid: String,
    pub(crate) os_family: String,
    pub(crate) os_name: String,
    pub(crate) os_version: String,
    pub(crate) location: String,
    pub(crate) person: String,
    pub(crate) asset_number: String,
    pub(crate) purchase_date: Option<String>,
    pub(crate) warranty_end: Option<String>,
    pub(crate) supplier: String,
    pub(crate) notes: String,
    pub(crate) custom_fields: String,
    pub(crate) locks: String,
    pub(crate) search: String,
    pub(crate) inventory_seq: Option<i64>,
    pub(crate) agent_kind: String,
    pub(crate) agent_version: String,
    pub(crate) last_inventory_at: Timestamp,
    pub(crate) last_contact_at: Timestamp,
    pub(crate) disk_nearly_full: bool,
    pub(crate) clone: bool,
    pub(crate) accept_key_until: Option<Timestamp>,
    pub(crate) revision: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
    pub(crate) merged_into: Option<EquipmentId>,
    pub(crate) key_profile: i64,
    pub(crate) key_checked: i64,
    pub(crate) memory_bytes: i64,
    pub(crate) bios_date: String,
    pub(crate) os_installed: String,
    pub(crate) age_from: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

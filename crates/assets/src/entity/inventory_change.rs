//! The table `inventory_change`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{EquipmentId, Timestamp};

/// History: what changed between two inventories, JSON packed with zstd.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inventory_change")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) inventory_seq: i64,
    pub(crate) equipment_id: Option<EquipmentId>,
    pub(crate) merged_from: Option<EquipmentId>,
    pub(crate) at: Timestamp,
    pub(crate) collected_at: Timestamp,
    pub(crate) body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

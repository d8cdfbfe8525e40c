//! The table `operation`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{EquipmentId, OperationId, Timestamp};

/// What joined an equipment with what, why, and how it is undone.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operation")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: OperationId,
    pub(crate) equipment_id: EquipmentId,
    pub(crate) kind: String,
    pub(crate) at: Timestamp,
    pub(crate) actor_name: String,
    pub(crate) reasons: String,
    pub(crate) undo: String,
    pub(crate) undone_at: Option<Timestamp>,
    pub(crate) automatic: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

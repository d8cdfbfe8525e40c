//! The table `attachment`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AttachmentId, EquipmentId, Timestamp};

/// A file attached to an equipment; the content is in the store of files under its digest.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: AttachmentId,
    pub(crate) equipment_id: EquipmentId,
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) bytes: i64,
    pub(crate) digest: String,
    pub(crate) merged_from: Option<EquipmentId>,
    pub(crate) created_at: Timestamp,
    pub(crate) created_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

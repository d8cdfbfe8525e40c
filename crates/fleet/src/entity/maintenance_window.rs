//! The table `maintenance_window`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, MaintenanceWindowId, SystemId, Timestamp};

/// When nobody is notified, because somebody works there.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "maintenance_window")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: MaintenanceWindowId,
    pub(crate) name: String,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) system_id: Option<SystemId>,
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) repeats: String,
    pub(crate) time_zone: String,
    pub(crate) until_at: Option<Timestamp>,
    pub(crate) created_by: String,
    pub(crate) created_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

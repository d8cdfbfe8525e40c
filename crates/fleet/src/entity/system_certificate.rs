//! The table `system_certificate`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{SystemId, Timestamp};

/// The newest certificate that was issued for an entry of a system's profile.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "system_certificate")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) system_id: SystemId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) entry: String,
    /// Empty: for the system itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) device: String,
    /// JSON.
    pub(crate) names: String,
    pub(crate) serial: String,
    pub(crate) sha256: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) not_after: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

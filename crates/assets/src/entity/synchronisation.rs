//! The table `synchronisation`.

use sea_orm::entity::prelude::*;
use vigie_kernel::Timestamp;

/// Every synchronisation, for some weeks.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "synchronisation")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) inventory_seq: i64,
    pub(crate) at: Timestamp,
    pub(crate) outcome: String,
    pub(crate) bytes: i64,
    pub(crate) source_address: String,
    pub(crate) agent_version: String,
    pub(crate) status: String,
    pub(crate) messages: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

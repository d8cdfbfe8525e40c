//! The table `network_order`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, SystemId, Timestamp};

/// What a network's primary ordered last.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "network_order")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_id: CustomerId,
    pub(crate) primary_id: SystemId,
    /// By the primary's clock.
    pub(crate) ordered_at: Timestamp,
    pub(crate) sealed: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

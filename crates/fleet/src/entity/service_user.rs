//! The table `customer_service_user`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, Timestamp};

/// By whom a customer's systems are managed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_service_user")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_id: CustomerId,
    pub(crate) name: String,
    pub(crate) password: Vec<u8>,
    pub(crate) changed_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

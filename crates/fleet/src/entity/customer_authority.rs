//! The table `customer_authority`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, Timestamp};

/// An authority that issues certificates to a customer's systems.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer_authority")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) customer_id: CustomerId,
    /// PEM.
    pub(crate) certificate: String,
    pub(crate) key_sealed: Vec<u8>,
    pub(crate) sha256: String,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! A customer.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, ResellerId, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    pub reseller_id: ResellerId,
    pub name: String,
    pub name_key: String,
    pub is_default: bool,
    pub created_at: Timestamp,
    pub code: String,
    pub phone: String,
    pub email: String,
    pub technical_email: String,
    pub address: String,
    pub notes: String,
    pub deleted_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

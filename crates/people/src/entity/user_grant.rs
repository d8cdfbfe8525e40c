//! What a user is given or kept from.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, GrantId, ProviderId, ResellerId, Timestamp, UserId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_grant")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrantId,
    pub user_id: UserId,
    pub allow: bool,
    pub provider_id: Option<ProviderId>,
    pub reseller_id: Option<ResellerId>,
    pub customer_id: Option<CustomerId>,
    pub created_at: Timestamp,
    pub created_by: Option<UserId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

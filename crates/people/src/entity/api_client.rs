//! What agents sign in with.

use sea_orm::entity::prelude::*;
use vigie_kernel::{ApiClientId, CustomerId, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_client")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiClientId,
    pub client_id: String,
    pub secret_hash: Vec<u8>,
    pub secret_sealed: Vec<u8>,
    pub scope: String,
    pub status: String,
    pub built_in: bool,
    pub customer_id: Option<CustomerId>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

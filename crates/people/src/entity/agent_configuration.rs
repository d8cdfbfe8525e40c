//! What agents were told to use.

use sea_orm::entity::prelude::*;
use vigie_kernel::{ApiClientId, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_configuration")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub revision: i64,
    pub url: String,
    pub api_client_id: ApiClientId,
    pub ca: String,
    pub state: String,
    pub announced_at: Timestamp,
    pub current_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

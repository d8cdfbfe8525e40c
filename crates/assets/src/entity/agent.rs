//! The table `agent`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AgentId, ApiClientId, CustomerId, Timestamp};

/// An agent: one key (native), or one device id of one API client (foreign).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: AgentId,
    pub(crate) kind: String,
    pub(crate) public_key: Option<Vec<u8>>,
    pub(crate) foreign_id: Option<String>,
    pub(crate) api_client_id: ApiClientId,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) version: String,
    pub(crate) platform: String,
    pub(crate) status: String,
    pub(crate) messages: String,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) enrolled_at: Timestamp,
    pub(crate) last_contact_at: Timestamp,
    pub(crate) revoked_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

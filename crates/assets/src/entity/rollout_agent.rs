//! The table `rollout_agent`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AgentId, Timestamp};

/// What became of an agent that was offered a version.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollout_agent")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) rollout_seq: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) agent_id: AgentId,
    pub(crate) state: String,
    pub(crate) words: String,
    pub(crate) offered_at: Timestamp,
    pub(crate) fetched_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

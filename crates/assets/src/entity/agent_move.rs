//! The table `agent_move`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AgentId, Timestamp};

/// How far an agent has come with the configuration that it was told of last.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_move")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) agent_id: AgentId,
    pub(crate) revision: i64,
    pub(crate) state: String,
    pub(crate) step: String,
    pub(crate) words: String,
    pub(crate) told_at: Timestamp,
    pub(crate) reported_at: Option<Timestamp>,
    pub(crate) moved_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The table `rollout`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{RolloutId, Timestamp};

/// A version of the agent that is rolled out.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollout")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) id: RolloutId,
    pub(crate) version: String,
    pub(crate) state: String,
    pub(crate) open: Option<i64>,
    pub(crate) share: i64,
    pub(crate) spread_minutes: i64,
    pub(crate) report_within_minutes: i64,
    pub(crate) files: String,
    pub(crate) stopped_by: String,
    pub(crate) forgiven_failing: i64,
    pub(crate) forgiven_tried: i64,
    pub(crate) created_by: String,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

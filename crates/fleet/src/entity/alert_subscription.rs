//! The table `alert_subscription`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AlertSubscriptionId, Timestamp};

/// Who is notified of what, and how.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_subscription")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: AlertSubscriptionId,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) is_on: bool,
    pub(crate) channel: String,
    pub(crate) secret: Option<Vec<u8>>,
    pub(crate) filter: String,
    pub(crate) tells_ends: bool,
    pub(crate) interval_seconds: i64,
    pub(crate) revision: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) last_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

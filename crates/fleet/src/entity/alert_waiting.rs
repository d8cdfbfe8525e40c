//! The table `alert_waiting`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AlertId, AlertSubscriptionId, Timestamp};

/// What waits for the next message of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_waiting")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) subscription_id: AlertSubscriptionId,
    pub(crate) alert_id: Option<AlertId>,
    pub(crate) event: String,
    pub(crate) at: Timestamp,
    pub(crate) notice: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

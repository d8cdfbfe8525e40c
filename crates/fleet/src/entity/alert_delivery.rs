//! The table `alert_delivery`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AlertDeliveryId, AlertSubscriptionId, Timestamp};

/// A message of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_delivery")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: AlertDeliveryId,
    pub(crate) subscription_id: AlertSubscriptionId,
    pub(crate) state: String,
    pub(crate) message: String,
    pub(crate) alerts: i64,
    pub(crate) notices: i64,
    pub(crate) attempts: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) next_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) error: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

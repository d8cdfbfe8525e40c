//! The table `alert_rule`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, Timestamp};

/// What people changed about a condition, for one customer's systems.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_rule")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) customer_id: CustomerId,
    #[sea_orm(primary_key, auto_increment = false, column_name = "condition_key")]
    pub(crate) condition: String,
    pub(crate) rule: String,
    pub(crate) is_off: bool,
    pub(crate) changed_by: String,
    pub(crate) changed_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

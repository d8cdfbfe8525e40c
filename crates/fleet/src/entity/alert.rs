//! The table `alert`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AlertId, CustomerId, SystemId, Timestamp, UserId};

/// A problem seen on a system.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alert")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: AlertId,
    pub(crate) customer_id: CustomerId,
    pub(crate) system_id: SystemId,
    #[sea_orm(column_name = "condition_key")]
    pub(crate) condition: String,
    pub(crate) subject: String,
    pub(crate) kind: String,
    pub(crate) title: String,
    #[sea_orm(column_name = "type")]
    pub(crate) alert_type: String,
    /// A rank, 5 the worst.
    pub(crate) severity: i64,
    pub(crate) summary: String,
    /// What is searched, in lower case.
    pub(crate) words: String,
    pub(crate) value: Option<f64>,
    pub(crate) bound: Option<f64>,
    pub(crate) parent: Option<String>,
    pub(crate) occurrences: i64,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) acknowledged_at: Option<Timestamp>,
    pub(crate) acknowledged_by: Option<String>,
    pub(crate) assigned_to: Option<UserId>,
    pub(crate) muted_until: Option<Timestamp>,
    pub(crate) cleared_at: Option<Timestamp>,
    pub(crate) cleared_by: Option<String>,
    pub(crate) told_occurrences: i64,
    pub(crate) told_severity: i64,
    pub(crate) told_ended: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

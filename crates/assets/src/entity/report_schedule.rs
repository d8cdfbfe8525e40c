//! The table `report_schedule`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, ReportScheduleId, ResellerId, Timestamp, UserId};

/// When a report is written, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_schedule")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: ReportScheduleId,
    pub(crate) user_id: UserId,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) reseller_id: Option<ResellerId>,
    pub(crate) language: String,
    pub(crate) repeats: String,
    pub(crate) weekday: i16,
    pub(crate) month_day: i16,
    pub(crate) time_of_day: String,
    pub(crate) time_zone: String,
    pub(crate) recipients: String,
    pub(crate) keep: i64,
    pub(crate) is_on: bool,
    pub(crate) revision: i64,
    pub(crate) next_at: Option<Timestamp>,
    pub(crate) leased_until: Timestamp,
    pub(crate) last_error: String,
    pub(crate) created_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

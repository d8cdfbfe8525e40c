//! The table `report`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{ReportId, ReportScheduleId, Timestamp};

/// A report as it was written.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: ReportId,
    pub(crate) schedule_id: ReportScheduleId,
    pub(crate) made_at: Timestamp,
    pub(crate) bytes: i64,
    pub(crate) body: Vec<u8>,
    pub(crate) unsent: String,
    pub(crate) tries: i64,
    pub(crate) send_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

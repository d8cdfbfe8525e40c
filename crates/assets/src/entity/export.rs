//! The table `export`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{ExportId, Timestamp, UserId};

/// A list that is being written, or was written, to a file.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: ExportId,
    pub(crate) user_id: UserId,
    pub(crate) list: String,
    pub(crate) format: String,
    pub(crate) query: String,
    pub(crate) state: String,
    pub(crate) rows_done: i64,
    pub(crate) rows_total: Option<i64>,
    pub(crate) bytes: Option<i64>,
    pub(crate) error: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The table `import`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{ImportId, NodeId, Timestamp, UserId};

/// Equipment that is imported, or was, from a file.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: ImportId,
    pub(crate) user_id: UserId,
    pub(crate) actor_name: String,
    pub(crate) source_address: String,
    pub(crate) node_id: NodeId,
    pub(crate) file_name: String,
    pub(crate) format: String,
    pub(crate) bytes: i64,
    pub(crate) columns: String,
    pub(crate) preview: String,
    pub(crate) options: String,
    pub(crate) dry_run: bool,
    pub(crate) state: String,
    pub(crate) lines_total: Option<i64>,
    pub(crate) lines_read: i64,
    pub(crate) created: i64,
    pub(crate) changed: i64,
    pub(crate) unchanged: i64,
    pub(crate) refused: i64,
    pub(crate) warnings: String,
    pub(crate) error: Option<String>,
    pub(crate) undone: i64,
    pub(crate) kept: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) undone_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

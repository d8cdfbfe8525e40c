//! The table `alert_news`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{AlertId, Timestamp};

/// An alert of which notifications may have something to say.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_news")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) alert_id: AlertId,
    pub(crate) due_at: Timestamp,
    /// It was due once, and could not be told then.
    pub(crate) is_held: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

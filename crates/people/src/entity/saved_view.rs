//! A view of a list that somebody saved.

use sea_orm::entity::prelude::*;
use vigie_kernel::{SavedViewId, Timestamp, UserId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_view")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SavedViewId,
    pub user_id: UserId,
    pub page: String,
    pub name: String,
    pub name_key: String,
    pub query: String,
    pub shared: bool,
    pub position: i64,
    pub revision: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

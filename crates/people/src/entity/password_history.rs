//! A password that was replaced.

use sea_orm::entity::prelude::*;
use vigie_kernel::{Timestamp, UserId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_history")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub user_id: UserId,
    pub password_hash: String,
    pub replaced_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The table `key_software`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{KeySoftwareId, Timestamp};

/// A program that is watched for on every machine.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "key_software")]
pub(crate) struct Model {
    #[sea_orm(primary_key)]
    pub(crate) seq: i64,
    pub(crate) id: KeySoftwareId,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) pattern: String,
    pub(crate) publisher: String,
    pub(crate) platform: String,
    pub(crate) lowest_version: String,
    pub(crate) note: String,
    pub(crate) revision: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

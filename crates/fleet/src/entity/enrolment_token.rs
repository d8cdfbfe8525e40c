//! The table `enrolment_token`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, EnrolmentTokenId, ResellerId, Timestamp};

/// What systems enrol with.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enrolment_token")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: EnrolmentTokenId,
    pub(crate) token_hash: Vec<u8>,
    pub(crate) reseller_id: ResellerId,
    pub(crate) customer_id: Option<CustomerId>,
    pub(crate) place: Option<String>,
    pub(crate) uses: i64,
    pub(crate) used: i64,
    pub(crate) created_by: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

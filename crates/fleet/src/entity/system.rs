//! The table `system`.

use sea_orm::entity::prelude::*;
use vigie_kernel::{CustomerId, NodeId, SystemId, Timestamp};

/// A customer's system.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "system")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: SystemId,
    pub(crate) customer_id: CustomerId,
    pub(crate) place: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) name: String,
    pub(crate) name_key: String,
    pub(crate) profile: String,
    pub(crate) version: String,
    pub(crate) agent_version: String,
    pub(crate) platform: String,
    pub(crate) address: String,
    pub(crate) via_primary: bool,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) switches: String,
    pub(crate) conditions: String,
    pub(crate) applications: String,
    pub(crate) connectivity: String,
    pub(crate) connectivity_since: Timestamp,
    pub(crate) standing: String,
    pub(crate) last_seen_at: Option<Timestamp>,
    pub(crate) node_id: Option<NodeId>,
    pub(crate) epoch: i64,
    pub(crate) spool: i64,
    pub(crate) stored: i64,
    pub(crate) service_user: Option<String>,
    pub(crate) service_password: Option<Vec<u8>>,
    pub(crate) order_at: Option<Timestamp>,
    pub(crate) order_outcome: Option<String>,
    pub(crate) enrolled_at: Timestamp,
    pub(crate) removed_at: Option<Timestamp>,
    pub(crate) certificates: String,
    pub(crate) certificates_anew: Option<Timestamp>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

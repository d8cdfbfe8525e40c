//! Writing the audit trail: every context does it in its own transaction. Reading it is the business of `people`.

use sea_orm::{ActiveValue::Set, DbErr, EntityTrait as _, entity::prelude::*};
use vigie_kernel::{AuditEntry, AuditId, CustomerId, Rng, Timestamp};

/// A row of the trail.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// Order of the rows.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// Id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// What kind of actor.
    pub actor_kind: String,
    /// The actor's id.
    pub actor_id: Option<String>,
    /// The actor's name.
    pub actor_name: String,
    /// From where.
    pub source_address: Option<String>,
    /// What was done.
    pub action: String,
    /// To what kind of object.
    pub object_kind: String,
    /// Its id.
    pub object_id: Option<String>,
    /// Its name.
    pub object_name: Option<String>,
    /// Whose it is.
    pub customer_id: Option<CustomerId>,
    /// More, as JSON.
    pub detail: String,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Appends an entry, in the transaction of the change itself.
pub async fn append(tx: &crate::Tx, rng: &dyn Rng, entry: AuditEntry<'_>) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(AuditId::new(entry.at, rng)),
        at: Set(entry.at),
        actor_kind: Set(entry.actor.kind.as_str().to_owned()),
        actor_id: Set(entry.actor.id.clone()),
        actor_name: Set(entry.actor.name.clone()),
        source_address: Set(entry.actor.source_address.clone()),
        action: Set(entry.action.to_owned()),
        object_kind: Set(entry.object_kind.to_owned()),
        object_id: Set(entry.object_id),
        object_name: Set(entry.object_name),
        customer_id: Set(entry.customer),
        detail: Set(entry.detail),
        ..Default::default()
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

//! How much equipment each customer has, and what becomes of it when a customer goes.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{CustomerId, Granted};

use crate::{
    entity::{
        equipment::{Column, Entity},
        inventory,
    },
    sql,
};

/// How much equipment these customers have, deleted ones left out. Customers without any are absent.
pub async fn counts_by_customer(
    db: &Database,
    granted: &Granted,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, u64>, DbErr> {
    let counted: Vec<(CustomerId, i64)> = Entity::find()
        .select_only()
        .column(Column::CustomerId)
        .column_as(Column::Id.count(), "n")
        .filter(owners::within(Column::CustomerId, granted.scope()))
        .filter(Column::CustomerId.is_in(customers.iter().copied()))
        .filter(Column::DeletedAt.is_null())
        .group_by(Column::CustomerId)
        .into_tuple()
        .all(db.reads())
        .await?;
    Ok(counted.into_iter().map(|(id, n)| (id, u64::try_from(n).unwrap_or(0))).collect())
}

/// Before a customer is deleted: what of it this context holds, in words; none: nothing but what was deleted, which goes
/// to the default customer, and agents that were revoked or never became anything.
pub async fn leave_customer(tx: &Tx, customer: CustomerId) -> Result<Option<&'static str>, DbErr> {
    let owned = Entity::find().filter(Column::CustomerId.eq(customer)).filter(Column::DeletedAt.is_null());
    if owned.one(tx).await?.is_some() {
        return Ok(Some("equipment still belongs to it"));
    }
    let waiting = inventory::Entity::find()
        .filter(inventory::Column::CustomerId.eq(customer))
        .filter(inventory::Column::EquipmentId.is_null());
    if waiting.one(tx).await?.is_some() {
        return Ok(Some("pending equipment still belongs to it"));
    }
    let default = owners::default_customer(tx).await?.id;
    let moved = "UPDATE equipment SET customer_id = $1 WHERE customer_id = $2";
    sql::execute(tx, moved, vec![default.0.into(), customer.0.into()]).await?;
    for table in ["inventory", "agent"] {
        let left = format!("UPDATE {table} SET customer_id = NULL WHERE customer_id = $1");
        sql::execute(tx, &left, vec![customer.0.into()]).await?;
    }
    Ok(None)
}

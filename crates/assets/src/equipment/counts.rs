//! How much equipment each customer has.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use vigie_db::{Database, owners};
use vigie_kernel::{CustomerId, Granted};

use crate::entity::equipment::{Column, Entity};

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

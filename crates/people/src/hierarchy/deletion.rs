//! Deleting customers: hidden at once, to be had back for some days, then gone for good.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use vigie_db::{Database, Tx, TxFuture, Violation, owners, violation};
use vigie_kernel::{Act, CustomerId, Granted, Timestamp};

use super::{
    customers::{describe, found, is_name_taken, say_of},
    manage::ChangeError,
};
use crate::{
    entity::{api_client, customer},
    text,
};

/// Customers that are taken away for good at a time.
const PIECE: u64 = 200;

/// Deletes a customer that has no equipment and no API clients: it can be restored for some days. What other contexts keep
/// for it, and what they do about it, is asked by `leave` with the moment of the deletion; it answers in words what keeps
/// the customer. Answers that moment.
pub async fn delete_customer<F>(
    db: &Database,
    granted: Granted,
    act: Act,
    id: CustomerId,
    leave: F,
) -> Result<Timestamp, ChangeError>
where
    F: for<'t> FnOnce(&'t Tx, CustomerId, Timestamp) -> TxFuture<'t, Option<&'static str>, DbErr> + Send + 'static,
{
    db.write(move |tx| {
        Box::pin(async move {
            let row = found(tx, granted, id).await?;
            if row.is_default {
                return Err(ChangeError::Default);
            }
            if api_client::Entity::find().filter(api_client::Column::CustomerId.eq(id)).count(tx).await? > 0 {
                return Err(ChangeError::NotEmpty("API clients still belong to it"));
            }
            if let Some(what) = leave(tx, id, act.at).await? {
                return Err(ChangeError::NotEmpty(what));
            }
            // The name is free for another; no name that people type has what stands between the two.
            let key = format!("{}\u{1}{id}", row.name_key);
            let mut active = row.into_active_model();
            active.name_key = Set(key);
            active.deleted_at = Set(Some(act.at));
            let row = active.update(tx).await?;
            describe(tx, &row).await?;
            say_of(tx, &act, "customer.delete", &row, ());
            Ok(act.at)
        })
    })
    .await
}

/// Brings a deleted customer back. `come_back`: what other contexts do, told the moment of its deletion.
pub async fn restore_customer<F>(
    db: &Database,
    granted: Granted,
    act: Act,
    id: CustomerId,
    come_back: F,
) -> Result<(), ChangeError>
where
    F: for<'t> FnOnce(&'t Tx, CustomerId, Timestamp) -> TxFuture<'t, (), DbErr> + Send + 'static,
{
    db.write(move |tx| {
        Box::pin(async move {
            let within = owners::within(customer::Column::Id, granted.scope());
            let row = customer::Entity::find_by_id(id).filter(within).one(tx).await?;
            let row = row.ok_or(ChangeError::NotFound)?;
            let deleted_at = row.deleted_at.ok_or(ChangeError::NotFound)?;
            let key = text::key(&row.name);
            if is_name_taken(tx, &key).await? {
                return Err(ChangeError::Taken);
            }
            let mut active = row.into_active_model();
            active.name_key = Set(key);
            active.deleted_at = Set(None);
            let row = active.update(tx).await?;
            describe(tx, &row).await?;
            come_back(tx, id, deleted_at).await?;
            say_of(tx, &act, "customer.restore", &row, ());
            Ok(())
        })
    })
    .await
}

/// Takes away for good what was deleted before a moment, one by one. `leave`: what other contexts do first; where something
/// came to belong to a customer meanwhile, it stays. Answers how many are gone.
pub async fn purge_customers(
    db: &Database,
    act: &Act,
    before: Timestamp,
    leave: for<'t> fn(&'t Tx, CustomerId) -> TxFuture<'t, Option<&'static str>, DbErr>,
) -> Result<u64, DbErr> {
    let due = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(customer::Column::DeletedAt.lt(before))
        .order_by_asc(customer::Column::DeletedAt)
        .limit(PIECE);
    let due: Vec<CustomerId> = due.into_tuple().all(db.reads()).await?;
    let mut gone = 0;
    for id in due {
        let act = act.clone();
        let purged = db.write(move |tx| {
            Box::pin(async move {
                let row = customer::Entity::find_by_id(id).one(tx).await?;
                let Some(row) = row.filter(|it| it.deleted_at.is_some_and(|at| at < before)) else { return Ok(0) };
                if leave(tx, id).await?.is_some() {
                    return Ok(0);
                }
                customer::Entity::delete_by_id(id).exec(tx).await?;
                say_of(tx, &act, "customer.purge", &row, ());
                Ok::<_, DbErr>(1)
            })
        });
        gone += match purged.await {
            Ok(count) => count,
            Err(error) if violation(&error) == Some(Violation::ForeignKey) => 0,
            Err(error) => return Err(error),
        };
    }
    Ok(gone)
}

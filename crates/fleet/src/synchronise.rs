//! *Enable and synchronise*: a network's primary orders how the service user is on every system of the network. The order is
//! for the systems that are there when it comes; each gets it at once or at its next greeting, and says what became of it.
//! Until then the server goes on signing in as it did before.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    sea_query::{Expr, OnConflict},
};
use vigie_db::{ConnectionTrait, Database, Tx, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, CustomerId, SystemId, Timestamp};
use vigie_wire::link::order::{Order, OrderRefusal, Ordered, Progress, Report};

use crate::{
    entity::{network_order, service_user as entry, system},
    links::{LinkError, of_newest},
    service_user,
    systems::{SystemPlace, of_customer, present},
};

/// What a sealed order is bound to.
const PURPOSE: &str = "network-order";
/// The outcome of a system that obeyed; others are codes of [`OrderRefusal`].
const DONE: &str = "done";

/// A primary's order was not taken.
#[derive(Debug, thiserror::Error)]
pub enum GiveError {
    /// It is not acceptable.
    #[error("the order was refused: {0:?}")]
    Refused(OrderRefusal),
    /// The link does not count, or the database did not answer.
    #[error(transparent)]
    Link(#[from] LinkError),
}

impl From<DbErr> for GiveError {
    fn from(error: DbErr) -> Self {
        Self::Link(error.into())
    }
}

/// Takes an order of a system. Answers the systems that it is for, the sender among them. The same order again changes
/// nothing: its answer may have been lost.
pub async fn give(
    db: &Database,
    secrets: &Secrets,
    act: Act,
    id: SystemId,
    epoch: u64,
    order: Order,
) -> Result<Vec<SystemId>, GiveError> {
    use network_order::Column::{CustomerId, OrderedAt, PrimaryId, Sealed};
    let refused = |code| Err(GiveError::Refused(code));
    if order.primary != id || service_user::check(&order.user).is_err() {
        return refused(OrderRefusal::Invalid);
    }
    let Some(signer) = order.signer() else { return refused(OrderRefusal::Invalid) };
    let sealed = serde_json::to_vec(&order).map_err(|error| DbErr::Custom(error.to_string()))?;
    let (sealed, secrets) = (secrets.seal(&*act.rng, PURPOSE, &sealed), secrets.clone());
    db.write(move |tx| {
        Box::pin(async move {
            let sender = of_newest(tx, id, epoch).await?;
            if sender.public_key != signer.to_bytes() {
                return Err(GiveError::Refused(OrderRefusal::Invalid));
            }
            if sender.place != SystemPlace::Primary.as_str() {
                return Err(GiveError::Refused(OrderRefusal::NotPrimary));
            }
            let customer = sender.customer_id;
            let systems = of_customer(tx, customer).await?;
            let before = network_order::Entity::find_by_id(customer).one(tx).await?;
            match before.filter(|it| it.primary_id == id) {
                Some(before) if before.ordered_at == order.at => return Ok(systems),
                Some(before) if before.ordered_at > order.at => return Err(GiveError::Refused(OrderRefusal::Older)),
                _ => {}
            }
            keep_what_was(tx, customer).await?;
            service_user::enter(tx, &secrets, &act, customer, &order.user).await?;
            let row = network_order::ActiveModel {
                customer_id: Set(customer),
                primary_id: Set(id),
                ordered_at: Set(order.at),
                sealed: Set(sealed),
            };
            let replace = OnConflict::column(CustomerId).update_columns([PrimaryId, OrderedAt, Sealed]).to_owned();
            network_order::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
            system::Entity::update_many()
                .filter(present().add(system::Column::CustomerId.eq(customer)))
                .col_expr(system::Column::OrderAt, Expr::value(order.at.millis()))
                .col_expr(system::Column::OrderOutcome, Expr::value(None::<String>))
                .exec(tx)
                .await?;
            let entry = AuditEntry::new(act.at, &act.actor, "service-user.synchronise", "system")
                .object(id, &sender.name)
                .of(customer)
                .detail(serde_json::json!({ "name": order.user.name, "systems": systems.len() }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(systems)
        })
    })
    .await
}

/// Systems for which the customer's entry counted until now keep it as their own until they obey.
async fn keep_what_was(tx: &Tx, customer: CustomerId) -> Result<(), DbErr> {
    let Some(entry) = entry::Entity::find_by_id(customer).one(tx).await? else { return Ok(()) };
    system::Entity::update_many()
        .filter(present().add(system::Column::CustomerId.eq(customer)))
        .filter(system::Column::ServiceUser.is_null())
        .col_expr(system::Column::ServiceUser, Expr::value(entry.name))
        .col_expr(system::Column::ServicePassword, Expr::value(entry.password))
        .exec(tx)
        .await?;
    Ok(())
}

/// The order that a system is still to hear; none: there is none for it, or it obeyed.
pub async fn due(db: &Database, secrets: &Secrets, id: SystemId) -> Result<Option<Order>, DbErr> {
    let Some(row) = system::Entity::find_by_id(id).filter(present()).one(db.reads()).await? else { return Ok(None) };
    let Some(at) = row.order_at.filter(|_| row.order_outcome.as_deref() != Some(DONE)) else { return Ok(None) };
    let kept = network_order::Entity::find_by_id(row.customer_id).one(db.reads()).await?;
    let Some(kept) = kept.filter(|it| it.ordered_at == at) else { return Ok(None) };
    let failed = |error: &dyn std::fmt::Display| DbErr::Custom(format!("a primary's order: {error}"));
    let order = secrets.open(PURPOSE, &kept.sealed).map_err(|error| failed(&error))?;
    serde_json::from_slice(&order).map(Some).map_err(|error| failed(&error))
}

/// A system says what became of an order. Answers whether that changed anything.
pub async fn ordered(
    db: &Database,
    id: SystemId,
    epoch: u64,
    at: Timestamp,
    refusal: Option<OrderRefusal>,
) -> Result<bool, LinkError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = of_newest(tx, id, epoch).await?;
            let outcome = refusal.map_or(DONE, OrderRefusal::as_str);
            // What it obeyed once it does not take back.
            if row.order_at != Some(at) || row.order_outcome.as_deref().is_some_and(|it| it == outcome || it == DONE) {
                return Ok(false);
            }
            let mut active = row.into_active_model();
            active.order_outcome = Set(Some(outcome.to_owned()));
            if refusal.is_none() {
                // From now on the customer's entry counts.
                active.service_user = Set(None);
                active.service_password = Set(None);
            }
            active.update(tx).await?;
            Ok(true)
        })
    })
    .await
}

/// How far the network of a system is with the order of that moment.
pub async fn report(db: &Database, id: SystemId, at: Timestamp) -> Result<Report, DbErr> {
    let Some(sender) = system::Entity::find_by_id(id).filter(present()).one(db.reads()).await? else {
        return Ok(Report::refused(OrderRefusal::NotPrimary));
    };
    let of = present().add(system::Column::CustomerId.eq(sender.customer_id)).add(system::Column::OrderAt.eq(at));
    let rows = system::Entity::find().filter(of).all(db.reads()).await?;
    let progress = |row: &system::Model| match row.order_outcome.as_deref() {
        Some(DONE) => Progress::Done,
        Some(code) => Progress::Refused { code: OrderRefusal::from_code(code) },
        None if row.node_id.is_some() => Progress::Waiting,
        None => Progress::Away,
    };
    Ok(Report::of(rows.into_iter().map(|row| Ordered { progress: progress(&row), name: row.name }).collect()))
}

/// A person entered another service user for the customer: what the primary ordered is over.
pub(crate) async fn forget(tx: &Tx, customer: CustomerId) -> Result<(), DbErr> {
    network_order::Entity::delete_by_id(customer).exec(tx).await?;
    system::Entity::update_many()
        .filter(system::Column::CustomerId.eq(customer))
        .filter(system::Column::OrderAt.is_not_null())
        .col_expr(system::Column::OrderAt, Expr::value(None::<i64>))
        .col_expr(system::Column::OrderOutcome, Expr::value(None::<String>))
        .exec(tx)
        .await?;
    Ok(())
}

/// Of which moment the last order of some customers' primaries is.
pub(crate) async fn last_orders<C: ConnectionTrait>(
    connection: &C,
    customers: impl IntoIterator<Item = CustomerId>,
) -> Result<HashMap<CustomerId, Timestamp>, DbErr> {
    let mut ids: Vec<CustomerId> = customers.into_iter().collect();
    ids.sort();
    ids.dedup();
    let mut orders = HashMap::new();
    for chunk in ids.chunks(500) {
        let of = network_order::Column::CustomerId.is_in(chunk.iter().copied());
        let found = network_order::Entity::find().filter(of).all(connection).await?;
        orders.extend(found.into_iter().map(|it| (it.customer_id, it.ordered_at)));
    }
    Ok(orders)
}

/// How a system stands to its network's last order: none, where there was never one; and why it did not obey, if it said so.
pub(crate) fn standing(
    row: &system::Model,
    orders: &HashMap<CustomerId, Timestamp>,
) -> (Option<bool>, Option<OrderRefusal>) {
    let Some(last) = orders.get(&row.customer_id) else { return (None, None) };
    match row.order_outcome.as_deref().filter(|_| row.order_at == Some(*last)) {
        Some(DONE) => (Some(true), None),
        outcome => (Some(false), outcome.map(OrderRefusal::from_code)),
    }
}

#[cfg(test)]
mod tests;

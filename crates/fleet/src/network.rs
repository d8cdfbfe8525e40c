//! A customer's systems together: which is the primary, what becomes of them when their customer is deleted and comes back,
//! and what systems can be narrowed by.

use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, ExprTrait as _},
};
use serde::Serialize;
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, SystemId, Timestamp};

use crate::{
    Connectivity, alerts, customer_state,
    entity::system,
    systems::{SystemPlace, present},
};

/// A customer is deleted, and may come back: its systems are refused from that moment on.
pub async fn suspend(tx: &Tx, customer: CustomerId, at: Timestamp) -> Result<(), DbErr> {
    system::Entity::update_many()
        .filter(system::Column::CustomerId.eq(customer))
        .filter(system::Column::RemovedAt.is_null())
        .col_expr(system::Column::RemovedAt, Expr::value(at.millis()))
        .col_expr(system::Column::NodeId, Expr::value(None::<sea_orm::entity::prelude::Uuid>))
        .exec(tx)
        .await?;
    alerts::news::forget(tx, customer).await?;
    customer_state::refresh(tx, customer).await
}

/// A customer that was deleted at that moment is there again, and the keys of the systems that it had then are good again.
/// They have no links, until they come.
pub async fn resume(tx: &Tx, customer: CustomerId, deleted_at: Timestamp) -> Result<(), DbErr> {
    let suspended = || system::Column::CustomerId.eq(customer).and(system::Column::RemovedAt.eq(deleted_at));
    let away = [Connectivity::Waiting, Connectivity::Unreachable].map(Connectivity::as_str);
    system::Entity::update_many()
        .filter(suspended())
        .filter(system::Column::Connectivity.is_not_in(away))
        .col_expr(system::Column::Connectivity, Expr::value(Connectivity::Unreachable.as_str()))
        .col_expr(system::Column::ConnectivitySince, Expr::value(deleted_at.millis()))
        .col_expr(system::Column::LastSeenAt, Expr::value(deleted_at.millis()))
        .exec(tx)
        .await?;
    system::Entity::update_many()
        .filter(suspended())
        .col_expr(system::Column::RemovedAt, Expr::value(None::<i64>))
        .exec(tx)
        .await?;
    customer_state::refresh(tx, customer).await
}

/// The systems that were suspended with their customer at that moment.
pub async fn suspended(db: &Database, customer: CustomerId, at: Timestamp) -> Result<Vec<SystemId>, DbErr> {
    let of = system::Column::CustomerId.eq(customer).and(system::Column::RemovedAt.eq(at));
    let select = system::Entity::find().filter(of).select_only().column(system::Column::Id);
    select.into_tuple().all(db.reads()).await
}

/// A system could not be given a place.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is no such system, or it is not the caller's.
    #[error("there is no such system, or it is not yours")]
    NotFound,
    /// It is the primary: another one is made that, and this one is it no longer.
    #[error("this system is the primary: make another one the primary instead")]
    OnlyPrimary,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Gives a system a place in its customer's network. Who becomes the primary takes the place from who was, which stands
/// beside it from then on.
pub async fn set_place(
    db: &Database,
    granted: Granted,
    act: Act,
    id: SystemId,
    place: SystemPlace,
) -> Result<(), PlaceError> {
    db.write(move |tx| {
        Box::pin(async move {
            let within = present().add(owners::within(system::Column::CustomerId, granted.scope()));
            let row = system::Entity::find_by_id(id).filter(within).one(tx).await?.ok_or(PlaceError::NotFound)?;
            let (customer, before) = (row.customer_id, SystemPlace::from_code(&row.place));
            if before == place {
                return Ok(());
            }
            let primary = system::Entity::find()
                .filter(system::Column::CustomerId.eq(customer))
                .filter(system::Column::Place.eq(SystemPlace::Primary.as_str()))
                .filter(present());
            match primary.one(tx).await? {
                Some(primary) if primary.id == id => return Err(PlaceError::OnlyPrimary),
                Some(primary) if place == SystemPlace::Primary => {
                    let mut active = primary.into_active_model();
                    active.place = Set(SystemPlace::Secondary.as_str().to_owned());
                    active.update(tx).await?;
                }
                _ => {}
            }
            let entry = AuditEntry::new(act.at, &act.actor, "system.place", "system")
                .object(id, &row.name)
                .of(customer)
                .detail(serde_json::json!({ "was": before, "place": place }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            let mut active = row.into_active_model();
            active.place = Set(place.as_str().to_owned());
            active.update(tx).await?;
            Ok(customer_state::refresh(tx, customer).await?)
        })
    })
    .await
}

/// How many systems there are with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SystemValue))]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How many systems have it.
    pub systems: u64,
}

/// What systems can be narrowed by, as it occurs in a scope: the most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SystemValues))]
pub struct Values {
    /// Profiles, at most 200.
    pub profiles: Vec<ValueCount>,
    /// Versions, at most 200.
    pub versions: Vec<ValueCount>,
}

/// Most values of a kind.
const MOST_VALUES: u64 = 200;

/// What systems can be narrowed by.
pub async fn values(db: &Database, granted: Granted) -> Result<Values, DbErr> {
    let of = async |column: system::Column| {
        let within = present().add(owners::within(system::Column::CustomerId, granted.scope())).add(column.ne(""));
        let counted: Vec<(String, i64)> = system::Entity::find()
            .select_only()
            .column(column)
            .column_as(system::Column::CustomerId.count(), "n")
            .filter(within)
            .group_by(column)
            .order_by_desc(system::Column::CustomerId.count())
            .order_by_asc(column)
            .limit(MOST_VALUES)
            .into_tuple()
            .all(db.reads())
            .await?;
        let count = |(value, n)| ValueCount { value, systems: u64::try_from(n).unwrap_or(0) };
        Ok::<_, DbErr>(counted.into_iter().map(count).collect())
    };
    Ok(Values { profiles: of(system::Column::Profile).await?, versions: of(system::Column::Version).await? })
}

//! Providers, resellers and customers: whose everything is. Here they are read; [`manage`] makes and changes them.

pub mod manage;

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, Query},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vigie_db::{
    Database, owners,
    paging::{self, Key, Listed, Page, Place, RowId, Total},
    search::{contains, words},
};
use vigie_kernel::{CustomerId, Granted, ProviderId, ResellerId, Scope};

use crate::entity::{customer, provider, reseller};

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Provider {
    /// Id.
    pub id: ProviderId,
    /// Name.
    pub name: String,
}

/// A reseller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reseller {
    /// Id.
    pub id: ResellerId,
    /// Name.
    pub name: String,
    /// Whose reseller it is.
    pub provider: Provider,
}

/// The reseller of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ResellerName {
    /// Id.
    pub id: ResellerId,
    /// Name.
    pub name: String,
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Customer {
    /// Id.
    pub id: CustomerId,
    /// Name.
    pub name: String,
    /// Who looks after it.
    pub reseller: ResellerName,
    /// Whose reseller that is.
    pub provider: Provider,
    /// Whether equipment goes here when nobody says where.
    pub is_default: bool,
}

/// Which customers are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CustomerFilter {
    /// Of this reseller.
    pub reseller_id: Option<ResellerId>,
    /// Of this provider's resellers.
    pub provider_id: Option<ProviderId>,
}

/// Which resellers are wanted.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ResellerFilter {
    /// Of this provider.
    pub provider_id: Option<ProviderId>,
}

/// Customers, by name.
pub async fn customers(
    db: &Database,
    granted: Granted,
    filter: CustomerFilter,
    q: Option<&str>,
    page: &Page,
) -> Result<Listed<Customer>, DbErr> {
    let seen = owners::seen(db.reads(), granted.scope()).await?;
    let id = (customer::Entity, customer::Column::Id);
    let mut wanted = Condition::all().add(owners::customers_within(id, granted.scope(), seen));
    if let Some(reseller) = filter.reseller_id {
        wanted = wanted.add(customer::Column::ResellerId.eq(reseller));
    }
    if let Some(provider) = filter.provider_id {
        let of = reseller::Entity::find().select_only().column(reseller::Column::Id);
        let of = of.filter(reseller::Column::ProviderId.eq(provider)).into_query();
        wanted = wanted.add(customer::Column::ResellerId.in_subquery(of));
    }
    let words = words(q);
    for word in &words {
        wanted = wanted.add(contains(customer::Column::NameKey, word));
    }
    let narrowed = filter != CustomerFilter::default() || !words.is_empty();
    let select = customer::Entity::find().filter(wanted);
    let total = match seen {
        Some(count) if !narrowed => Total::exact(count),
        _ => paging::count(db, select.clone(), true).await?,
    };
    let key = Expr::col(customer::Column::NameKey);
    let rows = paging::page(select, key, Expr::col(customer::Column::Id), page).all(db.reads()).await?;
    let place = |row: &customer::Model| Place { key: Key::Text(row.name_key.clone()), id: RowId::Uuid(row.id.0) };
    let found = Listed::cut(rows, page, total, place);
    let resellers = resellers_of(db, found.items.iter().map(|row| row.reseller_id)).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for row in found.items {
        items.push(view(row, &resellers)?);
    }
    Ok(Listed { items, next: found.next, total: found.total })
}

fn view(row: customer::Model, resellers: &HashMap<ResellerId, Reseller>) -> Result<Customer, DbErr> {
    let reseller = resellers
        .get(&row.reseller_id)
        .ok_or_else(|| DbErr::RecordNotFound(format!("reseller {}", row.reseller_id)))?;
    Ok(Customer {
        id: row.id,
        name: row.name,
        reseller: ResellerName { id: reseller.id, name: reseller.name.clone() },
        provider: reseller.provider.clone(),
        is_default: row.is_default,
    })
}

async fn resellers_of(
    db: &Database,
    ids: impl Iterator<Item = ResellerId>,
) -> Result<HashMap<ResellerId, Reseller>, DbErr> {
    let mut ids: Vec<ResellerId> = ids.collect();
    ids.sort();
    ids.dedup();
    let rows = reseller::Entity::find().filter(reseller::Column::Id.is_in(ids)).all(db.reads()).await?;
    let with = with_providers(db, rows).await?;
    Ok(with.into_iter().map(|it| (it.id, it)).collect())
}

async fn with_providers(db: &Database, rows: Vec<reseller::Model>) -> Result<Vec<Reseller>, DbErr> {
    let mut ids: Vec<ProviderId> = rows.iter().map(|row| row.provider_id).collect();
    ids.sort();
    ids.dedup();
    let found = provider::Entity::find().filter(provider::Column::Id.is_in(ids)).all(db.reads()).await?;
    let names: HashMap<ProviderId, String> = found.into_iter().map(|it| (it.id, it.name)).collect();
    let view = |row: reseller::Model| {
        let name = names.get(&row.provider_id).cloned().unwrap_or_default();
        Reseller { id: row.id, name: row.name, provider: Provider { id: row.provider_id, name } }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Resellers that a scope reaches: those of its customers, and those whose present and future customers are given.
fn resellers_within(scope: Scope) -> Condition {
    let Scope::Assigned(user) = scope else { return Condition::all() };
    let of_user = |column: &'static str, table: &'static str| {
        let owner = Expr::col("user_id").eq(user.0);
        Query::select().column(column).from(table).and_where(owner).to_owned()
    };
    let given = |column| of_user(column, "user_grant").and_where(Expr::col("allow").eq(true)).to_owned();
    let labels = || of_user("label_key", "user_label");
    let seen = Query::select()
        .column(customer::Column::ResellerId)
        .from(customer::Entity)
        .and_where(Expr::col(customer::Column::Id).in_subquery(of_user("customer_id", "customer_seen")))
        .to_owned();
    let labelled = Query::select()
        .column(provider::Column::Id)
        .from(provider::Entity)
        .and_where(Expr::col(provider::Column::NameKey).in_subquery(labels()))
        .to_owned();
    let everything = given("user_id")
        .and_where(Expr::col("provider_id").is_null())
        .and_where(Expr::col("reseller_id").is_null())
        .and_where(Expr::col("customer_id").is_null())
        .to_owned();
    let any = Condition::any()
        .add(reseller::Column::Id.in_subquery(seen))
        .add(reseller::Column::NameKey.in_subquery(labels()))
        .add(reseller::Column::ProviderId.in_subquery(labelled))
        .add(reseller::Column::Id.in_subquery(given("reseller_id")))
        .add(reseller::Column::ProviderId.in_subquery(given("provider_id")))
        .add(Expr::exists(everything));
    Condition::all().add(any)
}

/// Who sees a part sees whose part it is.
fn providers_within(scope: Scope) -> Condition {
    if scope == Scope::All {
        return Condition::all();
    }
    let owners = Query::select()
        .column(reseller::Column::ProviderId)
        .from(reseller::Entity)
        .cond_where(resellers_within(scope))
        .to_owned();
    Condition::all().add(provider::Column::Id.in_subquery(owners))
}

/// Resellers, by name.
pub async fn resellers(
    db: &Database,
    granted: Granted,
    filter: ResellerFilter,
    q: Option<&str>,
    page: &Page,
) -> Result<Listed<Reseller>, DbErr> {
    let mut wanted = resellers_within(granted.scope());
    if let Some(provider) = filter.provider_id {
        wanted = wanted.add(reseller::Column::ProviderId.eq(provider));
    }
    for word in words(q) {
        wanted = wanted.add(contains(reseller::Column::NameKey, &word));
    }
    let select = reseller::Entity::find().filter(wanted);
    let total = paging::count(db, select.clone(), true).await?;
    let key = Expr::col(reseller::Column::NameKey);
    let rows = paging::page(select, key, Expr::col(reseller::Column::Id), page).all(db.reads()).await?;
    let place = |row: &reseller::Model| Place { key: Key::Text(row.name_key.clone()), id: RowId::Uuid(row.id.0) };
    let found = Listed::cut(rows, page, total, place);
    let items = with_providers(db, found.items).await?;
    Ok(Listed { items, next: found.next, total: found.total })
}

/// Providers, by name.
pub async fn providers(
    db: &Database,
    granted: Granted,
    q: Option<&str>,
    page: &Page,
) -> Result<Listed<Provider>, DbErr> {
    let mut wanted = providers_within(granted.scope());
    for word in words(q) {
        wanted = wanted.add(contains(provider::Column::NameKey, &word));
    }
    let select = provider::Entity::find().filter(wanted);
    let total = paging::count(db, select.clone(), true).await?;
    let key = Expr::col(provider::Column::NameKey);
    let rows = paging::page(select, key, Expr::col(provider::Column::Id), page).all(db.reads()).await?;
    let place = |row: &provider::Model| Place { key: Key::Text(row.name_key.clone()), id: RowId::Uuid(row.id.0) };
    Ok(Listed::cut(rows, page, total, place).map(|row| Provider { id: row.id, name: row.name }))
}

/// The customer of an id; none when there is none or it lies outside the scope.
pub async fn customer(db: &Database, granted: Granted, id: CustomerId) -> Result<Option<Customer>, DbErr> {
    let wanted =
        Condition::all().add(customer::Column::Id.eq(id)).add(owners::within(customer::Column::Id, granted.scope()));
    let Some(row) = customer::Entity::find().filter(wanted).one(db.reads()).await? else { return Ok(None) };
    let resellers = resellers_of(db, std::iter::once(row.reseller_id)).await?;
    view(row, &resellers).map(Some)
}

/// The reseller of an id; none when there is none or it lies outside the scope.
pub async fn reseller(db: &Database, granted: Granted, id: ResellerId) -> Result<Option<Reseller>, DbErr> {
    let wanted = resellers_within(granted.scope()).add(reseller::Column::Id.eq(id));
    let row = reseller::Entity::find().filter(wanted).one(db.reads()).await?;
    Ok(with_providers(db, row.into_iter().collect()).await?.pop())
}

/// The provider of an id; none when there is none or it lies outside the scope.
pub async fn provider(db: &Database, granted: Granted, id: ProviderId) -> Result<Option<Provider>, DbErr> {
    let wanted = providers_within(granted.scope()).add(provider::Column::Id.eq(id));
    let row = provider::Entity::find().filter(wanted).one(db.reads()).await?;
    Ok(row.map(|row| Provider { id: row.id, name: row.name }))
}

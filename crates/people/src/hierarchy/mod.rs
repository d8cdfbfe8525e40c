//! Providers, resellers and customers: whose everything is. Here they are read; [`manage`] makes and changes them.

pub(crate) mod customers;
mod deletion;
pub mod fields;
pub mod manage;

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    Statement, Value,
    sea_query::{Expr, ExprTrait as _, Query},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
pub use vigie_db::customer_list::{Filter as CustomerFilter, Sort as CustomerSort};
use vigie_db::{
    Database, customer_list, owners,
    paging::{self, Key, Listed, Page, Place, RowId},
    search::{contains, words},
};
use vigie_kernel::{CustomerId, Granted, ProviderId, ResellerId, Scope, Timestamp, UserId};

use crate::entity::{customer, customer_tag, provider, reseller};

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
    /// Its own short id: lower-case letters and digits.
    pub code: String,
    /// Who looks after it.
    pub reseller: ResellerName,
    /// Whose reseller that is.
    pub provider: Provider,
    /// Whether equipment goes here when nobody says where.
    pub is_default: bool,
    /// Telephone; empty: none is known.
    pub phone: String,
    /// E-mail address; empty: none is known.
    pub email: String,
    /// E-mail address of who looks after its systems; empty: none is known.
    pub technical_email: String,
    /// Postal address, several lines.
    pub address: String,
    /// Notes, several lines.
    pub notes: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Who is assigned to it.
    pub assigned: Assigned,
    /// When it was deleted; null: it was not.
    pub deleted_at: Option<Timestamp>,
}

/// Most users that are named for a customer.
const MOST_NAMED: usize = 10;
/// Most tags that are listed.
const MOST_TAGS_LISTED: u64 = 200;

/// Who is assigned to a customer; not administrators and support, who see all customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CustomerAssigned)]
pub struct Assigned {
    /// The first ten by name.
    #[schema(max_items = 10)]
    pub users: Vec<AssignedUser>,
    /// How many there are.
    pub count: u64,
}

/// Someone who is assigned to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AssignedUser {
    /// Id.
    pub id: UserId,
    /// First and last name; where there is none, the sign-in name.
    pub name: String,
}

/// A tag that customers have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CustomerTag)]
pub struct Tag {
    /// What it says.
    pub name: String,
    /// How many customers have it.
    pub customers: u64,
}

/// Which resellers are wanted.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ResellerFilter {
    /// Of this provider.
    pub provider_id: Option<ProviderId>,
}

/// A page of the customers that a filter wants.
pub async fn customers(
    db: &Database,
    granted: Granted,
    filter: &CustomerFilter,
    sort: CustomerSort,
    page: &Page,
) -> Result<Listed<Customer>, DbErr> {
    let found = customer_list::page(db, granted.scope(), filter, sort, page).await?;
    let wanted = customer::Column::Id.is_in(found.items.iter().copied());
    let rows = customer::Entity::find().filter(wanted).all(db.reads()).await?;
    let mut seen: HashMap<CustomerId, Customer> = views(db, rows).await?.into_iter().map(|it| (it.id, it)).collect();
    // One that went away between the two questions is left out.
    let items = found.items.iter().filter_map(|id| seen.remove(id)).collect();
    Ok(Listed { items, next: found.next, total: found.total })
}

/// Customers as they are shown: with their owners, tags, and who is assigned to them.
async fn views(db: &Database, rows: Vec<customer::Model>) -> Result<Vec<Customer>, DbErr> {
    let ids: Vec<CustomerId> = rows.iter().map(|row| row.id).collect();
    let resellers = resellers_of(db, rows.iter().map(|row| row.reseller_id)).await?;
    let mut tags = tags_of(db, &ids).await?;
    let mut assigned = assigned(db, &ids).await?;
    let view = |row: customer::Model| {
        let reseller = resellers
            .get(&row.reseller_id)
            .ok_or_else(|| DbErr::RecordNotFound(format!("reseller {}", row.reseller_id)))?;
        Ok(Customer {
            id: row.id,
            name: row.name,
            code: row.code,
            reseller: ResellerName { id: reseller.id, name: reseller.name.clone() },
            provider: reseller.provider.clone(),
            is_default: row.is_default,
            phone: row.phone,
            email: row.email,
            technical_email: row.technical_email,
            address: row.address,
            notes: row.notes,
            tags: tags.remove(&row.id).unwrap_or_default(),
            assigned: assigned.remove(&row.id).unwrap_or_default(),
            deleted_at: row.deleted_at,
        })
    };
    rows.into_iter().map(view).collect()
}

async fn tags_of(db: &Database, ids: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<String>>, DbErr> {
    let of = customer_tag::Column::CustomerId.is_in(ids.iter().copied());
    let by_key = customer_tag::Column::TagKey;
    let rows = customer_tag::Entity::find().filter(of).order_by_asc(by_key).all(db.reads()).await?;
    let mut tags: HashMap<CustomerId, Vec<String>> = HashMap::new();
    for row in rows {
        tags.entry(row.customer_id).or_default().push(row.tag);
    }
    Ok(tags)
}

/// Who is assigned to customers. Administrators and support see all of them and are assigned to none.
async fn assigned(db: &Database, ids: &[CustomerId]) -> Result<HashMap<CustomerId, Assigned>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|at| format!("${at}")).collect();
    let text = format!(
        "SELECT customer_id, id, login, first_name, last_name, n FROM (SELECT s.customer_id, u.id, u.login, u.first_name, \
         u.last_name, COUNT(*) OVER (PARTITION BY s.customer_id) AS n, \
         ROW_NUMBER() OVER (PARTITION BY s.customer_id ORDER BY u.name_key, u.login_key) AS place \
         FROM customer_seen s JOIN app_user u ON u.id = s.user_id \
         WHERE s.customer_id IN ({}) AND u.disabled = FALSE AND u.role NOT IN ('administrator', 'support')) AS ranked \
         WHERE place <= {MOST_NAMED} ORDER BY customer_id, place",
        places.join(",")
    );
    let values = ids.iter().map(|id| Value::from(id.0));
    let statement = Statement::from_sql_and_values(db.reads().get_database_backend(), text, values);
    let mut assigned: HashMap<CustomerId, Assigned> = HashMap::new();
    for row in db.reads().query_all_raw(statement).await? {
        let (first, last): (String, String) = (row.try_get("", "first_name")?, row.try_get("", "last_name")?);
        let (login, name): (String, _) = (row.try_get("", "login")?, format!("{first} {last}").trim().to_owned());
        let user = AssignedUser { id: row.try_get("", "id")?, name: if name.is_empty() { login } else { name } };
        let place = assigned.entry(row.try_get("", "customer_id")?).or_default();
        place.users.push(user);
        place.count = u64::try_from(row.try_get::<i64>("", "n")?).unwrap_or(0);
    }
    Ok(assigned)
}

/// The tags of the customers that someone sees, the most used first.
pub async fn tags(db: &Database, granted: Granted, q: Option<&str>) -> Result<Vec<Tag>, DbErr> {
    let found = customer_list::tags(db, granted.scope(), q, MOST_TAGS_LISTED).await?;
    Ok(found.into_iter().map(|(name, customers)| Tag { name, customers }).collect())
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

/// The customer of an id; none when there is none, it was deleted, or it lies outside the scope.
pub async fn customer(db: &Database, granted: Granted, id: CustomerId) -> Result<Option<Customer>, DbErr> {
    Ok(customer_or_deleted(db, granted, id).await?.filter(|it| it.deleted_at.is_none()))
}

/// As [`customer`], deleted ones too.
pub async fn customer_or_deleted(db: &Database, granted: Granted, id: CustomerId) -> Result<Option<Customer>, DbErr> {
    let wanted =
        Condition::all().add(customer::Column::Id.eq(id)).add(owners::within(customer::Column::Id, granted.scope()));
    let row = customer::Entity::find().filter(wanted).one(db.reads()).await?;
    Ok(views(db, row.into_iter().collect()).await?.pop())
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

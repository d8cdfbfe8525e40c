//! Providers, resellers and customers: whose everything is.

use std::collections::HashMap;

use sea_orm::{ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, SqlErr, sea_query::Expr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{
    Database, owners,
    paging::{self, Key, Listed, Page, Place, RowId},
    search::{contains, words},
};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, ProviderId, ResellerId, Scope};

use crate::{
    entity::{customer, provider, reseller},
    text::{self, TextError},
};

/// Longest name, characters.
pub const LONGEST_NAME: usize = 100;

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

/// A customer to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// Name, 1 to 100 characters; agents' tags find the customer by it.
    pub name: String,
    /// Who looks after it; absent: the default customer's reseller.
    #[serde(default)]
    pub reseller_id: Option<ResellerId>,
}

/// A customer could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The name is not acceptable.
    #[error("name: {0}")]
    Name(#[from] TextError),
    /// Another customer has it.
    #[error("the name is taken")]
    Taken,
    /// There is no such reseller.
    #[error("no such reseller")]
    NoReseller,
    /// The database.
    #[error(transparent)]
    Db(DbErr),
}

impl From<DbErr> for CreateError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Taken,
            _ => Self::Db(error),
        }
    }
}

/// Customers, by name.
pub async fn customers(
    db: &Database,
    granted: Granted,
    q: Option<&str>,
    page: &Page,
) -> Result<Listed<Customer>, DbErr> {
    let mut wanted = Condition::all().add(owners::within(customer::Column::Id, granted.scope()));
    for word in words(q) {
        wanted = wanted.add(contains(customer::Column::NameKey, &word));
    }
    let select = customer::Entity::find().filter(wanted);
    let total = paging::count(db, select.clone(), true).await?;
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

/// Resellers, by name.
pub async fn resellers(
    db: &Database,
    granted: Granted,
    q: Option<&str>,
    page: &Page,
) -> Result<Listed<Reseller>, DbErr> {
    let mut wanted = match granted.scope() {
        Scope::All => Condition::all(),
        Scope::Reseller(id) => Condition::all().add(reseller::Column::Id.eq(id)),
        Scope::Customer(id) => {
            let owner = customer::Entity::find_by_id(id).one(db.reads()).await?;
            Condition::all().add(reseller::Column::Id.is_in(owner.map(|it| it.reseller_id)))
        }
    };
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
    let mut wanted = Condition::all();
    if granted.scope() != Scope::All {
        // Who sees a part sees whose part it is.
        let everything = Page { limit: paging::MAX_LIMIT, ..Page::default() };
        let seen = resellers(db, granted, None, &everything).await?;
        wanted = wanted.add(provider::Column::Id.is_in(seen.items.into_iter().map(|it| it.provider.id)));
    }
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

/// Makes a customer.
pub async fn create_customer(
    db: &Database,
    _granted: Granted,
    act: Act,
    new: NewCustomer,
) -> Result<Customer, CreateError> {
    let name = text::word(&new.name, LONGEST_NAME)?;
    let row = db
        .write(move |tx| {
            Box::pin(async move {
                let same = customer::Column::NameKey.eq(text::key(&name));
                if customer::Entity::find().filter(same).one(tx).await?.is_some() {
                    return Err(CreateError::Taken);
                }
                let reseller = if let Some(id) = new.reseller_id {
                    reseller::Entity::find_by_id(id).one(tx).await?.map(|it| it.id)
                } else {
                    let default = customer::Column::IsDefault.eq(true);
                    customer::Entity::find().filter(default).one(tx).await?.map(|it| it.reseller_id)
                };
                let row = customer::Model {
                    id: CustomerId::new(act.at, &*act.rng),
                    reseller_id: reseller.ok_or(CreateError::NoReseller)?,
                    name_key: text::key(&name),
                    name,
                    is_default: false,
                    created_at: act.at,
                };
                let active: customer::ActiveModel = row.clone().into();
                customer::Entity::insert(active).exec_without_returning(tx).await?;
                let entry = AuditEntry::new(act.at, &act.actor, "customer.create", "customer")
                    .object(row.id, &row.name)
                    .of(row.id);
                vigie_db::audit::append(tx, &*act.rng, entry).await?;
                Ok(row)
            })
        })
        .await?;
    let resellers = resellers_of(db, std::iter::once(row.reseller_id)).await?;
    Ok(view(row, &resellers)?)
}

//! Making, renaming, moving and deleting providers, resellers and customers. Each change brings with it who sees which
//! customer, in the same transaction.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx, Violation, owners, violation};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, ProviderId, ResellerId, Scope};

use super::{Customer, Provider, Reseller, resellers_of, resellers_within, view};
use crate::{
    access::{self, Of},
    entity::{customer, provider, reseller},
    text::{self, TextError},
};

/// Longest name, characters.
pub const LONGEST_NAME: usize = 100;

/// A provider to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProvider {
    /// Name, 1 to 100 characters.
    pub name: String,
}

/// A reseller to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReseller {
    /// Name, 1 to 100 characters.
    pub name: String,
    /// Whose reseller it is.
    pub provider_id: ProviderId,
}

/// A customer to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// Name, 1 to 100 characters; agents' tags find the customer by it.
    pub name: String,
    /// Who looks after it; absent: the default customer's reseller, or the one that the caller sees.
    #[serde(default)]
    pub reseller_id: Option<ResellerId>,
}

/// Changes of a provider; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderChanges {
    /// Name, 1 to 100 characters. Labels of users follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Changes of a reseller; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResellerChanges {
    /// Name, 1 to 100 characters. Labels of users follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose reseller it becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<ProviderId>,
}

/// Changes of a customer; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerChanges {
    /// Name, 1 to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who looks after it from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reseller_id: Option<ResellerId>,
}

/// A change of the hierarchy failed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is none of that id, or it lies outside the scope.
    #[error("there is no such thing, or it is not yours")]
    NotFound,
    /// The name is not acceptable.
    #[error("{0}")]
    Name(#[from] TextError),
    /// Another one has it.
    #[error("the name is taken")]
    Taken,
    /// There is no such provider.
    #[error("there is no such provider")]
    NoProvider,
    /// There is no such reseller, or it is not the caller's.
    #[error("there is no such reseller, or it is not yours")]
    NoReseller,
    /// Something belongs to it.
    #[error("{0}")]
    NotEmpty(&'static str),
    /// It is where equipment goes when nobody says where.
    #[error("the default customer cannot be deleted")]
    Default,
    /// The database.
    #[error(transparent)]
    Db(DbErr),
}

impl From<DbErr> for ChangeError {
    fn from(error: DbErr) -> Self {
        match violation(&error) {
            Some(Violation::Unique) => Self::Taken,
            Some(Violation::ForeignKey) => Self::NotEmpty("something still belongs to it"),
            None => Self::Db(error),
        }
    }
}

/// What an entry of the trail is about.
type Said<'a> = (&'static str, &'static str, &'a str);

fn say(tx: &Tx, act: &Act, (action, kind, name): Said<'_>, id: impl std::fmt::Display, detail: impl Serialize) {
    let detail = serde_json::to_string(&detail).unwrap_or_default();
    let entry = AuditEntry::new(act.at, &act.actor, action, kind).object(id, name).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
}

/// As [`say`], of a customer.
fn say_of(tx: &Tx, act: &Act, action: &'static str, row: &customer::Model, detail: impl Serialize) {
    let detail = serde_json::to_string(&detail).unwrap_or_default();
    let entry = AuditEntry::new(act.at, &act.actor, action, "customer").object(row.id, &row.name).of(row.id);
    vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
}

/// Makes a provider.
pub async fn create_provider(
    db: &Database,
    _granted: Granted,
    act: Act,
    new: NewProvider,
) -> Result<Provider, ChangeError> {
    let name = text::word(&new.name, LONGEST_NAME)?;
    db.write(move |tx| {
        Box::pin(async move {
            let same = provider::Column::NameKey.eq(text::key(&name));
            if provider::Entity::find().filter(same).one(tx).await?.is_some() {
                return Err(ChangeError::Taken);
            }
            let id = ProviderId::new(act.at, &*act.rng);
            let row = provider::Model { id, name_key: text::key(&name), name, created_at: act.at };
            provider::Entity::insert(provider::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
            say(tx, &act, ("provider.create", "provider", &row.name), id, ());
            Ok(Provider { id, name: row.name })
        })
    })
    .await
}

/// Makes a reseller.
pub async fn create_reseller(
    db: &Database,
    _granted: Granted,
    act: Act,
    new: NewReseller,
) -> Result<Reseller, ChangeError> {
    let name = text::word(&new.name, LONGEST_NAME)?;
    db.write(move |tx| {
        Box::pin(async move {
            let owner = provider::Entity::find_by_id(new.provider_id).one(tx).await?;
            let owner = owner.ok_or(ChangeError::NoProvider)?;
            let same = reseller::Column::NameKey.eq(text::key(&name));
            if reseller::Entity::find().filter(same).one(tx).await?.is_some() {
                return Err(ChangeError::Taken);
            }
            let id = ResellerId::new(act.at, &*act.rng);
            let row =
                reseller::Model { id, provider_id: owner.id, name_key: text::key(&name), name, created_at: act.at };
            reseller::Entity::insert(reseller::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
            say(
                tx,
                &act,
                ("reseller.create", "reseller", &row.name),
                id,
                serde_json::json!({ "provider": owner.name }),
            );
            Ok(Reseller { id, name: row.name, provider: Provider { id: owner.id, name: owner.name } })
        })
    })
    .await
}

/// Makes a customer. Who sees assigned customers only is assigned to it, so that they see what they made.
pub async fn create_customer(
    db: &Database,
    granted: Granted,
    act: Act,
    new: NewCustomer,
) -> Result<Customer, ChangeError> {
    let name = text::word(&new.name, LONGEST_NAME)?;
    let row = db
        .write(move |tx| {
            Box::pin(async move {
                let reseller_id = reseller_for_new(tx, granted, new.reseller_id).await?;
                let same = customer::Column::NameKey.eq(text::key(&name));
                if customer::Entity::find().filter(same).one(tx).await?.is_some() {
                    return Err(ChangeError::Taken);
                }
                let row = customer::Model {
                    id: CustomerId::new(act.at, &*act.rng),
                    reseller_id,
                    name_key: text::key(&name),
                    name,
                    is_default: false,
                    created_at: act.at,
                };
                customer::Entity::insert(customer::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
                if let Scope::Assigned(user) = granted.scope() {
                    access::give_customer(tx, &act, user, row.id).await?;
                }
                access::recompute(tx, Of::Customer(row.id)).await?;
                say_of(tx, &act, "customer.create", &row, serde_json::json!({ "reseller": reseller_id }));
                Ok(row)
            })
        })
        .await?;
    let resellers = resellers_of(db, std::iter::once(row.reseller_id)).await?;
    Ok(view(row, &resellers)?)
}

/// Makes a customer for a system that enrolled with its reseller's token, named as the system is. Customers' names are
/// unique, systems' are not: where it is taken, something short tells them apart.
pub async fn create_for_system(tx: &Tx, act: &Act, reseller: ResellerId, name: &str) -> Result<CustomerId, DbErr> {
    let id = CustomerId::new(act.at, &*act.rng);
    let room = LONGEST_NAME - 20;
    let name: String = name.trim().chars().filter(|it| !it.is_control()).take(room).collect();
    let name = if name.is_empty() { "system".to_owned() } else { name };
    let same = customer::Column::NameKey.eq(text::key(&name));
    let taken = customer::Entity::find().filter(same).one(tx).await?.is_some();
    // The end of the id is random, its beginning the time.
    let name = if taken { format!("{name} ({:08x})", id.0.as_u128() & 0xffff_ffff) } else { name };
    let row = customer::Model {
        id,
        reseller_id: reseller,
        name_key: text::key(&name),
        name,
        is_default: false,
        created_at: act.at,
    };
    customer::Entity::insert(customer::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    access::recompute(tx, Of::Customer(id)).await?;
    say_of(tx, act, "customer.create", &row, serde_json::json!({ "reseller": reseller, "by": "enrolment" }));
    Ok(id)
}

/// Where nobody says which: the default customer's for those who see all, the only one that others see.
async fn reseller_for_new(tx: &Tx, granted: Granted, wanted: Option<ResellerId>) -> Result<ResellerId, ChangeError> {
    let mut condition = resellers_within(granted.scope());
    if let Some(id) = wanted {
        condition = condition.add(reseller::Column::Id.eq(id));
    } else if granted.scope() == Scope::All {
        let default = customer::Entity::find().filter(customer::Column::IsDefault.eq(true)).one(tx).await?;
        return default.map(|it| it.reseller_id).ok_or(ChangeError::NoReseller);
    }
    let found = reseller::Entity::find().filter(condition).all(tx).await?;
    match &found[..] {
        [one] => Ok(one.id),
        _ => Err(ChangeError::NoReseller),
    }
}

/// Renames a provider.
pub async fn change_provider(
    db: &Database,
    _granted: Granted,
    act: Act,
    id: ProviderId,
    changes: ProviderChanges,
) -> Result<(), ChangeError> {
    let name = changes.name.as_deref().map(|name| text::word(name, LONGEST_NAME)).transpose()?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = provider::Entity::find_by_id(id).one(tx).await?.ok_or(ChangeError::NotFound)?;
            let before = row.name.clone();
            let Some(name) = name else { return Ok(()) };
            let key = text::key(&name);
            let mut active = row.into_active_model();
            active.name = Set(name.clone());
            active.name_key = Set(key);
            active.update(tx).await?;
            access::rename_labels(tx, &before, &name).await?;
            access::recompute(tx, Of::Provider(id)).await?;
            say(tx, &act, ("provider.change", "provider", &name), id, serde_json::json!({ "name": [before, name] }));
            Ok(())
        })
    })
    .await
}

/// Renames a reseller, or moves it to another provider with its customers.
pub async fn change_reseller(
    db: &Database,
    _granted: Granted,
    act: Act,
    id: ResellerId,
    changes: ResellerChanges,
) -> Result<(), ChangeError> {
    let name = changes.name.as_deref().map(|name| text::word(name, LONGEST_NAME)).transpose()?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = reseller::Entity::find_by_id(id).one(tx).await?.ok_or(ChangeError::NotFound)?;
            let (before, shown) = (row.name.clone(), name.clone().unwrap_or_else(|| row.name.clone()));
            let mut active = row.into_active_model();
            if let Some(name) = &name {
                active.name = Set(name.clone());
                active.name_key = Set(text::key(name));
            }
            if let Some(owner) = changes.provider_id {
                let known = provider::Entity::find_by_id(owner).one(tx).await?;
                active.provider_id = Set(known.ok_or(ChangeError::NoProvider)?.id);
            }
            if !active.is_changed() {
                return Ok(());
            }
            active.update(tx).await?;
            access::rename_labels(tx, &before, &shown).await?;
            access::recompute(tx, Of::Reseller(id)).await?;
            say(tx, &act, ("reseller.change", "reseller", &shown), id, &changes);
            Ok(())
        })
    })
    .await
}

/// Renames a customer, or gives it to another reseller.
pub async fn change_customer(
    db: &Database,
    granted: Granted,
    act: Act,
    id: CustomerId,
    changes: CustomerChanges,
) -> Result<(), ChangeError> {
    let name = changes.name.as_deref().map(|name| text::word(name, LONGEST_NAME)).transpose()?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = found(tx, granted, id).await?;
            let before = row.name.clone();
            let mut active = row.into_active_model();
            if let Some(name) = name {
                active.name_key = Set(text::key(&name));
                active.name = Set(name);
            }
            if let Some(owner) = changes.reseller_id {
                let known = reseller::Entity::find_by_id(owner).one(tx).await?;
                active.reseller_id = Set(known.ok_or(ChangeError::NoReseller)?.id);
            }
            if !active.is_changed() {
                return Ok(());
            }
            let row = active.update(tx).await?;
            access::recompute(tx, Of::Customer(id)).await?;
            say_of(tx, &act, "customer.change", &row, serde_json::json!({ "was": before, "changes": changes }));
            Ok(())
        })
    })
    .await
}

async fn found(tx: &Tx, granted: Granted, id: CustomerId) -> Result<customer::Model, ChangeError> {
    let within = owners::within(customer::Column::Id, granted.scope());
    let row = customer::Entity::find_by_id(id).filter(within).one(tx).await?;
    row.ok_or(ChangeError::NotFound)
}

/// Deletes a customer to which nothing belongs any more. Whether something does is asked by the database's references and
/// by `occupied`, which answers in words what other contexts keep for it.
pub async fn delete_customer<F>(
    db: &Database,
    granted: Granted,
    act: Act,
    id: CustomerId,
    occupied: F,
) -> Result<(), ChangeError>
where
    F: for<'t> FnOnce(&'t Tx, CustomerId) -> vigie_db::TxFuture<'t, Option<&'static str>, DbErr> + Send + 'static,
{
    db.write(move |tx| {
        Box::pin(async move {
            let row = found(tx, granted, id).await?;
            if row.is_default {
                return Err(ChangeError::Default);
            }
            if let Some(what) = occupied(tx, id).await? {
                return Err(ChangeError::NotEmpty(what));
            }
            customer::Entity::delete_by_id(id).exec(tx).await?;
            say_of(tx, &act, "customer.delete", &row, ());
            Ok(())
        })
    })
    .await
}

/// Deletes a reseller without customers.
pub async fn delete_reseller(db: &Database, _granted: Granted, act: Act, id: ResellerId) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = reseller::Entity::find_by_id(id).one(tx).await?.ok_or(ChangeError::NotFound)?;
            if customer::Entity::find().filter(customer::Column::ResellerId.eq(id)).count(tx).await? > 0 {
                return Err(ChangeError::NotEmpty("it still has customers"));
            }
            reseller::Entity::delete_by_id(id).exec(tx).await?;
            say(tx, &act, ("reseller.delete", "reseller", &row.name), id, ());
            Ok(())
        })
    })
    .await
}

/// Deletes a provider without resellers.
pub async fn delete_provider(db: &Database, _granted: Granted, act: Act, id: ProviderId) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = provider::Entity::find_by_id(id).one(tx).await?.ok_or(ChangeError::NotFound)?;
            if reseller::Entity::find().filter(reseller::Column::ProviderId.eq(id)).count(tx).await? > 0 {
                return Err(ChangeError::NotEmpty("it still has resellers"));
            }
            provider::Entity::delete_by_id(id).exec(tx).await?;
            say(tx, &act, ("provider.delete", "provider", &row.name), id, ());
            Ok(())
        })
    })
    .await
}

//! Making, renaming, moving and deleting providers and resellers; [`super::customers`] does so with customers. Each change
//! brings with it who sees which customer, in the same transaction.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx, Violation, customer_list, violation};
use vigie_kernel::{Act, AuditEntry, Granted, ProviderId, ResellerId};

use super::{Provider, Reseller};
pub use super::{
    customers::{CustomerChanges, NewCustomer, change_customer, create_customer, create_for_system},
    deletion::{delete_customer, purge_customers, restore_customer},
};
use crate::{
    access::{self, Of},
    entity::{customer, provider, reseller},
    text::{self, TextError},
    users::fields::FieldError,
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
    /// A member of a customer is not acceptable.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Another customer has this code.
    #[error("another customer has this code")]
    CodeTaken,
    /// The preferences do not let codes change.
    #[error("the preferences do not let customers' codes change")]
    CodeFixed,
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
            customer_list::reseller_renamed(tx, id, &text::key(&shown)).await?;
            say(tx, &act, ("reseller.change", "reseller", &shown), id, &changes);
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
                return Err(ChangeError::NotEmpty(
                    "it still has customers; deleted ones count until they are gone for good",
                ));
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

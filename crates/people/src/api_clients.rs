//! API clients: what agents sign in with, an id and a secret with a scope and a status. The secret is recognised by its
//! digest; a sealed copy is kept because an administrator may have to look it up for the next agent.

use std::time::Duration;

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use vigie_db::{
    Database, Tx, Violation, owners,
    paging::{self, Key, Listed, Page, Place, RowId},
    search::{contains, words},
    secrets::Secrets,
    violation,
};
use vigie_kernel::{Act, ApiClientId, AuditEntry, CustomerId, Granted, Scope, Timestamp};

use crate::{entity::api_client, text};

/// What agents may do.
pub const AGENTS_SCOPE: &str = "agents";
/// The client that every server has from its first start.
pub const OFFICE_AGENT: &str = "office-agent";
/// Longest client id, characters.
pub const LONGEST_CLIENT_ID: usize = 60;
/// What a sealed secret is bound to.
const PURPOSE: &str = "api-client";
/// Length of a secret that the server makes, characters.
pub(crate) const SECRET_LENGTH: usize = 40;
const TOUCH: Duration = Duration::from_mins(1);

/// Whether a client may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ApiClientStatus)]
pub enum Status {
    /// Agents work.
    Active,
    /// Agents are refused.
    Inactive,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }

    /// What is not known is not active.
    fn from_code(code: &str) -> Self {
        if code == Self::Active.as_str() { Self::Active } else { Self::Inactive }
    }
}

/// A customer, as it is shown beside what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ApiClientCustomer)]
pub struct CustomerName {
    /// Id.
    pub id: CustomerId,
    /// Name.
    pub name: String,
}

/// An API client, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiClient {
    /// Id of the row.
    pub id: ApiClientId,
    /// What it signs in with.
    pub client_id: String,
    /// What it may do: `agents`.
    pub scope: String,
    /// Whether it may be used.
    pub status: Status,
    /// Whether the server made it for its agents: only its status can be changed.
    pub built_in: bool,
    /// Whose equipment its agents bring; null: nobody's until a tag or a person says.
    pub customer: Option<CustomerName>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A client that signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// Id of the row.
    pub id: ApiClientId,
    /// What it signed in with.
    pub client_id: String,
    /// What it may do.
    pub scope: String,
    /// Whose equipment its agents bring.
    pub customer: Option<CustomerId>,
}

/// A client was refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// No client has this id and secret.
    #[error("no API client has this id and secret")]
    Unknown,
    /// It is set inactive.
    #[error("the API client is inactive")]
    Inactive,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Checks an id and a secret; notes the use once a minute.
pub async fn authenticate(
    db: &Database,
    client_id: &str,
    secret: &str,
    now: Timestamp,
) -> Result<Authenticated, AuthenticateError> {
    let wanted = api_client::Column::ClientId.eq(client_id);
    let row = if text::is_storable(client_id) {
        api_client::Entity::find().filter(wanted).one(db.reads()).await?
    } else {
        None
    };
    // A client that does not exist is compared too.
    let stored = row.as_ref().map_or_else(|| vec![0; 32], |row| row.secret_hash.clone());
    let right: bool = crate::digest::sha256(secret).ct_eq(&stored).into();
    let row = row.filter(|_| right).ok_or(AuthenticateError::Unknown)?;
    admit(db, row, now).await
}

/// A client that signed in before, as its token says: refused once it was set inactive.
pub async fn recognise(db: &Database, id: ApiClientId, now: Timestamp) -> Result<Authenticated, AuthenticateError> {
    let row = api_client::Entity::find_by_id(id).one(db.reads()).await?.ok_or(AuthenticateError::Unknown)?;
    admit(db, row, now).await
}

async fn admit(db: &Database, row: api_client::Model, now: Timestamp) -> Result<Authenticated, AuthenticateError> {
    if Status::from_code(&row.status) != Status::Active {
        return Err(AuthenticateError::Inactive);
    }
    if row.last_used_at.is_none_or(|last| now.since(last) >= TOUCH) {
        let id = row.id;
        db.write(move |tx| {
            Box::pin(async move {
                api_client::Entity::update_many()
                    .col_expr(api_client::Column::LastUsedAt, Expr::value(now))
                    .filter(api_client::Column::Id.eq(id))
                    .exec(tx)
                    .await?;
                Ok::<_, DbErr>(())
            })
        })
        .await?;
    }
    Ok(Authenticated { id: row.id, client_id: row.client_id, scope: row.scope, customer: row.customer_id })
}

/// Clients, by client id.
pub async fn list(db: &Database, granted: Granted, q: Option<&str>, page: &Page) -> Result<Listed<ApiClient>, DbErr> {
    let mut wanted = Condition::all();
    if granted.scope() != Scope::All {
        wanted = wanted.add(owners::within(api_client::Column::CustomerId, granted.scope()));
    }
    for word in words(q) {
        wanted = wanted.add(contains(api_client::Column::ClientId, &word));
    }
    let select = api_client::Entity::find().filter(wanted);
    let total = paging::count(db, select.clone(), true).await?;
    let key = Expr::col(api_client::Column::ClientId);
    let rows = paging::page(select, key, Expr::col(api_client::Column::Id), page).all(db.reads()).await?;
    let place = |row: &api_client::Model| Place { key: Key::Text(row.client_id.clone()), id: RowId::Uuid(row.id.0) };
    let found = Listed::cut(rows, page, total, place);
    let names = owners::names(db.reads(), found.items.iter().filter_map(|row| row.customer_id)).await?;
    Ok(found.map(|row| {
        let customer = row.customer_id.map(|id| CustomerName { id, name: names.get(&id).cloned().unwrap_or_default() });
        view(row, customer)
    }))
}

fn view(row: api_client::Model, customer: Option<CustomerName>) -> ApiClient {
    ApiClient {
        id: row.id,
        client_id: row.client_id,
        scope: row.scope,
        status: Status::from_code(&row.status),
        built_in: row.built_in,
        customer,
        last_used_at: row.last_used_at,
        created_at: row.created_at,
    }
}

async fn viewed(db: &Database, row: api_client::Model) -> Result<ApiClient, DbErr> {
    let names = owners::names(db.reads(), row.customer_id).await?;
    let customer = row.customer_id.map(|id| CustomerName { id, name: names.get(&id).cloned().unwrap_or_default() });
    Ok(view(row, customer))
}

/// A client to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiClient {
    /// What it signs in with: 1 to 60 letters, digits, `-`, `_`, `.`.
    pub client_id: String,
    /// Whose equipment its agents bring.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
}

/// Changes of a client; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiClientChanges {
    /// Whether it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Whose equipment its agents bring. Not of a client that the server made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
}

/// A client could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such client.
    #[error("no such API client")]
    NotFound,
    /// Its id is not acceptable.
    #[error("must be 1 to {LONGEST_CLIENT_ID} letters, digits, '-', '_' or '.'")]
    ClientId,
    /// Another has it.
    #[error("the client id is taken")]
    Taken,
    /// There is no such customer.
    #[error("no such customer")]
    NoCustomer,
    /// Only its status can be changed.
    #[error("the server made this client for its agents")]
    BuiltIn,
    /// The database.
    #[error(transparent)]
    Db(DbErr),
}

impl From<DbErr> for ChangeError {
    fn from(error: DbErr) -> Self {
        match violation(&error) {
            Some(Violation::Unique) => Self::Taken,
            _ => Self::Db(error),
        }
    }
}

/// Makes a client; answers its secret too.
pub async fn create(
    db: &Database,
    granted: Granted,
    secrets: &Secrets,
    act: Act,
    new: NewApiClient,
) -> Result<(ApiClient, String), ChangeError> {
    let client_id = new.client_id.trim().to_owned();
    if !is_client_id(&client_id) {
        return Err(ChangeError::ClientId);
    }
    let secret = act.rng.readable(SECRET_LENGTH);
    let kept = secret.clone();
    let secrets = secrets.clone();
    let row = db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(id) = new.customer_id
                    && owners::customer(tx, id, granted.scope()).await?.is_none()
                {
                    return Err(ChangeError::NoCustomer);
                }
                let same = api_client::Column::ClientId.eq(client_id.as_str());
                if api_client::Entity::find().filter(same).one(tx).await?.is_some() {
                    return Err(ChangeError::Taken);
                }
                Ok(insert(tx, &secrets, &act, &client_id, new.customer_id, false, kept).await?)
            })
        })
        .await?;
    Ok((viewed(db, row).await?, secret))
}

/// Whether a text can be a client's id.
pub(crate) fn is_client_id(text: &str) -> bool {
    let letters = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    (1..=LONGEST_CLIENT_ID).contains(&text.len()) && text.chars().all(letters)
}

pub(crate) async fn insert(
    tx: &Tx,
    secrets: &Secrets,
    act: &Act,
    client_id: &str,
    customer_id: Option<CustomerId>,
    built_in: bool,
    secret: String,
) -> Result<api_client::Model, DbErr> {
    let row = api_client::Model {
        id: ApiClientId::new(act.at, &*act.rng),
        client_id: client_id.to_owned(),
        secret_hash: crate::digest::sha256(&secret),
        secret_sealed: secrets.seal(&*act.rng, PURPOSE, secret.as_bytes()),
        scope: AGENTS_SCOPE.to_owned(),
        status: Status::Active.as_str().to_owned(),
        built_in,
        customer_id,
        created_at: act.at,
        last_used_at: None,
    };
    let active: api_client::ActiveModel = row.clone().into();
    api_client::Entity::insert(active).exec_without_returning(tx).await?;
    let entry = AuditEntry::new(act.at, &act.actor, "api-client.create", "api-client").object(row.id, client_id);
    vigie_db::audit::append(tx, &*act.rng, AuditEntry { customer: customer_id, ..entry });
    Ok(row)
}

/// Changes a client.
pub async fn change(
    db: &Database,
    granted: Granted,
    act: Act,
    id: ApiClientId,
    changes: ApiClientChanges,
) -> Result<ApiClient, ChangeError> {
    let row = db
        .write(move |tx| {
            Box::pin(async move {
                let row = api_client::Entity::find_by_id(id).one(tx).await?.ok_or(ChangeError::NotFound)?;
                let (client_id, built_in) = (row.client_id.clone(), row.built_in);
                let detail = serde_json::to_string(&changes).unwrap_or_default();
                let mut row = row.into_active_model();
                if let Some(customer) = changes.customer_id {
                    if built_in {
                        return Err(ChangeError::BuiltIn);
                    }
                    let known = owners::customer(tx, customer, granted.scope()).await?;
                    row.customer_id = Set(Some(known.ok_or(ChangeError::NoCustomer)?.id));
                }
                if let Some(status) = changes.status {
                    row.status = Set(status.as_str().to_owned());
                }
                let row = if row.is_changed() { row.update(tx).await? } else { row.try_into()? };
                let entry = AuditEntry::new(act.at, &act.actor, "api-client.change", "api-client")
                    .object(id, &client_id)
                    .detail(detail);
                vigie_db::audit::append(tx, &*act.rng, AuditEntry { customer: row.customer_id, ..entry });
                Ok(row)
            })
        })
        .await?;
    Ok(viewed(db, row).await?)
}

/// A client's secret.
pub(crate) fn opened(secrets: &Secrets, row: &api_client::Model) -> Result<String, DbErr> {
    let opened = secrets.open(PURPOSE, &row.secret_sealed).map_err(|error| DbErr::Custom(error.to_string()))?;
    String::from_utf8(opened).map_err(|_| DbErr::Custom("a sealed secret is not text".into()))
}

/// The secret of the client that agents use, for an administrator to see. Audited.
pub async fn reveal(
    db: &Database,
    _granted: Granted,
    secrets: &Secrets,
    act: Act,
    client_id: &str,
) -> Result<String, ChangeError> {
    let wanted = api_client::Column::ClientId.eq(client_id);
    let row = api_client::Entity::find().filter(wanted).one(db.reads()).await?.ok_or(ChangeError::NotFound)?;
    let secret = opened(secrets, &row)?;
    db.write(move |tx| {
        Box::pin(async move {
            let entry = AuditEntry::new(act.at, &act.actor, "api-client.reveal-secret", "api-client")
                .object(row.id, &row.client_id);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok::<_, DbErr>(())
        })
    })
    .await?;
    Ok(secret)
}

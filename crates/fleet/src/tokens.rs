//! Enrolment tokens: what a new system shows at its first contact. Limited in number and time, recognised by their digest.

use std::time::Duration;

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use vigie_db::{
    Database, Tx,
    digest::{random_token, sha256},
    owners,
    paging::{self, Key, Listed, Page, Place, RowId},
};
use vigie_kernel::{Act, AuditEntry, CustomerId, EnrolmentTokenId, Granted, ResellerId, Scope, SystemId, Timestamp};

use vigie_wire::join::TokenRefusal;

use crate::{
    entity::enrolment_token,
    links::{LinkError, of_newest},
    systems::SystemPlace,
};

/// What tokens begin with, so that one is known where it is found.
pub const PREFIX: &str = "vge_";
/// Most systems that one token may enrol.
pub const MOST_USES: u32 = 100_000;

/// A token to be made.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEnrolmentToken {
    /// Systems that enrol become customers of this reseller. Either this or `customer_id`.
    #[serde(default)]
    pub reseller_id: Option<ResellerId>,
    /// Systems that enrol become systems of this customer.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    /// How many systems may enrol, 1 to 100,000; absent: one.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100_000))]
    pub uses: Option<u32>,
    /// When it ends; absent: never.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolmentToken {
    /// Id.
    pub id: EnrolmentTokenId,
    /// Whose customers its systems become.
    pub reseller_id: ResellerId,
    /// Whose systems they become; null: each makes a customer.
    pub customer_id: Option<CustomerId>,
    /// What they become in its network; null: the primary where there is none, else beside it.
    pub place: Option<SystemPlace>,
    /// How many systems may enrol with it.
    pub uses: u32,
    /// How many did.
    pub used: u32,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; null: never.
    pub expires_at: Option<Timestamp>,
    /// When a system last enrolled with it.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl From<enrolment_token::Model> for EnrolmentToken {
    fn from(row: enrolment_token::Model) -> Self {
        let count = |it| u32::try_from(it).unwrap_or(u32::MAX);
        Self {
            id: row.id,
            reseller_id: row.reseller_id,
            customer_id: row.customer_id,
            place: row.place.as_deref().map(SystemPlace::from_code),
            uses: count(row.uses),
            used: count(row.used),
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A token could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Neither a reseller nor a customer was named, or both.
    #[error("name either a reseller or a customer")]
    Owner,
    /// So many systems may not enrol.
    #[error("must be 1 to {MOST_USES}")]
    Uses,
    /// The end is not in the future.
    #[error("the end must be in the future")]
    Expired,
    /// There is no such reseller, or none that the caller may give customers to.
    #[error("there is no such reseller, or it is not yours")]
    NoReseller,
    /// There is no such customer, or it is not the caller's.
    #[error("there is no such customer, or it is not yours")]
    NoCustomer,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Makes a token. The secret is answered once. `reseller`: the one that it is for, where none is named the named
/// customer's; whoever joins the contexts has looked it up within the caller's scope.
pub async fn create(
    db: &Database,
    granted: Granted,
    act: Act,
    reseller: ResellerId,
    new: NewEnrolmentToken,
) -> Result<(EnrolmentToken, String), CreateError> {
    let uses = new.uses.unwrap_or(1);
    if !(1..=MOST_USES).contains(&uses) {
        return Err(CreateError::Uses);
    }
    if new.expires_at.is_some_and(|end| end <= act.at) {
        return Err(CreateError::Expired);
    }
    db.write(move |tx| {
        Box::pin(async move {
            if let Some(customer) = new.customer_id {
                let known = owners::customer(tx, customer, granted.scope()).await?;
                known.ok_or(CreateError::NoCustomer)?;
            }
            let secret = format!("{PREFIX}{}", random_token(&*act.rng));
            let row = enrolment_token::Model {
                id: EnrolmentTokenId::new(act.at, &*act.rng),
                token_hash: sha256(&secret),
                reseller_id: reseller,
                customer_id: new.customer_id,
                place: None,
                uses: uses.into(),
                used: 0,
                created_by: act.actor.name.clone(),
                created_at: act.at,
                expires_at: new.expires_at,
                last_used_at: None,
                revoked_at: None,
            };
            let active: enrolment_token::ActiveModel = row.clone().into();
            enrolment_token::Entity::insert(active).exec_without_returning(tx).await?;
            say(tx, &act, "enrolment-token.create", &row);
            Ok((row.into(), secret))
        })
    })
    .await
}

/// How long a token is good that a primary asks for: the system that joins has just asked.
pub const JOINING: Duration = Duration::from_mins(10);
/// Most tokens of a network that its primary gets within [`HOUR`].
pub const MOST_JOINING: u64 = 30;
/// See [`MOST_JOINING`].
pub const HOUR: Duration = Duration::from_hours(1);

/// A primary got no token.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// It may not have one.
    #[error("no token: {0:?}")]
    Refused(TokenRefusal),
    /// The link does not count, or the database did not answer.
    #[error(transparent)]
    Link(#[from] LinkError),
}

impl From<DbErr> for JoinError {
    fn from(error: DbErr) -> Self {
        Self::Link(error.into())
    }
}

/// A token for one system that joins the network of this one, which must be its primary: as an application server of the
/// same customer. `reseller`: the customer's.
pub async fn for_network(
    db: &Database,
    act: Act,
    id: SystemId,
    epoch: u64,
    reseller: ResellerId,
) -> Result<String, JoinError> {
    use enrolment_token::{Column, Entity};
    db.write(move |tx| {
        Box::pin(async move {
            let sender = of_newest(tx, id, epoch).await?;
            if sender.place != SystemPlace::Primary.as_str() {
                return Err(JoinError::Refused(TokenRefusal::NotPrimary));
            }
            let made = Entity::find()
                .filter(Column::CustomerId.eq(sender.customer_id))
                .filter(Column::Place.is_not_null())
                .filter(Column::CreatedAt.gt(act.at.minus(HOUR)));
            if made.count(tx).await? >= MOST_JOINING {
                return Err(JoinError::Refused(TokenRefusal::TooMany));
            }
            let secret = format!("{PREFIX}{}", random_token(&*act.rng));
            let row = enrolment_token::Model {
                id: EnrolmentTokenId::new(act.at, &*act.rng),
                token_hash: sha256(&secret),
                reseller_id: reseller,
                customer_id: Some(sender.customer_id),
                place: Some(SystemPlace::Application.as_str().to_owned()),
                uses: 1,
                used: 0,
                created_by: sender.name,
                created_at: act.at,
                expires_at: Some(act.at.plus(JOINING)),
                last_used_at: None,
                revoked_at: None,
            };
            let active: enrolment_token::ActiveModel = row.clone().into();
            Entity::insert(active).exec_without_returning(tx).await?;
            say(tx, &act, "enrolment-token.create", &row);
            Ok(secret)
        })
    })
    .await
}

fn say(tx: &Tx, act: &Act, action: &'static str, row: &enrolment_token::Model) {
    let detail = serde_json::json!({
        "reseller": row.reseller_id, "customer": row.customer_id, "uses": row.uses, "expires_at": row.expires_at,
    });
    let mut entry = AuditEntry::new(act.at, &act.actor, action, "enrolment-token").object(row.id, "").detail(detail);
    if let Some(customer) = row.customer_id {
        entry = entry.of(customer);
    }
    vigie_db::audit::append(tx, &*act.rng, entry);
}

/// Notes that a customer's token was sent to its technical contact.
pub async fn mailed(db: &Database, act: Act, customer: CustomerId, name: &str, to: &str) -> Result<(), DbErr> {
    let (name, detail) = (name.to_owned(), serde_json::json!({ "to": to }));
    db.write(move |tx| {
        Box::pin(async move {
            let entry = AuditEntry::new(act.at, &act.actor, "enrolment-mail.send", "customer").object(customer, &name);
            vigie_db::audit::append(tx, &*act.rng, entry.of(customer).detail(detail));
            Ok(())
        })
    })
    .await
}

/// Which tokens are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct Filter {
    /// For this customer.
    pub customer_id: Option<CustomerId>,
}

/// What a scope reaches: tokens for its customers, and those that the person made for a reseller.
fn within(granted: Granted, act_name: &str) -> Condition {
    match granted.scope() {
        Scope::All => Condition::all(),
        Scope::Assigned(_) => {
            let own = Condition::all()
                .add(enrolment_token::Column::CustomerId.is_null())
                .add(enrolment_token::Column::CreatedBy.eq(act_name));
            Condition::any().add(owners::within(enrolment_token::Column::CustomerId, granted.scope())).add(own)
        }
    }
}

/// Tokens, newest first.
pub async fn list(
    db: &Database,
    granted: Granted,
    act: &Act,
    filter: Filter,
    page: &Page,
) -> Result<Listed<EnrolmentToken>, DbErr> {
    use enrolment_token::{Column, Entity};
    let mut wanted = Condition::all().add(within(granted, &act.actor.name));
    if let Some(customer) = filter.customer_id {
        wanted = wanted.add(Column::CustomerId.eq(customer));
    }
    let select = Entity::find().filter(wanted);
    let total = paging::count(db, select.clone(), true).await?;
    let rows = paging::page(select, Expr::col(Column::CreatedAt), Expr::col(Column::Id), page).all(db.reads()).await?;
    let place =
        |row: &enrolment_token::Model| Place { key: Key::Number(row.created_at.millis()), id: RowId::Uuid(row.id.0) };
    Ok(Listed::cut(rows, page, total, place).map(EnrolmentToken::from))
}

/// Revokes a token: nothing enrols with it any more. False: there is none of that id, or it is not the caller's.
pub async fn revoke(db: &Database, granted: Granted, act: Act, id: EnrolmentTokenId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let within = within(granted, &act.actor.name);
            let found = enrolment_token::Entity::find_by_id(id).filter(within).one(tx).await?;
            let Some(row) = found else { return Ok(false) };
            if row.revoked_at.is_none() {
                say(tx, &act, "enrolment-token.revoke", &row);
                let mut active = row.into_active_model();
                active.revoked_at = Set(Some(act.at));
                active.update(tx).await?;
            }
            Ok(true)
        })
    })
    .await
}

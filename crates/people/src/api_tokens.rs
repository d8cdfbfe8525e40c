//! Personal API tokens: they do what their owner may do, or only read.

use std::time::Duration;

use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::Database;
use vigie_kernel::{Act, ApiTokenId, AuditEntry, Timestamp, UserId};

use crate::{
    digest::{random_token, sha256},
    entity::{api_token, user},
    text::{self, TextError},
    users::{self, User},
};

/// What every token starts with, so that people and scanners recognise one.
pub const PREFIX: &str = "vgt_";
/// Longest name, characters.
pub const LONGEST_NAME: usize = 60;
/// Most tokens of one person.
pub const MOST: u64 = 100;
const TOUCH: Duration = Duration::from_mins(1);

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TokenScope)]
pub enum Scope {
    /// All that its owner may do.
    #[default]
    All,
    /// Only read.
    Read,
}

impl Scope {
    const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Read => "read",
        }
    }

    /// What is not known may only read.
    fn from_code(code: &str) -> Self {
        if code == Self::All.as_str() { Self::All } else { Self::Read }
    }
}

/// A token, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiToken {
    /// Id.
    pub id: ApiTokenId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it ends; null: never.
    pub expires_at: Option<Timestamp>,
}

impl From<api_token::Model> for ApiToken {
    fn from(row: api_token::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            scope: Scope::from_code(&row.scope),
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        }
    }
}

/// A token to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// What to call it, 1 to 60 characters.
    pub name: String,
    /// What it may do.
    #[serde(default)]
    pub scope: Scope,
    /// When it ends; absent: never.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// A token could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The name is not acceptable.
    #[error("name: {0}")]
    Name(#[from] TextError),
    /// The end is not in the future.
    #[error("the end must be in the future")]
    Expired,
    /// The person has too many.
    #[error("there are {MOST} tokens already; delete some first")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Makes a token. The secret is answered once and never again.
pub async fn create(
    db: &Database,
    act: Act,
    owner: &User,
    new: NewApiToken,
) -> Result<(ApiToken, String), CreateError> {
    let name = text::word(&new.name, LONGEST_NAME)?;
    if new.expires_at.is_some_and(|end| end <= act.at) {
        return Err(CreateError::Expired);
    }
    let (user_id, login) = (owner.id, owner.login.clone());
    db.write(move |tx| {
        Box::pin(async move {
            if api_token::Entity::find().filter(api_token::Column::UserId.eq(user_id)).count(tx).await? >= MOST {
                return Err(CreateError::TooMany);
            }
            let secret = format!("{PREFIX}{}", random_token(&*act.rng));
            let row = api_token::Model {
                id: ApiTokenId::new(act.at, &*act.rng),
                user_id,
                name,
                token_hash: sha256(&secret),
                scope: new.scope.as_str().to_owned(),
                created_at: act.at,
                last_used_at: None,
                expires_at: new.expires_at,
            };
            let active: api_token::ActiveModel = row.clone().into();
            api_token::Entity::insert(active).exec_without_returning(tx).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "api-token.create", "api-token")
                .object(row.id, &row.name)
                .detail(serde_json::json!({ "user": login, "scope": row.scope, "expires_at": row.expires_at }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok((row.into(), secret))
        })
    })
    .await
}

/// A person's tokens, newest first.
pub async fn list(db: &Database, owner: UserId) -> Result<Vec<ApiToken>, DbErr> {
    let rows = api_token::Entity::find()
        .filter(api_token::Column::UserId.eq(owner))
        .order_by_desc(api_token::Column::Id)
        .limit(MOST)
        .all(db.reads())
        .await?;
    Ok(rows.into_iter().map(ApiToken::from).collect())
}

/// Deletes a person's token. False: there is none of that id, or it is someone else's.
pub async fn delete(db: &Database, act: Act, owner: UserId, id: ApiTokenId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let found = api_token::Entity::find_by_id(id).one(tx).await?.filter(|it| it.user_id == owner);
            let Some(row) = found else { return Ok(false) };
            api_token::Entity::delete_by_id(id).exec(tx).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "api-token.delete", "api-token").object(id, &row.name);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(true)
        })
    })
    .await
}

/// The owner, the scope and the end of a token, unless its time is over. Notes its use once a minute.
pub async fn authenticate(
    db: &Database,
    token: &str,
    now: Timestamp,
) -> Result<Option<(User, Scope, Option<Timestamp>)>, DbErr> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let found =
        api_token::Entity::find().filter(api_token::Column::TokenHash.eq(sha256(token))).one(db.reads()).await?;
    let Some(row) = found.filter(|row| row.expires_at.is_none_or(|end| now < end)) else { return Ok(None) };
    let Some(owner) = user::Entity::find_by_id(row.user_id).one(db.reads()).await? else { return Ok(None) };
    let Some(owner) = Some(owner).filter(|it| users::is_usable(it, now)).and_then(User::from_row) else {
        return Ok(None);
    };
    if row.last_used_at.is_none_or(|last| now.since(last) >= TOUCH) {
        let id = row.id;
        db.write(move |tx| {
            Box::pin(async move {
                api_token::Entity::update_many()
                    .col_expr(api_token::Column::LastUsedAt, Expr::value(now))
                    .filter(api_token::Column::Id.eq(id))
                    .exec(tx)
                    .await?;
                Ok::<_, DbErr>(())
            })
        })
        .await?;
    }
    Ok(Some((owner, Scope::from_code(&row.scope), row.expires_at)))
}

//! What a sign-in that takes several requests remembers between them: after a password that a second factor must follow,
//! during a passkey's ceremony, while someone is at an OpenID provider. A step is known by a random token, works once, from
//! the address where it was begun, and is soon over.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};
use serde::{Serialize, de::DeserializeOwned};
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, Timestamp, UserId};

use crate::{
    digest::{random_token, sha256},
    entity::sign_in_step,
};

/// Steps that may be open for one address; the oldest end first. A whole office may stand behind one.
const MOST: u64 = 300;

/// What a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The password was right.
    SecondFactor,
    /// A new passkey is being made.
    PasskeyMade,
    /// A passkey signs in alone.
    PasskeyUsed,
    /// Someone is at the OpenID provider.
    OpenId,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SecondFactor => "second-factor",
            Self::PasskeyMade => "passkey-made",
            Self::PasskeyUsed => "passkey-used",
            Self::OpenId => "openid",
        }
    }

    /// How long a step may take.
    const fn life(self) -> Duration {
        match self {
            Self::SecondFactor | Self::PasskeyMade | Self::PasskeyUsed => Duration::from_mins(5),
            Self::OpenId => Duration::from_mins(10),
        }
    }
}

/// A step that is open.
#[derive(Debug, Clone)]
pub(crate) struct Step<T> {
    token_hash: Vec<u8>,
    /// Whose it is, when that is known.
    pub(crate) user_id: Option<UserId>,
    /// What it remembers.
    pub(crate) state: T,
}

/// Begins a step; answers its token.
pub(crate) async fn begin(
    tx: &Tx,
    act: &Act,
    kind: Kind,
    user_id: Option<UserId>,
    source_address: &str,
    state: &impl Serialize,
) -> Result<String, DbErr> {
    let oldest = sign_in_step::Entity::find()
        .filter(sign_in_step::Column::SourceAddress.eq(source_address))
        .order_by_desc(sign_in_step::Column::ExpiresAt)
        .offset(MOST - 1)
        .limit(MOST)
        .all(tx)
        .await?;
    if !oldest.is_empty() {
        let tokens = oldest.into_iter().map(|row| row.token_hash);
        sign_in_step::Entity::delete_many().filter(sign_in_step::Column::TokenHash.is_in(tokens)).exec(tx).await?;
    }
    let token = random_token(&*act.rng);
    sign_in_step::Entity::insert(sign_in_step::ActiveModel {
        token_hash: Set(sha256(&token)),
        kind: Set(kind.as_str().to_owned()),
        user_id: Set(user_id),
        source_address: Set(source_address.to_owned()),
        state: Set(written(state)?),
        expires_at: Set(act.at.plus(kind.life())),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(token)
}

/// The step of a token, unless it is over or was begun elsewhere.
pub(crate) async fn find<T: DeserializeOwned>(
    connection: &impl ConnectionTrait,
    kind: Kind,
    token: &str,
    source_address: &str,
    now: Timestamp,
) -> Result<Option<Step<T>>, DbErr> {
    let row = row_of(connection, kind, token, now).await?;
    row.filter(|row| row.source_address == source_address).map(Step::open).transpose()
}

/// As [`find`], from any address: for those who come back from elsewhere, whom something else ties to their browser.
pub(crate) async fn find_anywhere<T: DeserializeOwned>(
    connection: &impl ConnectionTrait,
    kind: Kind,
    token: &str,
    now: Timestamp,
) -> Result<Option<Step<T>>, DbErr> {
    row_of(connection, kind, token, now).await?.map(Step::open).transpose()
}

async fn row_of(
    connection: &impl ConnectionTrait,
    kind: Kind,
    token: &str,
    now: Timestamp,
) -> Result<Option<sign_in_step::Model>, DbErr> {
    sign_in_step::Entity::find_by_id(sha256(token))
        .filter(sign_in_step::Column::Kind.eq(kind.as_str()))
        .filter(sign_in_step::Column::ExpiresAt.gt(now))
        .one(connection)
        .await
}

impl<T: DeserializeOwned> Step<T> {
    fn open(row: sign_in_step::Model) -> Result<Self, DbErr> {
        let state =
            serde_json::from_str(&row.state).map_err(|error| DbErr::Custom(format!("a sign-in's step: {error}")))?;
        Ok(Self { token_hash: row.token_hash, user_id: row.user_id, state })
    }
}

impl<T> Step<T> {
    /// Uses the step up. False: another request was faster.
    pub(crate) async fn end(&self, tx: &Tx) -> Result<bool, DbErr> {
        let gone = sign_in_step::Entity::delete_by_id(self.token_hash.clone()).exec(tx).await?;
        Ok(gone.rows_affected > 0)
    }

    /// Remembers something else from now on.
    pub(crate) async fn remember(&self, tx: &Tx, state: &impl Serialize) -> Result<(), DbErr> {
        sign_in_step::Entity::update_many()
            .col_expr(sign_in_step::Column::State, Expr::value(written(state)?))
            .filter(sign_in_step::Column::TokenHash.eq(self.token_hash.clone()))
            .exec(tx)
            .await
            .map(drop)
    }
}

fn written(state: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(state).map_err(|error| DbErr::Custom(format!("a sign-in's step: {error}")))
}

/// Ends every step of a user.
pub(crate) async fn forget(tx: &Tx, user_id: UserId) -> Result<(), DbErr> {
    sign_in_step::Entity::delete_many().filter(sign_in_step::Column::UserId.eq(user_id)).exec(tx).await.map(drop)
}

/// Removes steps that are over.
pub(crate) async fn purge(db: &Database, now: Timestamp) -> Result<u64, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let gone =
                sign_in_step::Entity::delete_many().filter(sign_in_step::Column::ExpiresAt.lte(now)).exec(tx).await?;
            Ok(gone.rows_affected)
        })
    })
    .await
}

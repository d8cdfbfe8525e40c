//! Codes of a generator (TOTP, RFC 6238): six digits of SHA-1, a new one every thirty seconds, which is what every
//! generator knows. The code before and the one after are taken too, for clocks that differ; none is taken twice.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, OnConflict},
};
use serde::Serialize;
use totp_rs::{Algorithm, Builder, Totp};
use utoipa::ToSchema;
use vigie_db::{Database, Tx, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, Timestamp, UserId};

use super::{ChangeError, owner, recovery, set_flag};
use crate::entity::user_totp;

/// What the sealed secret is bound to.
const PURPOSE: &str = "totp";
/// Bytes of a secret: as many as SHA-1 gives (RFC 4226 §4).
const SECRET: usize = 20;

/// What a generator is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TotpEnrolment)]
pub struct Enrolment {
    /// The secret in Base32, for typing.
    pub secret: String,
    /// The same as an address that generators read from a picture (`otpauth://totp/…`).
    pub uri: String,
}

fn generator(secret: &[u8], issuer: &str, account: &str) -> Option<Totp> {
    let named = |name: &str| name.replace(':', " ");
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret.to_vec())
        .with_account_name(named(account))
        .with_issuer(Some(named(issuer)))
        .build()
        .ok()
}

/// The step of a code, when it is one of now.
fn step_of(secrets: &Secrets, row: &user_totp::Model, code: &str, now: Timestamp) -> Option<i64> {
    let typed: String = code.chars().filter(|it| !it.is_whitespace()).take(16).collect();
    let secret = match secrets.open(PURPOSE, &row.secret) {
        Ok(secret) => secret,
        Err(error) => {
            tracing::error!(%error, user = %row.user_id, "the secret of a generator of codes");
            return None;
        }
    };
    let seconds = u64::try_from(now.seconds()).ok()?;
    generator(&secret, "", "")?.check(&typed, seconds).and_then(|step| i64::try_from(step).ok())
}

/// Begins to set a generator up; it is not in force before [`confirm`]. `issuer` is what the generator calls this server.
pub async fn start(
    db: &Database,
    secrets: &Secrets,
    act: Act,
    user_id: UserId,
    issuer: String,
) -> Result<Enrolment, ChangeError> {
    let mut secret = [0; SECRET];
    act.rng.fill(&mut secret);
    let sealed = secrets.seal(&*act.rng, PURPOSE, &secret);
    db.write(move |tx| {
        Box::pin(async move {
            let row = owner(tx, user_id).await?;
            if is_set(tx, user_id).await? {
                return Err(ChangeError::Set);
            }
            let new = user_totp::ActiveModel {
                user_id: Set(user_id),
                secret: Set(sealed),
                last_step: Set(0),
                created_at: Set(act.at),
                confirmed_at: Set(None),
            };
            let replace = OnConflict::column(user_totp::Column::UserId)
                .update_columns([user_totp::Column::Secret, user_totp::Column::LastStep, user_totp::Column::CreatedAt])
                .to_owned();
            user_totp::Entity::insert(new).on_conflict(replace).exec_without_returning(tx).await?;
            let made = generator(&secret, &issuer, &row.login)
                .and_then(|it| Some(Enrolment { secret: it.secret().to_base32(), uri: it.to_url().ok()? }));
            made.ok_or_else(|| DbErr::Custom("a generator of codes could not be described".to_owned()).into())
        })
    })
    .await
}

/// Puts a generator in force: `code` shows that it was set up right. Answers recovery codes where there were none.
pub async fn confirm(
    db: &Database,
    secrets: &Secrets,
    act: Act,
    user_id: UserId,
    code: String,
) -> Result<Vec<String>, ChangeError> {
    let secrets = secrets.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let owner = owner(tx, user_id).await?;
            let row = user_totp::Entity::find_by_id(user_id).one(tx).await?.ok_or(ChangeError::NotFound)?;
            if row.confirmed_at.is_some() {
                return Err(ChangeError::Set);
            }
            let step = step_of(&secrets, &row, &code, act.at).ok_or(ChangeError::Code)?;
            user_totp::Entity::update_many()
                .col_expr(user_totp::Column::ConfirmedAt, Expr::value(Some(act.at)))
                .col_expr(user_totp::Column::LastStep, Expr::value(step))
                .filter(user_totp::Column::UserId.eq(user_id))
                .exec(tx)
                .await?;
            let codes = if recovery::left(tx, user_id).await? == 0 {
                recovery::renew(tx, &act, user_id).await?
            } else {
                Vec::new()
            };
            set_flag(tx, user_id).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "second-factor.add", "user")
                .object(user_id, &owner.login)
                .detail(serde_json::json!({ "factor": "code" }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(codes)
        })
    })
    .await
}

/// Takes a generator away.
pub async fn remove(db: &Database, act: Act, user_id: UserId) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let owner = owner(tx, user_id).await?;
            if !is_set(tx, user_id).await? {
                return Err(ChangeError::NotFound);
            }
            delete(tx, user_id).await?;
            set_flag(tx, user_id).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "second-factor.remove", "user")
                .object(user_id, &owner.login)
                .detail(serde_json::json!({ "factor": "code" }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(())
        })
    })
    .await
}

/// Uses a code. False: it is not one of now, or its step was used before.
pub(crate) async fn spend(
    tx: &Tx,
    secrets: &Secrets,
    user_id: UserId,
    code: &str,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let row = user_totp::Entity::find_by_id(user_id).one(tx).await?.filter(|row| row.confirmed_at.is_some());
    let Some(step) = row.and_then(|row| step_of(secrets, &row, code, now)) else { return Ok(false) };
    let used = user_totp::Entity::update_many()
        .col_expr(user_totp::Column::LastStep, Expr::value(step))
        .filter(user_totp::Column::UserId.eq(user_id))
        .filter(user_totp::Column::LastStep.lt(step))
        .exec(tx)
        .await?;
    Ok(used.rows_affected > 0)
}

/// Since when a generator is in force.
pub(crate) async fn since(connection: &impl ConnectionTrait, user_id: UserId) -> Result<Option<Timestamp>, DbErr> {
    Ok(user_totp::Entity::find_by_id(user_id).one(connection).await?.and_then(|row| row.confirmed_at))
}

pub(crate) async fn is_set(connection: &impl ConnectionTrait, user_id: UserId) -> Result<bool, DbErr> {
    Ok(since(connection, user_id).await?.is_some())
}

pub(crate) async fn delete(tx: &Tx, user_id: UserId) -> Result<u64, DbErr> {
    Ok(user_totp::Entity::delete_by_id(user_id).exec(tx).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, with the last six of eight digits.
        let totp = generator(b"12345678901234567890", "Vigie: here", "admin").unwrap();
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp.generate(at).to_string(), code);
        }
        assert!(totp.to_url().unwrap().starts_with("otpauth://totp/Vigie%20%20here:admin?secret="));
    }
}

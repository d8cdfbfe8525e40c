//! Three failures within ten minutes lock an account for a source for the next ten. Passwords, codes and recovery codes
//! count alike.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait as _, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use vigie_db::{Database, Engine, Tx};
use vigie_kernel::Timestamp;

use crate::{digest::sha256, entity::sign_in_failure, text};

/// Failures that lock.
const ALLOWED: u64 = 3;
/// Within how long they count, and how long the lock lasts.
const WINDOW: Duration = Duration::from_mins(10);

/// An attempt. It counts as a failure until it is taken back, so that many at once are no way around the lock.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    account: Vec<u8>,
    source_address: String,
    at: Timestamp,
}

impl Counted {
    /// Forgets every failure of this account from this source: someone signed in.
    pub(crate) async fn forget_all(&self, tx: &Tx) -> Result<(), DbErr> {
        let of = of(&self.account, &self.source_address);
        sign_in_failure::Entity::delete_many().filter(of).exec(tx).await.map(drop)
    }

    /// Takes this attempt back and leaves the others: it was no failure, but nobody is signed in yet.
    pub(crate) async fn take_back(&self, tx: &Tx) -> Result<(), DbErr> {
        let mine = sign_in_failure::Entity::find()
            .filter(of(&self.account, &self.source_address))
            .filter(sign_in_failure::Column::FailedAt.eq(self.at))
            .one(tx)
            .await?;
        if let Some(row) = mine {
            sign_in_failure::Entity::delete_by_id(row.seq).exec(tx).await?;
        }
        Ok(())
    }
}

/// Writes the attempt down as a failure. None: the account is locked for this source, and nothing is written down.
pub(crate) async fn count(
    db: &Database,
    login: &str,
    source_address: &str,
    now: Timestamp,
) -> Result<Option<Counted>, DbErr> {
    let engine = db.engine();
    let attempt = Counted { account: sha256(&text::key(login)), source_address: source_address.to_owned(), at: now };
    db.write(move |tx| {
        Box::pin(async move {
            if engine == Engine::Postgres {
                one_at_a_time(tx, &attempt.account).await?;
            }
            if is_locked(tx, &attempt).await? {
                return Ok(None);
            }
            sign_in_failure::Entity::insert(sign_in_failure::ActiveModel {
                account: Set(attempt.account.clone()),
                source_address: Set(attempt.source_address.clone()),
                failed_at: Set(now),
                ..Default::default()
            })
            .exec_without_returning(tx)
            .await?;
            Ok(Some(attempt))
        })
    })
    .await
}

/// Lifts every lock of an account.
pub(crate) async fn unlock(tx: &Tx, login: &str) -> Result<(), DbErr> {
    let account = sign_in_failure::Column::Account.eq(sha256(&text::key(login)));
    sign_in_failure::Entity::delete_many().filter(account).exec(tx).await.map(drop)
}

fn of(account: &[u8], source_address: &str) -> Condition {
    Condition::all()
        .add(sign_in_failure::Column::Account.eq(account.to_vec()))
        .add(sign_in_failure::Column::SourceAddress.eq(source_address))
}

/// Transactions on PostgreSQL do not see each other's rows: attempts for one account wait for each other until they end.
async fn one_at_a_time(tx: &Tx, account: &[u8]) -> Result<(), DbErr> {
    let key = account.first_chunk::<8>().map_or(0, |it| i64::from_le_bytes(*it));
    tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({key})")).await?;
    Ok(())
}

async fn is_locked(tx: &Tx, attempt: &Counted) -> Result<bool, DbErr> {
    let last = sign_in_failure::Entity::find()
        .filter(of(&attempt.account, &attempt.source_address))
        .order_by_desc(sign_in_failure::Column::Seq)
        .limit(ALLOWED)
        .all(tx)
        .await?;
    let (Some(newest), Some(oldest)) = (last.first(), last.get(usize::try_from(ALLOWED - 1).unwrap_or(usize::MAX)))
    else {
        return Ok(false);
    };
    // Attempts while it is locked are not written down, so the newest is the one that locked.
    Ok(newest.failed_at.since(oldest.failed_at) <= WINDOW && attempt.at.since(newest.failed_at) < WINDOW)
}

/// Removes failures that no lock can depend on any more.
pub(crate) async fn purge(db: &Database, now: Timestamp) -> Result<u64, DbErr> {
    let before = now.minus(WINDOW * 3);
    db.write(move |tx| {
        Box::pin(async move {
            let gone = sign_in_failure::Entity::delete_many()
                .filter(sign_in_failure::Column::FailedAt.lt(before))
                .exec(tx)
                .await?;
            Ok(gone.rows_affected)
        })
    })
    .await
}

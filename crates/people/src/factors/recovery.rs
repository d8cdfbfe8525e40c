//! Recovery codes: for when the other factors are lost. Each works once; the database holds digests.

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, AuditEntry, UserId};

use super::{ChangeError, owner};
use crate::{digest::sha256, entity::recovery_code};

/// How many someone gets.
pub const COUNT: usize = 10;
/// Letters and digits of one, without the hyphens: about 93 bits.
const LENGTH: usize = 16;

/// What is stored of a code; hyphens and spaces are there for the eye.
fn digest(user_id: UserId, code: &str) -> Vec<u8> {
    let typed: String = code.chars().filter(char::is_ascii_alphanumeric).take(LENGTH * 2).collect();
    sha256(&format!("{user_id} {typed}"))
}

/// Makes new codes in the place of all earlier ones.
pub(crate) async fn renew(tx: &Tx, act: &Act, user_id: UserId) -> Result<Vec<String>, DbErr> {
    recovery_code::Entity::delete_many().filter(recovery_code::Column::UserId.eq(user_id)).exec(tx).await?;
    let mut codes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        let letters = act.rng.readable(LENGTH);
        let groups: Vec<&str> = (0..LENGTH).step_by(4).filter_map(|at| letters.get(at..at + 4)).collect();
        let code = groups.join("-");
        let row = recovery_code::ActiveModel { user_id: Set(user_id), code_hash: Set(digest(user_id, &code)) };
        recovery_code::Entity::insert(row).exec_without_returning(tx).await?;
        codes.push(code);
    }
    Ok(codes)
}

/// Makes new codes in the place of all earlier ones; they are shown once. Only beside a factor.
pub async fn make_anew(db: &Database, act: Act, user_id: UserId) -> Result<Vec<String>, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = owner(tx, user_id).await?;
            if !row.second_factor {
                return Err(ChangeError::NotFound);
            }
            let codes = renew(tx, &act, user_id).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "second-factor.recovery-codes", "user");
            vigie_db::audit::append(tx, &*act.rng, entry.object(user_id, &row.login));
            Ok(codes)
        })
    })
    .await
}

/// Uses a code. False: it is none of the person's, or was used before.
pub(crate) async fn spend(tx: &Tx, user_id: UserId, code: &str) -> Result<bool, DbErr> {
    let gone = recovery_code::Entity::delete_by_id((user_id, digest(user_id, code))).exec(tx).await?;
    Ok(gone.rows_affected > 0)
}

/// How many are left.
pub(crate) async fn left(connection: &impl ConnectionTrait, user_id: UserId) -> Result<u64, DbErr> {
    recovery_code::Entity::find().filter(recovery_code::Column::UserId.eq(user_id)).count(connection).await
}

/// Takes all away.
pub(crate) async fn remove(tx: &Tx, user_id: UserId) -> Result<u64, DbErr> {
    let of = recovery_code::Column::UserId.eq(user_id);
    Ok(recovery_code::Entity::delete_many().filter(of).exec(tx).await?.rows_affected)
}

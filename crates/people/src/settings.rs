//! What the server remembers of itself: a JSON value by name.

use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QuerySelect as _, Statement,
    sea_query::OnConflict,
};
use serde::{Serialize, de::DeserializeOwned};
use vigie_db::Tx;
use vigie_kernel::Timestamp;

use crate::entity::setting;

/// Reads a value; none when it was never written.
pub async fn get<T: DeserializeOwned>(db: &impl ConnectionTrait, name: &str) -> Result<Option<T>, DbErr> {
    read(name, setting::Entity::find_by_id(name.to_owned()).one(db).await?)
}

/// Reads a value that this transaction is going to write. On PostgreSQL whoever else does so waits, also where there is
/// none yet; so does who writes it without having read it. Writes of SQLite are one after the other anyway.
pub async fn get_to_change<T: DeserializeOwned>(tx: &Tx, name: &str) -> Result<Option<T>, DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let text = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, text, [name.into()])).await?;
    }
    read(name, setting::Entity::find_by_id(name.to_owned()).lock_exclusive().one(tx).await?)
}

fn read<T: DeserializeOwned>(name: &str, row: Option<setting::Model>) -> Result<Option<T>, DbErr> {
    let value = row.map(|row| serde_json::from_str(&row.value)).transpose();
    value.map_err(|error| DbErr::Custom(format!("setting {name}: {error}")))
}

/// Forgets a value. Nothing happens when there is none.
pub async fn remove(tx: &Tx, name: &str) -> Result<(), DbErr> {
    setting::Entity::delete_by_id(name.to_owned()).exec(tx).await.map(|_| ())
}

/// Writes a value.
pub async fn put<T: Serialize>(tx: &Tx, name: &str, value: &T, now: Timestamp) -> Result<(), DbErr> {
    let value = serde_json::to_string(value).map_err(|error| DbErr::Custom(format!("setting {name}: {error}")))?;
    let row = setting::ActiveModel { name: Set(name.to_owned()), value: Set(value), updated_at: Set(now) };
    let replace = OnConflict::column(setting::Column::Name)
        .update_columns([setting::Column::Value, setting::Column::UpdatedAt])
        .to_owned();
    setting::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

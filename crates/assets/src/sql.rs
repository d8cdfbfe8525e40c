//! Statements that are written by hand because they are hot or because the query builder cannot say them. Both engines
//! take the same text: placeholders are `$1`, `$2`, …, which SQLite understands too.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, ExecResult, QueryResult, Statement, Value};

fn statement<C: ConnectionTrait>(connection: &C, text: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), text, values)
}

/// Runs a statement.
pub(crate) async fn execute<C: ConnectionTrait>(
    connection: &C,
    text: &str,
    values: Vec<Value>,
) -> Result<ExecResult, DbErr> {
    connection.execute_raw(statement(connection, text, values)).await
}

/// The rows of a query.
pub(crate) async fn rows<C: ConnectionTrait>(
    connection: &C,
    text: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    connection.query_all_raw(statement(connection, text, values)).await
}

/// The first row of a query.
pub(crate) async fn row<C: ConnectionTrait>(
    connection: &C,
    text: &str,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, DbErr> {
    connection.query_one_raw(statement(connection, text, values)).await
}

/// One number, `n`; 0 when there is no row.
pub(crate) async fn number<C: ConnectionTrait>(connection: &C, text: &str, values: Vec<Value>) -> Result<i64, DbErr> {
    match row(connection, text, values).await? {
        Some(row) => Ok(row.try_get::<Option<i64>>("", "n")?.unwrap_or(0)),
        None => Ok(0),
    }
}

/// Inserts many rows, as few statements as the limits of both engines allow. `columns` as in `INSERT INTO t (…)`;
/// `conflict` is put behind the values.
pub(crate) async fn insert_many<C: ConnectionTrait>(
    connection: &C,
    table_and_columns: &str,
    width: usize,
    mut values: Vec<Value>,
    conflict: &str,
) -> Result<(), DbErr> {
    // Statements of few shapes stay prepared; 8,000 parameters are within what both engines take.
    let most = (8_000 / width).max(1) * width;
    while !values.is_empty() {
        let rest = values.split_off(values.len().min(most));
        let text = format!("INSERT INTO {table_and_columns} VALUES {} {conflict}", tuples(values.len() / width, width));
        execute(connection, &text, values).await?;
        values = rest;
    }
    Ok(())
}

fn tuples(rows: usize, width: usize) -> String {
    let mut text = String::with_capacity(rows * width * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        push_placeholders(&mut text, row * width, width);
        text.push(')');
    }
    text
}

fn push_placeholders(text: &mut String, from: usize, count: usize) {
    use std::fmt::Write as _;
    for at in 0..count {
        if at > 0 {
            text.push(',');
        }
        // Writing to a string never fails.
        let _ = write!(text, "${}", from + at + 1);
    }
}

/// `($from, …)` for an `IN` of `count` values.
pub(crate) fn list(from: usize, count: usize) -> String {
    let mut text = String::from("(");
    push_placeholders(&mut text, from - 1, count);
    text.push(')');
    text
}

/// Values of an `IN` are asked for in pieces of this many.
pub(crate) const CHUNK: usize = 500;

/// What concurrent transactions on PostgreSQL must agree on. SQLite has one writer and needs no lock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lock {
    /// Counts are being folded: one at a time.
    Fold,
    /// Sets of software are being used: they must not be taken away meanwhile.
    SetsUsed,
    /// Unused sets are being taken away: nobody may be about to use one.
    SetsRemoved,
}

/// Takes a lock until the transaction ends.
pub(crate) async fn lock(tx: &vigie_db::Tx, lock: Lock) -> Result<(), DbErr> {
    if tx.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    let call = match lock {
        Lock::Fold => "pg_advisory_xact_lock(1447642953)",
        Lock::SetsUsed => "pg_advisory_xact_lock_shared(1447642954)",
        Lock::SetsRemoved => "pg_advisory_xact_lock(1447642954)",
    };
    rows(tx, &format!("SELECT {call}::text AS l"), vec![]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn placeholders_are_numbered_through() {
        assert_eq!(super::tuples(2, 3), "($1,$2,$3),($4,$5,$6)");
        assert_eq!(super::list(4, 2), "($4,$5)");
    }
}

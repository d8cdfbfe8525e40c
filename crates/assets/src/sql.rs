//! Statements that are written by hand because they are hot or because the query builder cannot say them. The same text
//! is for both engines, with placeholders `$1`, `$2`, …
//!
//! Statements with many values come in few shapes, so that they stay prepared.

use std::borrow::Cow;

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, ExecResult, QueryResult, Statement, Value};

fn statement<C: ConnectionTrait>(connection: &C, text: &str, values: Vec<Value>) -> Statement {
    let backend = connection.get_database_backend();
    if backend != DatabaseBackend::Sqlite {
        return Statement::from_sql_and_values(backend, text, values);
    }
    let (text, values) = by_position(text, values);
    Statement::from_sql_and_values(backend, text, values)
}

/// SQLite finds numbered placeholders by name, one after the other: with hundreds of them that costs more than the
/// statement. Here they become `?`, with the values in the order of their use.
fn by_position(text: &str, values: Vec<Value>) -> (String, Vec<Value>) {
    let mut parts = text.split('$');
    let mut plain = String::with_capacity(text.len());
    plain.push_str(parts.next().unwrap_or_default());
    let mut order = Vec::with_capacity(values.len());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        order.push(part[..digits].parse::<usize>().unwrap_or(0).wrapping_sub(1));
        plain.push('?');
        plain.push_str(&part[digits..]);
    }
    let ascending = order.iter().enumerate().all(|(at, index)| at == *index);
    let values = if ascending { values } else { order.iter().filter_map(|at| values.get(*at).cloned()).collect() };
    (plain, values)
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

/// Keeps others from changing the rows of `table_and_condition` until the transaction ends. SQLite has one writer.
pub(crate) async fn hold<C: ConnectionTrait>(
    connection: &C,
    table_and_condition: &str,
    value: impl Into<Value>,
) -> Result<(), DbErr> {
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        let text = format!("SELECT 1 FROM {table_and_condition} FOR UPDATE");
        rows(connection, &text, vec![value.into()]).await?;
    }
    Ok(())
}

/// How many rows or values a statement has at a time: the next of these, the rest filled up or left to another.
const SHAPES: [usize; 19] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768];
/// Most rows or values that a statement has.
pub(crate) const MOST: usize = SHAPES[SHAPES.len() - 1];

/// The shape that so many rows or values, at most [`MOST`], are filled up to.
pub(crate) fn shape(rows: usize) -> usize {
    SHAPES.into_iter().find(|shape| *shape >= rows).unwrap_or(MOST)
}

/// What an insert does with a row that is there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Conflict {
    /// There is none.
    Never,
    /// It stays; the text names the columns, `(a, b)`.
    Keep(&'static str),
    /// As the text says, `ON CONFLICT …`.
    Update(&'static str),
}

/// Inserts many rows, in few statements of few shapes. `columns` as in `t (…)`.
pub(crate) async fn insert_many<C: ConnectionTrait>(
    connection: &C,
    table_and_columns: &str,
    width: usize,
    mut values: Vec<Value>,
    conflict: Conflict,
) -> Result<(), DbErr> {
    let tail = match conflict {
        Conflict::Never => Cow::Borrowed(""),
        Conflict::Keep(columns) => Cow::Owned(format!("ON CONFLICT {columns} DO NOTHING")),
        Conflict::Update(text) => Cow::Borrowed(text),
    };
    while !values.is_empty() {
        let rows = (values.len() / width).min(MOST);
        let shape = match conflict {
            // A row twice is a row: the statement is filled up with the last one.
            Conflict::Keep(_) => shape(rows),
            _ => SHAPES.into_iter().rfind(|shape| *shape <= rows).unwrap_or(1),
        };
        let rest = values.split_off((shape * width).min(values.len()));
        let last = values.len().saturating_sub(width);
        while values.len() < shape * width {
            values.extend_from_within(last..last + width);
        }
        let text = format!("INSERT INTO {table_and_columns} VALUES {} {tail}", tuples(shape, width));
        execute(connection, &text, values).await?;
        values = rest;
    }
    Ok(())
}

/// The rows of `{head} IN (…)`, asked for in pieces.
pub(crate) async fn rows_in<C: ConnectionTrait>(
    connection: &C,
    head: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    let mut found = Vec::new();
    for piece in values.chunks(MOST) {
        let mut piece = piece.to_vec();
        let shape = shape(piece.len());
        // A value twice asks for nothing more.
        piece.resize(shape, piece[piece.len() - 1].clone());
        found.extend(rows(connection, &format!("{head} IN {}", list(1, shape)), piece).await?);
    }
    Ok(found)
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
fn list(from: usize, count: usize) -> String {
    let mut text = String::from("(");
    push_placeholders(&mut text, from - 1, count);
    text.push(')');
    text
}

/// What concurrent transactions on PostgreSQL must agree on. SQLite has one writer and needs no lock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lock {
    /// Counts are being folded: one at a time.
    Fold,
    /// It is being found out how machines stand to key software: one at a time.
    KeySoftware,
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
        Lock::KeySoftware => "pg_advisory_xact_lock(1447642966)",
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

    #[test]
    fn sqlite_gets_values_by_position() {
        let (text, values) = super::by_position("a = $2 OR b IN ($1,$2) OR c = $10x", vec![1.into(), 2.into()]);
        assert_eq!(text, "a = ? OR b IN (?,?) OR c = ?x");
        assert_eq!(values, [2, 1, 2].map(sea_orm::Value::from));
        let (text, values) = super::by_position("no value", vec![]);
        assert_eq!((&*text, values.len()), ("no value", 0));
    }
}

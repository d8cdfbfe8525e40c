//! The connection that writes on SQLite: `SeaORM`'s statements and rows over `rusqlite`, on the thread of whoever calls.
//!
//! `sqlx`, which reads for us, keeps a thread for each connection and goes there and back for every statement and every
//! row that is waited for. That suits reads that come from many tasks; a change of twenty statements pays it twenty
//! times, and everybody waits for the one writer. `docs/adr/0005-writer-of-its-own.md` tells what was measured.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{
    CachedStatement,
    config::DbConfig,
    types::{ToSqlOutput, ValueRef},
};
use sea_orm::{
    DbBackend, DbErr, ExecResult, MockDatabase, MockDatabaseTrait as _, MockExecResult, QueryResult, RuntimeErr,
    Statement, Value, entity::prelude::Uuid,
};

/// Prepared statements that are kept.
const STATEMENTS: usize = 256;

/// An open connection. One thread uses it; the lock only says so to the compiler.
pub(crate) struct Connection(Mutex<rusqlite::Connection>);

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

impl Connection {
    /// Opens a file that is there, with pragmas as `(name, value)`.
    pub(crate) fn open(path: &Path, pragmas: &[(&str, &str)]) -> Result<Self, DbErr> {
        let connection = rusqlite::Connection::open(path).map_err(|error| DbErr::Conn(internal(&error)))?;
        for (name, value) in pragmas {
            connection.pragma_update(None, name, value).map_err(|error| DbErr::Conn(internal(&error)))?;
        }
        // A change's statements look rows up by their keys: they are not planned anew for each value.
        let stable = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
        stable.map_err(|error| DbErr::Conn(internal(&error)))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self(Mutex::new(connection)))
    }

    fn lock(&self) -> MutexGuard<'_, rusqlite::Connection> {
        // Whatever a panic left open, the writer takes back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a statement without values, kept prepared.
    pub(crate) fn run(&self, text: &str) -> Result<(), DbErr> {
        let connection = self.lock();
        let mut prepared = connection.prepare_cached(text).map_err(|error| failed(&error))?;
        prepared.raw_execute().map(drop).map_err(|error| failed(&error))
    }

    /// Runs statements without values, prepared for this once.
    pub(crate) fn run_all(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.lock().execute_batch(text).map_err(|error| failed(&error))?;
        done(MockExecResult::default())
    }

    /// Runs a statement.
    pub(crate) fn execute(&self, statement: &Statement) -> Result<ExecResult, DbErr> {
        let connection = self.lock();
        let mut prepared = bound(&connection, statement)?;
        let changed = prepared.raw_execute().map_err(|error| failed(&error))?;
        let last_insert_id = u64::try_from(connection.last_insert_rowid()).unwrap_or(0);
        done(MockExecResult { last_insert_id, rows_affected: changed as u64 })
    }

    /// The rows of a query, at most so many.
    pub(crate) fn query(&self, statement: &Statement, most: usize) -> Result<Vec<QueryResult>, DbErr> {
        let connection = self.lock();
        let mut prepared = bound(&connection, statement)?;
        let columns: Vec<(String, Type)> = prepared
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), Type::declared(column.decl_type())))
            .collect();
        let mut rows = prepared.raw_query();
        let mut found = Vec::new();
        while found.len() < most
            && let Some(row) = rows.next().map_err(|error| asked(&error))?
        {
            let mut values = BTreeMap::new();
            for (at, (name, declared)) in columns.iter().enumerate() {
                let stored = row.get_ref(at).map_err(|error| asked(&error))?;
                values.insert(name.clone(), declared.read(stored)?);
            }
            found.push(values);
        }
        results(found)
    }
}

/// `SeaORM` has a constructor of rows that are not `sqlx`'s, for databases behind a proxy, but that feature of version 2.0
/// does not compile beside `sqlx-sqlite`. Its other constructor is the one for tests; it does nothing but wrap.
fn results(rows: Vec<BTreeMap<String, Value>>) -> Result<Vec<QueryResult>, DbErr> {
    MockDatabase::new(DbBackend::Sqlite).append_query_results([rows]).query(0, nothing())
}

/// As [`results`].
fn done(result: MockExecResult) -> Result<ExecResult, DbErr> {
    MockDatabase::new(DbBackend::Sqlite).append_exec_results([result]).execute(0, nothing())
}

fn nothing() -> Statement {
    Statement::from_string(DbBackend::Sqlite, String::new())
}

fn internal(error: &rusqlite::Error) -> RuntimeErr {
    RuntimeErr::Internal(error.to_string())
}

fn failed(error: &rusqlite::Error) -> DbErr {
    DbErr::Exec(internal(error))
}

fn asked(error: &rusqlite::Error) -> DbErr {
    DbErr::Query(internal(error))
}

fn bound<'c>(connection: &'c rusqlite::Connection, statement: &Statement) -> Result<CachedStatement<'c>, DbErr> {
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(|error| asked(&error))?;
    for (at, value) in statement.values.iter().flat_map(|values| &values.0).enumerate() {
        prepared.raw_bind_parameter(at + 1, stored(value)?).map_err(|error| asked(&error))?;
    }
    Ok(prepared)
}

/// A value as SQLite stores it; the same as `sqlx` does.
fn stored(value: &Value) -> Result<ToSqlOutput<'_>, DbErr> {
    let unknown = || DbErr::Type(format!("the writer does not know how to store {value:?}"));
    let number = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
    Ok(ToSqlOutput::Borrowed(match value {
        Value::Bool(it) => number(it.map(i64::from)),
        Value::TinyInt(it) => number(it.map(i64::from)),
        Value::SmallInt(it) => number(it.map(i64::from)),
        Value::Int(it) => number(it.map(i64::from)),
        Value::BigInt(it) => number(*it),
        Value::TinyUnsigned(it) => number(it.map(i64::from)),
        Value::SmallUnsigned(it) => number(it.map(i64::from)),
        Value::Unsigned(it) => number(it.map(i64::from)),
        Value::BigUnsigned(it) => number(it.map(i64::try_from).transpose().map_err(|_| unknown())?),
        Value::Double(it) => it.map_or(ValueRef::Null, ValueRef::Real),
        Value::String(it) => it.as_ref().map_or(ValueRef::Null, |it| ValueRef::Text(it.as_bytes())),
        Value::Bytes(it) => it.as_ref().map_or(ValueRef::Null, |it| ValueRef::Blob(it)),
        Value::Uuid(it) => it.as_ref().map_or(ValueRef::Null, |it| ValueRef::Blob(it.as_bytes())),
        _ => return Err(unknown()),
    }))
}

/// What a column is declared to hold, in the words of the migrations: the same stored number may be a flag, and the same
/// stored bytes an id. `SeaORM` takes a value of another type than the wanted one for none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    SmallInt,
    Int,
    BigInt,
    Double,
    Text,
    Uuid,
    Bytes,
    /// An expression: what it holds is what it is.
    Any,
}

impl Type {
    pub(crate) fn declared(words: Option<&str>) -> Self {
        match words {
            Some("BOOLEAN") => Self::Bool,
            Some("SMALLINT") => Self::SmallInt,
            Some("INT") => Self::Int,
            Some("BIGINT" | "INTEGER") => Self::BigInt,
            Some("DOUBLE PRECISION") => Self::Double,
            Some("TEXT") => Self::Text,
            Some("UUID BLOB") => Self::Uuid,
            Some("BLOB") => Self::Bytes,
            _ => Self::Any,
        }
    }

    fn read(self, stored: ValueRef<'_>) -> Result<Value, DbErr> {
        let damaged =
            |error: &dyn fmt::Display| DbErr::Type(format!("a stored value is not what it should be: {error}"));
        Ok(match (stored, self) {
            (ValueRef::Null, Self::Bool) => Value::Bool(None),
            (ValueRef::Null, Self::SmallInt) => Value::SmallInt(None),
            (ValueRef::Null, Self::Int) => Value::Int(None),
            (ValueRef::Null, Self::BigInt | Self::Any) => Value::BigInt(None),
            (ValueRef::Null, Self::Double) => Value::Double(None),
            (ValueRef::Null, Self::Text) => Value::String(None),
            (ValueRef::Null, Self::Uuid) => Value::Uuid(None),
            (ValueRef::Null, Self::Bytes) => Value::Bytes(None),
            (ValueRef::Integer(number), Self::Bool) => Value::Bool(Some(number != 0)),
            (ValueRef::Integer(number), Self::SmallInt) => {
                Value::SmallInt(Some(i16::try_from(number).map_err(|error| damaged(&error))?))
            }
            (ValueRef::Integer(number), Self::Int) => {
                Value::Int(Some(i32::try_from(number).map_err(|error| damaged(&error))?))
            }
            (ValueRef::Integer(number), _) => Value::BigInt(Some(number)),
            (ValueRef::Real(number), _) => Value::Double(Some(number)),
            (ValueRef::Text(text), _) => {
                Value::String(Some(std::str::from_utf8(text).map_err(|error| damaged(&error))?.to_owned()))
            }
            (ValueRef::Blob(bytes), Self::Uuid) => {
                Value::Uuid(Some(Uuid::from_slice(bytes).map_err(|error| damaged(&error))?))
            }
            (ValueRef::Blob(bytes), _) => Value::Bytes(Some(bytes.to_vec())),
        })
    }
}

//! The transaction that a change runs in, whichever engine it is.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use crate::{
    audit::{ChainKey, Entries},
    sqlite::Connection,
};

/// An open transaction, or a savepoint of one.
///
/// On SQLite its rows know their columns by name only: several columns that are read by position (`into_tuple`) come in
/// the order of their names.
#[derive(Debug)]
pub struct Tx {
    pub(crate) inner: Inner,
    /// What the audit trail gets when the transaction ends.
    pub(crate) entries: Entries,
    pub(crate) chain_key: ChainKey,
}

impl Tx {
    pub(crate) fn new(inner: Inner, chain_key: ChainKey) -> Self {
        Self { inner, entries: Entries::default(), chain_key }
    }
}

#[derive(Debug)]
pub(crate) enum Inner {
    /// A transaction of its own.
    Postgres(DatabaseTransaction),
    /// A savepoint of the writer's transaction.
    Sqlite(Connection),
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        match &self.inner {
            Inner::Postgres(tx) => tx.get_database_backend(),
            Inner::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.inner {
            Inner::Postgres(tx) => tx.execute_raw(statement).await,
            Inner::Sqlite(connection) => connection.execute(&statement),
        }
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        match &self.inner {
            Inner::Postgres(tx) => tx.execute_unprepared(text).await,
            Inner::Sqlite(connection) => connection.run_all(text),
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.inner {
            Inner::Postgres(tx) => tx.query_one_raw(statement).await,
            Inner::Sqlite(connection) => Ok(connection.query(&statement, 1)?.pop()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.inner {
            Inner::Postgres(tx) => tx.query_all_raw(statement).await,
            Inner::Sqlite(connection) => connection.query(&statement, usize::MAX),
        }
    }
}

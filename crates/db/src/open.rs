//! Opening a database and bringing its schema up to date.

use std::{path::PathBuf, sync::Arc, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, DatabaseBackend, DatabaseConnection, DbErr, TransactionTrait as _,
};
use sea_orm_migration::MigratorTrait as _;

use crate::{
    audit::ChainKey,
    migrations::Migrator,
    sqlite::Connection,
    writer::{TxFuture, Writer},
};

/// The engine behind a [`Database`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, the default.
    Sqlite,
    /// Shared by several nodes.
    Postgres,
}

/// Which database to open.
#[derive(Debug, Clone)]
pub enum Options {
    /// A file, made when it is not there.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/database`.
    Postgres(String),
}

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No connection, or not the expected settings.
    #[error("cannot open the database: {0}")]
    Connect(#[source] DbErr),
    /// A migration failed; the schema is as before it.
    #[error("cannot bring the database's schema up to date: {0}")]
    Migrate(#[source] DbErr),
}

/// An open database with an up-to-date schema. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    engine: Engine,
    reads: DatabaseConnection,
    writer: Arc<Writer>,
    chain_key: ChainKey,
}

impl Database {
    /// Opens and migrates.
    pub async fn open(options: &Options) -> Result<Self, OpenError> {
        let chain_key = ChainKey::default();
        let (engine, reads, writer) = match options {
            Options::Sqlite(path) => {
                let url = format!("sqlite://{}?mode=rwc", path.display());
                // The migrations come first: they make the file and set the journal mode that the others find.
                let first = connect(sqlite_options(&url, 1, WRITER)).await?;
                Migrator::up(&first, None).await.map_err(OpenError::Migrate)?;
                first.close().await.map_err(OpenError::Connect)?;
                let writes = Connection::open(path, &[PRAGMAS, WRITER].concat()).map_err(OpenError::Connect)?;
                let reads = connect(sqlite_options(&url, 4, READER)).await?;
                (Engine::Sqlite, reads, Writer::sqlite(writes, chain_key.clone()).map_err(OpenError::Connect)?)
            }
            Options::Postgres(url) => {
                let mut options = quiet(ConnectOptions::new(url.clone()));
                options.max_connections(16).min_connections(2);
                let pool = connect(options).await?;
                migrate_postgres(&pool).await.map_err(OpenError::Migrate)?;
                (Engine::Postgres, pool.clone(), Writer::postgres(pool, chain_key.clone()))
            }
        };
        Ok(Self { engine, reads, writer: Arc::new(writer), chain_key })
    }

    /// Renews the statistics that queries are planned by; to be called now and then. Takes a fraction of a second: of most
    /// indexes a sample is read, and only where a table grew or shrank much since the last time. PostgreSQL does that by
    /// itself.
    pub async fn renew_statistics(&self) -> Result<(), DbErr> {
        if self.engine == Engine::Postgres {
            return Ok(());
        }
        // 0x10002: of all tables, also those that this connection has not asked for anything. The equipment is filtered by
        // what few and by what nearly all have: of its indexes the frequent values are wanted, too, which no sample gives.
        // A table that is small now may be large within the hour, and what was planned for few rows reads all of them. Where
        // nothing is known of a table, the planner takes it for a large one.
        let text = "PRAGMA analysis_limit = 20000; PRAGMA optimize = 0x10002; \
                    PRAGMA analysis_limit = 0; ANALYZE equipment; \
                    DELETE FROM sqlite_stat1 WHERE tbl IN (SELECT tbl FROM sqlite_stat1 GROUP BY tbl \
                    HAVING MAX(CAST(stat AS INTEGER)) < 1000); \
                    DELETE FROM sqlite_stat4 WHERE tbl NOT IN (SELECT tbl FROM sqlite_stat1); \
                    ANALYZE sqlite_schema";
        self.write(move |tx| Box::pin(async move { tx.execute_unprepared(text).await.map(drop) })).await
    }

    /// Says by which key the rows of the audit trail are chained; to be called once, before anything is written.
    pub fn chain_audit_by(&self, key: [u8; 32]) {
        self.chain_key.set(key);
    }

    pub(crate) const fn chain_key(&self) -> &ChainKey {
        &self.chain_key
    }

    /// The engine behind it.
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Where reads go. On SQLite these connections cannot write.
    pub const fn reads(&self) -> &DatabaseConnection {
        &self.reads
    }

    /// How many changes wait for the writer. Always 0 on PostgreSQL, which has no queue of ours.
    pub fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.reads.ping().await
    }

    /// Runs a read-then-write as one transaction. When this answers `Ok`, the change is durable; when it answers `Err`,
    /// nothing was changed.
    pub async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t crate::Tx) -> TxFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        self.writer.write(change).await
    }

    /// Ends the writer after what is queued; later writes are refused. Gives the file a tidy end on SQLite.
    pub async fn close(&self) {
        self.writer.stop().await;
        let _ = self.reads.clone().close().await;
    }
}

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection, OpenError> {
    sea_orm::Database::connect(options).await.map_err(OpenError::Connect)
}

fn quiet(mut options: ConnectOptions) -> ConnectOptions {
    options.sqlx_logging(false).acquire_timeout(Duration::from_secs(30)).test_before_acquire(false);
    options
}

fn sqlite_options(url: &str, connections: u32, own: &'static [(&str, &str)]) -> ConnectOptions {
    let mut options = quiet(ConnectOptions::new(url));
    options.max_connections(connections).min_connections(1).idle_timeout(None).max_lifetime(None);
    options.map_sqlx_sqlite_opts(move |sqlite| {
        let pragmas = PRAGMAS.iter().chain(own);
        pragmas.fold(sqlite, |sqlite, (name, value)| sqlite.pragma(*name, *value)).statement_cache_capacity(256)
    });
    options
}

/// What every connection of SQLite is told.
const PRAGMAS: &[(&str, &str)] = &[
    ("busy_timeout", "10000"),
    ("journal_mode", "WAL"),
    ("synchronous", "FULL"),
    ("foreign_keys", "ON"),
    ("temp_store", "MEMORY"),
];
/// 32 MiB for the one writer, 8 MiB for each reader: bounded, and enough for hot index pages.
const WRITER: &[(&str, &str)] =
    &[("cache_size", "-32768"), ("wal_autocheckpoint", "4000"), ("journal_size_limit", "67108864")];
const READER: &[(&str, &str)] = &[("cache_size", "-8192"), ("query_only", "ON")];

/// Whoever changes the schema of a PostgreSQL holds this advisory lock.
pub(crate) const MIGRATION_LOCK: i64 = 0x5649_4749;

/// Several nodes may start at once: one migrates, the others wait for it.
async fn migrate_postgres(pool: &DatabaseConnection) -> Result<(), DbErr> {
    let guard = pool.begin().await?;
    guard.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
    debug_assert_eq!(guard.get_database_backend(), DatabaseBackend::Postgres);
    Migrator::up(pool, None).await?;
    guard.commit().await
}

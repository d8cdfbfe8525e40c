//! PostgreSQL: every table of ours by `COPY`, out of one transaction that sees one moment, and back into one transaction
//! that makes the schema as it was, so that a restore happens or does not.

use std::{collections::BTreeSet, fmt};

use futures_util::{StreamExt as _, stream::BoxStream};
use sea_orm::{
    DatabaseBackend, SqlxError,
    sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, postgres::PgCopyIn},
};
use vigie_kernel::Timestamp;

use super::{BackupError, Sequence, Table, can_read};
use crate::{migrations, open::MIGRATION_LOCK};

/// The list of migrations, as the migrator makes it.
const MIGRATIONS: &str =
    "CREATE TABLE seaql_migrations (version VARCHAR NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)";
/// A node that beat within this time works with the database, milliseconds.
const ALIVE: i64 = 30_000;

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn run(connection: &mut PgConnection, text: impl Into<String>) -> Result<(), BackupError> {
    connection.execute(AssertSqlSafe(text.into())).await?;
    Ok(())
}

/// The tables of ours that are there.
async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>, BackupError> {
    let ours = migrations::tables();
    let rows = connection
        .fetch_all(
            "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
             WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position",
        )
        .await?;
    let mut found: Vec<Table> = Vec::new();
    for row in rows {
        let (name, column): (String, String) = (row.try_get("t")?, row.try_get("c")?);
        if !ours.contains(&name) {
            continue;
        }
        match found.last_mut() {
            Some(table) if table.name == name => table.columns.push(column),
            _ => found.push(Table { name, columns: vec![column] }),
        }
    }
    Ok(found)
}

async fn exists(connection: &mut PgConnection, table: &str) -> Result<bool, BackupError> {
    let asked = format!("SELECT to_regclass('{}') IS NOT NULL AS is_there", quoted(table).replace('\'', "''"));
    Ok(connection.fetch_one(AssertSqlSafe(asked)).await?.try_get("is_there")?)
}

/// One moment of a database, to be copied. Ends with the value.
pub struct Snapshot(PgConnection);

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot")
    }
}

/// What a snapshot holds.
#[derive(Debug, Clone)]
pub struct Contents {
    /// The migrations that were applied, in their order.
    pub migrations: Vec<String>,
    /// The tables.
    pub tables: Vec<Table>,
    /// How far numbers had been given out.
    pub sequences: Vec<Sequence>,
    /// How much the tables take on the disk, bytes; the copy has another size.
    pub bytes: u64,
}

impl Snapshot {
    /// Holds a moment. `url` as in [`crate::Options::Postgres`].
    pub async fn begin(url: &str) -> Result<Self, BackupError> {
        let mut connection = PgConnection::connect(url).await?;
        for text in [
            "SET statement_timeout = 0",
            "SET idle_in_transaction_session_timeout = 0",
            "SET bytea_output = 'hex'",
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ] {
            run(&mut connection, text).await?;
        }
        Ok(Self(connection))
    }

    /// What it holds.
    pub async fn contents(&mut self) -> Result<Contents, BackupError> {
        let connection = &mut self.0;
        if !exists(connection, "seaql_migrations").await? {
            return Err(BackupError::NoDatabase("this address of PostgreSQL".to_owned()));
        }
        let rows = connection.fetch_all("SELECT version FROM seaql_migrations ORDER BY version").await?;
        let applied = rows.iter().map(|row| row.try_get("version")).collect::<Result<Vec<String>, _>>()?;
        let tables = tables(connection).await?;
        let mut bytes = 0;
        let mut sequences = Vec::new();
        for table in &tables {
            let name = quoted(&table.name).replace('\'', "''");
            let size = format!("SELECT pg_table_size('{name}') AS size");
            let size: i64 = connection.fetch_one(AssertSqlSafe(size)).await?.try_get("size")?;
            bytes += u64::try_from(size).unwrap_or(0);
            let numbered = format!(
                "SELECT attname::text AS c, pg_get_serial_sequence('{name}', attname)::text AS s FROM pg_attribute \
                 WHERE attrelid = '{name}'::regclass AND attidentity <> ''"
            );
            for row in connection.fetch_all(AssertSqlSafe(numbered)).await? {
                let (column, sequence): (String, String) = (row.try_get("c")?, row.try_get("s")?);
                // Not of the snapshot, but read after it: no row in it has a later number.
                let asked = format!("SELECT last_value, is_called FROM {sequence}");
                let row = connection.fetch_one(AssertSqlSafe(asked)).await?;
                let (last, given) = (row.try_get("last_value")?, row.try_get("is_called")?);
                sequences.push(Sequence { table: table.name.clone(), column, last, given });
            }
        }
        Ok(Contents { migrations: applied, tables, sequences, bytes })
    }

    /// The rows of a table, in pieces that break anywhere.
    pub async fn rows(&mut self, table: &Table) -> Result<BoxStream<'_, Result<Vec<u8>, BackupError>>, BackupError> {
        let copied = self.0.copy_out_raw(&format!("COPY {} TO STDOUT", shape(table))).await?;
        Ok(copied.map(|piece| piece.map(|it| it.to_vec()).map_err(BackupError::from)).boxed())
    }

    /// Lets the moment go.
    pub async fn end(self) -> Result<(), BackupError> {
        Ok(self.0.close().await?)
    }
}

fn shape(table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|it| quoted(it)).collect();
    format!("{} ({})", quoted(&table.name), columns.join(", "))
}

/// A restore under way. Nothing of it is to be seen before [`Restore::finish`]; dropped, it never happened.
pub struct Restore {
    connection: PgConnection,
    tables: Vec<Table>,
    /// What adds the references between tables again.
    references: Vec<String>,
}

impl fmt::Debug for Restore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Restore")
    }
}

impl Restore {
    /// Makes the schema as it was after these migrations. A database that holds a server's data is only taken when it is
    /// to be replaced, and not while a server works with it.
    pub async fn begin(url: &str, applied: &[String], replace: bool, now: Timestamp) -> Result<Self, BackupError> {
        can_read(applied)?;
        let mut connection = PgConnection::connect(url).await?;
        let own = &mut connection;
        for text in [
            "SET statement_timeout = 0",
            "SET idle_in_transaction_session_timeout = 0",
            "SET lock_timeout = '30s'",
            "BEGIN",
        ] {
            run(own, text).await?;
        }
        // A node that starts now waits, and finds the restored schema.
        run(own, format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        nobody_works(own, now).await?;
        if !replace && holds_rows(own).await? {
            return Err(BackupError::NotEmpty);
        }
        let ours = migrations::tables();
        for table in ours.iter().map(String::as_str).chain(["seaql_migrations"]) {
            run(own, format!("DROP TABLE IF EXISTS {} CASCADE", quoted(table))).await?;
        }
        run(own, MIGRATIONS).await?;
        for name in applied {
            for statement in migrations::statements_of(name, DatabaseBackend::Postgres) {
                run(own, statement).await?;
            }
            let seconds = now.seconds();
            let noted = format!("INSERT INTO seaql_migrations VALUES ('{}', {seconds})", name.replace('\'', "''"));
            run(own, noted).await?;
        }
        let tables = tables(own).await?;
        let names: Vec<String> = tables.iter().map(|it| quoted(&it.name)).collect();
        // A migration may have put rows into them.
        run(own, format!("TRUNCATE {}", names.join(", "))).await?;
        let references = drop_references(own, &tables).await?;
        Ok(Self { connection, tables, references })
    }

    /// Begins to fill a table, which must have just these columns.
    pub async fn fill(&mut self, table: &Table) -> Result<Filling<'_>, BackupError> {
        let wanted: BTreeSet<&String> = table.columns.iter().collect();
        let known = self.tables.iter().find(|it| it.name == table.name);
        let fits = known.is_some_and(|it| {
            it.columns.len() == table.columns.len() && it.columns.iter().collect::<BTreeSet<_>>() == wanted
        });
        if !fits {
            return Err(BackupError::Unfit(format!("table {} has other columns", table.name)));
        }
        Ok(Filling(self.connection.copy_in_raw(&format!("COPY {} FROM STDIN", shape(table))).await?))
    }

    /// Commits: from now on the database is the restored one.
    pub async fn finish(mut self, sequences: &[Sequence]) -> Result<(), BackupError> {
        let connection = &mut self.connection;
        for reference in &self.references {
            run(connection, reference.as_str()).await?;
        }
        for Sequence { table, column, last, given } in sequences {
            let known = self.tables.iter().any(|it| it.name == *table && it.columns.contains(column));
            if !known {
                return Err(BackupError::Unfit(format!("there is no column {table}.{column}")));
            }
            let table = quoted(table).replace('\'', "''");
            let column = column.replace('\'', "''");
            let set = format!("SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {last}, {given})");
            run(connection, set).await?;
        }
        for table in &self.tables {
            run(connection, format!("ANALYZE {}", quoted(&table.name))).await?;
        }
        run(connection, "COMMIT").await?;
        Ok(self.connection.close().await?)
    }
}

/// A table that is being filled.
pub struct Filling<'a>(PgCopyIn<&'a mut PgConnection>);

impl fmt::Debug for Filling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filling")
    }
}

impl Filling<'_> {
    /// The next piece, as [`Snapshot::rows`] gave it.
    pub async fn piece(&mut self, piece: &[u8]) -> Result<(), BackupError> {
        self.0.send(piece).await?;
        Ok(())
    }

    /// All pieces were there; how many rows they were.
    pub async fn done(self) -> Result<u64, BackupError> {
        Ok(self.0.finish().await?)
    }

    /// There are no more because something else went wrong.
    pub async fn give_up(self) {
        let _: Result<(), SqlxError> = self.0.abort("the restore was given up").await;
    }
}

/// An error where a node beat a moment ago.
async fn nobody_works(connection: &mut PgConnection, now: Timestamp) -> Result<(), BackupError> {
    if !exists(connection, "node").await? {
        return Ok(());
    }
    let since = now.millis() - ALIVE;
    let asked =
        format!("SELECT name FROM node WHERE stopped_at IS NULL AND last_seen_at > {since} ORDER BY name LIMIT 1");
    match connection.fetch_optional(AssertSqlSafe(asked)).await? {
        Some(row) => Err(BackupError::InUse(row.try_get("name")?)),
        None => Ok(()),
    }
}

/// Whether any table of ours has a row: a server was started on this database.
async fn holds_rows(connection: &mut PgConnection) -> Result<bool, BackupError> {
    // The ends of the audit trail are there from the first migration on.
    for table in tables(connection).await?.into_iter().filter(|table| table.name != "audit_chain") {
        let asked = format!("SELECT 1 AS one FROM {} LIMIT 1", quoted(&table.name));
        if connection.fetch_optional(AssertSqlSafe(asked)).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the references between tables away, so that their order does not matter; what adds them again, and so checks
/// every row.
async fn drop_references(connection: &mut PgConnection, tables: &[Table]) -> Result<Vec<String>, BackupError> {
    let rows = connection
        .fetch_all(
            "SELECT r.relname::text AS t, c.conname::text AS n, pg_get_constraintdef(c.oid) AS d FROM pg_constraint c \
             JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace s ON s.oid = r.relnamespace \
             WHERE c.contype = 'f' AND s.nspname = current_schema() ORDER BY r.relname, c.conname",
        )
        .await?;
    let mut again = Vec::new();
    for row in rows {
        let (table, name, definition): (String, String, String) =
            (row.try_get("t")?, row.try_get("n")?, row.try_get("d")?);
        if tables.iter().any(|it| it.name == table) {
            let (table, name) = (quoted(&table), quoted(&name));
            run(connection, format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).await?;
            again.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"));
        }
    }
    Ok(again)
}

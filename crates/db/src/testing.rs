//! Databases for tests, on both engines: every test that touches the database is written once with
//! [`on_both_engines!`](crate::on_both_engines) and becomes two.
//!
//! SQLite's is a file in a temporary folder. PostgreSQL's is a new database on the server that `VIGIE_TEST_POSTGRES`
//! names; `cargo xtask test` starts one. Without it the PostgreSQL half fails instead of being skipped in silence.

#![allow(clippy::missing_panics_doc, reason = "a test that cannot begin fails")]

use std::path::PathBuf;

use sea_orm::{ConnectionTrait as _, DatabaseConnection};

use crate::{Database, Engine, Options};

/// A database of one test. Keep it until the test's end.
#[derive(Debug)]
pub struct TestDatabase {
    /// The open database.
    pub db: Database,
    /// How to open it once more.
    pub options: Options,
    _folder: Option<tempfile::TempDir>,
}

impl TestDatabase {
    /// An empty database with an up-to-date schema.
    pub async fn new(engine: Engine) -> Self {
        let (options, folder) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                (Options::Sqlite(folder.path().join("vigie.db")), Some(folder))
            }
            Engine::Postgres => (Options::Postgres(new_postgres_database().await), None),
        };
        let db = Database::open(&options).await.expect("the test database opens");
        mark(engine);
        Self { db, options, _folder: folder }
    }
}

/// Tells `cargo xtask test` that database tests really ran on this engine.
pub fn mark(engine: Engine) {
    if let Some(folder) = std::env::var_os("VIGIE_TEST_ENGINES") {
        let name = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
        std::fs::write(PathBuf::from(folder).join(name), b"").expect("the mark of the engine can be written");
    }
}

async fn new_postgres_database() -> String {
    let server = std::env::var("VIGIE_TEST_POSTGRES").expect(
        "VIGIE_TEST_POSTGRES is not set: run `cargo xtask test`, or start PostgreSQL and set it to \
         postgres://user:password@host:port/postgres",
    );
    let admin: DatabaseConnection = sea_orm::Database::connect(&server).await.expect("PostgreSQL can be reached");
    let name = format!(
        "vigie_{}",
        vigie_kernel::id::uuid_v7(vigie_kernel::Timestamp::from_millis(0), &vigie_kernel::SystemRng,).simple()
    );
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a test database can be made");
    admin.close().await.expect("the connection ends");
    let (head, _) = server.rsplit_once('/').expect("the address names a database");
    format!("{head}/{name}")
}

/// Writes a test once and runs it on SQLite and on PostgreSQL:
///
/// ```ignore
/// on_both_engines! {
///     async fn a_row_is_found_again(test: TestDatabase) { … }
/// }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident: TestDatabase) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($db: $crate::testing::TestDatabase) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body($crate::testing::TestDatabase::new($crate::Engine::Sqlite).await).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body($crate::testing::TestDatabase::new($crate::Engine::Postgres).await).await;
            }
        }
    )+};
}

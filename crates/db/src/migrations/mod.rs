//! The list of migrations, one for both engines. A migration is SQL with a few placeholders where the engines' types
//! have different names; once released it is never changed.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        ALL.iter().map(|it| -> Box<dyn MigrationTrait> { Box::new(*it) }).collect()
    }
}

/// In the order in which they are applied.
const ALL: &[Sql] = &[
    Sql::both("m0001_people", include_str!("m0001_people.sql")),
    Sql::both("m0002_assets", include_str!("m0002_assets.sql")),
    Sql {
        name: "m0003_search",
        sqlite: include_str!("m0003_search_sqlite.sql"),
        postgres: include_str!("m0003_search_postgres.sql"),
    },
    Sql::both("m0004_roles", include_str!("m0004_roles.sql")),
    Sql::both("m0005_certificates", include_str!("m0005_certificates.sql")),
    Sql::both("m0006_platform", include_str!("m0006_platform.sql")),
    Sql::both("m0007_factors", include_str!("m0007_factors.sql")),
    Sql::both("m0008_fleet", include_str!("m0008_fleet.sql")),
    Sql::both("m0009_alerts", include_str!("m0009_alerts.sql")),
    Sql::both("m0010_customers", include_str!("m0010_customers.sql")),
    Sql {
        name: "m0011_customer_search",
        sqlite: include_str!("m0011_customer_search_sqlite.sql"),
        postgres: include_str!("m0011_customer_search_postgres.sql"),
    },
    Sql::both("m0012_dashboard", include_str!("m0012_dashboard.sql")),
    Sql::both("m0013_agent_configuration", include_str!("m0013_agent_configuration.sql")),
    Sql::both("m0014_imports", include_str!("m0014_imports.sql")),
    Sql::both("m0015_reports", include_str!("m0015_reports.sql")),
    Sql::both("m0016_rollouts", include_str!("m0016_rollouts.sql")),
    Sql::both("m0017_association", include_str!("m0017_association.sql")),
    Sql::both("m0018_certificates_of_systems", include_str!("m0018_certificates_of_systems.sql")),
];

/// Their names, in their order.
pub(crate) fn names() -> Vec<String> {
    ALL.iter().map(|it| it.name.to_owned()).collect()
}

/// The tables that they make on PostgreSQL; other tables of the same database are not ours.
pub(crate) fn tables() -> BTreeSet<String> {
    const MAKES: &str = "CREATE TABLE ";
    let text = ALL.iter().flat_map(|it| it.postgres.lines()).filter_map(|line| line.strip_prefix(MAKES));
    text.map(|it| it.split([' ', '(']).next().unwrap_or_default().to_owned()).collect()
}

/// The statements of one of them.
pub(crate) fn statements_of(name: &str, backend: DatabaseBackend) -> Vec<String> {
    let found = ALL.iter().find(|it| it.name == name);
    found.map(|it| statements(it.text(backend), backend)).unwrap_or_default()
}

#[derive(Clone, Copy)]
struct Sql {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Sql {
    const fn both(name: &'static str, text: &'static str) -> Self {
        Self { name, sqlite: text, postgres: text }
    }

    fn text(&self, backend: DatabaseBackend) -> &'static str {
        if backend == DatabaseBackend::Postgres { self.postgres } else { self.sqlite }
    }
}

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for statement in statements(self.text(backend), backend) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

/// Placeholder, SQLite's word, PostgreSQL's word.
const WORDS: &[(&str, &str, &str)] = &[
    // The writer tells ids from other bytes by this word; what SQLite makes of it is a BLOB.
    ("{uuid}", "UUID BLOB", "UUID"),
    ("{bytes}", "BLOB", "BYTEA"),
    // A number that the database gives, never used twice.
    ("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    // Text that is compared byte by byte, so that both engines sort alike.
    ("{key}", "TEXT", "TEXT COLLATE \"C\""),
    // Rows live in the primary key's tree: for tables that are nothing but their key.
    ("{clustered}", "WITHOUT ROWID", ""),
];

fn statements(text: &str, backend: DatabaseBackend) -> Vec<String> {
    let mut text: String =
        text.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
    for (placeholder, sqlite, postgres) in WORDS {
        text = text.replace(placeholder, if backend == DatabaseBackend::Postgres { postgres } else { sqlite });
    }
    text.split(";\n").map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

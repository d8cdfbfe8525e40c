//! Writing and opening, on both engines.

use sea_orm::{ConnectionTrait as _, DbErr, Statement, Value};

use crate::{Database, Engine, on_both_engines, testing::TestDatabase};

async fn count(db: &Database, table: &str) -> i64 {
    let backend = db.reads().get_database_backend();
    let row = db
        .reads()
        .query_one_raw(Statement::from_string(backend, format!("SELECT COUNT(*) AS n FROM {table}")))
        .await
        .unwrap()
        .unwrap();
    row.try_get("", "n").unwrap()
}

async fn put(db: &Database, name: &'static str, fail: bool) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let sql = match tx.get_database_backend() {
                sea_orm::DatabaseBackend::Postgres => {
                    "INSERT INTO setting (name, value, updated_at) VALUES ($1, $2, 0)"
                }
                _ => "INSERT INTO setting (name, value, updated_at) VALUES (?, ?, 0)",
            };
            let values = [Value::from(name), Value::from("1")];
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
            if fail { Err(DbErr::Custom("no".into())) } else { Ok(()) }
        })
    })
    .await
}

on_both_engines! {
    async fn a_failed_change_leaves_nothing_and_hurts_no_other(test: TestDatabase) {
        let db = &test.db;
        let names: Vec<&'static str> = (0..40).map(|n| &*Box::leak(format!("n{n}").into_boxed_str())).collect();
        let mut tasks = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            let db = db.clone();
            tasks.push(tokio::spawn(async move { put(&db, name, at % 4 == 0).await.is_ok() }));
        }
        let mut kept = 0;
        for task in tasks {
            kept += i64::from(task.await.unwrap());
        }
        assert_eq!(kept, 30);
        assert_eq!(count(db, "setting").await, 30);
    }

    async fn a_change_that_breaks_a_constraint_is_an_error_and_the_next_one_works(test: TestDatabase) {
        put(&test.db, "same", false).await.unwrap();
        assert!(put(&test.db, "same", false).await.is_err());
        put(&test.db, "other", false).await.unwrap();
        assert_eq!(count(&test.db, "setting").await, 2);
    }

    async fn what_was_answered_is_there_when_the_database_is_opened_again(test: TestDatabase) {
        put(&test.db, "kept", false).await.unwrap();
        test.db.close().await;
        assert!(put(&test.db, "late", false).await.is_err(), "a closed database takes nothing");
        let again = Database::open(&test.options).await.unwrap();
        assert_eq!(count(&again, "setting").await, 1);
    }
}

#[tokio::test]
async fn a_panic_in_a_change_is_an_error_for_its_caller_only() {
    let test = TestDatabase::new(Engine::Sqlite).await;
    let broken: Result<(), DbErr> = test.db.write(|_| Box::pin(async { panic!("broken") })).await;
    assert!(broken.unwrap_err().to_string().contains("panicked"));
    put(&test.db, "after", false).await.unwrap();
    assert_eq!(count(&test.db, "setting").await, 1);
}

#[tokio::test]
async fn readers_cannot_write() {
    let test = TestDatabase::new(Engine::Sqlite).await;
    let refused = test.db.reads().execute_unprepared("DELETE FROM setting").await;
    assert!(refused.unwrap_err().to_string().contains("readonly"));
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_nullability() {
    let sqlite = TestDatabase::new(Engine::Sqlite).await;
    let postgres = TestDatabase::new(Engine::Postgres).await;
    let ask = |db: Database, sql: &'static str| async move {
        let backend = db.reads().get_database_backend();
        let rows = db.reads().query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        let mut columns: Vec<(String, String, bool)> = rows
            .iter()
            .map(|row| (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap(), row.try_get("", "n").unwrap()))
            .collect();
        columns.sort();
        columns
    };
    // SQLite's own tables and those of its text index are not ours, and the number of an automatic key is never null although it does not say so.
    let from_sqlite = ask(
        sqlite.db.clone(),
        "SELECT m.name AS t, p.name AS c, (p.\"notnull\" = 0 AND p.pk = 0) AS n FROM sqlite_master m \
         JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' \
         AND m.name NOT LIKE 'seaql_%' AND m.name NOT LIKE '%search%'",
    )
    .await;
    let from_postgres = ask(
        postgres.db.clone(),
        "SELECT table_name::text AS t, column_name::text AS c, is_nullable = 'YES' AS n FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql_%'",
    )
    .await;
    assert!(from_sqlite.len() > 100);
    assert_eq!(from_sqlite, from_postgres);
}

#[tokio::test]
async fn nodes_that_share_a_database_hear_each_other() {
    let test = TestDatabase::new(Engine::Postgres).await;
    let other_node = Database::open(&test.options).await.unwrap();
    let mut listener = other_node.listen("vigie_test").await.unwrap().unwrap();
    test.db.notify("vigie_test", "word").await.unwrap();
    assert_eq!(listener.next().await.unwrap(), "word");
    let alone = TestDatabase::new(Engine::Sqlite).await;
    assert!(alone.db.listen("vigie_test").await.unwrap().is_none());
}

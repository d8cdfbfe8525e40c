//! Writing and opening, on both engines.

mod audit;
mod lists;

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement, Value, entity::prelude::Uuid};

use crate::{Database, Engine, on_both_engines, sqlite::Type, testing::TestDatabase};

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
        let refused = put(&test.db, "same", false).await.unwrap_err();
        assert_eq!(crate::violation(&refused), Some(crate::Violation::Unique));
        assert_eq!(crate::violation(&DbErr::Custom("UNIQUE constraint failed".into())), None);
        let stray = test.db.write(|tx| Box::pin(async move {
            let id = if tx.get_database_backend() == DbBackend::Postgres { "gen_random_uuid()" } else { "randomblob(16)" };
            let text = format!("INSERT INTO user_label (user_id, label_key, label) VALUES ({id}, 'x', 'x')");
            tx.execute_unprepared(&text).await.map(drop)
        }));
        assert_eq!(crate::violation(&stray.await.unwrap_err()), Some(crate::Violation::ForeignKey));
        put(&test.db, "other", false).await.unwrap();
        assert_eq!(count(&test.db, "setting").await, 2);
    }

    async fn what_was_small_when_statistics_were_taken_is_found_by_its_index_when_it_is_large(test: TestDatabase) {
        if test.db.engine() == Engine::Postgres {
            return test.db.renew_statistics().await.unwrap();
        }
        test.db.write(|tx| Box::pin(async move {
            let text = "INSERT INTO provider VALUES (x'01', 'P', 'p', 0); INSERT INTO reseller VALUES (x'01', x'01', 'R', 'r', 0); \
                        INSERT INTO customer (id, reseller_id, name, name_key, is_default, created_at) \
                        VALUES (x'01', x'01', 'C', 'c', FALSE, 0)";
            tx.execute_unprepared(text).await.map(drop)
        })).await.unwrap();
        test.db.renew_statistics().await.unwrap();
        // A pool that reads the statistics as they are now.
        let fresh = Database::open(&test.options).await.unwrap();
        let text = "EXPLAIN QUERY PLAN SELECT 1 FROM user_label l JOIN reseller r ON r.name_key = l.label_key \
                    JOIN customer c ON c.reseller_id = r.id WHERE c.id = x'01'";
        let rows = fresh.reads().query_all_raw(Statement::from_string(DbBackend::Sqlite, text)).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        assert!(plan.len() == 3 && plan.iter().all(|step| step.starts_with("SEARCH")), "{plan:?}");
    }

    async fn a_change_reads_every_kind_of_value_as_it_wrote_it(test: TestDatabase) {
        let (id, bytes) = (Uuid::from_u128(7), vec![0_u8; 16]);
        let read = test.db.write(move |tx| Box::pin(async move {
            let backend = tx.get_database_backend();
            let (uuid, blob) = if backend == DbBackend::Postgres { ("UUID", "BYTEA") } else { ("UUID BLOB", "BLOB") };
            let table = format!(
                "CREATE TABLE every_kind (k BIGINT PRIMARY KEY, flag BOOLEAN, small SMALLINT, middle INT, big BIGINT, \
                 words TEXT, id {uuid}, bytes {blob})"
            );
            tx.execute_unprepared(&table).await?;
            let insert = "INSERT INTO every_kind VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            let some = [
                Value::from(1_i64), true.into(), (-3_i16).into(), 70_000_i32.into(), i64::MAX.into(),
                "Été".into(), id.into(), bytes.clone().into(),
            ];
            let none: [Value; 8] = [
                2_i64.into(), None::<bool>.into(), None::<i16>.into(), None::<i32>.into(), None::<i64>.into(),
                None::<String>.into(), None::<Uuid>.into(), None::<Vec<u8>>.into(),
            ];
            let mut changed = 0;
            for values in [some, none] {
                changed += tx.execute_raw(Statement::from_sql_and_values(backend, insert, values)).await?.rows_affected();
            }
            assert_eq!(changed, 2);
            let select = Statement::from_string(backend, "SELECT *, big - 1 AS less FROM every_kind ORDER BY k");
            assert_eq!(tx.query_one_raw(select.clone()).await?.unwrap().try_get::<i64>("", "k")?, 1);
            tx.query_all_raw(select).await
        })).await.unwrap();
        let (some, none) = (&read[0], &read[1]);
        assert_eq!(some.try_get::<Option<bool>>("", "flag").unwrap(), Some(true));
        assert_eq!(some.try_get::<Option<i16>>("", "small").unwrap(), Some(-3));
        assert_eq!(some.try_get::<Option<i32>>("", "middle").unwrap(), Some(70_000));
        assert_eq!(some.try_get::<Option<i64>>("", "big").unwrap(), Some(i64::MAX));
        assert_eq!(some.try_get::<Option<i64>>("", "less").unwrap(), Some(i64::MAX - 1));
        assert_eq!(some.try_get::<Option<String>>("", "words").unwrap().as_deref(), Some("Été"));
        assert_eq!(some.try_get::<Option<Uuid>>("", "id").unwrap(), Some(Uuid::from_u128(7)));
        assert_eq!(some.try_get::<Option<Vec<u8>>>("", "bytes").unwrap(), Some(vec![0; 16]));
        assert_eq!(none.try_get::<Option<bool>>("", "flag").unwrap(), None);
        assert_eq!(none.try_get::<Option<String>>("", "words").unwrap(), None);
        assert_eq!(none.try_get::<Option<Uuid>>("", "id").unwrap(), None);
        assert!(none.try_get::<i64>("", "big").is_err(), "nothing is no number");
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
async fn the_writer_knows_what_every_column_is_declared_as() {
    let test = TestDatabase::new(Engine::Sqlite).await;
    let columns = "SELECT m.name || '.' || p.name AS c, p.type AS declared FROM sqlite_master m \
                JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.sql LIKE 'CREATE TABLE%' \
                AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'seaql_%' AND m.name NOT LIKE '%search%'";
    let rows = test.db.reads().query_all_raw(Statement::from_string(DbBackend::Sqlite, columns)).await.unwrap();
    assert!(rows.len() > 100, "all tables were asked");
    for row in rows {
        let (column, declared): (String, String) =
            (row.try_get("", "c").unwrap(), row.try_get("", "declared").unwrap());
        assert_ne!(Type::declared(Some(&declared)), Type::Any, "{column} is declared {declared}");
    }
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
async fn a_backup_knows_every_table() {
    let test = TestDatabase::new(Engine::Postgres).await;
    let asked = "SELECT table_name::text AS t FROM information_schema.tables WHERE table_schema = 'public' \
                 AND table_name NOT LIKE 'seaql_%' ORDER BY table_name";
    let rows = test.db.reads().query_all_raw(Statement::from_string(DbBackend::Postgres, asked)).await.unwrap();
    let there: Vec<String> = rows.iter().map(|row| row.try_get("", "t").unwrap()).collect();
    let known: Vec<String> = crate::migrations::tables().into_iter().filter(|it| there.contains(it)).collect();
    assert_eq!(known, there, "a migration's line `CREATE TABLE name (` names the table");
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

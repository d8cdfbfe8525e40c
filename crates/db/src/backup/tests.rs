//! Copies of both engines, put back.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use sea_orm::{
    ConnectionTrait as _, Statement,
    sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _},
};
use vigie_kernel::Timestamp;

use super::{sqlite::Copier, *};
use crate::{Database, Engine, Options, testing::TestDatabase};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

async fn put(db: &Database, name: &str) {
    let name = name.to_owned();
    let write = db.write(move |tx| {
        Box::pin(async move {
            let sql = "INSERT INTO setting (name, value, updated_at) VALUES ($1, $2, 0)";
            let values = [name.into(), "tab\tline\nback\\slash \u{e9}".into()];
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(drop)
        })
    });
    write.await.unwrap();
}

async fn settings(db: &Database) -> Vec<String> {
    let asked = "SELECT name, value FROM setting ORDER BY name";
    let rows = db.reads().query_all_raw(Statement::from_string(db.reads().get_database_backend(), asked)).await;
    rows.unwrap()
        .iter()
        .map(|row| {
            assert_eq!(row.try_get::<String>("", "value").unwrap(), "tab\tline\nback\\slash \u{e9}");
            row.try_get("", "name").unwrap()
        })
        .collect()
}

fn url(test: &TestDatabase) -> String {
    match &test.options {
        Options::Postgres(url) => url.clone(),
        Options::Sqlite(_) => unreachable!("asked for PostgreSQL"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_copy_is_of_one_moment_and_opens() {
    let test = TestDatabase::new(Engine::Sqlite).await;
    let Options::Sqlite(path) = &test.options else { unreachable!() };
    put(&test.db, "before").await;
    let copier = Copier::open(path).unwrap();
    assert_eq!(copier.migrations().unwrap(), known_migrations());
    let copy = path.with_file_name("copy.db");
    copier.copy(&copy).unwrap();
    put(&test.db, "after").await;
    assert_eq!(check_sqlite(&copy).unwrap(), known_migrations());
    let again = Database::open(&Options::Sqlite(copy.clone())).await.unwrap();
    assert_eq!(settings(&again).await, ["before"]);
    assert!(copier.copy(&copy).is_err(), "a file that is there is not written over");
    let missing = Copier::open(&path.with_file_name("none.db")).unwrap_err();
    assert!(matches!(missing, BackupError::NoDatabase(_)));
    std::fs::write(&copy, b"no database").unwrap();
    assert!(matches!(check_sqlite(&copy), Err(BackupError::Unfit(_))));
}

type Rows = BTreeMap<String, Vec<u8>>;

async fn copied(url: &str) -> (postgres::Contents, Rows) {
    let mut snapshot = PostgresSnapshot::begin(url).await.unwrap();
    let contents = snapshot.contents().await.unwrap();
    let mut rows = Rows::new();
    for table in &contents.tables {
        let pieces: Vec<Vec<u8>> = snapshot.rows(table).await.unwrap().try_collect().await.unwrap();
        rows.insert(table.name.clone(), pieces.concat());
    }
    snapshot.end().await.unwrap();
    (contents, rows)
}

async fn restore(url: &str, contents: &postgres::Contents, rows: &Rows, replace: bool) -> Result<(), BackupError> {
    let mut restore = PostgresRestore::begin(url, &contents.migrations, replace, NOW).await?;
    // Not in the order of their references.
    for table in contents.tables.iter().rev() {
        let mut filling = restore.fill(table).await?;
        for piece in rows[&table.name].chunks(7) {
            filling.piece(piece).await?;
        }
        filling.done().await?;
    }
    restore.finish(&contents.sequences).await
}

/// Tables, columns, indexes, constraints: what a database of ours is made of.
async fn schema(url: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let mut found = Vec::new();
    for asked in [
        "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || is_identity AS it \
         FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT indexdef AS it FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS it FROM pg_constraint \
         WHERE connamespace = 'public'::regnamespace",
    ] {
        for row in connection.fetch_all(AssertSqlSafe(asked)).await.unwrap() {
            found.push(row.try_get::<String, _>("it").unwrap());
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_copy_comes_back_with_schema_rows_references_and_numbers() {
    let (from, to) = (TestDatabase::new(Engine::Postgres).await, TestDatabase::new(Engine::Postgres).await);
    put(&from.db, "kept").await;
    for at in 0..3 {
        let text = format!(
            "INSERT INTO sign_in_failure (account, source_address, failed_at) VALUES ('\\x0{at}', '::1', {at})"
        );
        from.db.write(move |tx| Box::pin(async move { tx.execute_unprepared(&text).await.map(drop) })).await.unwrap();
    }
    let delete = "DELETE FROM sign_in_failure WHERE failed_at = 2";
    from.db.write(move |tx| Box::pin(async move { tx.execute_unprepared(delete).await.map(drop) })).await.unwrap();
    let (contents, rows) = copied(&url(&from)).await;
    to.db.close().await;
    restore(&url(&to), &contents, &rows, false).await.unwrap();
    assert_eq!(schema(&url(&to)).await, schema(&url(&from)).await);
    let again = Database::open(&to.options).await.unwrap();
    assert_eq!(settings(&again).await, ["kept"]);
    assert_eq!(copied(&url(&to)).await.1, rows);
    let next = "INSERT INTO sign_in_failure (account, source_address, failed_at) VALUES ('\\x04', '::1', 4)";
    again.write(move |tx| Box::pin(async move { tx.execute_unprepared(next).await.map(drop) })).await.unwrap();
    let last = Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT MAX(seq) AS seq FROM sign_in_failure");
    let last = again.reads().query_one_raw(last).await.unwrap().unwrap();
    assert_eq!(last.try_get::<i64>("", "seq").unwrap(), 4, "a number is never given out twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_with_data_is_replaced_only_when_told_and_all_at_once() {
    let (from, to) = (TestDatabase::new(Engine::Postgres).await, TestDatabase::new(Engine::Postgres).await);
    put(&from.db, "new").await;
    put(&to.db, "old").await;
    let beside = "CREATE TABLE of_someone_else (n INT)";
    to.db.write(move |tx| Box::pin(async move { tx.execute_unprepared(beside).await.map(drop) })).await.unwrap();
    let (contents, mut rows) = copied(&url(&from)).await;
    to.db.close().await;
    let refused = restore(&url(&to), &contents, &rows, false).await.unwrap_err();
    assert!(matches!(refused, BackupError::NotEmpty), "{refused}");
    let good = rows.insert("setting".to_owned(), b"too\tfew\n".to_vec()).unwrap();
    assert!(restore(&url(&to), &contents, &rows, true).await.is_err());
    let still = Database::open(&to.options).await.unwrap();
    assert_eq!(settings(&still).await, ["old"], "a failed restore changes nothing");
    still.close().await;
    rows.insert("setting".to_owned(), good);
    restore(&url(&to), &contents, &rows, true).await.unwrap();
    let again = Database::open(&to.options).await.unwrap();
    assert_eq!(settings(&again).await, ["new"]);
    again.reads().execute_unprepared("SELECT * FROM of_someone_else").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_a_node_works_with_is_left_alone() {
    let test = TestDatabase::new(Engine::Postgres).await;
    let (contents, rows) = copied(&url(&test)).await;
    let node = |seen: i64| {
        format!(
            "INSERT INTO node VALUES ('00000000-0000-7000-8000-{:012}', 'guet', 'h', 'a', '1', 0, {seen}, NULL, '[]')",
            seen % 1_000_000
        )
    };
    let (long_ago, now) = (node(NOW.millis() - 60_000), node(NOW.millis() - 5_000));
    test.db.write(move |tx| Box::pin(async move { tx.execute_unprepared(&long_ago).await.map(drop) })).await.unwrap();
    let silent = restore(&url(&test), &contents, &rows, false).await.unwrap_err();
    assert!(matches!(silent, BackupError::NotEmpty), "{silent}");
    test.db.write(move |tx| Box::pin(async move { tx.execute_unprepared(&now).await.map(drop) })).await.unwrap();
    let works = restore(&url(&test), &contents, &rows, true).await.unwrap_err();
    assert!(matches!(&works, BackupError::InUse(name) if name == "guet"), "{works}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_schema_is_restored_as_it_was_and_migrated_when_opened() {
    let test = TestDatabase::new(Engine::Postgres).await;
    test.db.close().await;
    let older = &known_migrations()[..2];
    PostgresRestore::begin(&url(&test), older, false, NOW).await.unwrap().finish(&[]).await.unwrap();
    assert_eq!(copied(&url(&test)).await.0.migrations, older);
    Database::open(&test.options).await.unwrap().close().await;
    assert_eq!(copied(&url(&test)).await.0.migrations, known_migrations());
    let mut newer = known_migrations();
    newer.push("m9999_later".to_owned());
    assert!(matches!(can_read(&newer), Err(BackupError::Newer(name)) if name == "m9999_later"));
    assert!(matches!(can_read(&newer[1..3]), Err(BackupError::Unfit(_))));
}

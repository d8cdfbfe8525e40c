//! Lists of many rows: the same pages whichever way they are found, and indexes that answer what is asked of them.

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, EntityTrait as _, Statement, entity::prelude::Uuid,
    sea_query::Expr,
};

use crate::{
    Database, Engine, on_both_engines,
    paging::{Found, Key, Listed, Page, Place, RowId, Total},
    testing::TestDatabase,
};

mod thing {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "thing")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub kind: i64,
        pub gone_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
use thing::Column;

/// Of how many one is of kind 1, one is gone, and all others are of kind 0.
const RARE: i64 = 100;
const ROWS: i64 = 30_000;

async fn run(db: &Database, statement: String) {
    let written = db.write(move |tx| Box::pin(async move { tx.execute_unprepared(&statement).await.map(drop) }));
    written.await.unwrap();
}

async fn things(db: &Database) {
    let (uuid, random) = match db.engine() {
        Engine::Sqlite => ("BLOB", "randomblob(16)"),
        Engine::Postgres => ("UUID", "gen_random_uuid()"),
    };
    let table = format!(
        "CREATE TABLE thing (id {uuid} NOT NULL PRIMARY KEY, name TEXT NOT NULL, kind BIGINT NOT NULL, gone_at BIGINT)"
    );
    run(db, table).await;
    run(db, "CREATE INDEX thing_name ON thing (name, id) WHERE gone_at IS NULL".to_owned()).await;
    run(db, "CREATE INDEX thing_kind ON thing (kind, id) WHERE gone_at IS NULL".to_owned()).await;
    // Names in no order, each of them several times.
    let rows = format!(
        "INSERT INTO thing (id, name, kind, gone_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
         WHERE i < {ROWS}) SELECT {random}, 'thing ' || (i * 7919 % 9973), CASE WHEN i % {RARE} = 0 THEN 1 ELSE 0 END, \
         CASE WHEN i % {RARE} = 1 THEN 5 END FROM n"
    );
    run(db, rows).await;
}

/// The pages of a list one after the other, and what its total says.
async fn pages(db: &Database, kind: i64, descending: bool, most: usize) -> (Vec<(String, Uuid)>, Total) {
    let mut page = Page { limit: 150, descending, after: None };
    let mut seen = Vec::new();
    loop {
        let there = Condition::all().add(Column::GoneAt.is_null());
        let found: Found<thing::Entity> =
            Found::of(db, there, Condition::all().add(Column::Kind.eq(kind)), true).await.unwrap();
        let total = found.total;
        let rows = found.page(db, Expr::col(Column::Name), Expr::col(Column::Id), &page).all(db.reads()).await.unwrap();
        let place = |row: &thing::Model| Place { key: Key::Text(row.name.clone()), id: RowId::Uuid(row.id) };
        let listed = Listed::cut(rows, &page, total, place);
        seen.extend(listed.items.into_iter().map(|row| (row.name, row.id)));
        match listed.next {
            Some(next) if seen.len() < most => page.after = Some(next),
            _ => return (seen, total),
        }
    }
}

on_both_engines! {
    async fn pages_of_few_and_of_many_are_the_rows_that_are_there_in_their_order(test: TestDatabase) {
        let db = &test.db;
        things(db).await;
        let all = thing::Entity::find().all(db.reads()).await.unwrap();
        let few = Total { count: 300, at_least: false };
        let many = Total { count: 10_000, at_least: true };
        for (kind, total, most) in [(1, few, usize::MAX), (0, many, 600)] {
            for descending in [false, true] {
                let mut wanted: Vec<(String, Uuid)> = all
                    .iter()
                    .filter(|row| row.kind == kind && row.gone_at.is_none())
                    .map(|row| (row.name.clone(), row.id))
                    .collect();
                wanted.sort();
                if descending {
                    wanted.reverse();
                }
                wanted.truncate(most);
                let (seen, counted) = pages(db, kind, descending, most).await;
                assert_eq!(counted, total);
                assert!(seen == wanted, "kind {kind}, descending {descending}: {} of {}", seen.len(), wanted.len());
            }
        }
    }
}

/// How SQLite goes about a question.
async fn plan(db: &Database, question: &str) -> String {
    let text = format!("EXPLAIN QUERY PLAN {question}");
    let statement = Statement::from_string(db.reads().get_database_backend(), text);
    let rows = db.reads().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn what_is_asked_of_many_customers_is_answered_by_an_index() {
    let test = TestDatabase::new(Engine::Sqlite).await;
    for (question, index) in [
        ("SELECT 1 FROM customer WHERE code = 'a1'", "USING COVERING INDEX customer_code"),
        ("SELECT id FROM customer WHERE deleted_at IS NOT NULL", "INDEX customer_deleted"),
        ("SELECT COUNT(*) FROM customer_state WHERE deleted_at IS NULL", "USING COVERING INDEX customer_state_count"),
        ("SELECT COUNT(*) FROM system WHERE removed_at IS NULL", "USING COVERING INDEX system_present"),
        ("SELECT tag_key, COUNT(*) FROM customer_tag GROUP BY tag_key", "USING COVERING INDEX customer_tag_key"),
        (
            "SELECT type, severity, COUNT(*), COUNT(ended_at) FROM alert WHERE cleared_at IS NULL GROUP BY type, severity",
            "INDEX alert_open_count",
        ),
        (
            "SELECT type, COUNT(DISTINCT customer_id) FROM alert WHERE cleared_at IS NULL AND ended_at IS NOT NULL GROUP BY type",
            "INDEX alert_clearable",
        ),
    ] {
        let plan = plan(&test.db, question).await;
        assert!(plan.contains(index), "{question}: {plan}");
    }
    let of_customers = [
        ("name_key", "customer_state_name"),
        ("code", "customer_state_code"),
        ("reseller_key", "customer_state_reseller"),
        ("colour", "customer_state_colour"),
        ("connectivity", "customer_state_connectivity"),
        ("system_key", "customer_state_system"),
        ("version", "customer_state_version"),
        ("alerts", "customer_state_alerts"),
    ]
    .map(|(column, index)| ("customer_state", "deleted_at", "customer_id", column, index));
    let of_systems = [
        ("name_key", "system_name"),
        ("profile", "system_profile"),
        ("version", "system_version"),
        ("connectivity", "system_connectivity"),
        ("connectivity_since", "system_since"),
    ]
    .map(|(column, index)| ("system", "removed_at", "id", column, index));
    let of_alerts = [
        ("last_at", "alert_open_last"),
        ("first_at", "alert_open_first"),
        ("severity", "alert_open_severity"),
        ("type", "alert_open_type"),
        ("occurrences", "alert_open_occurrences"),
    ]
    .map(|(column, index)| ("alert", "cleared_at", "id", column, index));
    for (table, gone, id, column, index) in of_customers.into_iter().chain(of_systems).chain(of_alerts) {
        let question = format!("SELECT * FROM {table} WHERE {gone} IS NULL ORDER BY {column} DESC, {id} DESC LIMIT 51");
        let plan = plan(&test.db, &question).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{question}: {plan}");
    }
}

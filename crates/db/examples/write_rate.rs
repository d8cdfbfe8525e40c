//! How many rows of 4 KB a second become durable through [`Database::write`], 64 callers at a time, beside the limit of the
//! engine: 1,000 rows in one change. `cargo xtask bench db-write` runs it.
//!
//! usage: `write_rate FILE|postgres://… [SECONDS]`; prints one line of JSON.

use std::{
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use vigie_db::{Database, Options, Tx};

const CALLERS: u64 = 64;
const ROW: usize = 4096;
const BATCH: u64 = 1000;

/// Content that no compression below could make small.
fn bodies() -> Arc<Vec<Vec<u8>>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    Arc::new((0..BATCH).map(|_| std::iter::repeat_with(&mut word).take(ROW / 8).flatten().collect()).collect())
}

fn insert(tx: &Tx, key: u64, bodies: &[Vec<u8>]) -> Statement {
    let text = "INSERT INTO write_rate (k, body) VALUES ($1, $2)";
    let body = usize::try_from(key).map_or(0, |key| key % bodies.len());
    let values = [i64::try_from(key).unwrap_or(i64::MAX).into(), bodies[body].clone().into()];
    Statement::from_sql_and_values(tx.get_database_backend(), text, values)
}

/// Rows a second.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2⁵³ rows")]
fn rate(rows: u64, since: Instant) -> f64 {
    rows as f64 / since.elapsed().as_secs_f64()
}

/// The limit: whole batches, each of them one change.
async fn batched(db: &Database, bodies: &Arc<Vec<Vec<u8>>>, time: Duration) -> Result<f64, DbErr> {
    let start = Instant::now();
    let mut rows = 0;
    while start.elapsed() < time {
        let (from, bodies) = (rows, Arc::clone(bodies));
        let batch = db.write(move |tx| {
            Box::pin(async move {
                for key in from..from + BATCH {
                    tx.execute_raw(insert(tx, key, &bodies)).await?;
                }
                Ok::<_, DbErr>(())
            })
        });
        batch.await?;
        rows += BATCH;
    }
    Ok(rate(rows, start))
}

/// Ours: each caller waits until its row is durable before it writes the next.
async fn through_write(db: &Database, bodies: &Arc<Vec<Vec<u8>>>, first: u64, time: Duration) -> f64 {
    let rows = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut callers = Vec::new();
    for caller in 0..CALLERS {
        let (db, rows, bodies) = (db.clone(), Arc::clone(&rows), Arc::clone(bodies));
        callers.push(tokio::spawn(async move {
            let mut nth = 0;
            while start.elapsed() < time {
                let key = first + nth * CALLERS + caller;
                let bodies = Arc::clone(&bodies);
                let done: Result<(), DbErr> = db
                    .write(move |tx| Box::pin(async move { tx.execute_raw(insert(tx, key, &bodies)).await.map(drop) }))
                    .await;
                done.expect("a row is written");
                rows.fetch_add(1, Ordering::Relaxed);
                nth += 1;
            }
        }));
    }
    for caller in callers {
        caller.await.expect("a caller ends well");
    }
    rate(rows.load(Ordering::Relaxed), start)
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().expect("a file or the address of a PostgreSQL");
    let time = Duration::from_secs(arguments.next().map_or(5, |it| it.parse().expect("whole seconds")));
    let options = if place.starts_with("postgres") {
        Options::Postgres(place.clone())
    } else {
        Options::Sqlite(place.clone().into())
    };
    let db = Database::open(&options).await.expect("the database opens");
    let (key, blob) = if place.starts_with("postgres") { ("BIGINT", "BYTEA") } else { ("INTEGER", "BLOB") };
    let table = format!("CREATE TABLE write_rate (k {key} PRIMARY KEY, body {blob} NOT NULL)");
    let made: Result<(), DbErr> =
        db.write(move |tx| Box::pin(async move { tx.execute_unprepared(&table).await.map(drop) })).await;
    made.expect("the table is made");
    let bodies = bodies();
    let limit = batched(&db, &bodies, time).await.expect("the limit is measured");
    let ours = through_write(&db, &bodies, 1 << 40, time).await;
    println!(r#"{{"batched":{limit:.0},"write":{ours:.0}}}"#);
    db.close().await;
}

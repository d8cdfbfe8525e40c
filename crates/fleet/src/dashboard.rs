//! The dashboard: how the customers and systems that somebody sees stand, in figures.

use std::time::Duration;

use futures_util::future::try_join3;
use sea_orm::{ConnectionTrait, DbErr, Statement, Value, entity::prelude::Uuid};
use serde::Serialize;
use vigie_db::{Database, owners};
use vigie_kernel::{Granted, Scope, Timestamp};

/// Most versions and profiles that are named.
const MOST: usize = 20;
/// From one sample of the connected systems to the next.
pub const SAMPLE_EVERY: Duration = Duration::from_mins(5);
/// For how long samples are shown.
const SHOWN: Duration = Duration::from_hours(24);
/// For how long they are kept: some longer, so that the first that is shown is whole.
const KEPT: Duration = Duration::from_hours(25);
/// Whose samples are of everything.
const EVERYTHING: Uuid = Uuid::nil();
/// Samples of one statement.
const CHUNK: usize = 200;

/// Customers by how they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DashboardCustomers {
    /// All of them.
    pub total: u64,
    /// All of their systems are connected and well.
    pub green: u64,
    /// Connected, but not as it should be, or a system is not connected.
    pub orange: u64,
    /// Not connected.
    pub red: u64,
    /// Their agents are too old to operate.
    pub grey: u64,
}

/// Systems by whether they are connected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DashboardSystems {
    /// All of them.
    pub total: u64,
    /// Those that are connected and well.
    pub connected: u64,
}

/// How many systems have a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DashboardCount {
    /// The value; empty: none is known; null: all others together.
    pub value: Option<String>,
    /// How many.
    pub count: u64,
}

/// How many systems were connected at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectedSample {
    /// When.
    pub at: Timestamp,
    /// Those that were connected and well.
    pub connected: u64,
    /// All of them.
    pub systems: u64,
}

/// How a fleet stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Customers.
    pub customers: DashboardCustomers,
    /// Systems.
    pub systems: DashboardSystems,
    /// Systems by version, the most frequent first.
    pub versions: Vec<DashboardCount>,
    /// Systems by profile, the most frequent first.
    pub profiles: Vec<DashboardCount>,
    /// The last 24 hours, of what the caller saw at each moment.
    pub connected: Vec<ConnectedSample>,
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

async fn rows<C: ConnectionTrait>(
    connection: &C,
    text: &str,
    values: Vec<Value>,
) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    connection.query_all_raw(Statement::from_sql_and_values(connection.get_database_backend(), text, values)).await
}

async fn totals<C: ConnectionTrait>(
    connection: &C,
    scope: Scope,
) -> Result<(DashboardCustomers, DashboardSystems), DbErr> {
    let (within, values) = owners::within_sql("customer_id", scope, 1);
    let text = format!(
        "SELECT colour, COUNT(*) AS n, CAST(SUM(systems) AS BIGINT) AS systems, CAST(SUM(unconnected) AS BIGINT) AS unconnected \
         FROM customer_state WHERE deleted_at IS NULL AND {within} GROUP BY colour"
    );
    let (mut customers, mut systems) = (DashboardCustomers::default(), DashboardSystems::default());
    for row in rows(connection, &text, values).await? {
        let count = number(row.try_get("", "n")?);
        let all: i64 = row.try_get("", "systems")?;
        let unconnected: i64 = row.try_get("", "unconnected")?;
        let place = match row.try_get::<i16>("", "colour")? {
            1 => &mut customers.orange,
            2 => &mut customers.green,
            3 => &mut customers.grey,
            _ => &mut customers.red,
        };
        *place += count;
        customers.total += count;
        systems.total += number(all);
        systems.connected += number(all - unconnected);
    }
    Ok((customers, systems))
}

/// Systems by the value of a column, the rest in one.
async fn by<C: ConnectionTrait>(connection: &C, scope: Scope, column: &str) -> Result<Vec<DashboardCount>, DbErr> {
    let (within, values) = owners::within_sql("customer_id", scope, 1);
    let text = format!(
        "SELECT {column} AS value, COUNT(*) AS n FROM system WHERE removed_at IS NULL AND {within} \
         GROUP BY {column} ORDER BY n DESC, value LIMIT {MOST}"
    );
    let mut counts = Vec::new();
    for row in rows(connection, &text, values).await? {
        counts.push(DashboardCount { value: Some(row.try_get("", "value")?), count: number(row.try_get("", "n")?) });
    }
    Ok(counts)
}

/// With all that are not named in one.
fn whole(mut counts: Vec<DashboardCount>, all: u64) -> Vec<DashboardCount> {
    let named: u64 = counts.iter().map(|it| it.count).sum();
    if counts.len() == MOST && all > named {
        counts.push(DashboardCount { value: None, count: all - named });
    }
    counts
}

/// How the fleet stands that the caller sees.
pub async fn figures(db: &Database, granted: Granted, now: Timestamp) -> Result<Figures, DbErr> {
    let scope = granted.scope();
    let connection = db.reads();
    // Each reads an index from its beginning to its end: side by side they take as long as the longest.
    let (totals, versions, profiles) =
        (totals(connection, scope), by(connection, scope, "version"), by(connection, scope, "profile"));
    let ((customers, systems), versions, profiles) = try_join3(totals, versions, profiles).await?;
    let connected = samples(db, scope, now.minus(SHOWN)).await?;
    let (versions, profiles) = (whole(versions, systems.total), whole(profiles, systems.total));
    Ok(Figures { customers, systems, versions, profiles, connected })
}

async fn samples(db: &Database, scope: Scope, since: Timestamp) -> Result<Vec<ConnectedSample>, DbErr> {
    let whose = match scope {
        Scope::All => EVERYTHING,
        Scope::Assigned(user) => user.0,
    };
    let text = "SELECT at, systems, connected FROM connected_sample WHERE user_id = $1 AND at >= $2 ORDER BY at";
    rows(db.reads(), text, vec![whose.into(), since.millis().into()])
        .await?
        .iter()
        .map(|row| {
            Ok(ConnectedSample {
                at: Timestamp::from_millis(row.try_get("", "at")?),
                connected: number(row.try_get("", "connected")?),
                systems: number(row.try_get("", "systems")?),
            })
        })
        .collect()
}

/// Takes the samples of this moment, unless another node has: one of everything, and one for each user of the customers
/// that they are assigned to. Lets old ones go.
pub async fn sample(db: &Database, now: Timestamp) -> Result<(), DbErr> {
    let every = i64::try_from(SAMPLE_EVERY.as_millis()).unwrap_or(i64::MAX);
    let at = now.millis().div_euclid(every) * every;
    let (_, systems) = totals(db.reads(), Scope::All).await?;
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let mut taken = vec![(EVERYTHING, signed(systems.total), signed(systems.connected))];
    let text = "SELECT s.user_id, CAST(SUM(c.systems) AS BIGINT) AS systems, \
                CAST(SUM(c.systems - c.unconnected) AS BIGINT) AS connected FROM customer_seen s \
                JOIN customer_state c ON c.customer_id = s.customer_id WHERE c.deleted_at IS NULL GROUP BY s.user_id";
    for row in rows(db.reads(), text, Vec::new()).await? {
        taken.push((row.try_get("", "user_id")?, row.try_get("", "systems")?, row.try_get("", "connected")?));
    }
    let oldest = now.minus(KEPT).millis();
    db.write(move |tx| {
        Box::pin(async move {
            let backend = tx.get_database_backend();
            for some in taken.chunks(CHUNK) {
                let places = (0..some.len()).map(|n| format!("($1, ${}, ${}, ${})", 3 * n + 2, 3 * n + 3, 3 * n + 4));
                let text = format!(
                    "INSERT INTO connected_sample (at, user_id, systems, connected) VALUES {} ON CONFLICT DO NOTHING",
                    places.collect::<Vec<_>>().join(", ")
                );
                let mut values: Vec<Value> = vec![at.into()];
                for (user, systems, connected) in some {
                    values.extend([Value::from(*user), Value::from(*systems), Value::from(*connected)]);
                }
                tx.execute_raw(Statement::from_sql_and_values(backend, text, values)).await?;
            }
            let text = "DELETE FROM connected_sample WHERE at < $1";
            tx.execute_raw(Statement::from_sql_and_values(backend, text, [oldest.into()])).await.map(drop)
        })
    })
    .await
}

//! How a customer stands, from its systems: what the list of customers shows, and is ordered and narrowed by. Whatever
//! changes a customer's systems or their alerts calls [`refresh`] behind it, in the same transaction.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement, Value};
use serde::{Deserialize, Serialize};
use vigie_db::Tx;
use vigie_kernel::{CustomerId, Timestamp};
use vigie_wire::link::alert::Severity;

use crate::Connectivity;

/// The colour by a customer's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CustomerColour))]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// No connection, or it was never there.
    Red,
    /// Connected, but its service user is not let in, or another of its systems is not connected.
    Orange,
    /// All of its systems are connected and well.
    Green,
    /// Its agent is too old to operate.
    Grey,
}

impl Colour {
    /// The number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Red => 0,
            Self::Orange => 1,
            Self::Green => 2,
            Self::Grey => 3,
        }
    }

    /// Of a customer whose primary is connected like that, and of whose systems so many are not connected.
    pub const fn of(primary: Connectivity, unconnected: u64) -> Self {
        match primary {
            Connectivity::Waiting
            | Connectivity::Unreachable
            | Connectivity::InvalidSystem
            | Connectivity::ConnectionFailed => Self::Red,
            Connectivity::Legacy => Self::Grey,
            Connectivity::Connected if unconnected == 0 => Self::Green,
            _ => Self::Orange,
        }
    }
}

/// Which customers' rows are made anew.
#[derive(Debug, Clone, Copy)]
enum Of {
    One(CustomerId),
    /// Those of which a system changed its state at that moment.
    Since(Timestamp),
}

impl Of {
    /// A condition on a row of `customer_state`, and its value, which is `$1`.
    fn condition(self) -> (&'static str, Value) {
        match self {
            Self::One(id) => ("customer_state.customer_id = $1", id.0.into()),
            Self::Since(at) => (
                "customer_state.customer_id IN (SELECT customer_id FROM system WHERE connectivity_since = $1)",
                at.millis().into(),
            ),
        }
    }
}

/// Makes a customer's row true again.
pub async fn refresh(tx: &Tx, customer: CustomerId) -> Result<(), DbErr> {
    renew(tx, Of::One(customer)).await
}

/// The same for all customers of which a system changed its state at that moment.
pub(crate) async fn refresh_since(tx: &Tx, at: Timestamp) -> Result<(), DbErr> {
    renew(tx, Of::Since(at)).await
}

async fn renew(tx: &Tx, of: Of) -> Result<(), DbErr> {
    let backend = tx.get_database_backend();
    let (condition, value) = of.condition();
    if backend == DatabaseBackend::Postgres {
        // Two of its systems may change at once: the second sees what the first wrote, because it waits here.
        let text =
            format!("SELECT 1 FROM customer_state WHERE {condition} ORDER BY customer_state.customer_id FOR UPDATE");
        tx.execute_raw(Statement::from_sql_and_values(backend, text, [value.clone()])).await?;
    }
    // What is the same is not written: that spares the indexes.
    let text = format!(
        "UPDATE customer_state SET connectivity = n.connectivity, system_key = n.system_key, version = n.version, \
         profiles = n.profiles, named = n.named, systems = n.systems, unconnected = n.unconnected, colour = n.colour, \
         alerts = n.alerts, worst = n.worst FROM \
         (SELECT *, CASE WHEN connectivity IN ('waiting', 'unreachable', 'invalid_system', 'connection_failed') THEN 0 \
         WHEN connectivity = 'legacy' THEN 3 WHEN connectivity = 'connected' AND unconnected = 0 THEN 2 ELSE 1 END AS colour \
         FROM (SELECT w.customer_id, COALESCE(MAX(CASE WHEN s.place = 'primary' THEN s.connectivity END), 'waiting') AS connectivity, \
         COALESCE(MAX(CASE WHEN s.place = 'primary' THEN s.name_key END), '') AS system_key, \
         COALESCE(MAX(CASE WHEN s.place = 'primary' THEN s.version END), '') AS version, \
         COALESCE(',' || string_agg(s.profile, ',' ORDER BY s.profile) || ',', '') AS profiles, \
         COALESCE(string_agg(s.name_key, ' ' ORDER BY s.name_key), '') AS named, COUNT(s.id) AS systems, \
         COUNT(CASE WHEN s.connectivity <> 'connected' THEN 1 END) AS unconnected, \
         (SELECT COUNT(*) FROM alert a WHERE a.customer_id = w.customer_id AND a.cleared_at IS NULL) AS alerts, \
         (SELECT COALESCE(MAX(a.severity), 0) FROM alert a WHERE a.customer_id = w.customer_id AND a.cleared_at IS NULL) AS worst \
         FROM (SELECT customer_id FROM customer_state WHERE {condition}) AS w \
         LEFT JOIN system s ON s.customer_id = w.customer_id AND s.removed_at IS NULL GROUP BY w.customer_id) AS g) AS n \
         WHERE customer_state.customer_id = n.customer_id AND {condition} AND (customer_state.connectivity <> n.connectivity \
         OR customer_state.system_key <> n.system_key OR customer_state.version <> n.version \
         OR customer_state.profiles <> n.profiles OR customer_state.named <> n.named \
         OR customer_state.systems <> n.systems OR customer_state.unconnected <> n.unconnected \
         OR customer_state.alerts <> n.alerts OR customer_state.worst <> n.worst)"
    );
    tx.execute_raw(Statement::from_sql_and_values(backend, text, [value])).await.map(drop)
}

/// A customer's open alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerAlerts {
    /// How many.
    pub open: u64,
    /// How bad the worst of them is; null: there is none.
    pub worst: Option<Severity>,
}

/// The open alerts of some customers; one that has none may be left out.
pub async fn open_alerts<C: ConnectionTrait>(
    connection: &C,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, CustomerAlerts>, DbErr> {
    if customers.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<_> = (1..=customers.len()).map(|n| format!("${n}")).collect();
    let text = format!(
        "SELECT customer_id, alerts, worst FROM customer_state WHERE alerts > 0 AND customer_id IN ({})",
        places.join(", ")
    );
    let values: Vec<Value> = customers.iter().map(|id| id.0.into()).collect();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), text, values);
    let read = |row: sea_orm::QueryResult| {
        let (open, worst) = (row.try_get::<i64>("", "alerts")?, row.try_get::<i16>("", "worst")?);
        let worst = Some(Severity::from_rank(worst));
        let alerts = CustomerAlerts { open: u64::try_from(open).unwrap_or(0), worst };
        Ok((CustomerId(row.try_get("", "customer_id")?), alerts))
    };
    connection.query_all_raw(statement).await?.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_says_how_a_customer_stands() {
        assert_eq!(Colour::of(Connectivity::Connected, 0), Colour::Green);
        assert_eq!(Colour::of(Connectivity::Connected, 1), Colour::Orange);
        assert_eq!(Colour::of(Connectivity::PasswordExpired, 1), Colour::Orange);
        assert_eq!(Colour::of(Connectivity::Waiting, 0), Colour::Red);
        assert_eq!(Colour::of(Connectivity::Unreachable, 1), Colour::Red);
        assert_eq!(Colour::of(Connectivity::Legacy, 1), Colour::Grey);
    }
}

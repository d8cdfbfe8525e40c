//! How many alerts there are, by type and severity: tabs, the dashboard, and what a confirmation says.

use sea_orm::{
    DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{CaseStatement, Expr, ExprTrait as _, Func},
};
use serde::Serialize;
use vigie_db::Database;
use vigie_kernel::Granted;
use vigie_wire::link::alert::{AlertType, Severity};

use super::list::Filter;
use crate::entity::alert;

/// Alerts of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertsOfType {
    /// Which.
    #[serde(rename = "type")]
    pub alert_type: AlertType,
    /// How many.
    pub alerts: u64,
    /// How many of them still go on.
    pub ongoing: u64,
    /// How many of them have ended: what clearing the type clears.
    pub clearable: u64,
    /// Of how many customers those are.
    pub clearable_customers: u64,
}

/// Alerts of one severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertsOfSeverity {
    /// Which.
    pub severity: Severity,
    /// How many.
    pub alerts: u64,
    /// How many of them still go on.
    pub ongoing: u64,
}

/// How many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertCounts {
    /// All of them.
    pub alerts: u64,
    /// How many still go on.
    pub ongoing: u64,
    /// By type: each, also those without any.
    pub types: Vec<AlertsOfType>,
    /// By severity, the worst first: each, also those without any.
    pub severities: Vec<AlertsOfSeverity>,
}

/// Counts what a filter finds. Its type is left out for the counts by type, as tabs need it.
pub async fn counts(db: &Database, granted: Granted, filter: &Filter) -> Result<AlertCounts, DbErr> {
    use alert::Column::{AlertType as Type, CustomerId, EndedAt, Severity as Rank};
    let number = |count: i64| u64::try_from(count).unwrap_or(0);
    let ended = || Func::count(Expr::col(EndedAt));
    let all_types = Filter { alert_type: None, ..filter.clone() };
    let of_ended = CaseStatement::new().case(Expr::col(EndedAt).is_not_null(), Expr::col(CustomerId));
    let types: Vec<(String, i64, i64, i64)> = alert::Entity::find()
        .filter(all_types.within(granted))
        .select_only()
        .column(Type)
        .column_as(Expr::cust("COUNT(*)"), "alerts")
        .column_as(Expr::expr(ended()), "ended")
        .column_as(Expr::expr(Func::count_distinct(of_ended)), "customers")
        .group_by(Type)
        .into_tuple()
        .all(db.reads())
        .await?;
    let severities: Vec<(i64, i64, i64)> = alert::Entity::find()
        .filter(filter.within(granted))
        .select_only()
        .column(Rank)
        .column_as(Expr::cust("COUNT(*)"), "alerts")
        .column_as(Expr::expr(ended()), "ended")
        .group_by(Rank)
        .into_tuple()
        .all(db.reads())
        .await?;
    let types: Vec<AlertsOfType> = AlertType::ALL
        .into_iter()
        .map(|alert_type| {
            let found = types.iter().find(|(it, ..)| it == alert_type.as_str());
            let (alerts, ended, customers) = found.map_or((0, 0, 0), |(_, all, ended, of)| (*all, *ended, *of));
            AlertsOfType {
                alert_type,
                alerts: number(alerts),
                ongoing: number(alerts - ended),
                clearable: number(ended),
                clearable_customers: number(customers),
            }
        })
        .collect();
    let severities: Vec<AlertsOfSeverity> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| {
            let found = severities.iter().find(|(it, ..)| *it == i64::from(severity.rank()));
            let (alerts, ended) = found.map_or((0, 0), |(_, all, ended)| (*all, *ended));
            AlertsOfSeverity { severity, alerts: number(alerts), ongoing: number(alerts - ended) }
        })
        .collect();
    Ok(AlertCounts {
        alerts: types.iter().map(|it| it.alerts).sum(),
        ongoing: types.iter().map(|it| it.ongoing).sum(),
        types,
        severities,
    })
}

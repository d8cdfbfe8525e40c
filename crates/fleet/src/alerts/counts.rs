//! How many alerts there are, by type and severity: tabs, the dashboard, and what a confirmation says.

use futures_util::future::try_join;
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, Func},
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
    let all_types = Filter { alert_type: None, ..filter.clone() }.within(db, granted).await?;
    // By type and severity at once: one walk along an index answers both.
    let counted = alert::Entity::find()
        .filter(all_types.clone())
        .select_only()
        .column(Type)
        .column(Rank)
        .column_as(Expr::cust("COUNT(*)"), "alerts")
        .column_as(Expr::expr(Func::count(Expr::col(EndedAt))), "ended")
        .group_by(Type)
        .group_by(Rank)
        .into_tuple::<(String, i64, i64, i64)>()
        .all(db.reads());
    let clearable = alert::Entity::find()
        .filter(all_types)
        .filter(EndedAt.is_not_null())
        .select_only()
        .column(Type)
        .column_as(Expr::expr(Func::count_distinct(Expr::col(CustomerId))), "customers")
        .group_by(Type)
        .into_tuple::<(String, i64)>()
        .all(db.reads());
    let (counted, clearable) = try_join(counted, clearable).await?;
    let sums = |wanted: &dyn Fn(&str, i64) -> bool| {
        let of = counted.iter().filter(|(alert_type, rank, ..)| wanted(alert_type, *rank));
        of.fold((0, 0), |(alerts, ended), (_, _, all, over)| (alerts + number(*all), ended + number(*over)))
    };
    let types: Vec<AlertsOfType> = AlertType::ALL
        .into_iter()
        .map(|alert_type| {
            let (alerts, ended) = sums(&|it, _| it == alert_type.as_str());
            let customers = clearable.iter().find(|(it, _)| it == alert_type.as_str()).map_or(0, |(_, of)| *of);
            AlertsOfType {
                alert_type,
                alerts,
                ongoing: alerts - ended,
                clearable: ended,
                clearable_customers: number(customers),
            }
        })
        .collect();
    let wanted = filter.alert_type.map(AlertType::as_str);
    let severities: Vec<AlertsOfSeverity> = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| {
            let rank = i64::from(severity.rank());
            let (alerts, ended) = sums(&|it, of| of == rank && wanted.is_none_or(|wanted| it == wanted));
            AlertsOfSeverity { severity, alerts, ongoing: alerts - ended }
        })
        .collect();
    Ok(AlertCounts {
        alerts: types.iter().map(|it| it.alerts).sum(),
        ongoing: types.iter().map(|it| it.ongoing).sum(),
        types,
        severities,
    })
}

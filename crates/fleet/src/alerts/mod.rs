//! Alerts: problems seen on customers' systems. What agents tell of them and what the server finds itself becomes rows
//! ([`raise`]); people read them ([`list`], [`counts`]) and handle them ([`handle`]), change conditions for a customer
//! ([`rules`]), say when nobody is to be notified ([`maintenance`]) and who is otherwise ([`subscriptions`], [`news`],
//! [`deliveries`]), also of what the bell tells of ([`notices`]).

pub mod counts;
pub mod deliveries;
pub mod handle;
pub mod list;
pub mod maintenance;
pub mod news;
pub mod notices;
pub(crate) mod raise;
pub mod rules;
pub mod subscriptions;
#[cfg(test)]
mod tests;
pub mod unreachable;

use serde::{Deserialize, Serialize};
use vigie_kernel::{AlertId, SystemId, Timestamp, UserId};
use vigie_wire::link::alert::{AlertType, Severity};

use crate::{entity::alert, systems::SystemCustomer};

/// Longest name of what people make about alerts, characters.
pub const LONGEST_NAME: usize = 100;

fn check_name(typed: &str) -> Result<(), &'static str> {
    let fits = (1..=LONGEST_NAME).contains(&typed.trim().chars().count()) && !typed.chars().any(char::is_control);
    if fits { Ok(()) } else { Err("has 1 to 100 characters") }
}

/// Which system an alert was seen on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertSystem {
    /// Id.
    pub id: SystemId,
    /// Name.
    pub name: String,
}

/// Someone did something with an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Handled {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// Who looks after an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignee {
    /// Id.
    pub id: UserId,
    /// Login.
    pub login: String,
}

/// Why nobody is notified of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// It follows from another that goes on.
    Parent,
    /// Somebody works there.
    Maintenance,
    /// Somebody muted it.
    Muted,
}

/// A problem seen on a system.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SystemAlert))]
pub struct Alert {
    /// Id.
    pub id: AlertId,
    /// Whose system.
    pub customer: SystemCustomer,
    /// Which system.
    pub system: AlertSystem,
    /// What it is about.
    #[serde(rename = "type")]
    pub alert_type: AlertType,
    /// How bad it is.
    pub severity: Severity,
    /// Key of the condition in the system's profile; `vigie.unreachable`: the server's own.
    pub condition: String,
    /// How it is looked at: `unit`, `disk`, `unreachable`, ….
    pub kind: String,
    /// The condition's name, as the profile says; empty: it is named by its kind.
    pub title: String,
    /// What of; empty: of the system.
    pub subject: String,
    /// What was found, in the system's words.
    pub summary: String,
    /// What was measured, in the unit of the kind.
    pub value: Option<f64>,
    /// What it was compared with.
    pub bound: Option<f64>,
    /// How often it occurred.
    pub occurrences: u64,
    /// When it occurred first.
    pub first_at: Timestamp,
    /// When it occurred last.
    pub last_at: Timestamp,
    /// Whether it still goes on.
    pub ongoing: bool,
    /// When it ended by itself; null: it goes on.
    pub ended_at: Option<Timestamp>,
    /// Who said: I know of it.
    pub acknowledged: Option<Handled>,
    /// Who looks after it.
    pub assigned_to: Option<Assignee>,
    /// Nobody is notified of it until then.
    pub muted_until: Option<Timestamp>,
    /// Who cleared it; null: it is open.
    pub cleared: Option<Handled>,
    /// Why nobody is notified of it now; null: who wants to be is.
    pub silence: Option<Silence>,
}

fn view(row: alert::Model, customer: String, system: String, silence: Option<Silence>) -> Alert {
    let handled = |at: Option<Timestamp>, by: Option<String>| at.map(|at| Handled { at, by: by.unwrap_or_default() });
    Alert {
        id: row.id,
        customer: SystemCustomer { id: row.customer_id, name: customer },
        system: AlertSystem { id: row.system_id, name: system },
        alert_type: AlertType::from_code(&row.alert_type).unwrap_or_default(),
        severity: severity(row.severity),
        condition: row.condition,
        kind: row.kind,
        title: row.title,
        subject: row.subject,
        summary: row.summary,
        value: row.value,
        bound: row.bound,
        occurrences: u64::try_from(row.occurrences).unwrap_or(1),
        first_at: row.first_at,
        last_at: row.last_at,
        ongoing: row.ended_at.is_none(),
        ended_at: row.ended_at,
        acknowledged: handled(row.acknowledged_at, row.acknowledged_by),
        assigned_to: row.assigned_to.map(|id| Assignee { id, login: String::new() }),
        muted_until: row.muted_until,
        cleared: handled(row.cleared_at, row.cleared_by),
        silence,
    }
}

fn severity(rank: i64) -> Severity {
    Severity::from_rank(i16::try_from(rank).unwrap_or_default())
}

//! `GET /api/v1/dashboard`: how the fleet stands.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::{
    alerts::{
        Alert,
        counts::{self, AlertCounts},
        list::{self, Filter},
    },
    dashboard::{self, ConnectedSample, DashboardCount, DashboardCustomers, DashboardSystems},
};
use vigie_kernel::Action;
use vigie_people::hierarchy::{self, Tag};

use crate::http::{AppState, Caller, Json, Problem};

/// Recent alerts that are shown.
const RECENT: u64 = 8;
/// Tags that are shown.
const TAGS: usize = 20;

/// How the fleet stands that the caller sees.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Dashboard {
    /// Customers by how they stand.
    customers: DashboardCustomers,
    /// Systems by whether they are connected.
    systems: DashboardSystems,
    /// Systems by version, the most frequent first: at most 20, then all others together.
    versions: Vec<DashboardCount>,
    /// Systems by profile, the most frequent first: at most 20, then all others together.
    profiles: Vec<DashboardCount>,
    /// Tags of customers, the most used first: at most 20.
    tags: Vec<Tag>,
    /// Open alerts.
    alerts: AlertCounts,
    /// The open alerts that occurred last.
    recent: Vec<Alert>,
    /// How many of the systems that the caller saw then were connected in the last 24 hours, every five minutes.
    connected: Vec<ConnectedSample>,
}

/// The dashboard
#[utoipa::path(
    get,
    path = "/api/v1/dashboard",
    operation_id = "dashboard",
    tag = "systems",
    responses((status = 200, description = "How the fleet stands.", body = Dashboard)),
)]
pub(super) async fn dashboard(State(state): State<AppState>, caller: Caller) -> Result<Json<Dashboard>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    let (db, now) = (&state.db, state.clock.now());
    let open = Filter::default();
    let (figures, alerts, recent, tags) = tokio::try_join!(
        dashboard::figures(db, granted, now),
        counts::counts(db, granted, &open),
        list::recent(db, granted, RECENT, now),
        hierarchy::tags(db, granted, None),
    )?;
    Ok(Json(Dashboard {
        customers: figures.customers,
        systems: figures.systems,
        versions: figures.versions,
        profiles: figures.profiles,
        tags: tags.into_iter().take(TAGS).collect(),
        alerts,
        recent: super::alerts::with_logins(&state, recent).await?,
        connected: figures.connected,
    }))
}

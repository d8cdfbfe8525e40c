//! `POST /api/v1/maintenance-windows`: a new maintenance window.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::alerts::maintenance::{self, MaintenanceError, NewMaintenanceWindow};
use vigie_kernel::{Action, MaintenanceWindowId};

use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem},
};

/// A window that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeMaintenanceWindow {
    /// Its id.
    id: MaintenanceWindowId,
}

/// Make a maintenance window
///
/// Alerts are raised all the same; nobody is notified of them, until it ends.
#[utoipa::path(
    post,
    path = "/api/v1/maintenance-windows",
    operation_id = "maintenance_create",
    tag = "alerts",
    request_body = NewMaintenanceWindow,
    responses((status = 201, description = "Made.", body = MadeMaintenanceWindow)),
)]
pub(super) async fn maintenance_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewMaintenanceWindow>,
) -> Result<(StatusCode, Json<MadeMaintenanceWindow>), Problem> {
    let granted = caller.require(Action::AlertsHandle)?;
    let made = maintenance::create(&state.db, granted, caller.act(), new).await;
    let id = made.map_err(|error| match error {
        MaintenanceError::Invalid(field, words) => Problem::invalid(field, words),
        MaintenanceError::TooMany => Problem::invalid("name", error),
        MaintenanceError::Db(error) => error.into(),
    })?;
    state.events.changed(&[Topic::Alerts]);
    Ok((StatusCode::CREATED, Json(MadeMaintenanceWindow { id })))
}

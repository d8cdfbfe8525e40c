//! `GET /api/v1/customers/{id}/service-user`: by whom a customer's systems are managed.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_fleet::service_user;
use vigie_kernel::{Action, CustomerId};
use vigie_people::hierarchy;

use crate::http::{AppState, Caller, Json, Path, Problem};

/// A customer's service user, without its password.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServiceUserView {
    /// Its name.
    name: String,
    /// Whether a person entered it with a password; else each system is managed by what it made at its enrolment.
    is_entered: bool,
}

/// A customer's service user
#[utoipa::path(
    get,
    path = "/api/v1/customers/{id}/service-user",
    operation_id = "service_user_get",
    tag = "systems",
    params(("id" = CustomerId, Path, description = "The customer.")),
    responses((status = 200, description = "Without its password.", body = ServiceUserView)),
)]
pub(super) async fn service_user_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Result<Json<ServiceUserView>, Problem> {
    let granted = caller.require(Action::DashboardSee)?;
    hierarchy::customer(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?;
    let name = service_user::name_of(state.db.reads(), id).await?;
    let is_entered = name.is_some();
    let name = name.unwrap_or_else(|| service_user::USUAL_NAME.to_owned());
    Ok(Json(ServiceUserView { name, is_entered }))
}

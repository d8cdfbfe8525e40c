//! `PATCH /api/v1/resellers/{id}`: changes a reseller.

use axum::extract::State;
use vigie_kernel::{Action, ResellerId};
use vigie_people::hierarchy::{
    self, Reseller,
    manage::{self, ResellerChanges},
};

use super::problems;
use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Change a reseller
///
/// Labels of users follow a new name.
#[utoipa::path(
    patch,
    path = "/api/v1/resellers/{id}",
    operation_id = "resellers_change",
    tag = "customers",
    params(("id" = ResellerId, Path, description = "The reseller.")),
    request_body = ResellerChanges,
    responses(
        (status = 200, description = "Changed.", body = Reseller),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn resellers_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ResellerId>,
    Json(changes): Json<ResellerChanges>,
) -> Result<Json<Reseller>, Problem> {
    let granted = caller.require_all(Action::CustomersEdit)?;
    manage::change_reseller(&state.db, granted, caller.act(), id, changes).await.map_err(problems::of_hierarchy)?;
    hierarchy::reseller(&state.db, granted, id).await?.map(Json).ok_or_else(Problem::not_found)
}

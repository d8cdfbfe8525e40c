//! `PATCH /api/v1/providers/{id}`: changes a provider.

use axum::extract::State;
use vigie_kernel::{Action, ProviderId};
use vigie_people::hierarchy::{
    self, Provider,
    manage::{self, ProviderChanges},
};

use super::problems;
use crate::http::{AppState, Caller, Json, Path, Problem, ProblemDocument};

/// Change a provider
///
/// Labels of users follow a new name.
#[utoipa::path(
    patch,
    path = "/api/v1/providers/{id}",
    operation_id = "providers_change",
    tag = "customers",
    params(("id" = ProviderId, Path, description = "The provider.")),
    request_body = ProviderChanges,
    responses(
        (status = 200, description = "Changed.", body = Provider),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn providers_change(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ProviderId>,
    Json(changes): Json<ProviderChanges>,
) -> Result<Json<Provider>, Problem> {
    let granted = caller.require_all(Action::CustomersEdit)?;
    manage::change_provider(&state.db, granted, caller.act(), id, changes).await.map_err(problems::of_hierarchy)?;
    hierarchy::provider(&state.db, granted, id).await?.map(Json).ok_or_else(Problem::not_found)
}

//! `GET /api/v1/providers/{id}`: one provider.

use axum::extract::State;
use vigie_kernel::{Action, ProviderId};
use vigie_people::hierarchy::{self, Provider};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// One provider
#[utoipa::path(
    get,
    path = "/api/v1/providers/{id}",
    operation_id = "providers_get",
    tag = "customers",
    params(("id" = ProviderId, Path, description = "The provider.")),
    responses((status = 200, description = "The provider.", body = Provider)),
)]
pub(super) async fn providers_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ProviderId>,
) -> Result<Json<Provider>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    hierarchy::provider(&state.db, granted, id).await?.map(Json).ok_or_else(Problem::not_found)
}

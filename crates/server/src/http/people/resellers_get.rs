//! `GET /api/v1/resellers/{id}`: one reseller.

use axum::extract::State;
use vigie_kernel::{Action, ResellerId};
use vigie_people::hierarchy::{self, Reseller};

use crate::http::{AppState, Caller, Json, Path, Problem};

/// One reseller
#[utoipa::path(
    get,
    path = "/api/v1/resellers/{id}",
    operation_id = "resellers_get",
    tag = "customers",
    params(("id" = ResellerId, Path, description = "The reseller.")),
    responses((status = 200, description = "The reseller.", body = Reseller)),
)]
pub(super) async fn resellers_get(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ResellerId>,
) -> Result<Json<Reseller>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    hierarchy::reseller(&state.db, granted, id).await?.map(Json).ok_or_else(Problem::not_found)
}

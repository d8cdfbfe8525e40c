//! `GET /api/v1/exports`: list one's exports.

use axum::extract::State;
use vigie_assets::exports::{self, Export};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, ListAnswer, Problem};

/// List one's exports
///
/// Newest first; they are kept for a day.
#[utoipa::path(
    get,
    path = "/api/v1/exports",
    operation_id = "export_list",
    tag = "exports",
    responses(
        (status = 200, description = "All of them.", body = ListAnswer<Export>),
    ),
)]
pub(super) async fn export_list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<ListAnswer<Export>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    Ok(Json(ListAnswer::whole(exports::list(&state.db, &granted, caller.user.id).await?)))
}

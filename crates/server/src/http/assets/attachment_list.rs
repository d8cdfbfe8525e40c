//! `GET /api/v1/equipment/{id}/attachments`: list an equipment's files.

use axum::extract::State;
use vigie_assets::equipment::attachments::{self, Attachment};
use vigie_kernel::{Action, EquipmentId};

use crate::http::{AppState, Caller, Json, ListAnswer, Path, Problem};

/// List an equipment's files
#[utoipa::path(
    get,
    path = "/api/v1/equipment/{id}/attachments",
    operation_id = "attachment_list",
    tag = "equipment",
    params(("id" = EquipmentId, Path, description = "The equipment.")),
    responses(
        (status = 200, description = "All of them.", body = ListAnswer<Attachment>),
    ),
)]
pub(super) async fn attachment_list(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<EquipmentId>,
) -> Result<Json<ListAnswer<Attachment>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = attachments::list(&state.db, &granted, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(ListAnswer::whole(found)))
}

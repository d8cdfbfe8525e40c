//! `GET /api/v1/association-rules`: what is associated by itself.

use axum::extract::State;
use vigie_assets::association::{AssociationRules, get};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem};

/// The association rules
///
/// Which pending machines are associated by themselves: for all customers, and the customers for whom it is otherwise, as far
/// as the caller sees them.
#[utoipa::path(
    get,
    path = "/api/v1/association-rules",
    operation_id = "association_rules_get",
    tag = "pending",
    responses((status = 200, description = "As they are.", body = AssociationRules)),
)]
pub(super) async fn association_rules_get(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<AssociationRules>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    Ok(Json(get(&state.db, granted).await?))
}

//! `PUT /api/v1/saved-views/order`: the order of one's own views.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_kernel::SavedViewId;
use vigie_people::views::{self, Page};

use super::{problems, viewer_of};
use crate::http::{AppState, Caller, Json, Problem};

/// An order of views.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedViewOrder)]
pub(super) struct Order {
    /// Of which list.
    page: Page,
    /// One's own views in their order, at most 50; others are left out.
    #[schema(max_items = 50)]
    ids: Vec<SavedViewId>,
}

/// Order my saved views
#[utoipa::path(
    put,
    path = "/api/v1/saved-views/order",
    operation_id = "saved_views_order",
    tag = "profile",
    request_body = Order,
    responses((status = 204, description = "Ordered.")),
)]
pub(super) async fn saved_views_order(
    State(state): State<AppState>,
    caller: Caller,
    Json(order): Json<Order>,
) -> Result<StatusCode, Problem> {
    let viewer = viewer_of(&caller, Some(order.page))?;
    views::order(&state.db, viewer, order.page, order.ids).await.map_err(problems::of_view)?;
    Ok(StatusCode::NO_CONTENT)
}

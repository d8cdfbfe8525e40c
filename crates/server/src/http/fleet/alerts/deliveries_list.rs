//! `GET /api/v1/alert-deliveries`: messages of subscriptions.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_fleet::alerts::deliveries::{self, AlertDelivery, AlertDeliveryState};
use vigie_kernel::{Action, AlertSubscriptionId};

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts { id: Kind::Uuid, by: &[("created_at", Kind::Number)], descending: true };

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Of this subscription.
    subscription_id: Option<AlertSubscriptionId>,
    /// That stand so; `dead`: those that were given up.
    #[param(inline)]
    state: Option<AlertDeliveryState>,
}

/// Messages of alert subscriptions
///
/// Newest first; those that are over are kept for 30 days.
#[utoipa::path(
    get,
    path = "/api/v1/alert-deliveries",
    operation_id = "alert_deliveries_list",
    tag = "alerts",
    params(ListQuery, Filter),
    responses((status = 200, description = "A page.", body = ListAnswer<AlertDelivery>)),
)]
pub(super) async fn deliveries_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(filter): Query<Filter>,
) -> Result<Json<ListAnswer<AlertDelivery>>, Problem> {
    let granted = caller.require(Action::PreferencesManage)?;
    let asked = query.understand(&SORTS)?;
    let found = deliveries::list(&state.db, granted, filter.subscription_id, filter.state, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}

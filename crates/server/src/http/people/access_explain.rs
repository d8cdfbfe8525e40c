//! `GET /api/v1/users/{id}/access`: why a user sees a customer, or does not.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_kernel::{Action, CustomerId, UserId};
use vigie_people::access::{self, Explanation};

use super::problems;
use crate::http::{AppState, Caller, Json, Path, Problem, Query};

/// Which customer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// The customer.
    customer_id: CustomerId,
}

/// Why a user sees a customer
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}/access",
    operation_id = "access_explain",
    tag = "users",
    params(("id" = UserId, Path, description = "The user."), Which),
    responses((status = 200, description = "Whether they see it, and everything that says so.", body = Explanation)),
)]
pub(super) async fn access_explain(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<UserId>,
    Query(which): Query<Which>,
) -> Result<Json<Explanation>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    let explained = access::explain(&state.db, granted, id, which.customer_id).await;
    Ok(Json(explained.map_err(problems::of_access)?))
}

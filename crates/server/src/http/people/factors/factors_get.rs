//! `GET /api/v1/users/me/second-factor`: my second factors.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use vigie_people::{
    factors::{self, Factors},
    openid::accounts::{self, Linked},
};

use crate::http::{AppState, EnrollingCaller, Json, Problem};

/// How someone signs in beside the password.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MyFactors {
    /// Second factors.
    #[serde(flatten)]
    factors: Factors,
    /// Identities at OpenID providers.
    openid: Vec<Linked>,
    /// Whether the role asks for a second factor: the last one may be removed, but one is then to be set up again.
    required: bool,
}

/// My second factors
#[utoipa::path(
    get,
    path = "/api/v1/users/me/second-factor",
    operation_id = "second_factor_get",
    tag = "profile",
    responses((status = 200, description = "What is set up.", body = MyFactors)),
)]
pub(super) async fn factors_get(
    State(state): State<AppState>,
    EnrollingCaller(caller): EnrollingCaller,
) -> Result<Json<MyFactors>, Problem> {
    let id = caller.own()?;
    let preferences = state.preferences.get(caller.now()).await?;
    Ok(Json(MyFactors {
        factors: factors::list(&state.db, id).await?,
        openid: accounts::list(&state.db, id).await?,
        required: caller.user.role.is_some_and(|role| preferences.second_factor_roles.contains(&role)),
    }))
}

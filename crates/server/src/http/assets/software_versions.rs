//! `GET /api/v1/software/versions`: list the versions of a title.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_assets::software::query::{Version, versions};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, ListAnswer, Problem, Query};

/// Which title.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Its name, whatever its case.
    name: String,
    /// Its publisher; absent: any.
    publisher: Option<String>,
}

/// List the versions of a title
///
/// Highest first, by the rules of where they are known from; at most 2,000.
#[utoipa::path(
    get,
    path = "/api/v1/software/versions",
    operation_id = "software_versions",
    tag = "software",
    params(Asked),
    responses(
        (status = 200, description = "All of them.", body = ListAnswer<Version>),
    ),
)]
pub(super) async fn software_versions(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<ListAnswer<Version>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = versions(&state.db, &granted, &asked.name, asked.publisher.as_deref()).await?;
    Ok(Json(ListAnswer::whole(found)))
}

//! `GET /api/v1/key-software/matches`: what a pattern means.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_assets::software::key::{self, KeySoftwareMatch};
use vigie_kernel::Action;

use crate::http::{AppState, Caller, Json, Problem, Query, people::Items};

/// A pattern, as a key software has it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The program's name.
    pattern: String,
    /// The publisher; empty: whoever it is.
    #[serde(default)]
    publisher: String,
}

/// What a pattern means
///
/// The programs on machines that the caller may see, by name: the first fifty. To be asked before it is stored.
#[utoipa::path(
    get,
    path = "/api/v1/key-software/matches",
    operation_id = "key_software_matches",
    tag = "software",
    params(Asked),
    responses((status = 200, description = "The programs.", body = Items<KeySoftwareMatch>)),
)]
pub(super) async fn key_software_matches(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<Items<KeySoftwareMatch>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let found = key::matches(&state.db, &granted, &asked.pattern, &asked.publisher).await;
    Ok(Json(Items { items: found.map_err(super::of_key_software)? }))
}

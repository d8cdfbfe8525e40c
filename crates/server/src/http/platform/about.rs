//! `GET /api/v1/about`: what this is, for everyone.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{AppState, Json, Problem};

/// What this server is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct About {
    /// What its administrator calls it.
    name: String,
    /// Its version.
    version: &'static str,
    /// The console's language where neither the user nor the browser says.
    locale_default: &'static str,
}

/// What this server is
#[utoipa::path(
    get,
    path = "/api/v1/about",
    operation_id = "about",
    tag = "platform",
    security(()),
    responses((status = 200, description = "Name and version.", body = About)),
)]
pub(super) async fn about(State(state): State<AppState>) -> Result<Json<About>, Problem> {
    let name = state.preferences.get(state.clock.now()).await?.server_name.clone();
    Ok(Json(About { name, version: env!("CARGO_PKG_VERSION"), locale_default: "en" }))
}

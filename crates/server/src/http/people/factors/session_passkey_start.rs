//! `POST /api/v1/session/passkey/options`: a sign-in with a passkey alone begins.

use axum::extract::State;
use vigie_kernel::{Actor, Code};
use vigie_people::factors::passkeys;

use super::Ceremony;
use crate::http::{AppState, Authority, ClientAddress, Json, Problem, ProblemDocument};

/// Begin to sign in with a passkey
#[utoipa::path(
    post,
    path = "/api/v1/session/passkey/options",
    operation_id = "session_passkey_options",
    tag = "session",
    security(()),
    responses(
        (status = 200, description = "What to ask.", body = Ceremony),
        (status = 422, description = "`passkey-host`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn session_passkey_start(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    authority: Option<Authority>,
) -> Result<Json<Ceremony>, Problem> {
    let authority = authority.ok_or_else(|| Problem::new(Code::PasskeyHost))?;
    let party = super::party(&authority, &*state.preferences.get(state.clock.now()).await?)?;
    let act = state.act_of(Actor::server());
    let (ceremony, options) = passkeys::start_sign_in(&state.db, &party, act, address.to_string()).await?;
    Ok(Json(Ceremony { ceremony, options }))
}

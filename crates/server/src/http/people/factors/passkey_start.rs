//! `POST /api/v1/users/me/passkeys/options`: a passkey is being made.

use axum::extract::State;
use vigie_kernel::Code;
use vigie_people::factors::passkeys;

use super::{super::problems, Ceremony, Proof};
use crate::http::{AppState, Authority, EnrollingCaller, Json, Problem, ProblemDocument};

/// Begin to add a passkey
#[utoipa::path(
    post,
    path = "/api/v1/users/me/passkeys/options",
    operation_id = "passkey_options",
    tag = "profile",
    request_body = Proof,
    responses(
        (status = 200, description = "What the browser is to make.", body = Ceremony),
        (status = 422, description = "`password-wrong`, `code-required`, `code-wrong`, `passkey-host`, `value-invalid`: too many.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "`too-many-requests`: too many failures; wait ten minutes.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn passkey_start(
    State(state): State<AppState>,
    EnrollingCaller(caller): EnrollingCaller,
    authority: Option<Authority>,
    Json(proof): Json<Proof>,
) -> Result<Json<Ceremony>, Problem> {
    caller.own_credentials()?;
    let authority = authority.ok_or_else(|| Problem::new(Code::PasskeyHost))?;
    let party = super::party(&authority, &*state.preferences.get(caller.now()).await?)?;
    super::prove(&state, &caller, proof).await?;
    let source = caller.actor.source_address.clone().unwrap_or_default();
    let started = passkeys::start(&state.db, &party, caller.act(), &caller.user, source).await;
    let (ceremony, options) = started.map_err(problems::of_factor)?;
    Ok(Json(Ceremony { ceremony, options }))
}

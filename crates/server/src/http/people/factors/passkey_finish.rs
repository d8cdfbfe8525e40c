//! `POST /api/v1/users/me/passkeys`: a passkey that was made is kept.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use vigie_kernel::Code;
use vigie_people::factors::passkeys::{self, Listed};

use super::{super::problems, RecoveryCodes};
use crate::http::{AppState, Authority, EnrollingCaller, Json, Problem, ProblemDocument};

/// A passkey that the browser made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPasskey {
    /// What `POST /users/me/passkeys/options` answered.
    #[schema(max_length = 100)]
    ceremony: String,
    /// What to call it.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    /// What `navigator.credentials.create` answered, as JSON.
    #[schema(value_type = Object)]
    credential: Value,
}

/// A passkey that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadePasskey {
    /// The passkey.
    passkey: Listed,
    /// Recovery codes where there were none.
    #[serde(flatten)]
    codes: RecoveryCodes,
}

/// Add a passkey
///
/// Answers recovery codes where there were none: they are shown this once.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/passkeys",
    operation_id = "passkey_add",
    tag = "profile",
    request_body = NewPasskey,
    responses(
        (status = 201, description = "Added.", body = MadePasskey),
        (status = 422, description = "`passkey-refused`, `passkey-host`, `value-invalid`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn passkey_finish(
    State(state): State<AppState>,
    EnrollingCaller(caller): EnrollingCaller,
    authority: Option<Authority>,
    Json(new): Json<NewPasskey>,
) -> Result<(StatusCode, Json<MadePasskey>), Problem> {
    let id = caller.own_credentials()?;
    let authority = authority.ok_or_else(|| Problem::new(Code::PasskeyHost))?;
    let party = super::party(&authority, &*state.preferences.get(caller.now()).await?)?;
    let said = super::answered(new.credential)?;
    let made = passkeys::finish(&state.db, &party, caller.act(), id, &new.ceremony, &new.name, said).await;
    let (passkey, recovery_codes) = made.map_err(problems::of_factor)?;
    Ok((StatusCode::CREATED, Json(MadePasskey { passkey, codes: RecoveryCodes { recovery_codes } })))
}

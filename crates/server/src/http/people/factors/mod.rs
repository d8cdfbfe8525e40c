//! Second factors: the second step of a sign-in, passkeys, and what people do with their own factors.

mod factors_get;
mod factors_reset;
mod passkey_finish;
mod passkey_remove;
mod passkey_start;
mod recovery_codes;
mod second_step;
mod second_step_passkey;
mod session_passkey;
mod session_passkey_start;
mod totp_confirm;
mod totp_remove;
mod totp_start;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_kernel::Code;
use vigie_people::{
    factors::{self, passkeys::RelyingParty},
    preferences::Preferences,
};

use super::problems;
use crate::http::{AppState, Authority, Caller, Problem};

/// How long someone without a password may change how they sign in after they did.
const RECENT: Duration = Duration::from_mins(10);
/// Longest code that is looked at, bytes.
const LONGEST_CODE: usize = 100;

/// The operations of second factors.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(second_step::second_step))
        .routes(routes!(second_step_passkey::second_step_passkey))
        .routes(routes!(session_passkey_start::session_passkey_start))
        .routes(routes!(session_passkey::session_passkey))
        .routes(routes!(factors_get::factors_get))
        .routes(routes!(factors_reset::factors_reset))
        .routes(routes!(totp_start::totp_start))
        .routes(routes!(totp_confirm::totp_confirm))
        .routes(routes!(totp_remove::totp_remove))
        .routes(routes!(recovery_codes::recovery_codes))
        .routes(routes!(passkey_start::passkey_start))
        .routes(routes!(passkey_finish::passkey_finish))
        .routes(routes!(passkey_remove::passkey_remove))
}

/// What proves before a change who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    /// The present password; absent where the account has none: such a session must have begun within ten minutes.
    #[serde(default)]
    #[schema(max_length = 1000, format = Password)]
    current_password: String,
    /// A code of the generator, or a recovery code, where a generator is in force.
    #[serde(default)]
    #[schema(max_length = 100)]
    code: Option<String>,
}

/// Recovery codes, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    /// Each works once, in the place of another factor. Empty: the earlier ones go on.
    recovery_codes: Vec<String>,
}

/// A passkey's ceremony that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ceremony {
    /// What the next request names: five minutes, once, from the same address.
    ceremony: String,
    /// `publicKey` for `navigator.credentials`, in the JSON form of WebAuthn level 3.
    #[schema(value_type = Object)]
    options: Value,
}

/// Whether the caller is who they say; in a session only.
pub(super) async fn prove(state: &AppState, caller: &Caller, proof: Proof) -> Result<(), Problem> {
    let id = caller.own_credentials()?;
    if proof.current_password.len() > 4000 || proof.code.as_ref().is_some_and(|it| it.len() > LONGEST_CODE) {
        return Err(Problem::new(Code::PasswordWrong));
    }
    let recent = caller.session().is_some_and(|session| caller.now().since(session.created_at) <= RECENT);
    let proof = factors::Proof { password: proof.current_password, code: proof.code, recent };
    factors::prove(&state.db, &state.hasher, &state.secrets, &caller.act(), id, proof).await.map_err(problems::of_proof)
}

/// Who asks for passkeys: this server by the name under which it was reached.
fn party(authority: &Authority, preferences: &Preferences) -> Result<RelyingParty, Problem> {
    authority.relying_party(&preferences.server_name)
}

/// What a browser's passkey answered.
fn answered<T: serde::de::DeserializeOwned>(said: Value) -> Result<T, Problem> {
    serde_json::from_value(said).map_err(|error| Problem::invalid("credential", error))
}

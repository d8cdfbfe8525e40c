//! `POST /api/v1/users/me/tokens`: a new API token.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::Code;
use vigie_people::api_tokens::{self, ApiToken, CreateError, NewApiToken, Scope};

use crate::http::{AppState, Caller, Json, Problem, caller::Means};

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeToken {
    /// What it is.
    #[serde(flatten)]
    made: ApiToken,
    /// The token itself: shown this once.
    token: String,
}

fn problem(error: CreateError) -> Problem {
    match error {
        CreateError::Name(error) => Problem::invalid("name", error),
        CreateError::Expired => Problem::invalid("expires_at", error),
        CreateError::TooMany => Problem::new(Code::ValueInvalid).detail(error),
        CreateError::Db(error) => error.into(),
    }
}

/// Make an API token
///
/// A token that asks for another gets one that may no more and lasts no longer than itself.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/tokens",
    operation_id = "tokens_create",
    tag = "profile",
    request_body = NewApiToken,
    responses((status = 201, description = "Made. The token is shown this once.", body = MadeToken)),
)]
pub(super) async fn tokens_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewApiToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    caller.own()?;
    // A token makes no token that may more, or lasts longer, than itself.
    if let Means::Token { scope, expires_at } = &caller.means {
        if *scope == Scope::Read && new.scope != Scope::Read {
            return Err(Problem::invalid("scope", "must not be more than that of the token that asks"));
        }
        if let Some(end) = expires_at.filter(|end| new.expires_at.is_none_or(|wanted| wanted > *end)) {
            let words = format!("must not be after the end of the token that asks: {end}");
            return Err(Problem::invalid("expires_at", words));
        }
    }
    let (made, token) = api_tokens::create(&state.db, caller.act(), &caller.user, new).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(MadeToken { made, token })))
}

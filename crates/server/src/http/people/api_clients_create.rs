//! `POST /api/v1/api-clients`: a new API client.

use axum::{extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Code};
use vigie_people::api_clients::{self, ApiClient, ChangeError, NewApiClient};

use crate::http::{AppState, Caller, Json, Problem, ProblemDocument};

/// A client that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeApiClient {
    /// What it is.
    #[serde(flatten)]
    made: ApiClient,
    /// Its secret: shown this once.
    client_secret: String,
}

pub(super) fn problem(error: ChangeError) -> Problem {
    match error {
        ChangeError::NotFound => Problem::not_found(),
        ChangeError::ClientId => Problem::invalid("client_id", error),
        ChangeError::Taken => Problem::new(Code::NameTaken).field("client_id", "taken", error),
        ChangeError::NoCustomer => Problem::invalid("customer_id", error),
        ChangeError::BuiltIn => Problem::new(Code::ClientUsedByAgents),
        ChangeError::Db(error) => error.into(),
    }
}

/// Make an API client
#[utoipa::path(
    post,
    path = "/api/v1/api-clients",
    operation_id = "api_clients_create",
    tag = "api-clients",
    request_body = NewApiClient,
    responses(
        (status = 201, description = "Made. The secret is shown this once.", body = MadeApiClient),
        (status = 409, description = "`name-taken`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn api_clients_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewApiClient>,
) -> Result<(StatusCode, Json<MadeApiClient>), Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let (made, client_secret) =
        api_clients::create(&state.db, granted, &state.secrets, caller.act(), new).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(MadeApiClient { made, client_secret })))
}

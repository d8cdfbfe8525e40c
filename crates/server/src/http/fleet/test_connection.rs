//! `POST /api/v1/customers/{id}/test-connection`: how a customer's primary is connected, asked now.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_fleet::{Connectivity, service_user, systems};
use vigie_kernel::{Action, CustomerId, SystemId, Timestamp};
use vigie_link::TryError;
use vigie_people::hierarchy;

use super::service_user_set::{TypedServiceUser, problem};
use crate::http::{AppState, Caller, Json, Path, Problem};

/// What is to be tested.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionTest {
    /// With this service user, which is not saved; absent: with the one that is known.
    service_user: Option<TypedServiceUser>,
}

/// How a connection stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TestedConnection {
    /// How.
    connectivity: Connectivity,
    /// The system that was asked; null: the customer has none yet.
    system_id: Option<SystemId>,
    /// Whether the system answered just now; else this is what was known of it.
    is_fresh: bool,
    /// When.
    at: Timestamp,
}

/// Test a customer's connection
///
/// Signs in at the primary once more, and changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/customers/{id}/test-connection",
    operation_id = "test_connection",
    tag = "systems",
    params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = Option<ConnectionTest>,
    responses((status = 200, description = "How it stands now.", body = TestedConnection)),
)]
pub(super) async fn test_connection(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<CustomerId>,
    test: Option<Json<ConnectionTest>>,
) -> Result<Json<TestedConnection>, Problem> {
    let granted = caller.require(Action::ConnectionTest)?;
    hierarchy::customer(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?;
    let typed = test.and_then(|Json(test)| test.service_user).map(Into::into);
    if let Some(typed) = &typed {
        service_user::check(typed).map_err(problem)?;
    }
    let system_id = systems::primary(&state.db, id).await?;
    let (connectivity, is_fresh) = match system_id {
        None => (Connectivity::Waiting, true),
        Some(system) => {
            let user = match typed {
                Some(user) => Some(user),
                None => service_user::of_system(&state.db, &state.secrets, system).await?,
            };
            let tried = match user {
                Some(user) => state.links.try_sign_in(system, user).await.map(Connectivity::from),
                None if state.links.has(system) => Ok(Connectivity::NoAuthorisation),
                None => Err(TryError::NotHere(vigie_link::NotHere)),
            };
            match tried {
                Ok(connectivity) => (connectivity, true),
                Err(TryError::Silent) => (Connectivity::ConnectionFailed, true),
                // Without a link to this node there is what was known last, by whichever node.
                Err(TryError::NotHere(_)) => {
                    let known = systems::get(&state.db, granted, system, state.clock.now()).await?;
                    (known.ok_or_else(Problem::not_found)?.connectivity, false)
                }
            }
        }
    };
    Ok(Json(TestedConnection { connectivity, system_id, is_fresh, at: state.clock.now() }))
}

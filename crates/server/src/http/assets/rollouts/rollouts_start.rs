//! `POST /api/v1/rollouts`: roll a version out.

use axum::{extract::State, http::StatusCode};
use vigie_assets::rollouts::{Files, NewRollout, Rollout, one, start};
use vigie_kernel::Action;

use super::{changed, problem, releases_list::found};
use crate::{
    http::{AppState, Caller, Json, Problem},
    releases::Signed,
};

/// Roll a version out
///
/// Agents of the share are offered it with the answer to their next synchronisation. It stops by itself when an agent refuses
/// it, or when too many that fetched it do not report with it.
#[utoipa::path(
    post,
    path = "/api/v1/rollouts",
    operation_id = "rollouts_start",
    tag = "agent-updates",
    request_body = NewRollout,
    responses(
        (status = 201, description = "It runs.", body = Rollout),
        (status = 409, description = "`rollout-open`.", body = crate::http::ProblemDocument,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn rollouts_start(
    State(state): State<AppState>,
    caller: Caller,
    Json(new): Json<NewRollout>,
) -> Result<(StatusCode, Json<Rollout>), Problem> {
    let granted = caller.require(Action::AgentsManage)?;
    let release = found(&state).await?.into_iter().find(|release| release.version == new.version);
    let release = release.ok_or_else(|| Problem::invalid("version", "there is no such release"))?;
    if release.files.iter().any(|file| matches!(file.signed, Signed::Bad | Signed::Missing)) {
        return Err(Problem::invalid("version", "a signature of this release is missing or not good"));
    }
    let files: Files = release.files.iter().map(|file| (file.target.clone(), file.into())).collect();
    let id = start(&state.db, granted, caller.act(), new, files).await.map_err(problem)?;
    changed(&state);
    let made = one(&state.db, granted, id).await?.ok_or_else(Problem::not_found)?;
    Ok((StatusCode::CREATED, Json(made)))
}

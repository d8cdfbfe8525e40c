//! `DELETE /api/v1/platform/backups/{id}`: delete a backup.

use axum::{extract::State, http::StatusCode};
use vigie_db::DbErr;
use vigie_kernel::{Act, Action, AuditEntry};

use crate::{
    backup::FileName,
    events::Topic,
    http::{AppState, Caller, Path, Problem},
};

/// Delete a backup
#[utoipa::path(
    delete,
    path = "/api/v1/platform/backups/{id}",
    operation_id = "backup_delete",
    tag = "platform",
    params(("id" = String, Path, description = "The backup.")),
    responses((status = 204, description = "Deleted.")),
)]
pub(super) async fn backup_delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.require(Action::PreferencesManage)?;
    let name = named(&id)?;
    if !state.backups.names()?.contains(&name) {
        return Err(Problem::not_found());
    }
    // First the trail: a file that cannot be deleted is one that someone wanted to delete.
    note(&state, caller.act(), "backup.delete", name).await?;
    state.backups.delete(name)?;
    state.events.changed(&[Topic::Platform]);
    Ok(StatusCode::NO_CONTENT)
}

/// The backup of an id.
pub(super) fn named(id: &str) -> Result<FileName, Problem> {
    FileName::of_id(id).ok_or_else(Problem::not_found)
}

/// Writes down what someone did with a backup.
pub(super) async fn note(state: &AppState, act: Act, action: &'static str, name: FileName) -> Result<(), DbErr> {
    state
        .db
        .write(move |tx| {
            Box::pin(async move {
                let entry = AuditEntry::new(act.at, &act.actor, action, "backup").object(name.id(), &name.file());
                vigie_db::audit::append(tx, &*act.rng, entry);
                Ok::<_, DbErr>(())
            })
        })
        .await
}

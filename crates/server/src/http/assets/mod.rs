//! Equipment, pending equipment and software. One operation is one file.

mod agents_list;
mod association;
mod attachment_add;
mod attachment_file;
mod attachment_list;
mod attachment_remove;
mod equipment_accept_key;
mod equipment_ask_fresh;
mod equipment_bulk;
mod equipment_create;
mod equipment_delete;
mod equipment_dissociate;
mod equipment_get;
mod equipment_history;
mod equipment_inventory;
mod equipment_list;
mod equipment_merge;
mod equipment_operations;
mod equipment_patch;
mod equipment_restore;
mod equipment_synchronisations;
mod equipment_undo;
mod export_create;
mod export_delete;
mod export_file;
mod export_get;
mod export_list;
mod overview;
mod pending_accept;
mod pending_associate;
mod pending_bulk;
mod pending_candidates;
mod pending_create;
mod pending_delete;
mod pending_get;
mod pending_inventory;
mod pending_list;
mod pending_patch;
mod rollouts;
mod software_list;
mod software_machines;
mod software_versions;

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_assets::equipment::{ChangeError, Staleness, attachments::LARGEST};
use vigie_kernel::Code;

use super::{AppState, Problem, bulk::Why};

/// The operations of this context.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(equipment_list::equipment_list, equipment_create::equipment_create))
        .routes(routes!(equipment_bulk::equipment_bulk))
        .routes(routes!(
            equipment_get::equipment_get,
            equipment_patch::equipment_patch,
            equipment_delete::equipment_delete
        ))
        .routes(routes!(equipment_restore::equipment_restore))
        .routes(routes!(equipment_dissociate::equipment_dissociate))
        .routes(routes!(equipment_merge::equipment_merge))
        .routes(routes!(equipment_ask_fresh::equipment_ask_fresh))
        .routes(routes!(equipment_accept_key::equipment_accept_key))
        .routes(routes!(equipment_inventory::equipment_inventory))
        .routes(routes!(equipment_history::equipment_history))
        .routes(routes!(equipment_synchronisations::equipment_synchronisations))
        .routes(routes!(equipment_operations::equipment_operations))
        .routes(routes!(equipment_undo::equipment_undo))
        .routes(routes!(pending_list::pending_list))
        .routes(routes!(pending_bulk::pending_bulk))
        .routes(routes!(pending_get::pending_get, pending_patch::pending_patch, pending_delete::pending_delete))
        .routes(routes!(pending_inventory::pending_inventory))
        .routes(routes!(pending_candidates::pending_candidates))
        .routes(routes!(pending_create::pending_create))
        .routes(routes!(pending_associate::pending_associate))
        .routes(routes!(pending_accept::pending_accept))
        .routes(routes!(software_list::software_list))
        .routes(routes!(software_versions::software_versions))
        .routes(routes!(software_machines::software_machines))
        .routes(routes!(overview::overview))
        .routes(routes!(agents_list::agents_list))
        .merge(rollouts::router())
        .merge(association::router())
        .routes(routes!(attachment_list::attachment_list))
        .routes(routes!(attachment_file::attachment_file, attachment_remove::attachment_remove))
        .merge(
            OpenApiRouter::default()
                .routes(routes!(attachment_add::attachment_add))
                // The file and the words of the form around it.
                .layer(DefaultBodyLimit::max(LARGEST + (64 << 10))),
        )
        .routes(routes!(export_list::export_list, export_create::export_create))
        .routes(routes!(export_get::export_get, export_delete::export_delete))
        .routes(routes!(export_file::export_file))
}

/// Since when an agent must have been silent to count as such.
async fn staleness(state: &AppState) -> Result<Staleness, Problem> {
    let now = state.clock.now();
    let days = state.preferences.get(now).await?.stale_after_days;
    Ok(Staleness { before: now.minus(Duration::from_secs(u64::from(days) * 86_400)) })
}

fn code(error: &ChangeError) -> Code {
    match error {
        ChangeError::NotFound => Code::NotFound,
        ChangeError::Invalid { .. } => Code::ValueInvalid,
        ChangeError::Stale => Code::RevisionStale,
        ChangeError::AlreadyAssociated => Code::EquipmentAlreadyAssociated,
        ChangeError::PendingAssociated => Code::PendingAlreadyAssociated,
        ChangeError::NoAgent => Code::EquipmentHasNoAgent,
        ChangeError::Deleted => Code::EquipmentDeleted,
        ChangeError::NotDeleted => Code::EquipmentNotDeleted,
        ChangeError::MergeImpossible => Code::MergeImpossible,
        ChangeError::NothingToUndo => Code::NothingToUndo,
        ChangeError::Database(_) => Code::Internal,
    }
}

fn problem(error: ChangeError) -> Problem {
    match error {
        ChangeError::Invalid { field, reason } => Problem::invalid(field, reason),
        ChangeError::Database(error) => error.into(),
        other => Problem::new(code(&other)),
    }
}

impl Why for ChangeError {
    fn code(&self) -> Code {
        code(self)
    }
}

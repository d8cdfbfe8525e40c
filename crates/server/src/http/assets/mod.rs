//! Equipment, pending equipment and software. One operation is one file.

mod agents_list;
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
mod software_list;
mod software_machines;
mod software_versions;

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_assets::equipment::{ChangeError, Staleness, attachments::LARGEST};
use vigie_kernel::Code;

use super::{AppState, Problem};

/// Most objects that one request names by id.
const MOST_NAMED: usize = 200;
/// Most objects that one request changes by a filter.
const MOST_AT_ONCE: u64 = 10_000;
/// Objects that one transaction changes.
const CHUNK: usize = 200;

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

/// What was not done with one of many.
#[derive(Debug, Serialize, ToSchema)]
struct BulkFailure<Id> {
    /// Which.
    id: Id,
    /// Why, as a stable code.
    code: &'static str,
    /// Why, for people.
    title: &'static str,
}

/// What was done with many.
#[derive(Debug, Serialize, ToSchema)]
struct BulkAnswer<Id> {
    /// How many were done.
    done: usize,
    /// Which were not.
    failed: Vec<BulkFailure<Id>>,
}

impl<Id> Default for BulkAnswer<Id> {
    fn default() -> Self {
        Self { done: 0, failed: Vec::new() }
    }
}

impl<Id> BulkAnswer<Id> {
    fn add(&mut self, tried: usize, failed: Vec<(Id, ChangeError)>) {
        self.done += tried - failed.len();
        self.failed.extend(failed.into_iter().map(|(id, error)| {
            let code = code(&error);
            BulkFailure { id, code: code.as_str(), title: code.title() }
        }));
    }
}

/// Some objects named by id.
fn some<Id>(ids: Vec<Id>) -> Result<Vec<Id>, Problem> {
    if ids.is_empty() || ids.len() > MOST_NAMED {
        return Err(Problem::invalid("ids", format!("must be 1 to {MOST_NAMED}, unless `all` is given")));
    }
    Ok(ids)
}

/// A filter out of a body. A member that it does not know is refused: leaving it out would widen what is changed.
fn strict<T: Serialize + DeserializeOwned>(value: &serde_json::Value, field: &str) -> Result<T, Problem> {
    let filter: T = T::deserialize(value).map_err(|error| Problem::invalid(field, error))?;
    let known = serde_json::to_value(&filter).unwrap_or_default();
    for member in value.as_object().map(serde_json::Map::keys).into_iter().flatten() {
        if known.get(member).is_none() {
            return Err(Problem::invalid(&format!("{field}.{member}"), "is not known"));
        }
    }
    Ok(filter)
}

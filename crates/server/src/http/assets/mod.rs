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
mod equipment_key_software;
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
mod import_create;
mod import_delete;
mod import_get;
mod import_kept;
mod import_list;
mod import_preview;
mod import_refusals;
mod import_refusals_file;
mod import_start;
mod import_undo;
mod key_software_change;
mod key_software_create;
mod key_software_delete;
mod key_software_list;
mod key_software_matches;
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
mod report_latest;
mod report_read;
mod report_schedules_change;
mod report_schedules_create;
mod report_schedules_delete;
mod report_schedules_list;
mod report_schedules_run;
mod report_summary;
mod report_summary_html;
mod rollouts;
mod software_list;
mod software_machines;
mod software_versions;

use std::time::Duration;

use axum::{
    body::Body,
    extract::DefaultBodyLimit,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_assets::{
    equipment::{ChangeError, Staleness, attachments::LARGEST, list::Narrowed},
    imports::{ImportError, read},
    reports::{
        self, Summary,
        schedules::{self, ReportSchedule, ScheduleError},
    },
    software::key::KeySoftwareError,
};
use vigie_kernel::{Code, Granted};
use vigie_people::users::assignable;

use super::{AppState, Problem, bulk::Why};

/// Largest file of an import, bytes.
#[expect(clippy::cast_possible_truncation, reason = "it is far below what a machine can address")]
const LARGEST_IMPORT: usize = read::LARGEST as usize;

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
        .routes(routes!(key_software_list::key_software_list, key_software_create::key_software_create))
        .routes(routes!(key_software_matches::key_software_matches))
        .routes(routes!(key_software_change::key_software_change, key_software_delete::key_software_delete))
        .routes(routes!(equipment_key_software::equipment_key_software))
        .routes(routes!(overview::overview))
        .routes(routes!(report_summary::report_summary))
        .routes(routes!(report_summary_html::report_summary_html))
        .routes(routes!(report_schedules_list::report_schedules_list, report_schedules_create::report_schedules_create))
        .routes(routes!(
            report_schedules_change::report_schedules_change,
            report_schedules_delete::report_schedules_delete
        ))
        .routes(routes!(report_schedules_run::report_schedules_run))
        .routes(routes!(report_latest::report_latest))
        .routes(routes!(report_read::report_read))
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
        .routes(routes!(import_list::import_list))
        .merge(
            OpenApiRouter::default()
                .routes(routes!(import_create::import_create))
                // The file, the words of the form, and what is around them.
                .layer(DefaultBodyLimit::max(LARGEST_IMPORT + (1 << 20))),
        )
        .routes(routes!(import_get::import_get, import_delete::import_delete))
        .routes(routes!(import_preview::import_preview))
        .routes(routes!(import_start::import_start))
        .routes(routes!(import_undo::import_undo))
        .routes(routes!(import_kept::import_kept))
        .routes(routes!(import_refusals::import_refusals))
        .routes(routes!(import_refusals_file::import_refusals_file))
}

/// Since when an agent must have been silent to count as such.
pub(crate) async fn staleness(state: &AppState) -> Result<Staleness, vigie_db::DbErr> {
    let now = state.clock.now();
    let days = state.preferences.get(now).await?.stale_after_days;
    Ok(Staleness { before: now.minus(Duration::from_secs(u64::from(days) * 86_400)), now })
}

/// The figures of one owner, or of all; an owner beyond the caller's scope is none.
async fn summary(state: &AppState, granted: &Granted, narrowed: &Narrowed) -> Result<Summary, Problem> {
    let of = schedules::name_of(&state.db, granted, narrowed).await?.ok_or_else(Problem::not_found)?;
    let staleness = staleness(state).await?;
    Ok(Summary { of, ..reports::summary(&state.db, granted, narrowed, staleness).await? })
}

/// A report as an answer: it may show itself and nothing else. With a name it is a download.
fn html(page: impl Into<Body>, name: Option<String>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(crate::reports::POLICY)),
    ];
    let mut answer = (headers, page.into()).into_response();
    let download = name.and_then(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok());
    if let Some(download) = download {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, download);
    }
    answer
}

/// A schedule, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportScheduleAnswer)]
struct ScheduleAnswer {
    /// The schedule.
    #[serde(flatten)]
    schedule: ReportSchedule,
    /// Sign-in name of its owner; empty where that account is gone.
    owner: String,
}

async fn with_owners(state: &AppState, all: Vec<ReportSchedule>) -> Result<Vec<ScheduleAnswer>, Problem> {
    let logins = assignable::logins(&state.db, all.iter().map(|it| it.user_id)).await?;
    let owner = |it: &ReportSchedule| logins.get(&it.user_id).cloned().unwrap_or_default();
    Ok(all.into_iter().map(|schedule| ScheduleAnswer { owner: owner(&schedule), schedule }).collect())
}

async fn with_owner(state: &AppState, schedule: ReportSchedule) -> Result<ScheduleAnswer, Problem> {
    with_owners(state, vec![schedule]).await?.pop().ok_or_else(Problem::not_found)
}

fn of_schedule(error: ScheduleError) -> Problem {
    match error {
        ScheduleError::NotFound => Problem::not_found(),
        ScheduleError::Stale => Problem::new(Code::RevisionStale),
        ScheduleError::NameTaken => Problem::new(Code::NameTaken),
        ScheduleError::Invalid(field, reason) => Problem::invalid(field, reason),
        ScheduleError::Db(error) => error.into(),
    }
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

fn of_key_software(error: KeySoftwareError) -> Problem {
    match error {
        KeySoftwareError::NotFound => Problem::not_found(),
        KeySoftwareError::Stale => Problem::new(Code::RevisionStale),
        KeySoftwareError::NameTaken => Problem::new(Code::NameTaken),
        KeySoftwareError::Invalid(field, reason) => Problem::invalid(field, reason),
        KeySoftwareError::Db(error) => error.into(),
    }
}

fn import_problem(error: ImportError) -> Problem {
    match error {
        ImportError::NotFound => Problem::not_found(),
        ImportError::Running => Problem::new(Code::ImportRunning),
        ImportError::Made => Problem::new(Code::ImportMade),
        ImportError::NothingToUndo => Problem::new(Code::NothingToUndo),
        ImportError::TooMany => Problem::new(Code::ImportsTooMany),
        ImportError::Customer => Problem::invalid("customer_id", "names no customer"),
        ImportError::Mapping(error) => Problem::invalid("mapping", error),
        ImportError::Database(error) => error.into(),
    }
}

impl Why for ChangeError {
    fn code(&self) -> Code {
        code(self)
    }
}

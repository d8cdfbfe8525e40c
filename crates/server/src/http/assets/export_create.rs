//! `POST /api/v1/exports`: export a list.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::{
    equipment,
    exports::{self, Export, Format, List, Wanted, rows::Reader},
    pending,
    software::query::{MachineFilter, TitleFilter},
};
use vigie_kernel::Action;

use crate::{
    events::Topic,
    http::{AppState, Caller, Json, Problem, bulk},
    workers::exports::write,
};

/// What is to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExportRequest)]
pub(super) struct Request {
    /// Which list.
    list: List,
    /// Which kind of file.
    format: Format,
    /// Members as in the list's address, `q` among them.
    #[serde(default)]
    #[schema(value_type = Object)]
    filter: serde_json::Map<String, serde_json::Value>,
    /// As in the list's address.
    #[serde(default)]
    sort: String,
}

/// The list's filter and sorts, checked: a member that it does not know is refused.
fn checked(request: Request) -> Result<Wanted, Problem> {
    let filter = serde_json::Value::Object(request.filter);
    let sorts = match request.list {
        List::Equipment => {
            bulk::strict::<equipment::list::Filter>(&filter, "filter")?;
            super::equipment_list::SORTS.by
        }
        List::Pending => {
            bulk::strict::<pending::list::Filter>(&filter, "filter")?;
            super::pending_list::SORTS.by
        }
        List::Software => {
            bulk::strict::<TitleFilter>(&filter, "filter")?;
            super::software_list::SORTS.by
        }
        List::SoftwareMachines => {
            let machines: MachineFilter = bulk::strict(&filter, "filter")?;
            if machines.name.trim().is_empty() {
                return Err(Problem::invalid("filter.name", "names the title"));
            }
            super::software_machines::SORTS.by
        }
    };
    let (sort, descending) = match request.sort.strip_prefix('-') {
        Some(sort) => (sort.to_owned(), true),
        None => (request.sort, false),
    };
    if !sort.is_empty() && !sorts.iter().any(|(name, _)| *name == sort) {
        return Err(Problem::invalid("sort", "is not known to this list"));
    }
    Ok(Wanted { list: request.list, filter, sort, descending })
}

/// Export a list
///
/// The file is written in the background; ask for the export again to see how far it is.
#[utoipa::path(
    post,
    path = "/api/v1/exports",
    operation_id = "export_create",
    tag = "exports",
    request_body = Request,
    responses(
        (status = 202, description = "Being written.", body = Export),
    ),
)]
pub(super) async fn export_create(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<Request>,
) -> Result<(StatusCode, Json<Export>), Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let format = request.format;
    let wanted = checked(request)?;
    let staleness = super::staleness(&state).await?;
    let export = exports::create(&state.db, caller.act(), caller.user.id, format, wanted).await?;
    let reader = Reader::new(state.db.clone(), granted, staleness, export.wanted.clone());
    write(&state, export.clone(), reader);
    state.events.changed(&[Topic::Exports]);
    Ok((StatusCode::ACCEPTED, Json(export)))
}

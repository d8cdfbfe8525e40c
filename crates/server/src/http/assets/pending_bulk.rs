//! `POST /api/v1/pending-equipment/bulk`: do one thing with many pending ones.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::pending::{
    BulkAction, bulk,
    list::{self, Filter},
};
use vigie_kernel::{Action, CustomerId, InventoryId};

use super::problem;
use crate::{
    events::Topic,
    http::{
        AppState, Caller, Json, Problem,
        bulk::{self, BulkAnswer},
    },
};

/// What is done with which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PendingBulkRequest)]
pub(super) struct Request {
    /// `create`, `accept`, `ignore`, `unignore` or `delete`.
    action: Word,
    /// These; at most 200.
    #[serde(default)]
    ids: Vec<InventoryId>,
    /// All that this filter finds, instead of `ids`; members as in the list's address. At most 10,000.
    #[schema(value_type = Option<Object>)]
    all: Option<serde_json::Value>,
    /// Of `create`: whose they become.
    customer_id: Option<CustomerId>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = PendingBulkAction)]
enum Word {
    Create,
    Accept,
    Ignore,
    Unignore,
    Delete,
}

/// Do one thing with many pending ones
///
/// What cannot be done with one of them is named; the others are done all the same.
#[utoipa::path(
    post,
    path = "/api/v1/pending-equipment/bulk",
    operation_id = "pending_equipment_bulk",
    tag = "pending",
    request_body = Request,
    responses(
        (status = 200, description = "How many were done, and which not.", body = BulkAnswer<InventoryId>),
    ),
)]
pub(super) async fn pending_bulk(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<Request>,
) -> Result<Json<BulkAnswer<InventoryId>>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let action = match request.action {
        Word::Create => BulkAction::Create(request.customer_id),
        Word::Accept => BulkAction::Accept,
        Word::Ignore => BulkAction::Ignore,
        Word::Unignore => BulkAction::Unignore,
        Word::Delete => BulkAction::Delete,
    };
    let ids = match &request.all {
        Some(filter) => {
            let filter: Filter = bulk::strict(filter, "all")?;
            list::ids(&state.db, &granted, &filter, bulk::MOST_AT_ONCE).await?
        }
        None => bulk::some(request.ids)?,
    };
    let mut answer = BulkAnswer::default();
    for chunk in ids.chunks(bulk::CHUNK) {
        let failed = bulk(&state.db, granted, caller.act(), chunk.to_vec(), action).await.map_err(problem)?;
        answer.add(chunk.len(), failed);
    }
    state.intake.recount();
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(Json(answer))
}

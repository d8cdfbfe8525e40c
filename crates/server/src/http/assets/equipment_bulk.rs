//! `POST /api/v1/equipment/bulk`: do one thing with many equipments.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_assets::equipment::{
    STATUSES,
    bulk::{BulkAction, bulk},
    list::{self, Filter},
};
use vigie_kernel::{Action, CustomerId, EquipmentId};

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
#[schema(as = EquipmentBulkRequest)]
pub(super) struct Request {
    /// `move`, `status`, `delete`, `restore` or `fresh-inventory`.
    action: Word,
    /// These; at most 200.
    #[serde(default)]
    ids: Vec<EquipmentId>,
    /// All that this filter finds, instead of `ids`; members as in the list's address. At most 10,000.
    #[schema(value_type = Option<Object>)]
    all: Option<serde_json::Value>,
    /// Of `move`: where to.
    customer_id: Option<CustomerId>,
    /// Of `status`: which.
    status: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = EquipmentBulkAction)]
enum Word {
    Move,
    Status,
    Delete,
    Restore,
    FreshInventory,
}

impl Request {
    fn action(&self) -> Result<BulkAction, Problem> {
        Ok(match self.action {
            Word::Move => {
                BulkAction::Move(self.customer_id.ok_or_else(|| Problem::invalid("customer_id", "says where to move"))?)
            }
            Word::Status => {
                let known = self.status.clone().filter(|status| STATUSES.contains(&status.as_str()));
                BulkAction::Status(known.ok_or_else(|| Problem::invalid("status", "is none of the known values"))?)
            }
            Word::Delete => BulkAction::Delete,
            Word::Restore => BulkAction::Restore,
            Word::FreshInventory => BulkAction::FreshInventory,
        })
    }
}

/// Do one thing with many equipments
///
/// What cannot be done with one of them is named; the others are done all the same.
#[utoipa::path(
    post,
    path = "/api/v1/equipment/bulk",
    operation_id = "equipment_bulk",
    tag = "equipment",
    request_body = Request,
    responses(
        (status = 200, description = "How many were done, and which not.", body = BulkAnswer<EquipmentId>),
    ),
)]
pub(super) async fn equipment_bulk(
    State(state): State<AppState>,
    caller: Caller,
    Json(request): Json<Request>,
) -> Result<Json<BulkAnswer<EquipmentId>>, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let action = request.action()?;
    let staleness = super::staleness(&state).await?;
    let ids = match &request.all {
        Some(filter) => {
            let filter: Filter = bulk::strict(filter, "all")?;
            list::ids(state.db.reads(), &granted, &filter, staleness, bulk::MOST_AT_ONCE).await?
        }
        None => bulk::some(request.ids)?,
    };
    let mut answer = BulkAnswer::default();
    for chunk in ids.chunks(bulk::CHUNK) {
        let failed = bulk(&state.db, granted, caller.act(), chunk.to_vec(), action.clone()).await.map_err(problem)?;
        answer.add(chunk.len(), failed);
    }
    state.intake.recount();
    state.events.changed(&[Topic::Equipment, Topic::Pending]);
    Ok(Json(answer))
}

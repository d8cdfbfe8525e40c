//! `GET /api/v1/agents`: list agents.

use axum::extract::State;
use vigie_assets::agents::{AgentItem, Filter, list};
use vigie_kernel::Action;
use vigie_people::agent_configuration;

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

/// How agents can be sorted.
const SORTS: Sorts = Sorts::of(&[("name", Kind::Text)]);

/// List agents
///
/// All that ever enrolled or delivered, with what they are associated with.
#[utoipa::path(
    get,
    path = "/api/v1/agents",
    operation_id = "agents_list",
    tag = "agents",
    params(ListQuery, Filter),
    responses(
        (status = 200, description = "A page.", body = ListAnswer<AgentItem>),
    ),
)]
pub(super) async fn agents_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(asked): Query<ListQuery>,
    Query(mut filter): Query<Filter>,
) -> Result<Json<ListAnswer<AgentItem>>, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let asked = asked.understand(&SORTS)?;
    filter.q.clone_from(&asked.search);
    let announced = agent_configuration::all(state.db.reads()).await?.announced().map(|it| it.revision);
    let found = list(&state.db, &granted, &filter, announced, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |item| item)))
}

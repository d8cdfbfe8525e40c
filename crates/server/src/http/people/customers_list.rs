//! `GET /api/v1/customers`: customers by name, with how much equipment each has.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::hierarchy::{self, CustomerFilter};

use super::customers_create::CustomerItem;
use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts::of(&[("name", Kind::Text)]);

/// Customers
#[utoipa::path(
    get,
    path = "/api/v1/customers",
    operation_id = "customers_list",
    tag = "customers",
    params(ListQuery, CustomerFilter),
    responses((status = 200, description = "A page, by `name`.", body = ListAnswer<CustomerItem>)),
)]
pub(super) async fn customers_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(filter): Query<CustomerFilter>,
) -> Result<Json<ListAnswer<CustomerItem>>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    let asked = query.understand(&SORTS)?;
    let found = hierarchy::customers(&state.db, granted, filter, asked.search.as_deref(), &asked.page).await?;
    let ids: Vec<_> = found.items.iter().map(|it| it.id).collect();
    let counts = vigie_assets::equipment::counts_by_customer(&state.db, &granted, &ids).await?;
    let mut networks = vigie_fleet::systems::networks(state.db.reads(), &ids).await?;
    Ok(Json(ListAnswer::page(&asked, found, |customer| {
        let equipment = counts.get(&customer.id).copied().unwrap_or(0);
        let network = networks.remove(&customer.id).unwrap_or_default();
        CustomerItem { customer, equipment, network }
    })))
}

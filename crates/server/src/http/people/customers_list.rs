//! `GET /api/v1/customers`: customers, how their systems are connected and how much equipment each has.

use std::time::Duration;

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_fleet::{Colour, Connectivity, customer_state};
use vigie_kernel::{Action, ProviderId, ResellerId, UserId};
use vigie_people::hierarchy::{self, CustomerFilter, CustomerSort};

use super::customers_create::CustomerItem;
use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts::of(&[
    ("name", Kind::Text),
    ("code", Kind::Text),
    ("system_name", Kind::Text),
    ("version", Kind::Text),
    ("connectivity", Kind::Text),
    ("colour", Kind::Number),
    ("reseller", Kind::Text),
    ("alerts", Kind::Number),
]);
/// Longest tag, version or profile that is looked for, characters.
const LONGEST: usize = 200;

/// Which customers are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CustomerQuery {
    /// Of this reseller.
    reseller_id: Option<ResellerId>,
    /// Of this provider's resellers.
    provider_id: Option<ProviderId>,
    /// With this colour.
    colour: Option<Colour>,
    /// Whose primary is connected like that.
    connectivity: Option<Connectivity>,
    /// Whose primary has this version.
    #[param(max_length = 200)]
    version: Option<String>,
    /// With a system of this profile.
    #[param(max_length = 200)]
    profile: Option<String>,
    /// With this tag, whatever its case.
    #[param(max_length = 200)]
    tag: Option<String>,
    /// To whom this user is assigned.
    assigned_to: Option<UserId>,
    /// Those that were deleted and can be restored, not those that are there.
    deleted: Option<bool>,
}

impl CustomerQuery {
    fn filter(self, q: Option<String>) -> Result<CustomerFilter, Problem> {
        let short = |field, value: Option<String>| match value {
            Some(text) if text.chars().count() > LONGEST || text.contains('\0') => {
                Err(Problem::invalid(field, format!("must be text of at most {LONGEST} characters")))
            }
            value => Ok(value.filter(|it| !it.is_empty())),
        };
        Ok(CustomerFilter {
            q,
            reseller_id: self.reseller_id,
            provider_id: self.provider_id,
            tag: short("tag", self.tag)?,
            assigned_to: self.assigned_to,
            connectivity: self.connectivity.map(|it| it.as_str().to_owned()),
            colour: self.colour.map(Colour::number),
            version: short("version", self.version)?,
            profile: short("profile", self.profile)?,
            deleted: self.deleted.unwrap_or(false),
        })
    }
}

/// Customers
///
/// `q` is searched in names, codes, tags, e-mail addresses, telephone numbers and the names of their systems.
#[utoipa::path(
    get,
    path = "/api/v1/customers",
    operation_id = "customers_list",
    tag = "customers",
    params(ListQuery, CustomerQuery),
    responses((
        status = 200,
        description = "A page, by `name`, `code`, `system_name`, `version`, `connectivity`, `colour` (red, orange, green, grey), `alerts` or `reseller`.",
        body = ListAnswer<CustomerItem>,
    )),
)]
pub(super) async fn customers_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(wanted): Query<CustomerQuery>,
) -> Result<Json<ListAnswer<CustomerItem>>, Problem> {
    let granted = caller.require(Action::CustomersSee)?;
    let asked = query.understand(&SORTS)?;
    let filter = wanted.filter(asked.search.clone())?;
    let sort = match asked.sort {
        "code" => CustomerSort::Code,
        "system_name" => CustomerSort::SystemName,
        "version" => CustomerSort::Version,
        "connectivity" => CustomerSort::Connectivity,
        "colour" => CustomerSort::Colour,
        "reseller" => CustomerSort::Reseller,
        "alerts" => CustomerSort::Alerts,
        _ => CustomerSort::Name,
    };
    let found = hierarchy::customers(&state.db, granted, &filter, sort, &asked.page).await?;
    let ids: Vec<_> = found.items.iter().map(|it| it.id).collect();
    let counts = vigie_assets::equipment::counts_by_customer(&state.db, &granted, &ids).await?;
    let mut networks = vigie_fleet::systems::networks(state.db.reads(), &ids).await?;
    let mut alerts = customer_state::open_alerts(state.db.reads(), &ids).await?;
    let kept = kept(&state).await?;
    Ok(Json(ListAnswer::page(&asked, found, |customer| {
        let equipment = counts.get(&customer.id).copied().unwrap_or(0);
        let network = networks.remove(&customer.id).unwrap_or_default();
        let kept_until = customer.deleted_at.map(|at| at.plus(kept));
        let alerts = alerts.remove(&customer.id).unwrap_or_default();
        CustomerItem { customer, equipment, network, alerts, kept_until }
    })))
}

/// How long deleted customers can be restored.
pub(super) async fn kept(state: &AppState) -> Result<Duration, Problem> {
    let days = state.preferences.get(state.clock.now()).await?.retention.deleted_customers_days;
    Ok(Duration::from_secs(u64::from(days) * 86_400))
}

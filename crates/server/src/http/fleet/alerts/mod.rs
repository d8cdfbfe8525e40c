//! Alerts, what people do with them, conditions as people change them, maintenance windows, and who is notified.

mod alert_rules_get;
mod alert_rules_set;
mod alerts_acknowledge;
mod alerts_assign;
mod alerts_assignees;
mod alerts_clear;
mod alerts_clear_by_type;
mod alerts_counts;
mod alerts_get;
mod alerts_list;
mod alerts_mute;
mod deliveries_again;
mod deliveries_list;
mod maintenance_create;
mod maintenance_delete;
mod maintenance_list;
mod subscriptions_change;
mod subscriptions_create;
mod subscriptions_delete;
mod subscriptions_list;

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_fleet::alerts::{
    Alert,
    handle::{self, HandleError, Handling},
    list::{self, Filter},
    subscriptions::SubscriptionError,
};
use vigie_kernel::{Action, AlertId, Code};
use vigie_people::users::assignable;

use crate::{
    events::Topic,
    http::{
        AppState, Caller, Problem,
        bulk::{self, BulkAnswer, Why},
    },
};

/// The operations of alerts.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(alerts_list::alerts_list))
        .routes(routes!(alerts_counts::alerts_counts))
        .routes(routes!(alerts_assignees::alerts_assignees))
        .routes(routes!(alerts_clear::alerts_clear))
        .routes(routes!(alerts_clear_by_type::alerts_clear_by_type))
        .routes(routes!(alerts_acknowledge::alerts_acknowledge))
        .routes(routes!(alerts_assign::alerts_assign))
        .routes(routes!(alerts_mute::alerts_mute))
        .routes(routes!(alerts_get::alerts_get))
        .routes(routes!(alert_rules_get::alert_rules_get, alert_rules_set::alert_rules_set))
        .routes(routes!(maintenance_list::maintenance_list, maintenance_create::maintenance_create))
        .routes(routes!(maintenance_delete::maintenance_delete))
        .routes(routes!(subscriptions_list::subscriptions_list, subscriptions_create::subscriptions_create))
        .routes(routes!(subscriptions_change::subscriptions_change, subscriptions_delete::subscriptions_delete))
        .routes(routes!(deliveries_list::deliveries_list))
        .routes(routes!(deliveries_again::deliveries_again))
}

impl Why for HandleError {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Ongoing => Code::AlertOngoing,
            Self::Cleared => Code::AlertCleared,
        }
    }
}

fn of_subscription(error: SubscriptionError) -> Problem {
    match error {
        SubscriptionError::NotFound => Problem::not_found(),
        SubscriptionError::Stale => Problem::new(Code::RevisionStale),
        SubscriptionError::TooMany => Problem::invalid("name", error),
        SubscriptionError::Invalid(field, words) => Problem::invalid(field, words),
        SubscriptionError::Db(error) => error.into(),
    }
}

/// Which alerts something is done with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AlertsNamed)]
pub(super) struct Named {
    /// These; at most 200.
    #[serde(default)]
    ids: Vec<AlertId>,
    /// All that this filter finds, instead of `ids`; members as in the list's address. At most 10,000.
    #[schema(value_type = Option<Object>)]
    all: Option<serde_json::Value>,
}

/// Does something with alerts that are named by id, or found by a filter.
async fn handle(
    state: &AppState,
    caller: &Caller,
    ids: Vec<AlertId>,
    all: Option<&serde_json::Value>,
    handling: Handling,
) -> Result<BulkAnswer<AlertId>, Problem> {
    let granted = caller.require(Action::AlertsHandle)?;
    let ids = match all {
        Some(filter) => {
            let filter: Filter = bulk::strict(filter, "all")?;
            list::ids(&state.db, granted, &filter, bulk::MOST_AT_ONCE).await?
        }
        None => bulk::some(ids)?,
    };
    let mut answer = BulkAnswer::default();
    for chunk in ids.chunks(bulk::CHUNK) {
        let failed = handle::handle(&state.db, granted, caller.act(), chunk.to_vec(), handling).await?;
        answer.add(chunk.len(), failed);
    }
    state.events.changed(&[Topic::Alerts]);
    Ok(answer)
}

/// With the logins of those who look after them.
pub(super) async fn with_logins(state: &AppState, mut alerts: Vec<Alert>) -> Result<Vec<Alert>, Problem> {
    let named = alerts.iter().filter_map(|it| it.assigned_to.as_ref().map(|user| user.id));
    let logins = assignable::logins(&state.db, named).await?;
    for user in alerts.iter_mut().filter_map(|it| it.assigned_to.as_mut()) {
        user.login = logins.get(&user.id).cloned().unwrap_or_default();
    }
    Ok(alerts)
}

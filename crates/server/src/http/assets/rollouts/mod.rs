//! Versions of the agent and their roll-outs.

mod releases_list;
mod rollouts_agents;
mod rollouts_change;
mod rollouts_get;
mod rollouts_list;
mod rollouts_start;

use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_assets::rollouts::RolloutError;
use vigie_kernel::Code;

use crate::http::{AppState, Problem};

/// The operations.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(releases_list::releases_list))
        .routes(routes!(rollouts_list::rollouts_list, rollouts_start::rollouts_start))
        .routes(routes!(rollouts_get::rollouts_get, rollouts_change::rollouts_change))
        .routes(routes!(rollouts_agents::rollouts_agents))
}

fn problem(error: RolloutError) -> Problem {
    match error {
        RolloutError::NotFound => Problem::not_found(),
        RolloutError::Invalid(field, words) => Problem::invalid(field, words),
        RolloutError::Open => Problem::new(Code::RolloutOpen),
        RolloutError::Ended => Problem::new(Code::RolloutEnded),
        RolloutError::Db(error) => error.into(),
    }
}

/// Something changed that every node goes by.
fn changed(state: &AppState) {
    state.rollouts.forget();
    state.events.changed(&[crate::events::Topic::Equipment]);
}

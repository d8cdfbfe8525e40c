//! What agents call: enrolment, synchronisation and farewell of native ones, the inventories of others.

mod body;
mod budget;
mod enrol;
mod foreign;
mod moving;
mod synchronise;
mod update;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::AppState;
use crate::events::Topic;

pub use budget::{Account, Budget};
pub(crate) use foreign::basic;

/// The operations of agents.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(enrol::enrol))
        .routes(routes!(synchronise::synchronise))
        .routes(routes!(update::update))
        .routes(routes!(moving::moved))
        .merge(foreign::router())
        // Bodies are read piece by piece against the budget: see `body`.
        .layer(DefaultBodyLimit::disable())
}

/// Tells the open consoles and the workers what a delivery brought.
fn told(state: &AppState, receipt: &vigie_assets::intake::Receipt) {
    if !receipt.repeated {
        state.events.changed(if receipt.equipment_id.is_some() { &[Topic::Equipment] } else { &[Topic::Pending] });
        state.intake.arrived(receipt);
    }
}

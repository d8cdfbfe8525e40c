//! Association rules: which pending machine is associated by itself.

mod rules_change;
mod rules_dry_run;
mod rules_get;
mod rules_run;

use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_assets::association::RulesError;
use vigie_kernel::Code;

use crate::http::{AppState, Problem};

/// The operations.
pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(rules_get::association_rules_get, rules_change::association_rules_change))
        .routes(routes!(rules_dry_run::association_rules_dry_run))
        .routes(routes!(rules_run::association_rules_run))
}

fn problem(error: RulesError) -> Problem {
    match error {
        RulesError::Stale => Problem::new(Code::RevisionStale),
        RulesError::Invalid(field, words) => Problem::invalid(field, words),
        RulesError::Db(error) => error.into(),
    }
}

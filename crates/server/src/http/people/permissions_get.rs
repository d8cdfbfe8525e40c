//! `GET /api/v1/users/me/permissions`: what the caller may do, and why not.

use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Cell, Role, policy};

use crate::http::{Json, NewcomerCaller, caller::Means};

/// What the caller may do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Permissions {
    /// Role; null: none yet.
    role: Option<Role>,
    /// Every action.
    actions: Vec<Permission>,
}

/// Whether the caller may do something.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Permission {
    /// The action.
    action: Action,
    /// Whether the caller may.
    allowed: bool,
    /// How far the role may.
    reach: Cell,
    /// Why not; null where the caller may.
    reason: Option<Hindrance>,
}

/// Why the caller may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Hindrance {
    /// The role may not.
    Role,
    /// The account has no role yet.
    NoRole,
    /// The token may only read.
    TokenReadsOnly,
    /// The session was idle for too long and only shows a wallboard.
    Wallboard,
    /// The password must be changed first.
    PasswordChangeRequired,
    /// A second factor must be set up first.
    SecondFactorEnrolmentRequired,
}

/// What the caller may do
///
/// Every action with whether the caller may do it now, and the reason where not. `reach` says for which customers.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/permissions",
    operation_id = "permissions_get",
    tag = "profile",
    responses((status = 200, description = "Every action.", body = Permissions)),
)]
pub(super) async fn permissions_get(NewcomerCaller(caller): NewcomerCaller) -> Json<Permissions> {
    let reads_only = matches!(caller.means, Means::Token { scope: vigie_people::api_tokens::Scope::Read, .. });
    let permission = |action: &Action| {
        let reach = caller.user.role.map_or(Cell::None, |role| policy::cell(role, *action));
        let looks = action.as_str().split_once('.').is_some_and(|(_, verb)| verb == "see");
        let reason = if caller.user.role.is_none() {
            Some(Hindrance::NoRole)
        } else if reach == Cell::None {
            Some(Hindrance::Role)
        } else if caller.user.must_change_password && caller.session().is_some() {
            Some(Hindrance::PasswordChangeRequired)
        } else if caller.must_enrol {
            Some(Hindrance::SecondFactorEnrolmentRequired)
        } else if caller.is_wallboard() && !action.is_on_wallboard() {
            Some(Hindrance::Wallboard)
        } else {
            (reads_only && !looks).then_some(Hindrance::TokenReadsOnly)
        };
        Permission { action: *action, allowed: reason.is_none(), reach, reason }
    };
    Json(Permissions { role: caller.user.role, actions: Action::ALL.iter().map(permission).collect() })
}

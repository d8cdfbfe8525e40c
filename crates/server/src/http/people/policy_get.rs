//! `GET /api/v1/policy`: the table of roles.

use serde::Serialize;
use utoipa::ToSchema;
use vigie_kernel::{Action, Cell, Role, policy};

use crate::http::{Json, NewcomerCaller};

/// What each role may do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Policy {
    /// The rows of the table.
    actions: Vec<PolicyRow>,
}

/// What each role may do of one action.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PolicyRow {
    /// The action.
    action: Action,
    /// How far each role may do it.
    roles: PolicyCells,
}

/// How far each role may do something: for all customers, for assigned ones, less than that, or not at all.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct PolicyCells {
    administrator: Cell,
    support: Cell,
    supervisor: Cell,
    operator: Cell,
    read_only: Cell,
    equipment_manager: Cell,
    technician: Cell,
}

/// The table of roles
///
/// Every action with what each role may do: `all` customers, `assigned` ones, `own` where the action's description says
/// less, or `none`.
#[utoipa::path(
    get,
    path = "/api/v1/policy",
    operation_id = "policy_get",
    tag = "users",
    responses((status = 200, description = "The whole table.", body = Policy)),
)]
pub(super) async fn policy_get(_: NewcomerCaller) -> Json<Policy> {
    let row = |action: &Action| {
        let cell = |role| policy::cell(role, *action);
        PolicyRow {
            action: *action,
            roles: PolicyCells {
                administrator: cell(Role::Administrator),
                support: cell(Role::Support),
                supervisor: cell(Role::Supervisor),
                operator: cell(Role::Operator),
                read_only: cell(Role::ReadOnly),
                equipment_manager: cell(Role::EquipmentManager),
                technician: cell(Role::Technician),
            },
        }
    };
    Json(Policy { actions: Action::ALL.iter().map(row).collect() })
}

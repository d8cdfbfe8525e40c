//! Who may do what: one table. The API enforces it, the console greys by it. A service that changes or shows something
//! demands a [`Granted`], and only [`require`] makes one, so that no operation can forget to ask.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, ResellerId};

/// What a user is. More roles come with the management of users; each is a column of the table below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// Sees and does everything.
    Administrator,
}

impl Role {
    /// The code in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
        }
    }

    /// The role of a code; none when there is no such role.
    pub fn from_code(code: &str) -> Option<Self> {
        (code == Self::Administrator.as_str()).then_some(Self::Administrator)
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Action {
    /// See equipment, inventories and software.
    #[serde(rename = "equipment.see")]
    EquipmentSee,
    /// Edit equipment and work the pending queue.
    #[serde(rename = "equipment.edit")]
    EquipmentEdit,
    /// See providers, resellers and customers.
    #[serde(rename = "customers.see")]
    CustomersSee,
    /// Add customers.
    #[serde(rename = "customers.manage")]
    CustomersManage,
    /// Agents' configuration, distribution, API access.
    #[serde(rename = "agents.manage")]
    AgentsManage,
    /// Preferences, retention and certificates.
    #[serde(rename = "preferences.manage")]
    PreferencesManage,
    /// One's own profile, password, sessions and tokens.
    #[serde(rename = "profile.manage")]
    ProfileManage,
}

/// Which rows of the hierarchy an answer may come from. Every query of a context is narrowed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every customer, and what belongs to none yet.
    All,
    /// One reseller's customers.
    Reseller(ResellerId),
    /// One customer.
    Customer(CustomerId),
}

/// Proof that the table was asked and said yes. It carries the scope that the answer must be narrowed to.
#[derive(Debug, Clone, Copy)]
pub struct Granted {
    action: Action,
    scope: Scope,
}

impl Granted {
    /// What was asked for.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// What the answer is narrowed to.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// For the server's own work that no person asked for (retention, intake): sees all.
    pub const fn by_server(action: Action) -> Self {
        Self { action, scope: Scope::All }
    }
}

/// The table said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this role may not do that")]
pub struct Refused;

/// Asks the table whether `role`, narrowed to `scope`, may do `action`.
pub fn require(role: Role, scope: Scope, action: Action) -> Result<Granted, Refused> {
    let allowed = match (role, action) {
        // What is not of one customer is for those who see all.
        (Role::Administrator, Action::AgentsManage | Action::PreferencesManage | Action::CustomersManage) => {
            scope == Scope::All
        }
        (
            Role::Administrator,
            Action::EquipmentSee | Action::EquipmentEdit | Action::CustomersSee | Action::ProfileManage,
        ) => true,
    };
    if allowed { Ok(Granted { action, scope }) } else { Err(Refused) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrowed_caller_may_not_manage_what_is_shared() {
        let one = Scope::Customer(CustomerId(uuid::Uuid::nil()));
        assert!(require(Role::Administrator, one, Action::AgentsManage).is_err());
        assert!(require(Role::Administrator, one, Action::PreferencesManage).is_err());
        let granted = require(Role::Administrator, one, Action::EquipmentEdit).unwrap();
        assert_eq!(granted.scope(), one);
    }
}

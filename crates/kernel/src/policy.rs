//! Who may do what: one table. The API enforces it, the console greys by it. A service that changes or shows something
//! demands a [`Granted`], and only [`require`] makes one for a person, so that no operation can forget to ask.

use serde::{Deserialize, Serialize};

use crate::UserId;

/// What a user is: a column of the table. A user without a role may do nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// Sees and does everything.
    Administrator,
    /// An administrator in read-only mode, but for what the table gives.
    Support,
    /// Leads operators over assigned customers.
    Supervisor,
    /// Works on assigned customers.
    Operator,
    /// Looks at assigned customers.
    ReadOnly,
    /// Looks after the equipment of assigned customers.
    EquipmentManager,
    /// Works on the incidents of assigned customers.
    Technician,
}

impl Role {
    /// Every role, in the order of the table's columns.
    pub const ALL: [Self; 7] = [
        Self::Administrator,
        Self::Support,
        Self::Supervisor,
        Self::Operator,
        Self::ReadOnly,
        Self::EquipmentManager,
        Self::Technician,
    ];

    /// The code in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Support => "support",
            Self::Supervisor => "supervisor",
            Self::Operator => "operator",
            Self::ReadOnly => "read-only",
            Self::EquipmentManager => "equipment-manager",
            Self::Technician => "technician",
        }
    }

    /// The role of a code; none when there is no such role.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == code)
    }

    /// Whether it sees the customers that it is assigned to only.
    pub const fn is_assigned(self) -> bool {
        matches!(cell(self, Action::CustomersSee), Cell::Assigned)
    }

    /// Whether it only looks, and may therefore stay signed in on a wall.
    pub const fn is_read_only(self) -> bool {
        matches!(self, Self::Support | Self::ReadOnly)
    }
}

/// How far a role may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PolicyCell))]
pub enum Cell {
    /// For every customer, and what belongs to none.
    All,
    /// For the customers that the user is assigned to.
    Assigned,
    /// Less than that, as the action's description says.
    Own,
    /// Not at all.
    None,
}

macro_rules! table {
    ($($(#[$doc:meta])* $name:ident = $code:tt: $($cell:ident)+;)+) => {
        /// A row of the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Action {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl Action {
            /// Every action, in the order of the table's rows.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }

        const fn row(action: Action) -> [Cell; 7] {
            match action { $(Action::$name => [$(Cell::$cell,)+],)+ }
        }
    };
}

table! {
    //                                               admin. support superv. operat. read-o. equip-m. technician
    /// See providers, resellers and customers.
    CustomersSee = "customers.see":                  All    All     Assigned Assigned Assigned Assigned Assigned;
    /// Dashboard, alerts, list and details of customers.
    DashboardSee = "dashboard.see":                  All    All     Assigned Assigned Assigned Assigned Assigned;
    /// Addresses for remote assistance.
    RemoteAssistanceSee = "remote-assistance.see":   None   None    Assigned Assigned Assigned None     None;
    /// Launch a customer system's application.
    ApplicationLaunch = "application.launch":        All    None    None     Assigned None     None     None;
    /// Back customer systems up.
    BackupCreate = "backup.create":                  All    None    Assigned Assigned None     None     None;
    /// Restore customer systems.
    BackupRestore = "backup.restore":                All    None    Assigned None     None     None     None;
    /// Upgrade customer systems.
    SystemUpgrade = "system.upgrade":                All    All     Assigned Assigned None     None     None;
    /// Add customers.
    CustomersAdd = "customers.add":                  All    None    None     Assigned None     None     None;
    /// Delete customers.
    CustomersDelete = "customers.delete":            All    None    None     Assigned None     None     None;
    /// Edit customers; supervisors: the assigned operators only.
    CustomersEdit = "customers.edit":                All    None    Own      None     None     None     None;
    /// Manage the logs of customer systems.
    LogsManage = "logs.manage":                      All    All     Assigned Assigned None     None     None;
    /// Have customer systems fetch their customization files again.
    CustomizationRefresh = "customization.refresh":  All    All     Assigned Assigned None     None     None;
    /// Manage customization files, the software repository and file sets.
    FilesManage = "files.manage":                    All    None    None     None     None     None     None;
    /// Send the enrolment e-mail again.
    EnrolmentMailSend = "enrolment-mail.send":       All    All     Assigned Assigned None     None     None;
    /// Preferences, certificates, the platform and its audit trail.
    PreferencesManage = "preferences.manage":        All    None    None     None     None     None     None;
    /// Create and assign users; supervisors: operators whom they created, for their own customers.
    UsersManage = "users.manage":                    All    None    Own      None     None     None     None;
    /// Manage proxy accounts.
    ProxyAccountsManage = "proxy-accounts.manage":   None   None    Assigned Assigned None     None     None;
    /// Test a customer's connection.
    ConnectionTest = "connection.test":              All    None    None     Assigned None     None     None;
    /// Clear, acknowledge, assign and mute alerts.
    AlertsHandle = "alerts.handle":                  All    None    Assigned Assigned None     None     None;
    /// See jobs and the software repository; download tools.
    JobsSee = "jobs.see":                            All    All     Assigned Assigned Assigned None     None;
    /// Pause, resume, stop and delete a job: who may start its action on all its customers.
    JobsControl = "jobs.control":                    Own    Own     Own      Own      None     None     None;
    /// See equipment, inventories and software.
    EquipmentSee = "equipment.see":                  All    All     Assigned Assigned Assigned Assigned Assigned;
    /// Edit equipment and work the pending queue.
    EquipmentEdit = "equipment.edit":                All    None    Assigned Assigned None     Assigned None;
    /// Agents' configuration, distribution, roll-out, API access.
    AgentsManage = "agents.manage":                  All    None    None     None     None     None     None;
    /// Exchange between sites: settings, tests, sending, receiving, tracing.
    SitesManage = "sites.manage":                    All    None    None     None     None     None     None;
    /// See incidents and requests.
    IncidentsSee = "incidents.see":                  All    All     Assigned Assigned Assigned None     Assigned;
    /// Work on incidents and requests; remote support.
    IncidentsWork = "incidents.work":                All    None    Assigned Assigned None     None     Assigned;
    /// Connectors, service accounts, the registry of applications.
    ConnectorsManage = "connectors.manage":          All    None    None     None     None     None     None;
}

impl Action {
    /// Whether a display that only updates goes on doing it.
    pub const fn is_on_wallboard(self) -> bool {
        matches!(self, Self::DashboardSee | Self::CustomersSee)
    }
}

/// What the table says.
pub const fn cell(role: Role, action: Action) -> Cell {
    row(action)[role as usize]
}

/// Which rows of the hierarchy an answer may come from. Every query of a context is narrowed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every customer, and what belongs to none yet.
    All,
    /// The customers that a user is assigned to.
    Assigned(UserId),
}

/// Proof that the table was asked and did not say no. It carries what the answer must be narrowed to.
#[derive(Debug, Clone, Copy)]
pub struct Granted {
    action: Action,
    cell: Cell,
    scope: Scope,
}

impl Granted {
    /// What was asked for.
    pub const fn action(&self) -> Action {
        self.action
    }

    /// How far it may be done.
    pub const fn cell(&self) -> Cell {
        self.cell
    }

    /// What the answer is narrowed to.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// For the server's own work that no person asked for (retention, intake): sees all.
    pub const fn by_server(action: Action) -> Self {
        Self { action, cell: Cell::All, scope: Scope::All }
    }
}

/// The table said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this role may not do that")]
pub struct Refused;

/// Asks the table whether `user`, who is `role`, may do `action`, and for whom.
pub const fn require(user: UserId, role: Role, action: Action) -> Result<Granted, Refused> {
    let cell = cell(role, action);
    match cell {
        Cell::None => Err(Refused),
        Cell::All => Ok(Granted { action, cell, scope: Scope::All }),
        Cell::Assigned | Cell::Own => {
            // Who sees all customers is limited by the cell's words only.
            let scope = if role.is_assigned() { Scope::Assigned(user) } else { Scope::All };
            Ok(Granted { action, cell, scope })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as text: what a reviewer reads when a cell changes.
    fn text() -> String {
        let word = |cell| match cell {
            Cell::All => "all",
            Cell::Assigned => "assigned",
            Cell::Own => "own",
            Cell::None => "-",
        };
        let mut lines = vec![format!("{:<24}{}", "", Role::ALL.map(|role| format!("{:<19}", role.as_str())).concat())];
        for action in Action::ALL {
            let cells = Role::ALL.map(|role| format!("{:<19}", word(cell(role, *action))));
            lines.push(format!("{:<24}{}", action.as_str(), cells.concat()));
        }
        lines.iter().flat_map(|line| [line.trim_end(), "\n"]).collect()
    }

    #[test]
    fn every_cell_is_as_written_down() {
        let golden = include_str!("../roles.txt");
        assert_eq!(text(), golden, "the table changed: if that is meant, write the new one to crates/kernel/roles.txt");
    }

    #[test]
    fn a_role_is_narrowed_to_its_customers_and_refused_where_the_table_says_no() {
        let someone = UserId(uuid::Uuid::from_u128(7));
        assert_eq!(require(someone, Role::Support, Action::EquipmentSee).unwrap().scope(), Scope::All);
        assert_eq!(require(someone, Role::Support, Action::EquipmentEdit).unwrap_err(), Refused);
        let granted = require(someone, Role::Technician, Action::EquipmentSee).unwrap();
        assert_eq!((granted.scope(), granted.cell()), (Scope::Assigned(someone), Cell::Assigned));
        let granted = require(someone, Role::Supervisor, Action::UsersManage).unwrap();
        assert_eq!((granted.scope(), granted.cell()), (Scope::Assigned(someone), Cell::Own));
        assert_eq!(require(someone, Role::Administrator, Action::JobsControl).unwrap().scope(), Scope::All);
    }

    #[test]
    fn codes_lead_back_to_their_roles() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.as_str()), Some(role));
        }
        assert_eq!(Role::from_code("root"), None);
    }
}

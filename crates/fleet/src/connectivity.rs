//! How a system is connected: always one of these.

use serde::{Deserialize, Serialize};
use vigie_wire::link::message::Standing;

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)+) => {
        /// How a system is connected.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Connectivity {
            $($(#[$doc])* $name,)+
        }

        impl Connectivity {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code in the database and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

states! {
    /// The link is there and the service user is signed in.
    Connected = "connected";
    /// It was never there.
    Waiting = "waiting";
    /// There is no link.
    Unreachable = "unreachable";
    /// There is no link, and something that calls itself this system cannot prove it.
    InvalidSystem = "invalid_system";
    /// The service user's password is wrong.
    AuthorisationFailed = "authorisation_failed";
    /// The system has no such service user.
    InvalidCredentials = "invalid_credentials";
    /// The system's owner switched the service user off.
    DisabledByAdministrator = "disabled_by_administrator";
    /// The service user's time is over, or has not come yet.
    CurrentlyDisabled = "currently_disabled";
    /// The service user is locked for a while: too many wrong passwords.
    TemporarilyLocked = "temporarily_locked";
    /// The service user's password has expired.
    PasswordExpired = "password_expired";
    /// The service user's password must be changed.
    PasswordMustBeChanged = "password_must_be_changed";
    /// The service user lacks a right.
    InsufficientRights = "insufficient_rights";
    /// The service user has no right at all.
    NoRightEnabled = "no_right_enabled";
    /// The service user may not read the monitoring of services.
    ServiceMonitoringMissing = "service_monitoring_missing";
    /// The service user may not upgrade.
    UpgradeMissing = "upgrade_missing";
    /// The server knows no service user for this system.
    NoAuthorisation = "no_authorisation";
    /// The system's owner allows the service user no operation from elsewhere.
    RemoteOperationsNotAllowed = "remote_operations_not_allowed";
    /// The service user has as many management sessions as it may have.
    SessionLimitExceeded = "session_limit_exceeded";
    /// A link was begun and could not be made, or the system does not answer in it.
    ConnectionFailed = "connection_failed";
    /// The agent is too old to operate.
    Legacy = "legacy";
}

impl Connectivity {
    /// What a code stands for. What is not known is a failure.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.iter().copied().find(|it| it.as_str() == code).unwrap_or(Self::ConnectionFailed)
    }
}

impl From<Standing> for Connectivity {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::SignedIn => Self::Connected,
            Standing::AuthorisationFailed => Self::AuthorisationFailed,
            Standing::InvalidCredentials => Self::InvalidCredentials,
            Standing::DisabledByAdministrator => Self::DisabledByAdministrator,
            Standing::CurrentlyDisabled => Self::CurrentlyDisabled,
            Standing::TemporarilyLocked => Self::TemporarilyLocked,
            Standing::PasswordExpired => Self::PasswordExpired,
            Standing::PasswordMustBeChanged => Self::PasswordMustBeChanged,
            Standing::InsufficientRights => Self::InsufficientRights,
            Standing::NoRightEnabled => Self::NoRightEnabled,
            Standing::ServiceMonitoringMissing => Self::ServiceMonitoringMissing,
            Standing::UpgradeMissing => Self::UpgradeMissing,
            Standing::NoAuthorisation => Self::NoAuthorisation,
            Standing::RemoteOperationsNotAllowed => Self::RemoteOperationsNotAllowed,
            Standing::TooManySessions => Self::SessionLimitExceeded,
            Standing::Unknown => Self::ConnectionFailed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back_and_serialised_alike() {
        for state in Connectivity::ALL {
            assert_eq!(Connectivity::from_code(state.as_str()), *state);
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(Connectivity::from_code("of a later version"), Connectivity::ConnectionFailed);
    }
}

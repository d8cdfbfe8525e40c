//! What is said over a link. Members that are not known are ignored, kinds that are not known are passed over: either end
//! may be a version newer.

use serde::{Deserialize, Serialize};
use vigie_kernel::Timestamp;

use crate::join::TokenRefusal;

use super::{
    alert::{Alert, AlertKey, AlertRule, Condition, MOST_CONDITIONS, cut},
    application::{self, Application, MOST_APPLICATIONS},
    certificate::{self, CertificateRefusal, Issued, MOST_CERTIFICATES, Wanted},
    order::{Order, OrderRefusal, Report},
};

/// Longest text in what an agent says of itself, characters; longer ones are cut by the server.
pub const LONGEST_TEXT: usize = 200;

/// What the owner of a system lets the server do. All off until the owner says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SystemSwitches))]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "seven switches that are set one by one")]
pub struct Switches {
    /// Management from the server.
    pub central_management: bool,
    /// Logs are sent to the server.
    pub central_logs: bool,
    /// Backups and upgrades from the server.
    pub remote_upgrade: bool,
    /// Connections to the system through the link.
    pub remote_access: bool,
    /// The same to servers beside it.
    pub co_located_servers: bool,
    /// Certificates that the server issues and renews.
    pub automatic_certificates: bool,
    /// The same for the system's devices; only with the one before.
    pub device_certificates: bool,
}

/// What a system is, as its agent tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SystemAbout))]
#[serde(default)]
pub struct About {
    /// Host name.
    pub name: String,
    /// The profile's name: what kind of system it is.
    pub profile: String,
    /// Version of what the profile speaks of; empty: not known.
    pub version: String,
    /// The agent's version.
    pub agent_version: String,
    /// `linux` or `windows`.
    pub platform: String,
    /// Address by which the system reaches the server.
    pub address: String,
    /// Whether it reaches the server through the agent of its network's primary.
    pub via_primary: bool,
    /// When the system started.
    pub started_at: Option<Timestamp>,
    /// What its owner allows.
    pub switches: Switches,
    /// What its profile looks at for alerts.
    pub conditions: Vec<Condition>,
    /// Web applications that its profile names.
    pub applications: Vec<Application>,
    /// How it stands with the certificates that the server issues to it.
    pub certificates: Vec<certificate::CertificateState>,
}

/// The user by whom the server manages the system; it exists on the system only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SystemServiceUser))]
pub struct ServiceUser {
    /// Name.
    pub name: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for ServiceUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceUser").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How the service user stands on the system: what became of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Signed in, with every right.
    SignedIn,
    /// The password is wrong.
    AuthorisationFailed,
    /// There is no service user of that name.
    InvalidCredentials,
    /// The owner switched the service user off.
    DisabledByAdministrator,
    /// Its time is over, or has not come yet.
    CurrentlyDisabled,
    /// Too many wrong passwords: locked for a while.
    TemporarilyLocked,
    /// The password's time is over.
    PasswordExpired,
    /// The password was given for once.
    PasswordMustBeChanged,
    /// A right other than those below is missing.
    InsufficientRights,
    /// It has no right at all.
    NoRightEnabled,
    /// It may not read the monitoring of services.
    ServiceMonitoringMissing,
    /// It may not upgrade.
    UpgradeMissing,
    /// Neither name nor password was given.
    NoAuthorisation,
    /// The owner allows it no operation from elsewhere.
    RemoteOperationsNotAllowed,
    /// It has as many management sessions as it may have.
    TooManySessions,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// What must not be lost, numbered by the agent from 1 without a gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Its number.
    pub sequence: u64,
    /// When it was taken down, by the agent's clock.
    pub at: Timestamp,
    /// What it says.
    pub body: NoteBody,
}

/// What a note says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum NoteBody {
    /// What the system is from now on.
    About(About),
    /// A condition holds from now on, or holds as something else than before: worse, or measured anew.
    AlertRaised {
        /// Which, and how.
        alert: Alert,
    },
    /// A condition holds no longer.
    AlertEnded {
        /// Which.
        alert: AlertKey,
    },
    /// All that hold, and no others: what else was raised before has ended. Said when a system's agent begins.
    AlertsOngoing {
        /// Which.
        alerts: Vec<AlertKey>,
    },
    /// Of a later version: stored as nothing, so that the notes behind it go on.
    #[serde(other)]
    Unknown,
}

/// What an agent says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FromAgent {
    /// First of all.
    Hello {
        /// Version of these messages, see [`super::FORMAT`].
        format: u32,
        /// What the system is.
        about: About,
        /// Names the sequence that notes are numbered in: another one begins with 1 again. Drawn at random.
        spool: u64,
        /// The number of the oldest note that is kept, or of the next one where none is.
        oldest: u64,
    },
    /// Alive.
    Heartbeat {
        /// Comes back in the answer.
        number: u64,
    },
    /// See [`Note`].
    Note(Note),
    /// The answer to a sign-in.
    Standing {
        /// Of which.
        number: u64,
        /// How the service user stands.
        standing: Standing,
    },
    /// The owner changed the service user: what the server knows of its standing holds no longer.
    SignInAgain,
    /// The owner of this system, which is the primary of its network, orders how the service user is everywhere in it.
    Synchronise {
        /// What is ordered.
        order: Order,
    },
    /// The answer to an order of the primary.
    Ordered {
        /// Of when it is.
        at: Timestamp,
        /// Why it was not obeyed; none: it was.
        refusal: Option<OrderRefusal>,
    },
    /// A system wants to join the network of this one, its primary: asks for a token for it.
    WantToken {
        /// Comes back in the answer.
        number: u64,
    },
    /// The system, or one of its devices, is to get a certificate.
    WantCertificate {
        /// Comes back in the answer.
        number: u64,
        /// Which.
        wanted: Wanted,
    },
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FromServer {
    /// The answer to the hello.
    Welcome {
        /// Version of these messages, see [`super::FORMAT`].
        format: u32,
        /// The server's time: an agent whose clock differs says so.
        now: Timestamp,
        /// The last note of this spool that is stored; 0: none.
        stored: u64,
        /// Seconds from one heartbeat to the next.
        heartbeat: u16,
    },
    /// The link ends here.
    Refused {
        /// Stable code.
        code: RefusalCode,
        /// Why, for people.
        words: String,
    },
    /// The answer to a heartbeat.
    Alive {
        /// Of which.
        number: u64,
        /// The server's time; an older server does not say it.
        #[serde(default)]
        now: Option<Timestamp>,
    },
    /// What people changed about conditions: all of it, in place of what was said before.
    AlertRules {
        /// For each condition at most one.
        rules: Vec<AlertRule>,
    },
    /// Signs in as the service user: the management session of this link, or a try.
    SignIn {
        /// Comes back in the answer.
        number: u64,
        /// With what.
        user: ServiceUser,
        /// A try changes nothing: the session of the link stays as it is.
        is_try: bool,
    },
    /// What the primary of this system's network orders.
    Order {
        /// As the primary signed it.
        order: Order,
    },
    /// How far the network is with the order that this system, its primary, gave.
    Synchronised {
        /// Of when the order is.
        at: Timestamp,
        /// How far.
        report: Report,
    },
    /// A token for one system that joins, as an application server.
    Token {
        /// For which question.
        number: u64,
        /// The token; good for a few minutes.
        token: String,
    },
    /// No token.
    NoToken {
        /// For which question.
        number: u64,
        /// Why.
        code: TokenRefusal,
    },
    /// A certificate.
    Certificate {
        /// For which question.
        number: u64,
        /// What was issued.
        issued: Issued,
    },
    /// No certificate.
    NoCertificate {
        /// For which question.
        number: u64,
        /// Why.
        code: CertificateRefusal,
    },
    /// Somebody wants the system's certificates anew: those issued before that are to be replaced.
    CertificatesAnew {
        /// When it was wanted.
        at: Timestamp,
    },
    /// Everything up to this note is durable.
    Stored {
        /// Its number.
        sequence: u64,
    },
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

/// Why a server ends a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The versions do not fit.
    Version,
    /// The system was deleted, or its key was revoked: it must be enrolled again.
    Removed,
    /// The same system opened another link.
    Replaced,
    /// The server stops, or cannot take more: come back.
    Busy,
    /// Of a later version.
    #[serde(other)]
    Unknown,
}

impl About {
    /// Bounds every text. What an agent says of itself is shown to people.
    pub fn clean(&mut self) {
        for text in [
            &mut self.name,
            &mut self.profile,
            &mut self.version,
            &mut self.agent_version,
            &mut self.platform,
            &mut self.address,
        ] {
            cut(text, LONGEST_TEXT);
        }
        self.conditions.truncate(MOST_CONDITIONS);
        self.conditions.iter_mut().for_each(Condition::clean);
        // An address that does not fit is no address: it is never cut.
        self.applications.retain(|it| application::is_url(&it.url));
        self.applications.truncate(MOST_APPLICATIONS);
        self.applications.iter_mut().for_each(Application::clean);
        self.certificates.truncate(MOST_CERTIFICATES);
        self.certificates.iter_mut().for_each(certificate::CertificateState::clean);
    }
}

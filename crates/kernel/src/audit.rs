//! Who does something, and the record of it. Every change is committed together with its audit entry.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, Timestamp, UserId};

/// What kind of actor acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    /// A person in the console or with a personal token.
    User,
    /// An API client or an agent.
    Agent,
    /// The server by itself.
    Server,
    /// Someone on the server's machine, with the command line.
    CommandLine,
}

impl ActorKind {
    /// The code in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Server => "server",
            Self::CommandLine => "command-line",
        }
    }
}

/// Who acts, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What it is.
    pub kind: ActorKind,
    /// Its id in text form.
    pub id: Option<String>,
    /// Its name for people.
    pub name: String,
    /// Where the request came from.
    pub source_address: Option<String>,
}

impl Actor {
    /// The server by itself.
    pub fn server() -> Self {
        Self { kind: ActorKind::Server, id: None, name: "vigie".to_owned(), source_address: None }
    }

    /// A person.
    pub fn person(id: UserId, login: &str, source_address: String) -> Self {
        Self {
            kind: ActorKind::User,
            id: Some(id.to_string()),
            name: login.to_owned(),
            source_address: Some(source_address),
        }
    }

    /// Which person, where it is one.
    pub fn user(&self) -> Option<UserId> {
        self.id.as_deref().and_then(|id| id.parse().ok())
    }

    /// Someone on the server's machine.
    pub fn command_line() -> Self {
        Self { kind: ActorKind::CommandLine, id: None, name: "command line".to_owned(), source_address: None }
    }
}

/// One person's (or program's) doing: who, when, and the randomness for new ids.
#[derive(Debug, Clone)]
pub struct Act {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// Where new ids come from.
    pub rng: std::sync::Arc<dyn crate::Rng>,
}

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct AuditEntry<'a> {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: &'a Actor,
    /// What, as a stable code: `equipment.create`.
    pub action: &'static str,
    /// To what kind of object.
    pub object_kind: &'static str,
    /// Its id in text form.
    pub object_id: Option<String>,
    /// Its name.
    pub object_name: Option<String>,
    /// Whose it is.
    pub customer: Option<CustomerId>,
    /// More, as a JSON object; never a secret.
    pub detail: String,
}

impl<'a> AuditEntry<'a> {
    /// An entry without details.
    pub fn new(at: Timestamp, actor: &'a Actor, action: &'static str, object_kind: &'static str) -> Self {
        Self {
            at,
            actor,
            action,
            object_kind,
            object_id: None,
            object_name: None,
            customer: None,
            detail: "{}".to_owned(),
        }
    }

    /// Names the object.
    #[must_use]
    pub fn object(mut self, id: impl std::fmt::Display, name: &str) -> Self {
        self.object_id = Some(id.to_string());
        self.object_name = Some(name.to_owned());
        self
    }

    /// Says whose it is.
    #[must_use]
    pub const fn of(mut self, customer: CustomerId) -> Self {
        self.customer = Some(customer);
        self
    }

    /// Adds details: a JSON object as text.
    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = detail.to_string();
        self
    }
}

//! What every handler may reach. Made once, in [`crate::boot`].

use std::{
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use tokio_util::sync::CancellationToken;
use vigie_db::{Database, secrets::Secrets};
use vigie_kernel::{Act, Actor, Clock, Rng};
use vigie_people::{passwords::Hasher, preferences};

use crate::{config::Config, events::Events, metrics::Metrics, tls::Identity};

/// The parts of the server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Parts>);

/// Where the server really listens: known once it does.
#[derive(Debug, Clone, Copy)]
pub struct Listening {
    /// Console and API.
    pub main: SocketAddr,
    /// Agents, where they have a listener of their own.
    pub agents: Option<SocketAddr>,
    /// Answers to ACME servers, in the clear.
    pub acme: Option<SocketAddr>,
}

/// See [`AppState`].
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// Seals what must be shown or used again.
    pub secrets: Secrets,
    /// People's passwords.
    pub hasher: Hasher,
    /// The administrator's preferences.
    pub preferences: preferences::Cache,
    /// How this server was configured.
    pub config: Config,
    /// Counters.
    pub metrics: Metrics,
    /// Tells open consoles what changed.
    pub events: Events,
    /// What intake shares with the workers behind it.
    pub intake: crate::workers::assets::Intake,
    /// Files that belong to rows.
    pub blobs: vigie_db::blobs::Blobs,
    /// What the OpenID provider says of itself.
    pub openid: crate::openid::Cache,
    /// The server's own backups.
    pub backups: crate::backup::KeptBackups,
    /// The server's own log.
    pub logs: crate::logs::Logs,
    /// What this process is among its kind.
    pub node: crate::node::Node,
    /// The links that systems keep to this node.
    pub links: vigie_link::Links,
    /// The version of the agent that is rolled out.
    pub rollouts: vigie_assets::rollouts::Cache,
    /// Rung when agents said something of it.
    pub rollouts_news: tokio::sync::Notify,
    /// Rung when alerts changed on this node.
    pub alert_news: tokio::sync::Notify,
    /// What holds them: waited for when the server stops.
    pub link_sessions: tokio_util::task::TaskTracker,
    /// Makes exports.
    pub exports: crate::workers::exports::Exports,
    /// Makes imports.
    pub imports: crate::workers::imports::Imports,
    /// Certificate and authority.
    pub identity: Identity,
    /// Held while the audit trail is verified.
    pub verifying: tokio::sync::Mutex<()>,
    /// For the server's own connections to others.
    pub outgoing: crate::outgoing::Cache,
    /// Set once the server listens.
    pub listening: OnceLock<Listening>,
    /// Cancelled when the server stops: long work ends at its next safe place.
    pub stopping: CancellationToken,
}

impl AppState {
    /// From its parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The server's own doing, now.
    pub fn own_act(&self) -> Act {
        self.act_of(Actor::server())
    }

    /// What `actor` does now.
    pub fn act_of(&self, actor: Actor) -> Act {
        Act { actor, at: self.clock.now(), rng: self.rng.clone() }
    }

    /// Whether agents use the operators' listener.
    pub fn is_shared(&self) -> bool {
        match self.listening.get() {
            Some(listening) => listening.agents.is_none(),
            None => self.config.agents_listen.is_none(),
        }
    }

    /// What a new agent is given to trust, PEM.
    pub fn agents_trust(&self) -> String {
        self.identity.agents_pem(self.is_shared())
    }

    /// The address that agents are told, without a slash at its end.
    pub fn agents_url(&self) -> String {
        if let Some(url) = &self.config.url {
            return url.clone();
        }
        let address = match self.listening.get() {
            Some(listening) => listening.agents.unwrap_or(listening.main),
            None => self.config.agents_listen.unwrap_or(self.config.listen),
        };
        url_of(address)
    }
    /// The address where people find the console, without a slash at its end.
    pub fn console_url(&self) -> String {
        let listening = self.listening.get().map_or(self.config.listen, |it| it.main);
        match &self.config.url {
            Some(url) if self.is_shared() => url.clone(),
            // The host is known by the same name; the port is another.
            Some(url) => match url.parse::<reqwest::Url>().ok().and_then(|it| it.host_str().map(str::to_owned)) {
                Some(host) => format!("https://{host}:{}", listening.port()),
                None => url_of(listening),
            },
            None => url_of(listening),
        }
    }
}

/// The address of a listener: an address of every interface is this host's name for others.
pub(crate) fn url_of(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        let host = crate::tls::host_name().unwrap_or_else(|| "localhost".to_owned());
        return format!("https://{host}:{}", address.port());
    }
    format!("https://{address}")
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

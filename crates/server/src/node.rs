//! What this process is among the nodes of the service, and how its parts are.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use vigie_kernel::{NodeId, Rng, Timestamp};
use vigie_people::platform::nodes::{Beat, Health, Part, PartName};

use crate::{
    files::{read_if_there, write_file},
    http::{AppState, state::url_of},
    tls::{RENEW_BEFORE_DAYS, host_name},
};

/// Changes that wait for the database: more than so many, and intake is slower than agents report.
const WRITES_WAIT: usize = 512;
/// Where the id is kept: a node that starts again is the same.
const FILE: &str = "node.id";

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// Since when it runs.
    pub started_at: Timestamp,
    parts: Arc<Mutex<Parts>>,
}

struct Parts {
    known: Vec<Part>,
    /// The log's troubles at the last look.
    troubles: (u64, u64),
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.id)
    }
}

/// Nearly as many connections as there may be: soon systems are refused.
fn is_full(state: &AppState) -> bool {
    let open = usize::try_from(state.metrics.connections()).unwrap_or(0);
    open * 20 >= state.config.connections * 19
}

const ALL: [PartName; 6] = [
    PartName::Operations,
    PartName::CertificateAuthority,
    PartName::Onboarding,
    PartName::LinkHosts,
    PartName::LogCollector,
    PartName::BackgroundWork,
];

impl Node {
    /// The node of a data directory.
    pub fn open(data_dir: &Path, now: Timestamp, rng: &dyn Rng) -> anyhow::Result<Self> {
        let path = data_dir.join(FILE);
        let kept = read_if_there(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let kept = kept.and_then(|it| String::from_utf8(it).ok()?.trim().parse().ok());
        let id = kept.unwrap_or_else(|| NodeId::new(now, rng));
        if kept.is_none() {
            let text = format!("{id}\n");
            write_file(&path, text.as_bytes(), 0o600).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let part = |part| Part { part, state: Health::Running, reason: None, since: now };
        let parts = Parts { known: ALL.map(part).into(), troubles: (0, 0) };
        Ok(Self { id, started_at: now, parts: Arc::new(Mutex::new(parts)) })
    }

    /// What it says of itself now.
    pub fn beat(&self, state: &AppState) -> Beat {
        let now = state.clock.now();
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let troubles = state.logs.troubles();
        let log_lost = troubles != parts.troubles;
        parts.troubles = troubles;
        for part in &mut parts.known {
            let reason = match part.part {
                PartName::CertificateAuthority => {
                    (state.identity.ca().days_left(now) < RENEW_BEFORE_DAYS).then_some("authority-ends")
                }
                PartName::Onboarding => (state.db.waiting() > WRITES_WAIT).then_some("writes-wait"),
                PartName::LinkHosts => is_full(state).then_some("connections-full"),
                PartName::LogCollector => log_lost.then_some("log-lost"),
                PartName::BackgroundWork => {
                    state.backups.last().is_some_and(|it| it.error.is_some()).then_some("backup-failed")
                }
                PartName::Operations => None,
            };
            let health = if reason.is_some() { Health::Degraded } else { Health::Running };
            if (part.state, part.reason.as_deref()) != (health, reason) {
                (part.state, part.reason, part.since) = (health, reason.map(str::to_owned), now);
            }
        }
        let host = host_name().unwrap_or_else(|| "localhost".to_owned());
        let address = state.listening.get().map_or(state.config.listen, |it| it.main);
        Beat {
            id: self.id,
            name: state.config.node_name.clone().unwrap_or_else(|| host.clone()),
            host,
            address: url_of(address),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: self.started_at,
            parts: parts.known.clone(),
        }
    }
}

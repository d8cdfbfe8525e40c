//! Looking: each kind of condition in its own way. What may wait is bounded in time, and never waits on the thread of the
//! link.

mod certificate;
#[cfg(unix)]
mod disk;
pub(crate) mod log;
mod memory;
mod network;
mod program;
mod unit;

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::state::Seen;
use crate::{
    profile::{Condition, Look},
    program::{Said, run},
};

/// Programs that run at once.
const PROGRAMS: usize = 2;
/// Threads that read files at once: one that reads from a disk that hangs stays.
const READERS: usize = 4;
/// How long a file or a disk may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What looks share.
#[derive(Debug, Clone)]
pub(crate) struct Means {
    programs: Arc<Semaphore>,
    readers: Arc<Semaphore>,
}

impl Default for Means {
    fn default() -> Self {
        Self { programs: Arc::new(Semaphore::new(PROGRAMS)), readers: Arc::new(Semaphore::new(READERS)) }
    }
}

impl Means {
    /// Runs a program when it is its turn.
    async fn run(&self, argv: &[impl AsRef<str>], most: usize, patience: Duration) -> Result<Said, String> {
        let _turn = self.programs.acquire().await.map_err(|error| error.to_string())?;
        run(argv, most, patience).await
    }

    /// Reads what may hang, on a thread that goes when it has nothing to do.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let late = |_| format!("no answer within {} s", PATIENCE.as_secs());
        let turn = timeout(PATIENCE, self.readers.clone().acquire_owned()).await.map_err(late)?;
        let turn = turn.map_err(|error| error.to_string())?;
        let work = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        timeout(PATIENCE, work).await.map_err(late)?.map_err(|error| error.to_string())?
    }
}

/// Looks at services: those that are due at the same time, with one question where that is possible.
pub(crate) async fn units(conditions: &[Condition], means: &Means) -> Vec<Seen> {
    let wanted: Vec<(&str, bool)> = conditions
        .iter()
        .filter_map(|it| match &it.look {
            Look::Unit { name, optional } => Some((name.as_str(), *optional)),
            _ => None,
        })
        .collect();
    unit::look(&wanted, means).await
}

/// Looks at anything else. A log's memory of what was read comes in and goes out.
pub(crate) async fn look(
    condition: &Condition,
    log: Option<log::Memory>,
    means: &Means,
) -> (Seen, Option<log::Memory>) {
    let seen = match &condition.look {
        Look::Log { file, journal, pattern, within, .. } => {
            let (file, journal, pattern) = (file.clone(), journal.clone(), pattern.clone());
            let what = log::What { file, journal, pattern, within: *within, every: condition.every };
            let (seen, log) = log::look(what, log, means).await;
            return (seen, Some(log));
        }
        Look::Unit { .. } => units(std::slice::from_ref(condition), means).await.pop().unwrap_or_default(),
        #[cfg(unix)]
        Look::Disk { path, .. } => disk::look(path.clone(), means).await,
        #[cfg(not(unix))]
        Look::Disk { .. } => Seen::nothing("this cannot be looked at here"),
        Look::Memory { .. } => memory::look(),
        Look::Certificate { at, .. } => certificate::look(at, means).await,
        Look::Tcp { host, port } => network::tcp(host, *port).await,
        Look::Ping { host, .. } => network::ping(host, means).await,
        Look::Command { argv, plugin, timeout } => program::command(argv, *plugin, *timeout, means).await,
        Look::Items { argv, pattern, bad, optional, timeout } => {
            let seen = program::items(argv, pattern, bad, *timeout, means).await;
            // What is known stays as it was.
            if *optional { seen.without_alert_of_fault() } else { seen }
        }
        // The server's time comes by itself.
        Look::Clock { .. } => Seen::default(),
    };
    (seen, None)
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    let mut unit = 1_u64;
    for name in ["B", "kB", "MB", "GB", "TB"] {
        if bytes < unit * 1000 || name == "TB" {
            let whole = bytes / unit;
            let tenths = bytes % unit * 10 / unit;
            return if whole < 10 && unit > 1 { format!("{whole}.{tenths} {name}") } else { format!("{whole} {name}") };
        }
        unit *= 1000;
    }
    String::new()
}

/// Part of a whole, percent.
#[expect(clippy::cast_precision_loss, reason = "percent of bytes")]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1000.0 / whole as f64).round() / 10.0 }
}

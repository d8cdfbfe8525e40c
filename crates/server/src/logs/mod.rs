//! The server's own log, kept as files of JSON lines in `DIR/logs` beside what goes to standard error, so that it can be
//! read and searched in the console.

mod read;
#[cfg(test)]
mod tests;
mod write;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
};

use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use vigie_people::{platform::nodes::PartName, preferences::LogLevel};

use read::page;
pub use read::{LogError, LogLine, LogPage, LogQuery};
pub(crate) use write::Lines;

/// Lines that wait to be written; more are lost, and counted: the log keeps nobody waiting.
const WAITING: usize = 8192;
/// Searches at once: each reads files.
const SEARCHES: usize = 2;

/// How severe a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Of interest to whoever works on the program.
    Trace,
    /// What the server does to get there.
    Debug,
    /// What happens.
    Information,
    /// What may become a problem.
    Warning,
    /// What went wrong.
    Error,
}

/// Whose line it is: a part of the server, or a browser that told its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogPart {
    /// Console and API.
    Operations,
    /// Issues the server's certificate.
    CertificateAuthority,
    /// Agents' enrolment and inventories.
    Onboarding,
    /// The links of customers' systems.
    LinkHosts,
    /// The server's log.
    LogCollector,
    /// What the server does by itself.
    BackgroundWork,
    /// A console, in a browser.
    Browser,
}

impl LogPart {
    /// By where in the program a line comes from.
    fn of(target: &str) -> Self {
        let within =
            |module: &str| target.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        match () {
            () if within("vigie::browser") => Self::Browser,
            () if within("vigie_server::tls") => Self::CertificateAuthority,
            () if within("vigie_server::logs") || within("vigie_server::http::platform::logs") => Self::LogCollector,
            () if within("vigie_link")
                || within("vigie_mux")
                || within("vigie_server::join")
                || within("vigie_server::tunnel")
                || within("vigie_server::http::fleet::link_open")
                || within("vigie_server::http::fleet::link_enrol")
                || within("vigie_server::workers::links") =>
            {
                Self::LinkHosts
            }
            () if within("vigie_server::workers") || within("vigie_server::backup") => Self::BackgroundWork,
            () if within("vigie_server::http::agents") || within("vigie_assets") || within("vigie_wire") => {
                Self::Onboarding
            }
            () => Self::Operations,
        }
    }

    /// The part of the server; none: a browser.
    pub const fn of_server(self) -> Option<PartName> {
        Some(match self {
            Self::Operations => PartName::Operations,
            Self::CertificateAuthority => PartName::CertificateAuthority,
            Self::Onboarding => PartName::Onboarding,
            Self::LinkHosts => PartName::LinkHosts,
            Self::LogCollector => PartName::LogCollector,
            Self::BackgroundWork => PartName::BackgroundWork,
            Self::Browser => return None,
        })
    }
}

type SetLevel = Box<dyn Fn(&str) + Send + Sync>;

struct Inner {
    lines: SyncSender<Vec<u8>>,
    /// Until the writer takes it.
    queue: Mutex<Option<Receiver<Vec<u8>>>>,
    folder: OnceLock<PathBuf>,
    set_level: OnceLock<SetLevel>,
    days: AtomicU32,
    lost: AtomicU64,
    failures: AtomicU64,
    searches: Semaphore,
}

/// The log. Cheap to clone.
#[derive(Clone)]
pub struct Logs(Arc<Inner>);

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Logs(…)")
    }
}

impl Default for Logs {
    fn default() -> Self {
        let (lines, queue) = sync_channel(WAITING);
        Self(Arc::new(Inner {
            lines,
            queue: Mutex::new(Some(queue)),
            folder: OnceLock::new(),
            set_level: OnceLock::new(),
            days: AtomicU32::new(30),
            lost: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            searches: Semaphore::new(SEARCHES),
        }))
    }
}

impl Logs {
    /// Where its files are, or will be.
    pub fn folder(&self) -> Option<&Path> {
        self.0.folder.get().map(PathBuf::as_path)
    }

    /// Begins to write files under `data_dir/logs`: what waits, and what comes.
    pub fn open(&self, data_dir: &Path) {
        let folder = data_dir.join("logs");
        if self.0.folder.set(folder.clone()).is_err() {
            return;
        }
        let queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(queue) = queue {
            let files = write::Files::new(folder);
            let logs = self.clone();
            let started =
                std::thread::Builder::new().name("vigie-log".to_owned()).spawn(move || files.run(&queue, &logs));
            if let Err(error) = started {
                self.0.failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%error, "the log cannot be kept in files");
            }
        }
    }

    /// For how many days files are kept from now on.
    pub fn keep(&self, days: u32) {
        self.0.days.store(days, Ordering::Relaxed);
    }

    fn days(&self) -> u32 {
        self.0.days.load(Ordering::Relaxed)
    }

    /// Lines that were lost because too many came, and files that could not be written, since the start.
    pub fn troubles(&self) -> (u64, u64) {
        (self.0.lost.load(Ordering::Relaxed), self.0.failures.load(Ordering::Relaxed))
    }

    /// What tells more or less from now on.
    pub(crate) fn set_level_by(&self, set: impl Fn(&str) + Send + Sync + 'static) {
        let _ = self.0.set_level.set(Box::new(set));
    }

    /// Tells more or less from now on.
    pub fn set_level(&self, level: LogLevel) {
        if let Some(set) = self.0.set_level.get() {
            set(directives(level));
        }
    }

    /// A line, whole.
    fn take(&self, line: &[u8]) {
        let sent = (line.len() <= write::LONGEST).then(|| self.0.lines.try_send(line.to_vec()));
        // Who cannot be heard any more is no loss: the server ends, and standard error has the line.
        if matches!(sent, None | Some(Err(TrySendError::Full(_)))) {
            self.0.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A page of this node's log.
    pub async fn page(&self, query: LogQuery) -> Result<LogPage, LogError> {
        let Some(folder) = self.folder().map(Path::to_owned) else { return Ok(LogPage::default()) };
        let _turn = self.0.searches.acquire().await.map_err(std::io::Error::other)?;
        let read = tokio::task::spawn_blocking(move || page(&folder, &query));
        read.await.unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
    }
}

/// The preference in `tracing`'s words. Debug is of this program's own parts: libraries tell too much of what travels.
pub(crate) const fn directives(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Information => "info",
        LogLevel::Debug => {
            "info,vigie=debug,vigie_server=debug,vigie_people=debug,vigie_assets=debug,vigie_db=debug,vigie_wire=debug"
        }
    }
}

//! What a profile has looked at for alerts: conditions, each of a kind, with what holds when nobody says otherwise.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use regex_lite::Regex;
use vigie_wire::link::alert::{self, AlertType, Severity};

/// A condition of a profile.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Names it in its profile.
    pub key: String,
    /// For people; empty: clients name it by its kind and target.
    pub title: String,
    /// What it is about.
    pub alert_type: AlertType,
    /// How bad it is.
    pub severity: Severity,
    /// How long it must hold before it is an alert.
    pub hold: Duration,
    /// How often it is looked at.
    pub every: Duration,
    /// The key of the condition from which this one follows.
    pub parent: Option<String>,
    /// How it is looked at.
    pub look: Look,
}

/// How a condition is looked at.
#[derive(Debug, Clone)]
pub enum Look {
    /// Whether a service runs.
    Unit {
        /// systemd's unit, an init script, or the service's name in Windows.
        name: String,
        /// One that is not installed, or does not start by itself, is not missed.
        optional: bool,
    },
    /// How full file systems are.
    Disk {
        /// A folder of the one; none: every local one that can be written to.
        path: Option<PathBuf>,
        /// Percent used.
        above: f64,
        /// Percent used from which on it is critical.
        critical_above: Option<f64>,
    },
    /// How full the memory is.
    Memory {
        /// Percent that programs could not have.
        above: f64,
    },
    /// When a certificate ends.
    Certificate {
        /// Where it is.
        at: CertificateAt,
        /// How many days before.
        days: f64,
    },
    /// How often something stands in a log.
    Log {
        /// The file.
        file: Option<PathBuf>,
        /// The unit in systemd's journal; with a file, where that is not written.
        journal: Option<String>,
        /// What counts, in a line.
        pattern: Regex,
        /// How many times are too many.
        above: f64,
        /// In this time.
        within: Duration,
    },
    /// Whether a TCP port can be connected to.
    Tcp {
        /// Host.
        host: String,
        /// Port.
        port: u16,
    },
    /// What becomes of packets to a host and back.
    Ping {
        /// Host.
        host: String,
        /// Percent lost.
        loss_above: f64,
        /// Milliseconds by which the time of the way differs.
        jitter_above: Option<f64>,
    },
    /// What a program says.
    Command {
        /// The program and its arguments.
        argv: Vec<String>,
        /// By the conventions of monitoring plugins; otherwise every exit code but 0 is bad.
        plugin: bool,
        /// How long it may take.
        timeout: Duration,
    },
    /// What a program says of several things.
    Items {
        /// The program and its arguments.
        argv: Vec<String>,
        /// Finds each of them, with the groups `subject` and `state`.
        pattern: Regex,
        /// Fits a bad state.
        bad: Regex,
        /// A program that fails has nothing to say here; otherwise that is an alert.
        optional: bool,
        /// How long it may take.
        timeout: Duration,
    },
    /// By how much this machine's clock differs from the server's.
    Clock {
        /// Seconds.
        above: f64,
    },
}

/// Where a certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateAt {
    /// In a PEM file; the first one counts.
    File(PathBuf),
    /// Presented by a server.
    Server {
        /// Host to connect to.
        host: String,
        /// Port to connect to.
        port: u16,
        /// Whose certificate is asked for.
        name: String,
    },
}

impl Look {
    /// The kind's code.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unit { .. } => "unit",
            Self::Disk { .. } => "disk",
            Self::Memory { .. } => "memory",
            Self::Certificate { .. } => "certificate",
            Self::Log { .. } => "log",
            Self::Tcp { .. } => "tcp",
            Self::Ping { .. } => "ping",
            Self::Command { .. } => "command",
            Self::Items { .. } => "items",
            Self::Clock { .. } => "clock",
        }
    }

    /// What is looked at.
    pub fn target(&self) -> String {
        match self {
            Self::Unit { name, .. } => name.clone(),
            Self::Disk { path: Some(path), .. } | Self::Certificate { at: CertificateAt::File(path), .. } => {
                path.display().to_string()
            }
            Self::Disk { path: None, .. } => "*".to_owned(),
            Self::Memory { .. } | Self::Clock { .. } => String::new(),
            Self::Certificate { at: CertificateAt::Server { host, port, .. }, .. } | Self::Tcp { host, port } => {
                format!("{host}:{port}")
            }
            Self::Log { file, journal, .. } => {
                let file = file.as_ref().map(|path| path.display().to_string());
                [file, journal.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
            Self::Ping { host, .. } => host.clone(),
            Self::Command { argv, .. } | Self::Items { argv, .. } => argv.join(" "),
        }
    }

    /// What it is compared with, in the unit of the kind.
    pub const fn bound(&self) -> Option<f64> {
        match self {
            Self::Disk { above, .. }
            | Self::Memory { above }
            | Self::Log { above, .. }
            | Self::Clock { above }
            | Self::Certificate { days: above, .. }
            | Self::Ping { loss_above: above, .. } => Some(*above),
            Self::Unit { .. } | Self::Tcp { .. } | Self::Command { .. } | Self::Items { .. } => None,
        }
    }
}

impl Condition {
    /// As the server is told of it.
    pub fn told(&self) -> alert::Condition {
        let mut told = alert::Condition {
            key: self.key.clone(),
            kind: self.look.kind().to_owned(),
            title: self.title.clone(),
            target: self.look.target(),
            alert_type: self.alert_type,
            severity: self.severity,
            bound: self.look.bound(),
            hold: u32::try_from(self.hold.as_secs()).unwrap_or(u32::MAX),
        };
        told.clean();
        told
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.look.target();
        let (severity, about) = (self.severity.as_str(), self.alert_type.as_str());
        write!(f, "{}: {}", self.key, self.look.kind())?;
        if !target.is_empty() {
            write!(f, " {target}")?;
        }
        match &self.look {
            Look::Disk { above, critical_above, .. } => {
                write!(f, " above {above} %")?;
                critical_above.map_or(Ok(()), |it| write!(f, ", critical above {it} %"))?;
            }
            Look::Memory { above } => write!(f, " above {above} %")?,
            Look::Certificate { days, .. } => write!(f, " ends within {days} days")?,
            Look::Log { above, within, .. } => write!(f, " more than {above} within {}", Span(*within))?,
            Look::Ping { loss_above, jitter_above, .. } => {
                write!(f, " loses more than {loss_above} %")?;
                jitter_above.map_or(Ok(()), |it| write!(f, " or jitter above {it} ms"))?;
            }
            Look::Clock { above } => write!(f, " differs by more than {above} s")?,
            Look::Unit { optional: true, .. } | Look::Items { optional: true, .. } => write!(f, " if there is one")?,
            Look::Unit { .. } | Look::Tcp { .. } | Look::Command { .. } | Look::Items { .. } => {}
        }
        write!(f, "; {severity}, {about}, after {}, looked at every {}", Span(self.hold), Span(self.every))?;
        self.parent.as_ref().map_or(Ok(()), |parent| write!(f, ", follows from {parent}"))
    }
}

/// A time as manifests write it.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
        match units.into_iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit)) {
            Some((unit, letter)) => write!(f, "{}{letter}", seconds / unit),
            None => write!(f, "{seconds}s"),
        }
    }
}

/// All conditions of a profile as they were read once: another reading is another list.
#[derive(Debug, Clone, Default)]
pub struct Conditions(Arc<[Condition]>);

impl PartialEq for Conditions {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.is_empty() && other.0.is_empty())
    }
}

impl Eq for Conditions {}

impl From<Vec<Condition>> for Conditions {
    fn from(list: Vec<Condition>) -> Self {
        Self(list.into())
    }
}

impl std::ops::Deref for Conditions {
    type Target = [Condition];
    fn deref(&self) -> &[Condition] {
        &self.0
    }
}

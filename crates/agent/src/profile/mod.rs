//! What kind of system this is: a manifest that says what it is called, how to read its version, which services it has,
//! which web applications it offers, where the certificates go that the server issues, and what is looked at for alerts.
//! Users write their own; an error in one is told with line, column and key.

mod certificate;
pub mod cli;
mod condition;
mod keeper;
mod keys;
mod parse;
mod parse_condition;
mod version;

use std::{fmt, path::PathBuf, sync::Arc};

pub use certificate::{Certificate, Files};
pub use condition::{CertificateAt, Condition, Conditions, Look};
pub(crate) use keeper::keep;
pub use parse::parse;
pub use version::read_version;
use vigie_wire::link::application::Application;

/// Longest manifest, bytes.
pub const LONGEST: u64 = 256 << 10;

/// A manifest.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Names the kind of system: small letters, digits and hyphens.
    pub name: String,
    /// The same for people.
    pub title: String,
    /// What it is for.
    pub platform: Platform,
    /// How to read its version; none: it has none.
    pub version: Option<Version>,
    /// Services that belong to it.
    pub services: Vec<Service>,
    /// Web applications that it offers.
    pub applications: Arc<[Application]>,
    /// What is looked at for alerts.
    pub conditions: Conditions,
    /// Certificates that the server issues, while the owner has that switched on.
    pub certificates: Arc<[Certificate]>,
}

/// An operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
}

impl Platform {
    /// As it is written in a manifest, and as agents call themselves.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Windows => "windows",
        }
    }
}

/// How to read a version.
#[derive(Debug, Clone)]
pub struct Version {
    /// Where it is.
    pub source: Source,
    /// Its one group is the version; none: the first line that is not empty is.
    pub pattern: Option<regex_lite::Regex>,
}

/// Where a version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// What a program says: the program and its arguments, without a shell.
    Command(Vec<String>),
    /// In a file.
    File(PathBuf),
}

/// A service of the operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// systemd's unit, or the service's name in Windows.
    pub name: String,
    /// For people.
    pub title: String,
}

/// What of a profile the server is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// The profile's name; empty: there is none.
    pub name: String,
    /// The version that was read; empty: it is not known.
    pub version: String,
    /// What is looked at for alerts.
    pub conditions: Conditions,
    /// Web applications that it offers.
    pub applications: Arc<[Application]>,
    /// Certificates that the server issues.
    pub certificates: Arc<[Certificate]>,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {}", "name", self.name)?;
        writeln!(f, "{:<12} {}", "title", self.title)?;
        writeln!(f, "{:<12} {}", "platform", self.platform.as_str())?;
        if let Some(version) = &self.version {
            match &version.source {
                Source::Command(argv) => write!(f, "{:<12} what `{}` says", "version", argv.join(" "))?,
                Source::File(path) => write!(f, "{:<12} in {}", "version", path.display())?,
            }
            match &version.pattern {
                Some(pattern) => writeln!(f, ", by {pattern}")?,
                None => writeln!(f, ", first line")?,
            }
        }
        for service in &self.services {
            writeln!(f, "{:<12} {} ({})", "service", service.name, service.title)?;
        }
        for application in self.applications.iter() {
            writeln!(f, "{:<12} {} ({})", "application", application.url, application.title)?;
        }
        for certificate in self.certificates.iter() {
            writeln!(f, "{:<12} {certificate}", "certificate")?;
        }
        for condition in self.conditions.iter() {
            writeln!(f, "{:<12} {condition}", "condition")?;
        }
        Ok(())
    }
}

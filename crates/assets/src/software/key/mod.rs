//! Key software: programs that are watched for on every machine. A machine has each in a good version, in one that is too
//! old, or not at all.
//!
//! How a machine stands to the whole list is one short text, stored once however many machines share it, and the machine's
//! equipment has its number: *who has X too old* and *how many* are then questions that an index of the equipment answers,
//! within any scope. [`look`] finds it out in the background, some machines at a time: those whose software changed, and all
//! of them after the list did. `docs/adr/0013-key-software.md` tells what was weighed.

mod find;
mod manage;
mod matching;
mod states;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use vigie_kernel::{KeySoftwareId, Timestamp};

pub use find::{AT_ONCE, Looked, Looker, look};
pub use manage::{KeySoftwareError, MOST, change, create, delete, matches};
pub(crate) use states::{counts, having, of_profiles};
pub use states::{list, of_equipment};

/// Families of operating systems that a program can be watched for on.
pub const PLATFORMS: &[&str] = &["windows", "linux", "macos"];

/// How a machine stands to a key software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = KeySoftwareState))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There, and good.
    Present,
    /// There, but no version of it is good.
    Old,
    /// Not there.
    Absent,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Present, Self::Old, Self::Absent];

    /// The code in the database and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Old => "old",
            Self::Absent => "absent",
        }
    }

    /// The state of a code; none when there is no such state.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == code)
    }
}

/// Which machines a list is narrowed to: those that stand so to a key software. In an address `ks_…:old`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Wanted {
    /// Which key software.
    pub id: KeySoftwareId,
    /// How they stand to it.
    pub state: State,
}

impl TryFrom<String> for Wanted {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = text
            .split_once(':')
            .and_then(|(id, state)| Some(Self { id: id.parse().ok()?, state: State::from_code(state)? }));
        parsed.ok_or("key_software is an id, a colon, and present, old or absent")
    }
}

impl From<Wanted> for String {
    fn from(wanted: Wanted) -> Self {
        format!("{}:{}", wanted.id, wanted.state.as_str())
    }
}

/// What a key software is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KeySoftwareFields {
    /// What it is called here, unique, 1 to 100 characters.
    pub name: String,
    /// The program's name, whatever its case: words that occur in it, or with `*` for anything the whole name. 1 to 200
    /// characters.
    pub pattern: String,
    /// The publisher, in the same way; empty: whoever it is.
    #[serde(default)]
    pub publisher: String,
    /// `windows`, `linux` or `macos`: on machines of other systems it is not missed. Empty: on all.
    #[serde(default)]
    pub platform: String,
    /// The lowest version that is good, compared by the rules of where a version is known from. Empty: any is.
    #[serde(default)]
    pub lowest_version: String,
    /// For people, at most 2,000 characters.
    #[serde(default)]
    pub note: String,
    /// Of a change: what it was when it was read. Left out: whatever it is now.
    #[serde(default)]
    pub revision: Option<i64>,
}

/// How many machines stand in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = KeySoftwareCounts))]
pub struct Counts {
    /// That have it in a good version.
    pub present: i64,
    /// That have it too old.
    pub old: i64,
    /// That do not have it.
    pub absent: i64,
}

impl Counts {
    /// The count of a state.
    pub const fn of(&self, state: State) -> i64 {
        match state {
            State::Present => self.present,
            State::Old => self.old,
            State::Absent => self.absent,
        }
    }
}

/// A program that is watched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySoftware {
    /// Id.
    pub id: KeySoftwareId,
    /// What it is called here.
    pub name: String,
    /// The program's name.
    pub pattern: String,
    /// The publisher; empty: whoever it is.
    pub publisher: String,
    /// On which systems; empty: on all.
    pub platform: String,
    /// The lowest version that is good; empty: any is.
    pub lowest_version: String,
    /// For people.
    pub note: String,
    /// Equipment that the caller may see, by how it stands.
    pub machines: Counts,
    /// Changes with every change.
    pub revision: i64,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The list, and how far the counts follow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySoftwareList {
    /// By name.
    pub items: Vec<KeySoftware>,
    /// Machines that the caller may see whose state is still to be found, after a change of the list or of their software.
    pub waiting: i64,
}

/// How one machine stands to a key software.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySoftwareOfMachine {
    /// Id.
    pub id: KeySoftwareId,
    /// What it is called here.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// The program as the machine names it; empty where it is absent.
    pub title: String,
    /// Its version, the best of several.
    pub version: String,
    /// The lowest version that is good; empty: any is.
    pub lowest_version: String,
    /// For people.
    pub note: String,
}

/// What lists say of a machine's key software.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySoftwareSummary {
    /// How many are there and good.
    pub present: u32,
    /// The names of those that are too old.
    pub old: Vec<String>,
    /// The names of those that are not there.
    pub absent: Vec<String>,
}

/// A program on machines that a pattern means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySoftwareMatch {
    /// Its name.
    pub name: String,
    /// Its publisher.
    pub publisher: String,
}

//! Rolling a version out to agents: to a share of them, then to all; paused by people, and stopped by itself where the
//! version does not prove itself. An agent is told with the answer to a synchronisation ([`answer`]); what becomes of it is
//! what it reports, and what it does not ([`watch`]).

mod answer;
mod manage;
mod show;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use vigie_db::Database;
use vigie_kernel::{RolloutId, Timestamp};

pub use answer::{Heard, fetched, heard, may_fetch, watch};
pub use manage::{Changes, NewRollout, RolloutError, change, start};
pub use show::{AgentFilter, Behind, Counts, Rollout, RolloutAgent, agents, behind, list, one};

use crate::entity::rollout;

/// Share of the agents that tried a version, in hundredths, of which it stops when more of them fail.
pub const FAILING_PERCENT: u64 = 5;
/// Fewer failing agents than this stop nothing: one machine may have troubles of its own.
pub const FEWEST_FAILING: u64 = 2;
/// How long an agent that fetched a version may be silent, beyond the time in which it must report.
pub const SILENCE: Duration = Duration::from_hours(1);
/// How long another node may go by what was.
const SHARED_FRESH: Duration = Duration::from_secs(3);

/// How a roll-out stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutState))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Agents are offered the version.
    Running,
    /// Somebody paused it.
    Paused,
    /// It stopped by itself.
    Stopped,
    /// It is over.
    Ended,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Ended => "ended",
        }
    }

    fn from_code(code: &str) -> Self {
        [Self::Running, Self::Paused, Self::Stopped].into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Ended)
    }
}

/// What becomes of an agent that is offered a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutAgentState))]
#[serde(rename_all = "lowercase")]
pub enum AgentState {
    /// It was told.
    Offered,
    /// It fetched the version and is to report.
    Fetched,
    /// It reported with it.
    Updated,
    /// It says that the file is not what its releaser signed.
    Refused,
    /// It could not keep the file; it tries again.
    Failed,
    /// The version did not work there; the former one runs again.
    Reverted,
    /// It fetched the version and was not heard of again in time.
    Silent,
}

impl AgentState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Offered, Self::Fetched, Self::Updated, Self::Refused, Self::Failed, Self::Reverted, Self::Silent];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Fetched => "fetched",
            Self::Updated => "updated",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Reverted => "reverted",
            Self::Silent => "silent",
        }
    }

    fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Offered)
    }
}

/// A file of a version, for one kind of machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseFile {
    /// File name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Its minisign signature: the text of the file beside it.
    pub signature: String,
}

/// The files of a version by kind of machine, as [`vigie_wire::update::TARGETS`] names them.
pub type Files = BTreeMap<String, ReleaseFile>;

/// The roll-out that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    seq: i64,
    /// Its id.
    pub id: RolloutId,
    /// The version.
    pub version: String,
    /// How it stands.
    pub state: State,
    /// Hundredths of the agents that it is for.
    pub share: u8,
    spread_minutes: u32,
    report_within_minutes: u32,
    /// Its files.
    pub files: Files,
}

impl TryFrom<rollout::Model> for Open {
    type Error = DbErr;

    fn try_from(row: rollout::Model) -> Result<Self, DbErr> {
        let minutes = |it: i64| u32::try_from(it).unwrap_or(0);
        Ok(Self {
            seq: row.seq,
            id: row.id,
            state: State::from_code(&row.state),
            share: u8::try_from(row.share).unwrap_or(0),
            spread_minutes: minutes(row.spread_minutes),
            report_within_minutes: minutes(row.report_within_minutes),
            files: serde_json::from_str(&row.files).map_err(|error| DbErr::Json(error.to_string()))?,
            version: row.version,
        })
    }
}

/// The open roll-out, as every synchronisation asks for it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Cache(Arc<RwLock<Option<Seen>>>);

#[derive(Debug, Clone)]
struct Seen {
    at: Timestamp,
    open: Option<Arc<Open>>,
}

impl Cache {
    /// It, at most three seconds old.
    pub async fn get(&self, db: &Database, now: Timestamp) -> Result<Option<Arc<Open>>, DbErr> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(seen) = known
            && seen.at <= now
            && now.since(seen.at) < SHARED_FRESH
        {
            return Ok(seen.open);
        }
        let row = rollout::Entity::find().filter(rollout::Column::Open.eq(1)).one(db.reads()).await?;
        let open = row.map(Open::try_from).transpose()?.map(Arc::new);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Seen { at: now, open: open.clone() });
        Ok(open)
    }

    /// It changed on this node.
    pub fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

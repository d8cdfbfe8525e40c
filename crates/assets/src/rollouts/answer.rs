//! What agents are answered, and what is learnt from them.

use std::{cmp::Ordering, sync::Arc, time::Duration};

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use sha2::{Digest as _, Sha256};
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, AgentId, AuditEntry, RolloutId, Timestamp};
use vigie_wire::{
    sync::AgentStatus,
    update::{End, Offer, Report, target_of},
    version,
};

use super::{AgentState, FAILING_PERCENT, FEWEST_FAILING, Open, SILENCE, State};
use crate::{
    entity::{rollout, rollout_agent},
    sql,
};

/// What followed from what an agent said.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// What it is offered.
    pub offer: Option<Offer>,
    /// Whether something became known that is shown.
    pub news: bool,
    /// Whether it refused the version, which it had not said before.
    pub refused: bool,
}

impl Open {
    /// Whether an agent belongs to the share. It stays in it while the share grows; another version has another share.
    fn includes(&self, agent: AgentId) -> bool {
        let digest = Sha256::new().chain_update(self.version.as_bytes()).chain_update(agent.0.as_bytes()).finalize();
        let place = u64::from_be_bytes(std::array::from_fn(|at| digest[at]));
        place % 10_000 < u64::from(self.share) * 100
    }

    fn offer(&self, platform: &str) -> Option<Offer> {
        let file = self.files.get(target_of(platform)?)?;
        Some(Offer {
            version: self.version.clone(),
            size: file.size,
            signature: file.signature.clone(),
            spread_seconds: self.spread_minutes * 60,
            report_within_seconds: self.report_within_minutes * 60,
        })
    }

    fn is_newer_than(&self, version: &str) -> bool {
        version::compare(None, &self.version, version) == Ordering::Greater
    }
}

/// An agent synchronised: what it is answered.
pub async fn heard(
    db: &Database,
    open: &Arc<Open>,
    agent: AgentId,
    status: &AgentStatus,
    now: Timestamp,
) -> Result<Heard, DbErr> {
    let found = rollout_agent::Entity::find_by_id((open.seq, agent)).one(db.reads()).await?;
    let before = found.as_ref().map(|row| AgentState::from_code(&row.state));
    let report = status.update.as_ref().filter(|report| report.version == open.version);
    let older = open.is_newer_than(&status.version);
    let after = match (before, report) {
        (Some(_), _) if !older => Some(AgentState::Updated),
        (Some(_), Some(Report { end: End::Refused, .. })) => Some(AgentState::Refused),
        (Some(_), Some(Report { end: End::Reverted, .. })) => Some(AgentState::Reverted),
        (Some(_), Some(Report { end: End::Failed, .. })) => Some(AgentState::Failed),
        // It came back without a word: the version never ran there.
        (Some(AgentState::Silent | AgentState::Updated), None) => Some(AgentState::Offered),
        (other, _) => other,
    };
    let willing = !matches!(after, Some(AgentState::Refused | AgentState::Reverted));
    let offer = (older && willing && open.state == State::Running && open.includes(agent))
        .then(|| open.offer(&status.platform))
        .flatten();
    let after = after.or(offer.as_ref().map(|_| AgentState::Offered));
    let words = report.map(|report| report.words.clone()).unwrap_or_default();
    let changed = match (&found, after) {
        (Some(row), Some(after)) => AgentState::from_code(&row.state) != after || row.words != words,
        (None, Some(_)) => true,
        _ => false,
    };
    if let Some(after) = after.filter(|_| changed) {
        let seq = open.seq;
        db.write(move |tx| Box::pin(async move { set(tx, seq, agent, after, words, now).await })).await?;
    }
    let refused = changed && after == Some(AgentState::Refused);
    Ok(Heard { offer, news: changed, refused })
}

async fn set(tx: &Tx, seq: i64, agent: AgentId, state: AgentState, words: String, now: Timestamp) -> Result<(), DbErr> {
    let ended = (!matches!(state, AgentState::Offered | AgentState::Fetched)).then_some(now);
    let text = "INSERT INTO rollout_agent (rollout_seq, agent_id, state, words, offered_at, ended_at) \
                VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (rollout_seq, agent_id) \
                DO UPDATE SET state = excluded.state, words = excluded.words, ended_at = excluded.ended_at";
    let values = vec![seq.into(), agent.into(), state.as_str().into(), words.into(), now.into(), ended.into()];
    sql::execute(tx, text, values).await?;
    Ok(())
}

/// Whether an agent may fetch the version: it was offered to it, and is offered now.
pub async fn may_fetch(db: &Database, open: &Open, agent: AgentId) -> Result<bool, DbErr> {
    if open.state != State::Running {
        return Ok(false);
    }
    let found = rollout_agent::Entity::find_by_id((open.seq, agent)).one(db.reads()).await?;
    Ok(found.is_some_and(|row| AgentState::from_code(&row.state) != AgentState::Updated))
}

/// An agent has fetched the version to its last byte: from now on it is waited for. False: it had it already.
pub async fn fetched(db: &Database, open: &Open, agent: AgentId, now: Timestamp) -> Result<bool, DbErr> {
    let seq = open.seq;
    db.write(move |tx| {
        Box::pin(async move {
            let text = "UPDATE rollout_agent SET state = 'fetched', words = '', fetched_at = $1, ended_at = NULL \
                        WHERE rollout_seq = $2 AND agent_id = $3 AND state <> 'updated'";
            let done = sql::execute(tx, text, vec![now.into(), seq.into(), agent.into()]).await?;
            Ok(done.rows_affected() > 0)
        })
    })
    .await
}

/// Looks whether agents that fetched the version are silent, and whether it must stop. Answers the version and why when it
/// stopped now: `refused` or `failing`. Part of the transaction of whoever tells people.
pub async fn watch(tx: &Tx, act: &Act) -> Result<Option<(String, &'static str)>, DbErr> {
    let open = rollout::Column::Open.eq(1);
    let running = rollout::Entity::find().filter(open).filter(rollout::Column::State.eq(State::Running.as_str()));
    let Some(row) = running.one(tx).await? else { return Ok(None) };
    let minutes = u64::try_from(row.report_within_minutes).unwrap_or(0);
    let last = act.at.minus(Duration::from_secs(minutes * 60) + SILENCE);
    let text = "UPDATE rollout_agent SET state = 'silent', ended_at = $1 \
                WHERE rollout_seq = $2 AND state = 'fetched' AND fetched_at < $3";
    sql::execute(tx, text, vec![act.at.into(), row.seq.into(), last.into()]).await?;
    let tried = Tried::of(tx, row.seq).await?.beyond(row.forgiven_failing, row.forgiven_tried);
    let Some(reason) = tried.verdict() else { return Ok(None) };
    let text = "UPDATE rollout SET state = 'stopped', stopped_by = $1, changed_at = $2 WHERE seq = $3";
    sql::execute(tx, text, vec![reason.into(), act.at.into(), row.seq.into()]).await?;
    say(tx, act, "rollout.stop", row.id, &row.version, &serde_json::json!({ "reason": reason }));
    Ok(Some((row.version, reason)))
}

pub(super) fn say(tx: &Tx, act: &Act, action: &'static str, id: RolloutId, version: &str, detail: &serde_json::Value) {
    let entry = AuditEntry::new(act.at, &act.actor, action, "rollout").object(id, version).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
}

/// How a version did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tried {
    pub(super) all: u64,
    pub(super) failing: u64,
    refused: u64,
}

impl Tried {
    pub(super) async fn of(tx: &Tx, seq: i64) -> Result<Self, DbErr> {
        let text = "SELECT state, COUNT(*) AS n FROM rollout_agent WHERE rollout_seq = $1 GROUP BY state";
        let mut found = Self { all: 0, failing: 0, refused: 0 };
        for row in sql::rows(tx, text, vec![seq.into()]).await? {
            let state = AgentState::from_code(&row.try_get::<String>("", "state")?);
            let count = u64::try_from(row.try_get::<i64>("", "n")?).unwrap_or(0);
            match state {
                AgentState::Offered | AgentState::Failed => continue,
                AgentState::Refused => found.refused += count,
                AgentState::Reverted | AgentState::Silent => found.failing += count,
                AgentState::Fetched | AgentState::Updated => {}
            }
            found.all += count;
        }
        found.failing += found.refused;
        Ok(found)
    }

    /// Without those for whom somebody had it go on all the same.
    fn beyond(self, failing: i64, tried: i64) -> Self {
        let (failing, tried) = (u64::try_from(failing).unwrap_or(0), u64::try_from(tried).unwrap_or(0));
        Self {
            failing: self.failing.saturating_sub(failing),
            all: self.all.saturating_sub(tried),
            refused: if failing >= self.failing { 0 } else { self.refused },
        }
    }

    fn verdict(self) -> Option<&'static str> {
        if self.refused > 0 {
            return Some("refused");
        }
        let many = self.failing >= FEWEST_FAILING && self.failing * 100 > self.all * FAILING_PERCENT;
        many.then_some("failing")
    }
}

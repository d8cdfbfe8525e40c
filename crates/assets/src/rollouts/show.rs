//! What people see of roll-outs.

use std::{cmp::Ordering, collections::HashMap};

use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use vigie_db::{
    Database,
    paging::{Key, Listed, Page, Place, RowId, count, page as cut},
};
use vigie_kernel::{AgentId, Granted, RolloutId, Timestamp};
use vigie_wire::{update::target_of, version};

use super::{AgentState, Files, State};
use crate::{
    entity::{agent, rollout, rollout_agent},
    sql,
};

/// A roll-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rollout {
    /// Id.
    pub id: RolloutId,
    /// The version.
    pub version: String,
    /// How it stands.
    pub state: State,
    /// Why it stopped by itself: `refused` (an agent says that the file is not what its releaser signed) or `failing`
    /// (too many agents did not report with it); null: it did not.
    pub stopped_by: Option<String>,
    /// Hundredths of the agents that it is for.
    pub share: u8,
    /// Minutes over which agents spread their downloads.
    pub spread_minutes: u32,
    /// Minutes after which a version that did not report is given up.
    pub report_within_minutes: u32,
    /// The kinds of machines that it is for.
    pub targets: Vec<String>,
    /// What became of the agents so far.
    pub counts: Counts,
    /// Who started it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// What became of agents, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutCounts))]
pub struct Counts {
    /// Were told, and have not fetched it.
    pub offered: u64,
    /// Have fetched it, and are to report.
    pub fetched: u64,
    /// Reported with it.
    pub updated: u64,
    /// Refused it.
    pub refused: u64,
    /// Could not keep it.
    pub failed: u64,
    /// Came back to the former version.
    pub reverted: u64,
    /// Were not heard of again.
    pub silent: u64,
}

impl Counts {
    fn of(&mut self, state: AgentState) -> &mut u64 {
        match state {
            AgentState::Offered => &mut self.offered,
            AgentState::Fetched => &mut self.fetched,
            AgentState::Updated => &mut self.updated,
            AgentState::Refused => &mut self.refused,
            AgentState::Failed => &mut self.failed,
            AgentState::Reverted => &mut self.reverted,
            AgentState::Silent => &mut self.silent,
        }
    }
}

/// Agents that a version would be newer for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AgentsBehind))]
pub struct Behind {
    /// Native agents that are older.
    pub older: u64,
    /// Native agents that have it, or a newer one.
    pub up_to_date: u64,
}

async fn views(db: &Database, rows: Vec<rollout::Model>) -> Result<Vec<Rollout>, DbErr> {
    let mut counts: HashMap<i64, Counts> = HashMap::new();
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    let counted: Vec<(i64, i64, String)> = rollout_agent::Entity::find()
        .select_only()
        .column_as(rollout_agent::Column::AgentId.count(), "a_count")
        .column_as(rollout_agent::Column::RolloutSeq, "b_seq")
        .column_as(rollout_agent::Column::State, "c_state")
        .filter(rollout_agent::Column::RolloutSeq.is_in(seqs))
        .group_by(rollout_agent::Column::RolloutSeq)
        .group_by(rollout_agent::Column::State)
        .into_tuple()
        .all(db.reads())
        .await?;
    for (number, seq, state) in counted {
        *counts.entry(seq).or_default().of(AgentState::from_code(&state)) = u64::try_from(number).unwrap_or(0);
    }
    Ok(rows.into_iter().map(|row| view(&row, counts.remove(&row.seq).unwrap_or_default())).collect())
}

fn view(row: &rollout::Model, counts: Counts) -> Rollout {
    let minutes = |it: i64| u32::try_from(it).unwrap_or(0);
    let files: Files = serde_json::from_str(&row.files).unwrap_or_default();
    Rollout {
        id: row.id,
        version: row.version.clone(),
        state: State::from_code(&row.state),
        stopped_by: (!row.stopped_by.is_empty()).then(|| row.stopped_by.clone()),
        share: u8::try_from(row.share).unwrap_or(0),
        spread_minutes: minutes(row.spread_minutes),
        report_within_minutes: minutes(row.report_within_minutes),
        targets: files.into_keys().collect(),
        counts,
        created_by: row.created_by.clone(),
        created_at: row.created_at,
        changed_at: row.changed_at,
    }
}

/// Roll-outs, newest first.
pub async fn list(db: &Database, _granted: Granted, page: &Page) -> Result<Listed<Rollout>, DbErr> {
    use rollout::{Column, Entity};
    let rows = cut(Entity::find(), Expr::col(Column::CreatedAt), Expr::col(Column::Id), page).all(db.reads()).await?;
    let total = count(db, Entity::find(), true).await?;
    let place = |row: &rollout::Model| Place { key: Key::Number(row.created_at.millis()), id: RowId::Uuid(row.id.0) };
    let Listed { items, next, total } = Listed::cut(rows, page, total, place);
    Ok(Listed { items: views(db, items).await?, next, total })
}

/// One of them.
pub async fn one(db: &Database, _granted: Granted, id: RolloutId) -> Result<Option<Rollout>, DbErr> {
    let row = rollout::Entity::find().filter(rollout::Column::Id.eq(id)).one(db.reads()).await?;
    Ok(views(db, row.into_iter().collect()).await?.pop())
}

/// How many agents a version is newer for, of the kinds of machines that it is for.
pub async fn behind(db: &Database, _granted: Granted, wanted: &str, targets: &[String]) -> Result<Behind, DbErr> {
    let text = "SELECT version, platform, COUNT(*) AS n FROM agent WHERE kind = 'vigie' AND revoked_at IS NULL \
                GROUP BY version, platform";
    let mut found = Behind::default();
    for row in sql::rows(db.reads(), text, vec![]).await? {
        let (version, platform): (String, String) = (row.try_get("", "version")?, row.try_get("", "platform")?);
        let number = u64::try_from(row.try_get::<i64>("", "n")?).unwrap_or(0);
        if !target_of(&platform).is_some_and(|target| targets.iter().any(|it| it == target)) {
            continue;
        }
        match version::compare(None, &version, wanted) {
            Ordering::Less => found.older += number,
            _ => found.up_to_date += number,
        }
    }
    Ok(found)
}

/// Which agents of a roll-out are wanted.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct AgentFilter {
    /// What became of them.
    #[serde(default)]
    pub state: Option<AgentState>,
}

/// An agent of a roll-out.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RolloutAgent {
    /// The agent.
    pub agent_id: AgentId,
    /// Its machine's name.
    pub name: String,
    /// The version that it last reported with.
    pub version: String,
    /// `linux` or `windows`.
    pub platform: String,
    /// What became of it.
    pub state: AgentState,
    /// What it says of that.
    pub words: String,
    /// When it was told.
    pub offered_at: Timestamp,
    /// When it last fetched the version.
    pub fetched_at: Option<Timestamp>,
    /// When it ended, well or badly.
    pub ended_at: Option<Timestamp>,
}

/// The agents of a roll-out; none: there is no such one.
pub async fn agents(
    db: &Database,
    _granted: Granted,
    id: RolloutId,
    filter: &AgentFilter,
    page: &Page,
) -> Result<Option<Listed<RolloutAgent>>, DbErr> {
    use rollout_agent::{Column, Entity};
    let Some(of) = rollout::Entity::find().filter(rollout::Column::Id.eq(id)).one(db.reads()).await? else {
        return Ok(None);
    };
    let mut condition = Condition::all().add(Column::RolloutSeq.eq(of.seq));
    if let Some(state) = filter.state {
        condition = condition.add(Column::State.eq(state.as_str()));
    }
    let select = Entity::find().filter(condition);
    let rows =
        cut(select.clone(), Expr::col(Column::OfferedAt), Expr::col(Column::AgentId), page).all(db.reads()).await?;
    let total = count(db, select, false).await?;
    let place = |row: &rollout_agent::Model| Place {
        key: Key::Number(row.offered_at.millis()),
        id: RowId::Uuid(row.agent_id.0),
    };
    let listed = Listed::cut(rows, page, total, place);
    let known: HashMap<AgentId, agent::Model> = agent::Entity::find()
        .filter(agent::Column::Id.is_in(listed.items.iter().map(|row| row.agent_id)))
        .all(db.reads())
        .await?
        .into_iter()
        .map(|agent| (agent.id, agent))
        .collect();
    Ok(Some(listed.map(|row| {
        let agent = known.get(&row.agent_id);
        let text = |of: fn(&agent::Model) -> &String| agent.map(of).cloned().unwrap_or_default();
        RolloutAgent {
            agent_id: row.agent_id,
            name: text(|it| &it.name),
            version: text(|it| &it.version),
            platform: text(|it| &it.platform),
            state: AgentState::from_code(&row.state),
            words: row.words,
            offered_at: row.offered_at,
            fetched_at: row.fetched_at,
            ended_at: row.ended_at,
        }
    })))
}

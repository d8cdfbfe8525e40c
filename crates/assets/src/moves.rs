//! Agents on their way to another portal: who was told of it, how its tests ended, who has moved, and who is left behind.
//!
//! Of the configuration itself nothing is known here but its number. An agent has moved when it says so, or when it signs in
//! with what belongs to the configuration. Counted are native agents whose key was not revoked, and whose equipment, if they
//! have any, is neither retired nor deleted: others will not come back.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
};
use vigie_db::Database;
use vigie_kernel::{AgentId, Timestamp};
use vigie_wire::portal::{PortalReport, PortalState};

use crate::{
    agents::AgentKind,
    entity::{agent, agent_move as row, equipment, inventory},
    sql,
};

/// How far an agent has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MoveState {
    /// It was not heard of since the configuration was announced.
    Untold,
    /// It was told, and has not said how its test ended.
    Told,
    /// Its last test failed; it goes on as before, and tries again.
    Failed,
    /// It uses the new configuration.
    Moved,
}

impl MoveState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Untold => "untold",
            Self::Told => "told",
            Self::Failed => "failed",
            Self::Moved => "moved",
        }
    }

    fn from_code(code: &str) -> Self {
        [Self::Told, Self::Failed, Self::Moved].into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Untold)
    }
}

/// Which agents of a move are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MoveFilter {
    /// Those that use the new configuration.
    Moved,
    /// Those that do not.
    Left,
    /// Those of them whose last test failed.
    Failed,
}

/// How far one agent has come with the configuration that is announced.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentMove {
    /// How far.
    pub state: MoveState,
    /// When it was told.
    pub told_at: Option<Timestamp>,
    /// When it last said how its test ended.
    pub reported_at: Option<Timestamp>,
    /// The step at which the test ended, such as `certificate`.
    pub step: Option<String>,
    /// Why, in the agent's words.
    pub words: Option<String>,
    /// When it moved.
    pub moved_at: Option<Timestamp>,
}

impl AgentMove {
    /// Of an agent that was not told yet.
    pub(crate) const UNTOLD: Self =
        Self { state: MoveState::Untold, told_at: None, reported_at: None, step: None, words: None, moved_at: None };
}

impl From<row::Model> for AgentMove {
    fn from(row: row::Model) -> Self {
        let text = |text: String| Some(text).filter(|it| !it.is_empty());
        Self {
            state: MoveState::from_code(&row.state),
            told_at: Some(row.told_at),
            reported_at: row.reported_at,
            step: text(row.step),
            words: text(row.words),
            moved_at: row.moved_at,
        }
    }
}

/// How many agents have come how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AgentMoveCounts))]
pub struct Counts {
    /// Those that use the new configuration.
    pub moved: u64,
    /// Those that do not.
    pub left_behind: u64,
    /// Of those left behind, the ones that were told.
    pub told: u64,
    /// Of those that were told, the ones whose last test failed.
    pub failed: u64,
    /// Of those left behind, the ones that were not heard of for longer than an agent that runs is silent.
    pub silent: u64,
}

/// Agents that do not come back: `i.agent_id` of retired and deleted equipment.
const GONE: &str = "SELECT i.agent_id FROM inventory i JOIN equipment e ON e.id = i.equipment_id \
                    WHERE e.status = 'retired' OR e.deleted_at IS NOT NULL";

/// Counts the agents of a move. Those whose last contact was before `silent_before` count as silent.
pub async fn counts(db: &Database, revision: i64, silent_before: Timestamp) -> Result<Counts, DbErr> {
    let text = format!(
        "SELECT COALESCE(m.state, 'untold') AS state, a.last_contact_at < $2 AS silent, COUNT(*) AS n \
         FROM agent a LEFT JOIN agent_move m ON m.agent_id = a.id AND m.revision = $1 \
         WHERE a.kind = 'vigie' AND a.revoked_at IS NULL AND a.id NOT IN ({GONE}) GROUP BY 1, 2"
    );
    let mut counts = Counts::default();
    for row in sql::rows(db.reads(), &text, vec![revision.into(), silent_before.into()]).await? {
        let state = MoveState::from_code(&row.try_get::<String>("", "state")?);
        let count = u64::try_from(row.try_get::<i64>("", "n")?).unwrap_or(0);
        if state == MoveState::Moved {
            counts.moved += count;
            continue;
        }
        counts.left_behind += count;
        counts.told += if state == MoveState::Untold { 0 } else { count };
        counts.failed += if state == MoveState::Failed { count } else { 0 };
        counts.silent += if row.try_get::<bool>("", "silent")? { count } else { 0 };
    }
    Ok(counts)
}

/// The agents of a move that are wanted, as a condition on `agent`; they are among those that [`counts`] counts.
pub(crate) fn wanted(filter: MoveFilter, revision: i64) -> Condition {
    let of = |state: MoveState| {
        row::Entity::find()
            .select_only()
            .column(row::Column::AgentId)
            .filter(row::Column::Revision.eq(revision))
            .filter(row::Column::State.eq(state.as_str()))
            .into_query()
    };
    let gone =
        Condition::any().add(equipment::Column::Status.eq("retired")).add(equipment::Column::DeletedAt.is_not_null());
    let gone = equipment::Entity::find().select_only().column(equipment::Column::Id).filter(gone).into_query();
    let gone = inventory::Entity::find()
        .select_only()
        .column(inventory::Column::AgentId)
        .filter(inventory::Column::EquipmentId.in_subquery(gone))
        .into_query();
    let state = match filter {
        MoveFilter::Moved => agent::Column::Id.in_subquery(of(MoveState::Moved)),
        MoveFilter::Left => agent::Column::Id.not_in_subquery(of(MoveState::Moved)),
        MoveFilter::Failed => agent::Column::Id.in_subquery(of(MoveState::Failed)),
    };
    Condition::all()
        .add(agent::Column::Kind.eq(AgentKind::Vigie.as_str()))
        .add(agent::Column::RevokedAt.is_null())
        .add(agent::Column::Id.not_in_subquery(gone))
        .add(state)
}

/// How far each of these agents has come.
pub(crate) async fn of_agents(
    db: &Database,
    revision: i64,
    agents: impl Iterator<Item = AgentId>,
) -> Result<HashMap<AgentId, AgentMove>, DbErr> {
    let rows =
        row::Entity::find().filter(row::Column::Revision.eq(revision)).filter(row::Column::AgentId.is_in(agents));
    Ok(rows.all(db.reads()).await?.into_iter().map(|row| (row.agent_id, row.into())).collect())
}

/// What one synchronisation or farewell shows of an agent's move.
#[derive(Debug, Clone)]
pub enum Sign {
    /// It signed in with what belongs to the configuration, or said that it moved.
    Moved,
    /// It still uses another, was told of this one, and says perhaps how its test of it ended.
    Told(Option<PortalReport>),
}

/// Takes note of a sign, writing only what is new. Answers whether anything was.
pub async fn note(db: &Database, agent: AgentId, revision: i64, sign: Sign, now: Timestamp) -> Result<bool, DbErr> {
    let before = row::Entity::find_by_id(agent).one(db.reads()).await?.filter(|row| row.revision == revision);
    let after = after(before.as_ref(), agent, revision, sign, now);
    if before.as_ref().is_some_and(|before| same(before, &after)) {
        return Ok(false);
    }
    db.write(move |tx| {
        Box::pin(async move {
            let text = "INSERT INTO agent_move (agent_id, revision, state, step, words, told_at, reported_at, moved_at) \
                        SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM agent WHERE id = $1 \
                        ON CONFLICT (agent_id) DO UPDATE SET revision = excluded.revision, state = excluded.state, \
                        step = excluded.step, words = excluded.words, told_at = excluded.told_at, \
                        reported_at = excluded.reported_at, moved_at = excluded.moved_at";
            let values = vec![
                after.agent_id.into(),
                after.revision.into(),
                after.state.into(),
                after.step.into(),
                after.words.into(),
                after.told_at.into(),
                after.reported_at.into(),
                after.moved_at.into(),
            ];
            sql::execute(tx, text, values).await?;
            Ok::<_, DbErr>(())
        })
    })
    .await?;
    Ok(true)
}

fn after(before: Option<&row::Model>, agent_id: AgentId, revision: i64, sign: Sign, now: Timestamp) -> row::Model {
    let told_at = before.map_or(now, |row| row.told_at);
    let mut after = row::Model {
        agent_id,
        revision,
        state: MoveState::Told.as_str().to_owned(),
        step: String::new(),
        words: String::new(),
        told_at,
        reported_at: None,
        moved_at: None,
    };
    match sign {
        Sign::Moved => {
            MoveState::Moved.as_str().clone_into(&mut after.state);
            after.moved_at = before.and_then(|row| row.moved_at).or(Some(now));
            after.reported_at = after.moved_at;
        }
        // An agent that had moved and says so no more came back: what it reports holds.
        Sign::Told(report) => {
            if let Some(report) = report.filter(|it| it.revision == revision).map(PortalReport::bounded) {
                after.reported_at = Some(now);
                if report.state == PortalState::Failed {
                    MoveState::Failed.as_str().clone_into(&mut after.state);
                    after.step = report.step.unwrap_or_default();
                    after.words = report.words.unwrap_or_default();
                }
            }
        }
    }
    after
}

/// A report that says the same again is no news.
fn same(before: &row::Model, after: &row::Model) -> bool {
    let reported_at = before.reported_at.filter(|_| after.reported_at.is_some());
    *before == row::Model { reported_at: reported_at.or(after.reported_at), ..after.clone() }
}

#[cfg(test)]
mod tests {
    use vigie_db::{on_both_engines, paging::Page};
    use vigie_kernel::{InventoryId, Timestamp};
    use vigie_wire::portal::{PortalReport, PortalState};

    use super::*;
    use crate::{
        agents::{Filter, list},
        equipment::change::Fields,
        pending,
        testing::{NEVER, TestAgent, act, at, edit, hierarchy, see},
    };

    const LONG_AGO: Timestamp = Timestamp::from_millis(0);

    fn failed(revision: i64, step: &str) -> Sign {
        let words = Some("unknown issuer".to_owned());
        Sign::Told(Some(PortalReport { revision, state: PortalState::Failed, step: Some(step.to_owned()), words }))
    }

    async fn names(db: &Database, moving: Option<MoveFilter>, announced: Option<i64>) -> Vec<String> {
        let filter = Filter { moving, ..Filter::default() };
        let listed = list(db, &see(), &filter, announced, &Page::default()).await.unwrap();
        assert_eq!(listed.total.count, u64::try_from(listed.items.len()).unwrap());
        listed.items.into_iter().map(|agent| agent.name).collect()
    }

    on_both_engines! {
        async fn agents_are_counted_and_listed_by_how_far_they_have_come(test: TestDatabase) {
            let db = &test.db;
            hierarchy(db).await;
            let mut agents = Vec::new();
            let mut last = None;
            for number in 1..=5 {
                let mut agent = TestAgent::enrol(&test, number, number).await;
                last = Some(agent.sync(1).await.inventory_id);
                agents.push(agent.id);
            }
            retire(db, last.unwrap()).await;
            note(db, agents[0], 1, Sign::Told(None), at(2)).await.unwrap();
            assert!(note(db, agents[0], 1, Sign::Moved, at(3)).await.unwrap());
            assert!(!note(db, agents[0], 1, Sign::Moved, at(4)).await.unwrap(), "said once more");
            assert!(note(db, agents[1], 1, failed(1, "certificate"), at(2)).await.unwrap());
            assert!(!note(db, agents[1], 1, failed(1, "certificate"), at(9)).await.unwrap(), "nothing new");
            assert!(note(db, agents[1], 1, failed(1, "sign-in"), at(9)).await.unwrap());
            note(db, agents[2], 1, failed(7, "name"), at(2)).await.unwrap();

            let found = counts(db, 1, LONG_AGO).await.unwrap();
            assert_eq!(found, Counts { moved: 1, left_behind: 3, told: 2, failed: 1, silent: 0 });
            assert_eq!(counts(db, 1, at(9)).await.unwrap().silent, 3);
            assert_eq!(counts(db, 2, LONG_AGO).await.unwrap().left_behind, 4, "another configuration begins anew");

            let found = names(db, Some(MoveFilter::Left), Some(1)).await;
            assert_eq!(found, ["host2", "host3", "host4"]);
            assert_eq!(names(db, Some(MoveFilter::Moved), Some(1)).await, ["host1"]);
            assert_eq!(names(db, Some(MoveFilter::Failed), Some(1)).await, ["host2"]);
            assert!(names(db, Some(MoveFilter::Left), None).await.is_empty());
            assert_eq!(names(db, None, None).await.len(), 5);

            let filter = Filter { q: Some("host2".into()), ..Filter::default() };
            let listed = list(db, &see(), &filter, Some(1), &Page::default()).await.unwrap();
            let shown = listed.items[0].moving.clone().unwrap();
            assert_eq!((shown.state, shown.step.as_deref()), (MoveState::Failed, Some("sign-in")));
            assert_eq!((shown.told_at, shown.reported_at), (Some(at(2)), Some(at(9))));
            assert_eq!(shown.words.as_deref(), Some("unknown issuer"));
        }

        async fn an_agent_that_came_back_is_left_behind_again(test: TestDatabase) {
            hierarchy(&test.db).await;
            let agent = TestAgent::enrol(&test, 1, 1).await.id;
            note(&test.db, agent, 4, Sign::Moved, at(1)).await.unwrap();
            assert_eq!(counts(&test.db, 4, LONG_AGO).await.unwrap().moved, 1);
            note(&test.db, agent, 4, failed(4, "answer"), at(2)).await.unwrap();
            let found = counts(&test.db, 4, LONG_AGO).await.unwrap();
            assert_eq!((found.moved, found.left_behind, found.failed), (0, 1, 1));
        }
    }

    async fn retire(db: &Database, machine: InventoryId) {
        let made = pending::create(db, edit(), act(2), machine, Fields::default(), NEVER).await.unwrap();
        db.write(move |tx| {
            Box::pin(async move {
                let text = "UPDATE equipment SET status = 'retired' WHERE id = $1";
                sql::execute(tx, text, vec![made.item.id.into()]).await?;
                Ok::<_, DbErr>(())
            })
        })
        .await
        .unwrap();
    }
}

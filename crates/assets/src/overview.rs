//! The figures of the first page. Each is the size of a list that can be opened.

use sea_orm::{DbErr, Value};
use serde::Serialize;
use vigie_db::{Database, owners};
use vigie_kernel::{Granted, Scope};

use crate::{equipment::Staleness, sql};

/// How many of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Count {
    /// The kind; empty: not known.
    pub key: String,
    /// How many.
    pub count: i64,
}

/// How many agents of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentCount {
    /// Kind of agent.
    pub kind: String,
    /// Version.
    pub version: String,
    /// How many.
    pub count: i64,
}

/// Figures of the equipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EquipmentFigures {
    /// All that is not deleted.
    pub total: i64,
    /// By type.
    pub by_type: Vec<Count>,
    /// By family of the operating system.
    pub by_os: Vec<Count>,
}

/// The figures of the first page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overview {
    /// Figures of the equipment.
    pub equipment: EquipmentFigures,
    /// Pending equipment.
    pub pending: i64,
    /// Equipment whose agent is silent.
    pub stale: i64,
    /// Equipment with a disk that is nearly full.
    pub disks_nearly_full: i64,
    /// Equipment under whose identity a second machine was met.
    pub clones: i64,
    /// Equipment with an agent, by the agent's version.
    pub agents_by_version: Vec<AgentCount>,
}

/// Counts what the caller may see.
pub async fn overview(db: &Database, granted: &Granted, staleness: Staleness) -> Result<Overview, DbErr> {
    let (within, values) = owners::within_sql("customer_id", granted.scope(), 1);
    // One pass over the table gives everything.
    let text = format!(
        "SELECT kind, os_family, agent_kind, agent_version, inventory_seq IS NOT NULL AS with_agent, \
         COUNT(*) AS n, CAST(SUM(CASE WHEN inventory_seq IS NOT NULL AND last_contact_at < {} THEN 1 ELSE 0 END) \
         AS BIGINT) AS stale, CAST(SUM(CASE WHEN disk_nearly_full THEN 1 ELSE 0 END) AS BIGINT) AS nearly_full, \
         CAST(SUM(CASE WHEN clone THEN 1 ELSE 0 END) AS BIGINT) AS clones \
         FROM equipment WHERE deleted_at IS NULL AND {within} \
         GROUP BY kind, os_family, agent_kind, agent_version, inventory_seq IS NOT NULL",
        staleness.before.millis()
    );
    let mut overview = Overview {
        equipment: EquipmentFigures { total: 0, by_type: Vec::new(), by_os: Vec::new() },
        pending: pending(db, granted, values.clone()).await?,
        stale: 0,
        disks_nearly_full: 0,
        clones: 0,
        agents_by_version: Vec::new(),
    };
    for row in sql::rows(db.reads(), &text, values).await? {
        let n: i64 = row.try_get("", "n")?;
        overview.equipment.total += n;
        overview.stale += row.try_get::<i64>("", "stale")?;
        overview.disks_nearly_full += row.try_get::<i64>("", "nearly_full")?;
        overview.clones += row.try_get::<i64>("", "clones")?;
        add(&mut overview.equipment.by_type, row.try_get("", "kind")?, n);
        add(&mut overview.equipment.by_os, row.try_get("", "os_family")?, n);
        if row.try_get("", "with_agent")? {
            add_agent(
                &mut overview.agents_by_version,
                row.try_get("", "agent_kind")?,
                row.try_get("", "agent_version")?,
                n,
            );
        }
    }
    overview.equipment.by_type.sort_by_key(|it| std::cmp::Reverse(it.count));
    overview.equipment.by_os.sort_by_key(|it| std::cmp::Reverse(it.count));
    overview.agents_by_version.sort_by_key(|it| std::cmp::Reverse(it.count));
    Ok(overview)
}

async fn pending(db: &Database, granted: &Granted, values: Vec<Value>) -> Result<i64, DbErr> {
    let within = match granted.scope() {
        Scope::All => "1 = 1".to_owned(),
        scope => owners::within_sql("customer_id", scope, 1).0,
    };
    let text = format!("SELECT COUNT(*) AS n FROM inventory WHERE state = 'pending' AND {within}");
    sql::number(db.reads(), &text, values).await
}

fn add(counts: &mut Vec<Count>, key: String, n: i64) {
    match counts.iter_mut().find(|it| it.key == key) {
        Some(count) => count.count += n,
        None => counts.push(Count { key, count: n }),
    }
}

fn add_agent(counts: &mut Vec<AgentCount>, kind: String, version: String, n: i64) {
    match counts.iter_mut().find(|it| it.kind == kind && it.version == version) {
        Some(count) => count.count += n,
        None => counts.push(AgentCount { kind, version, count: n }),
    }
}

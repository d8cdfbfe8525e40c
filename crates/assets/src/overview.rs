//! The figures of the first page. Each is the size of a list that can be opened.

use sea_orm::{DbErr, QueryResult};
use serde::Serialize;
use vigie_db::{Database, owners};
use vigie_kernel::{Granted, Scope};

use crate::{
    equipment::{Staleness, list::number},
    sql,
};

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
///
/// Each figure is a question of its own that an index answers without the rows: together they cost a tenth of one pass
/// over the table.
pub async fn overview(db: &Database, granted: &Granted, staleness: Staleness) -> Result<Overview, DbErr> {
    let figures = Figures { db, scope: granted.scope() };
    let silent = format!("inventory_seq IS NOT NULL AND last_contact_at < {}", staleness.before.millis());
    let agents = figures.groups("agent_kind, agent_version", "inventory_seq IS NOT NULL").await?;
    let mut agents_by_version = Vec::with_capacity(agents.len());
    for row in agents {
        agents_by_version.push(AgentCount {
            kind: row.try_get("", "agent_kind")?,
            version: row.try_get("", "agent_version")?,
            count: row.try_get("", "n")?,
        });
    }
    Ok(Overview {
        equipment: EquipmentFigures {
            total: match granted.scope() {
                Scope::All => number(db).await?,
                Scope::Assigned(_) => figures.count("equipment", "deleted_at IS NULL").await?,
            },
            by_type: figures.by("kind").await?,
            by_os: figures.by("os_family").await?,
        },
        pending: figures.count("inventory", "state = 'pending'").await?,
        stale: figures.count("equipment", &format!("deleted_at IS NULL AND {silent}")).await?,
        disks_nearly_full: figures.count("equipment", "deleted_at IS NULL AND disk_nearly_full").await?,
        clones: figures.count("equipment", "deleted_at IS NULL AND clone").await?,
        agents_by_version,
    })
}

struct Figures<'a> {
    db: &'a Database,
    scope: Scope,
}

impl Figures<'_> {
    async fn count(&self, table: &str, condition: &str) -> Result<i64, DbErr> {
        let (within, values) = owners::within_sql("customer_id", self.scope, 1);
        let text = format!("SELECT COUNT(*) AS n FROM {table} WHERE {condition} AND {within}");
        sql::number(self.db.reads(), &text, values).await
    }

    /// Equipment by its values of columns, most first.
    async fn groups(&self, columns: &str, condition: &str) -> Result<Vec<QueryResult>, DbErr> {
        let (within, values) = owners::within_sql("customer_id", self.scope, 1);
        let text = format!(
            "SELECT {columns}, COUNT(*) AS n FROM equipment WHERE deleted_at IS NULL AND {condition} AND {within} \
             GROUP BY {columns} ORDER BY n DESC, {columns}"
        );
        sql::rows(self.db.reads(), &text, values).await
    }

    async fn by(&self, column: &str) -> Result<Vec<Count>, DbErr> {
        let rows = self.groups(column, "1 = 1").await?;
        rows.iter().map(|row| Ok(Count { key: row.try_get("", column)?, count: row.try_get("", "n")? })).collect()
    }
}

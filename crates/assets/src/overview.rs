//! The figures of the first page. Each is the size of a list that can be opened.

use sea_orm::DbErr;
use serde::Serialize;
use vigie_db::Database;
use vigie_kernel::Granted;

use crate::{
    equipment::{Staleness, list::Narrowed},
    figures::Figures,
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
    let figures = Figures::new(db, granted.scope(), Narrowed::default());
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
            total: figures.total().await?,
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

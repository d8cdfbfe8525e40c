//! What goes when, in this order: synchronisations, history, silent pending equipment, deleted equipment, then what of
//! the software catalogue nothing refers to any more. `docs/user/en/retention.md` shows it as a table. Each step takes a
//! bounded number of rows in one transaction, so that it never stands in the way.

use std::{sync::Arc, time::Duration};

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use vigie_db::{ConnectionTrait as _, Database, Tx, TxFuture};
use vigie_kernel::{Actor, AuditEntry, Rng, Timestamp};

use crate::{
    entity::{equipment, inventory},
    equipment::life::purge,
    intake::remove_inventory,
    software::store::read_numbers,
    sql,
};

/// Rows that one transaction takes away.
const STEP: u64 = 500;

/// For how long things are kept, days.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// The record of synchronisations.
    pub synchronisations_days: u32,
    /// What changed on a machine.
    pub history_days: u32,
    /// Deleted equipment.
    pub deleted_equipment_days: u32,
    /// Pending equipment that is silent.
    pub pending_days: u32,
}

/// How much went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gone {
    /// Synchronisations.
    pub synchronisations: u64,
    /// Entries of the history.
    pub history: u64,
    /// Pending equipment.
    pub pending: u64,
    /// Deleted equipment.
    pub equipment: u64,
    /// Sets of software that no machine has any more.
    pub software_sets: u64,
}

impl Gone {
    /// Whether nothing went.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Takes away what is past its time.
pub async fn run(db: &Database, keep: Keep, now: Timestamp, rng: &Arc<dyn Rng>) -> Result<Gone, DbErr> {
    let before = |days: u32| now.minus(Duration::from_secs(u64::from(days) * 86_400));
    Ok(Gone {
        synchronisations: rows(db, "synchronisation", before(keep.synchronisations_days)).await?,
        history: rows(db, "inventory_change", before(keep.history_days)).await?,
        pending: pending(db, before(keep.pending_days), now, rng).await?,
        equipment: deleted(db, before(keep.deleted_equipment_days), now, rng).await?,
        software_sets: sets(db).await?,
    })
}

/// Takes away step by step, each a change of its own, until a step finds fewer than it may take.
async fn in_steps<F>(db: &Database, most: u64, step: impl Fn() -> F) -> Result<u64, DbErr>
where
    F: for<'t> FnOnce(&'t Tx) -> TxFuture<'t, u64, DbErr> + Send + 'static,
{
    let mut gone = 0;
    loop {
        let taken = db.write(step()).await?;
        gone += taken;
        if taken < most {
            return Ok(gone);
        }
    }
}

async fn rows(db: &Database, table: &'static str, before: Timestamp) -> Result<u64, DbErr> {
    const MOST: u64 = STEP * 10;
    in_steps(db, MOST, || {
        move |tx: &Tx| -> TxFuture<'_, u64, DbErr> {
            Box::pin(async move {
                let text =
                    format!("DELETE FROM {table} WHERE seq IN (SELECT seq FROM {table} WHERE at < $1 LIMIT {MOST})");
                Ok(sql::execute(tx, &text, vec![before.into()]).await?.rows_affected())
            })
        }
    })
    .await
}

async fn pending(db: &Database, before: Timestamp, now: Timestamp, rng: &Arc<dyn Rng>) -> Result<u64, DbErr> {
    in_steps(db, STEP, || {
        let rng = Arc::clone(rng);
        move |tx: &Tx| -> TxFuture<'_, u64, DbErr> {
            Box::pin(async move {
                let silent = inventory::Entity::find()
                    .filter(inventory::Column::EquipmentId.is_null())
                    .filter(inventory::Column::LastContactAt.lt(before))
                    .limit(STEP)
                    .all(tx)
                    .await?;
                for machine in &silent {
                    remove_inventory(tx, machine).await?;
                }
                record(tx, "retention.pending-equipment", silent.len(), now, &*rng);
                Ok(silent.len() as u64)
            })
        }
    })
    .await
}

async fn deleted(db: &Database, before: Timestamp, now: Timestamp, rng: &Arc<dyn Rng>) -> Result<u64, DbErr> {
    in_steps(db, STEP, || {
        let rng = Arc::clone(rng);
        move |tx: &Tx| -> TxFuture<'_, u64, DbErr> {
            Box::pin(async move {
                let past = equipment::Entity::find()
                    .filter(equipment::Column::DeletedAt.lt(before))
                    .limit(STEP)
                    .all(tx)
                    .await?;
                for row in &past {
                    purge(tx, row).await?;
                }
                record(tx, "retention.equipment", past.len(), now, &*rng);
                Ok(past.len() as u64)
            })
        }
    })
    .await
}

/// Sets that no machine has.
async fn sets(db: &Database) -> Result<u64, DbErr> {
    in_steps(db, STEP, || {
        move |tx: &Tx| -> TxFuture<'_, u64, DbErr> {
            Box::pin(async move {
                sql::lock(tx, sql::Lock::SetsRemoved).await?;
                let unused = format!(
                    "SELECT s.seq, s.members FROM software_set s WHERE s.machines = 0 \
                     AND NOT EXISTS (SELECT 1 FROM inventory_software h WHERE h.set_seq = s.seq) LIMIT {STEP}"
                );
                let unused = sql::rows(tx, &unused, vec![]).await?;
                for row in &unused {
                    let seq: i64 = row.try_get("", "seq")?;
                    let versions = read_numbers(&row.try_get::<Vec<u8>>("", "members")?);
                    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
                    // By the versions, too: the members' table is ordered by them, and the largest of all. The numbers
                    // are our own, and the statement is made for this once: it shall not push others out of the cache.
                    let text = format!(
                        "DELETE FROM software_set_member WHERE set_seq = {seq} AND version_seq IN ({}); \
                         DELETE FROM software_set WHERE seq = {seq}",
                        versions.join(",")
                    );
                    tx.execute_unprepared(&text).await?;
                }
                Ok(unused.len() as u64)
            })
        }
    })
    .await
}

fn record(tx: &Tx, action: &'static str, rows: usize, now: Timestamp, rng: &dyn Rng) {
    if rows == 0 {
        return;
    }
    let actor = Actor::server();
    let detail = serde_json::json!({ "rows": rows });
    vigie_db::audit::append(tx, rng, AuditEntry::new(now, &actor, action, "retention").detail(detail));
}

//! What follows intake: counts of the software are folded, it is found out how machines stand to key software, the bell is
//! told of new pending equipment, and what is past its time is taken away.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use vigie_assets::{
    intake::Receipt,
    retention,
    software::{self, key},
};
use vigie_db::DbErr;

use super::until_stopped;
use crate::{
    events::Topic,
    http::{AppState, agents::Budget},
};

/// How often the bell is told: a flood is one notification.
const NEWS_EVERY: Duration = Duration::from_secs(2);
/// How often retention looks.
const RETENTION_EVERY: Duration = Duration::from_hours(1);
/// How often counts are folded even if nobody on this node said so: another node's intake, or a crash before it was.
const FOLD_EVERY: Duration = Duration::from_secs(10);

/// What intake shares with its workers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Intake {
    /// Takes them in.
    pub receiver: vigie_assets::intake::Intake,
    /// Memory that inventories in work may take.
    pub budget: Budget,
    news: Arc<News>,
}

#[derive(Debug, Default)]
struct News {
    arrived: Notify,
    look: Notify,
    pending: AtomicU64,
    clones: AtomicU64,
}

impl Intake {
    /// With a budget of so many bytes.
    pub fn new(receiver: vigie_assets::intake::Intake, inflight_bytes: usize) -> Self {
        Self { receiver, budget: Budget::new(inflight_bytes), news: Arc::default() }
    }

    /// A delivery was stored.
    pub fn arrived(&self, receipt: &Receipt) {
        self.recount();
        self.news.pending.fetch_add(u64::from(receipt.new_pending), Ordering::Relaxed);
        self.news.clones.fetch_add(u64::from(receipt.clone_met), Ordering::Relaxed);
    }

    /// Something was done that changes counts of software.
    pub fn recount(&self) {
        self.news.arrived.notify_one();
        self.look_again();
    }

    /// Something was done that changes how machines stand to key software.
    pub fn look_again(&self) {
        self.news.look.notify_one();
    }
}

/// Starts the workers; they end when the server stops.
pub fn start(state: &AppState, tasks: &TaskTracker) {
    tasks.spawn(until_stopped(state, fold));
    tasks.spawn(until_stopped(state, look));
    tasks.spawn(until_stopped(state, tell));
    tasks.spawn(until_stopped(state, retain));
}

async fn fold(state: AppState) {
    loop {
        let _ = tokio::time::timeout(FOLD_EVERY, state.intake.news.arrived.notified()).await;
        loop {
            match software::fold(&state.db).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "the counts of software could not be brought up to date");
                    break;
                }
            }
        }
        state.events.changed(&[Topic::Software]);
        // A busy intake is folded once a second, not after every machine.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn look(state: AppState) {
    let mut looker = key::Looker::default();
    loop {
        let _ = tokio::time::timeout(FOLD_EVERY, state.intake.news.look.notified()).await;
        let mut machines = 0;
        loop {
            match key::look(&state.db, &mut looker, key::AT_ONCE).await {
                Ok(step) => {
                    machines += step.machines;
                    if !step.more {
                        break;
                    }
                    state.events.changed(&[Topic::Software]);
                }
                Err(error) => {
                    tracing::error!(%error, "key software could not be looked for; it is tried again");
                    break;
                }
            }
        }
        if machines > 0 {
            state.events.changed(&[Topic::Software, Topic::Equipment]);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn tell(state: AppState) {
    loop {
        tokio::time::sleep(NEWS_EVERY).await;
        for (kind, counter) in [("pending-equipment", &state.intake.news.pending), ("clone", &state.intake.news.clones)]
        {
            let machines = counter.swap(0, Ordering::Relaxed);
            if machines == 0 {
                continue;
            }
            if let Err(error) = raise(&state, kind, machines).await {
                tracing::error!(%error, kind, "a notification could not be stored");
            }
        }
    }
}

async fn raise(state: &AppState, kind: &'static str, machines: u64) -> Result<(), DbErr> {
    let (now, rng) = (state.clock.now(), state.rng.clone());
    state
        .db
        .write(move |tx| {
            Box::pin(async move {
                let times = i64::try_from(machines).unwrap_or(i64::MAX);
                vigie_people::notifications::raise(tx, &*rng, now, kind, "", &json!({}), times).await
            })
        })
        .await?;
    state.events.changed(&[Topic::Notifications]);
    Ok(())
}

async fn retain(state: AppState) {
    loop {
        // Not at once: a start is busy enough.
        tokio::time::sleep(Duration::from_mins(1)).await;
        let now = state.clock.now();
        let kept = match state.preferences.get(now).await {
            Ok(preferences) => preferences.retention.clone(),
            Err(error) => {
                tracing::error!(%error, "the preferences cannot be read");
                continue;
            }
        };
        let keep = retention::Keep {
            synchronisations_days: kept.synchronisations_days,
            history_days: kept.history_days,
            deleted_equipment_days: kept.deleted_equipment_days,
            pending_days: kept.pending_days,
        };
        match retention::run(&state.db, keep, now, &state.rng).await {
            Ok(gone) if gone.is_empty() => {}
            Ok(gone) => {
                tracing::info!(?gone, "what was past its time was taken away");
                state.intake.recount();
                state.events.changed(&[Topic::Pending, Topic::Equipment]);
            }
            Err(error) => tracing::error!(%error, "retention failed; it is tried again"),
        }
        tokio::time::sleep(RETENTION_EVERY).await;
    }
}

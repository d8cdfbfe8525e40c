//! What follows intake: counts of the software are folded, it is found out how machines stand to key software, the association
//! rules look at new machines, the bell is told of those that wait for a person, and what is past its time is taken away.

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
    association,
    equipment::ChangeError,
    intake::Receipt,
    retention,
    software::{self, key},
};
use vigie_db::DbErr;
use vigie_fleet::alerts::notices::NoticeKind;

use super::until_stopped;
use crate::{
    events::Topic,
    http::{AppState, agents::Budget},
    join::notice,
};

/// How often the bell is told: a flood is one notification.
const NEWS_EVERY: Duration = Duration::from_secs(2);
/// How often retention looks.
const RETENTION_EVERY: Duration = Duration::from_hours(1);
/// How often counts are folded even if nobody on this node said so: another node's intake, or a crash before it was.
const FOLD_EVERY: Duration = Duration::from_secs(10);

/// How often the association rules look even if nobody on this node said so.
const ASSOCIATE_EVERY: Duration = Duration::from_secs(10);
/// Machines of which consoles and the bell are told together.
const LOOKED_AT_ONCE: usize = 20;

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
    waiting: Notify,
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
        if receipt.equipment_id.is_none() {
            self.news.waiting.notify_one();
        }
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
    tasks.spawn(until_stopped(state, associate));
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

/// Lets the association rules look at machines that just came; those that stay pending the bell is told of.
async fn associate(state: AppState) {
    loop {
        let _ = tokio::time::timeout(ASSOCIATE_EVERY, state.intake.news.waiting.notified()).await;
        let mut after = 0;
        loop {
            match associate_some(&state, after).await {
                Ok(Some(last)) => after = last,
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "the association rules could not look at new machines; it is tried again");
                    break;
                }
            }
        }
        // Many machines at once are looked at together.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Some of those that are due, after one of them; answers the last.
async fn associate_some(state: &AppState, after: i64) -> Result<Option<i64>, ChangeError> {
    let due = association::due(&state.db, after).await?;
    let last = due.last().copied();
    for some in due.chunks(LOOKED_AT_ONCE) {
        let (associated, left) = association::look(&state.db, &state.own_act(), some.to_vec()).await?;
        state.intake.news.pending.fetch_add(left, Ordering::Relaxed);
        if associated > 0 {
            state.events.changed(&[Topic::Pending, Topic::Equipment]);
        }
    }
    Ok(last)
}

async fn tell(state: AppState) {
    loop {
        tokio::time::sleep(NEWS_EVERY).await;
        let news = &state.intake.news;
        for (kind, counter) in [(NoticeKind::PendingEquipment, &news.pending), (NoticeKind::Clone, &news.clones)] {
            let machines = counter.swap(0, Ordering::Relaxed);
            if machines == 0 {
                continue;
            }
            if let Err(error) = raise(&state, kind, machines).await {
                tracing::error!(%error, kind = kind.as_str(), "a notification could not be stored");
            }
        }
    }
}

async fn raise(state: &AppState, kind: NoticeKind, machines: u64) -> Result<(), DbErr> {
    let act = state.own_act();
    let told =
        state.db.write(move |tx| Box::pin(async move { notice(tx, &act, kind, "", &json!({}), machines).await }));
    told.await?;
    state.events.changed(&[Topic::Notifications]);
    state.alert_news.notify_one();
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

//! What a node does about itself: it says that it lives, obeys the preferences about the log, makes backups, and answers
//! what other nodes ask of its log.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use vigie_db::DbErr;
use vigie_kernel::{Act, NodeId, Timestamp};
use vigie_people::{
    notifications,
    platform::{log_questions, nodes},
    preferences::{LogLevel, Preferences},
    settings,
};

use super::{hear, until_stopped};
use crate::{
    admin::{self, BackupNote},
    backup::{self, FileName, Progress},
    events::Topic,
    http::AppState,
    logs::{LogError, LogPage, LogQuery},
};

/// How soon a preference that was changed on another node is obeyed.
const LOOK_AT_PREFERENCES_EVERY: Duration = Duration::from_secs(3);
/// How often it is looked whether it is time for a backup.
const LOOK_FOR_BACKUP_EVERY: Duration = Duration::from_mins(10);
/// Nodes and questions past their time are taken away once in so many beats.
const PURGE_EVERY: u32 = 60;
/// Where nodes tell each other that they ask.
const CHANNEL: &str = "vigie_logs";
/// When the last automatic backup was begun, on whichever node.
const LAST_BACKUP: &str = "automatic-backup";

/// Starts everything.
pub(super) fn start(state: &AppState, tracker: &TaskTracker) {
    state.logs.open(&state.config.data_dir);
    state.backups.sweep();
    tracker.spawn(live(state.clone()));
    tracker.spawn(until_stopped(state, obey));
    tracker.spawn(until_stopped(state, back_up_now_and_then));
    tracker.spawn(until_stopped(state, |state| hear(state, answer)));
}

/// Says that this node lives, until it stops, and then that it stopped.
async fn live(state: AppState) {
    for number in 0_u32.. {
        if let Err(error) = beat(&state).await {
            tracing::warn!(%error, "this node could not say that it lives; it tries again");
        }
        if number.is_multiple_of(PURGE_EVERY) {
            let now = state.clock.now();
            let purged = async {
                nodes::purge(&state.db, now).await?;
                log_questions::purge(&state.db, now).await
            };
            if let Err(error) = purged.await {
                tracing::warn!(%error, "nodes of the past could not be taken away; it is tried again");
            }
        }
        tokio::select! {
            () = state.stopping.cancelled() => break,
            () = tokio::time::sleep(nodes::BEAT) => {}
        }
    }
    if let Err(error) = nodes::stopped(&state.db, state.node.id, state.clock.now()).await {
        tracing::warn!(%error, "this node could not say that it stops");
    }
}

/// Says once that this node lives.
pub async fn beat(state: &AppState) -> Result<(), DbErr> {
    nodes::beat(&state.db, state.node.beat(state), state.clock.now()).await
}

/// Preferences that were just changed here count at once. `level`: where it was among them.
pub(crate) fn apply(state: &AppState, level: Option<LogLevel>, preferences: &Preferences) {
    if let Some(level) = level {
        state.logs.set_level(level);
    }
    state.logs.keep(preferences.logs_days);
}

/// Obeys the preferences, whichever node they were changed on. What the command line said about the level counts until
/// the preference is changed.
async fn obey(state: AppState) {
    let mut known: Option<LogLevel> = None;
    loop {
        match state.preferences.get(state.clock.now()).await {
            Ok(preferences) => {
                let level = preferences.log_level;
                let said = known.is_none() && state.config.log_level.is_some();
                if known != Some(level) && !said {
                    state.logs.set_level(level);
                }
                known = Some(level);
                state.logs.keep(preferences.logs_days);
            }
            Err(error) => tracing::warn!(%error, "the preferences cannot be read; it is tried again"),
        }
        tokio::time::sleep(LOOK_AT_PREFERENCES_EVERY).await;
    }
}

/// Makes a backup in the background. None: another is being made.
pub fn back_up(state: &AppState, act: Act, automatic: bool) -> Result<Option<FileName>, backup::Failure> {
    let name = FileName::new(act.at, automatic);
    let Some(progress) = state.backups.begin(name)? else { return Ok(None) };
    let state = state.clone();
    tokio::spawn(async move {
        tracing::info!(backup = name.id(), "a backup is being made");
        let stopping = state.stopping.clone();
        let work = work(&state, act, name, progress.clone());
        tokio::pin!(work);
        let ended = tokio::select! {
            ended = &mut work => ended,
            () = stopping.cancelled() => {
                progress.stop();
                work.await
            }
        };
        let failed = ended.err().map(|error| format!("{error:#}"));
        if let Some(error) = &failed {
            tracing::error!(backup = name.id(), error, "a backup failed");
        }
        state.backups.end(failed.clone());
        if let (Some(error), true) = (failed, automatic)
            && let Err(error) = tell_of_failure(&state, &error).await
        {
            tracing::error!(%error, "nobody could be told of a failed backup");
        }
        state.events.changed(&[Topic::Platform]);
    });
    Ok(Some(name))
}

async fn work(state: &AppState, act: Act, name: FileName, progress: Progress) -> anyhow::Result<()> {
    let (config, to, now) = (state.config.clone(), state.backups.path(name), act.at);
    let handle = Handle::current();
    let making = tokio::task::spawn_blocking(move || backup::create(&config, &to, now, &progress, &handle));
    let made = making.await??;
    tracing::info!(backup = name.id(), bytes = made.bytes, "a backup was made");
    let note = BackupNote { file: name.file(), bytes: made.bytes, sha256: made.sha256 };
    admin::note_backup(&state.db, act, note).await?;
    if name.automatic {
        let keep = state.preferences.get(state.clock.now()).await?.backups.keep;
        let of_its_own = state.backups.names()?.into_iter().filter(|it| it.automatic);
        for old in of_its_own.skip(keep as usize) {
            state.backups.delete(old)?;
            tracing::info!(backup = old.id(), "an old backup was taken away");
        }
    }
    Ok(())
}

async fn tell_of_failure(state: &AppState, error: &str) -> Result<(), DbErr> {
    let (act, data) = (state.own_act(), json!({ "event": "failed", "detail": error }));
    let raised = state.db.write(move |tx| {
        Box::pin(async move { notifications::raise(tx, &*act.rng, act.at, "backup", "automatic", &data, 1).await })
    });
    raised.await?;
    state.events.changed(&[Topic::Notifications]);
    Ok(())
}

async fn back_up_now_and_then(state: AppState) {
    loop {
        match is_time(&state).await {
            Ok(true) => {
                if let Err(error) = back_up(&state, state.own_act(), true) {
                    tracing::error!(%error, "a backup could not be begun");
                }
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "it cannot be told whether it is time for a backup"),
        }
        tokio::time::sleep(LOOK_FOR_BACKUP_EVERY).await;
    }
}

/// Whether it is time for an automatic backup, and this is the node that makes it.
pub async fn is_time(state: &AppState) -> Result<bool, DbErr> {
    let now = state.clock.now();
    let days = state.preferences.get(now).await?.backups.every_days;
    if days == 0 || state.backups.running().is_some() {
        return Ok(false);
    }
    let due = move |last: Option<Timestamp>| {
        // A day is a little less, so that the hour does not wander.
        last.is_none_or(|it| now.since(it) >= Duration::from_mins(u64::from(days) * 24 * 60 - 30))
    };
    if !due(settings::get(state.db.reads(), LAST_BACKUP).await?) {
        return Ok(false);
    }
    state
        .db
        .write(move |tx| {
            Box::pin(async move {
                // On PostgreSQL two nodes may be here at once: the second waits, and finds that it is not time any more.
                let time = due(settings::get_to_change(tx, LAST_BACKUP).await?);
                if time {
                    settings::put(tx, LAST_BACKUP, &now, now).await?;
                }
                Ok::<_, DbErr>(time)
            })
        })
        .await
}

/// Answers what other nodes ask of this one's log. Ends at once where there are no others.
async fn answer(state: AppState) -> Result<(), DbErr> {
    let Some(mut listener) = state.db.listen(CHANNEL).await? else { return Ok(()) };
    let own = state.node.id.to_string();
    loop {
        if listener.next().await? != own {
            continue;
        }
        for asked in log_questions::asked(&state.db, state.node.id, state.clock.now()).await? {
            let page = match serde_json::from_str::<LogQuery>(&asked.question) {
                Ok(query) => state.logs.page(query).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let text = serde_json::to_string(&page).map_err(|error| DbErr::Custom(error.to_string()))?;
            log_questions::answer(&state.db, asked.id, text).await?;
        }
    }
}

/// A page of another node's log; none: it does not answer.
pub async fn ask(
    state: &AppState,
    granted: vigie_kernel::Granted,
    act: Act,
    node: NodeId,
    query: &LogQuery,
) -> Result<Option<Result<LogPage, LogError>>, DbErr> {
    const EVERY: Duration = Duration::from_millis(150);
    const TIMES: u32 = 60;
    let question = serde_json::to_string(query).map_err(|error| DbErr::Custom(error.to_string()))?;
    let id = log_questions::ask(&state.db, granted, act, node, question).await?;
    let waiting = async {
        state.db.notify(CHANNEL, &node.to_string()).await?;
        for _ in 0..TIMES {
            if let Some(text) = log_questions::answered(&state.db, id).await? {
                return Ok(Some(text));
            }
            tokio::time::sleep(EVERY).await;
        }
        Ok::<_, DbErr>(None)
    };
    let text = waiting.await;
    log_questions::forget(&state.db, id).await?;
    let Some(text) = text? else { return Ok(None) };
    let page: Result<LogPage, Arc<str>> =
        serde_json::from_str(&text).map_err(|error| DbErr::Custom(error.to_string()))?;
    Ok(Some(page.map_err(|error| LogError::Io(std::io::Error::other(error.to_string())))))
}

//! Imports: a node makes what it took, and undoes what it was asked to, one after the other. A blocking thread reads the
//! file some hundred lines at a time and waits until they are stored: memory is a few batches however long the file is.
//! What was interrupted goes on when the server starts again.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::sync::{Mutex, mpsc};
use tokio_util::task::TaskTracker;
use vigie_assets::imports::{
    self, Failure, Job, State,
    columns::targets,
    preview,
    read::{Line, Unreadable},
    run::{BATCH, Runner, Surroundings, Went},
    undo,
};
use vigie_db::DbErr;
use vigie_kernel::{Act, Action, Granted, ImportId, policy};
use vigie_people::{
    platform::nodes::{self, Health},
    users,
};

use crate::{events::Topic, files::make_private_dir, http::AppState};

/// Batches that wait to be stored.
const WAITING: usize = 2;
/// How often what was left, or was asked for on another node, is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// So many looks from one sweep of what is past its time to the next.
const SWEEP_EVERY: u32 = 120;
/// Batches after which open consoles hear how far it is.
const TELL_EVERY: usize = 5;
/// What a file is called until it is whole.
const PARTIAL: &str = "partial";

/// What makes imports. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Imports {
    folder: Arc<Path>,
    /// Held by who makes imports.
    turn: Arc<Mutex<()>>,
    /// Held while a file and its row come or go.
    placing: Arc<Mutex<()>>,
}

impl Imports {
    /// With files under `data_dir/imports`.
    pub fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("imports").into(), turn: Arc::default(), placing: Arc::default() }
    }

    /// Where an import's file is.
    pub fn file(&self, id: ImportId) -> PathBuf {
        self.folder.join(id.to_string())
    }

    /// Where it is while it comes.
    pub fn partial(&self, id: ImportId) -> std::io::Result<PathBuf> {
        make_private_dir(&self.folder)?;
        Ok(self.file(id).with_extension(PARTIAL))
    }

    /// While this is held no file is taken for one that nobody wants.
    pub async fn placing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.placing.lock().await
    }

    /// Takes files away whose rows do not want them, and what a killed server left half-written.
    async fn sweep(&self, state: &AppState, starting: bool) -> Result<(), DbErr> {
        let _placing = self.placing().await;
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let unwanted = match name.parse::<ImportId>() {
                Ok(id) => !imports::keeps_file(&state.db, id).await?,
                Err(_) => starting && name.ends_with(PARTIAL),
            };
            if unwanted {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

/// Works off what waits on this node.
pub fn work(state: &AppState) {
    let state = state.clone();
    tokio::spawn(async move {
        let stopping = state.stopping.clone();
        let _ = stopping.run_until_cancelled(work_off(&state)).await;
    });
}

async fn work_off(state: &AppState) {
    let _turn = state.imports.turn.lock().await;
    loop {
        let went = match imports::next(&state.db, state.node.id).await {
            Ok(Some(job)) => one(state, &job).await,
            Ok(None) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = went {
            // It is looked for again in a while.
            tracing::error!(%error, "an import cannot go on");
            return;
        }
    }
}

async fn one(state: &AppState, job: &Job) -> Result<(), DbErr> {
    let Some(granted) = allowed(state, job).await? else {
        let failure = Failure::new("not-allowed", "Whoever asked for it may not edit equipment any more.");
        return ended(state, job, Err(failure)).await;
    };
    if job.import.state == State::Undoing {
        while undo::step(&state.db, granted, act(state, job), job.import.id).await? {
            tell(state);
        }
        undo::done(&state.db, act(state, job), job.import.id).await?;
        tell(state);
        return Ok(());
    }
    let result = make(state, job, granted).await?;
    ended(state, job, result).await
}

fn act(state: &AppState, job: &Job) -> Act {
    state.act_of(job.actor.clone())
}

fn tell(state: &AppState) {
    state.intake.recount();
    state.events.changed(&[Topic::Imports, Topic::Equipment]);
}

/// What whoever asked for it may do by now.
async fn allowed(state: &AppState, job: &Job) -> Result<Option<Granted>, DbErr> {
    let user = users::find_by_login(&state.db, &job.actor.name, state.clock.now()).await?;
    let role = user.filter(|it| it.id == job.user).and_then(|it| it.role);
    Ok(role.and_then(|role| policy::require(job.user, role, Action::EquipmentEdit).ok()))
}

/// Stores how it ended. Of what may not be undone any more nothing is: it stays as it is.
async fn ended(state: &AppState, job: &Job, result: Result<(), Failure>) -> Result<(), DbErr> {
    let id = job.import.id;
    match result {
        Ok(()) => imports::done(&state.db, act(state, job), id).await?,
        Err(failure) if job.import.state == State::Undoing => {
            tracing::warn!(import = %id, reason = failure.detail, "an import is not undone");
            undo::give_up(&state.db, id, &failure).await?;
        }
        Err(failure) => {
            tracing::warn!(import = %id, reason = failure.detail, "an import failed");
            imports::fail(&state.db, act(state, job), id, failure).await?;
        }
    }
    if !imports::keeps_file(&state.db, id).await? {
        let _ = tokio::fs::remove_file(state.imports.file(id)).await;
    }
    tell(state);
    Ok(())
}

fn failure(error: Unreadable) -> Failure {
    match error {
        Unreadable::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Failure::new("file-gone", "The file is not on this server any more.")
        }
        error => {
            if let Unreadable::Io(error) = &error {
                tracing::error!(%error, "the file of an import cannot be read");
            }
            error.into()
        }
    }
}

fn ended_early(error: &tokio::task::JoinError) -> Failure {
    tracing::error!(%error, "the reader of an import ended early");
    Failure::new("internal", "Something went wrong on the server; its log says what.")
}

/// Makes an import, or goes on with it. The inner error is the import's.
async fn make(state: &AppState, job: &Job, granted: Granted) -> Result<Result<(), Failure>, DbErr> {
    let (import, path) = (&job.import, state.imports.file(job.import.id));
    let targets = match targets(&import.columns, import.options.mapping.as_ref()) {
        Ok(targets) => targets,
        Err(error) => return Ok(Err(error.into())),
    };
    // Once to its end before anything is changed: a file that cannot be read changes nothing.
    let (hints, looked_at) = (import.options.hints(), path.clone());
    let counting = tokio::task::spawn_blocking(move || preview::count(&looked_at, &hints, &targets));
    let (lines, warnings) = match counting.await {
        Ok(Ok(counted)) => counted,
        Ok(Err(error)) => return Ok(Err(failure(error))),
        Err(error) => return Ok(Err(ended_early(&error))),
    };
    let lines = i64::try_from(lines).unwrap_or(i64::MAX);
    let Some(done) = imports::counted(&state.db, import.id, lines, warnings).await? else { return Ok(Ok(())) };
    tell(state);
    let around = Surroundings {
        db: state.db.clone(),
        granted,
        actor: job.actor.clone(),
        clock: state.clock.clone(),
        rng: state.rng.clone(),
    };
    let mut runner = match Runner::new(around, import) {
        Ok(runner) => runner,
        Err(error) => return Ok(Err(error.into())),
    };
    let (batches, mut queue) = mpsc::channel::<Vec<Line>>(WAITING);
    let hints = import.options.hints();
    let reading = tokio::task::spawn_blocking(move || {
        preview::read(&path, &hints, BATCH, |lines| {
            if batches.blocking_send(lines).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    });
    let mut done = usize::try_from(done).unwrap_or(0);
    if done > 0 {
        runner.remember_equipment().await?;
    }
    let mut told = 0;
    while let Some(mut lines) = queue.recv().await {
        let fresh = lines.split_off(done.min(lines.len()));
        done -= lines.len();
        if !lines.is_empty() {
            runner.remember(&lines).await?;
        }
        if !fresh.is_empty() && runner.take(fresh).await? == Went::Stopped {
            return Ok(Ok(()));
        }
        told += 1;
        if told % TELL_EVERY == 0 {
            tell(state);
        }
    }
    match reading.await {
        Ok(Ok(())) => Ok(Ok(())),
        Ok(Err(error)) => Ok(Err(failure(error))),
        Err(error) => Ok(Err(ended_early(&error))),
    }
}

/// Starts looking for what was left: at once what a stopped server did not finish, then what was asked for elsewhere, and
/// what is past its time.
pub fn start(state: &AppState, tasks: &TaskTracker) {
    tasks.spawn(super::until_stopped(state, look));
}

async fn look(state: AppState) {
    let mut round = 0_u32;
    loop {
        if let Err(error) = look_once(&state, round).await {
            tracing::error!(%error, "imports could not be looked after; it is tried again");
        }
        round = round.wrapping_add(1);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn look_once(state: &AppState, round: u32) -> Result<(), DbErr> {
    work_off(state).await;
    take_from_lost_nodes(state).await?;
    if round.is_multiple_of(SWEEP_EVERY) {
        if imports::expire(&state.db, state.clock.now()).await? > 0 {
            state.events.changed(&[Topic::Imports]);
        }
        state.imports.sweep(state, round == 0).await?;
    }
    Ok(())
}

/// What a node had to do that is gone.
async fn take_from_lost_nodes(state: &AppState) -> Result<(), DbErr> {
    let now = state.clock.now();
    for node in imports::working_nodes(&state.db).await? {
        let known = nodes::get(&state.db, Granted::by_server(Action::PreferencesManage), node, now).await?;
        let lives = known.is_some_and(|it| matches!(it.state, Health::Running | Health::Degraded));
        if node != state.node.id && !lives {
            tracing::warn!(%node, "a node is gone, and the files of its imports with it");
            imports::take_from(&state.db, node, state.node.id, now).await?;
        }
    }
    Ok(())
}

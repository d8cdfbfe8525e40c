//! Writes. On SQLite there is one writer: it takes what is queued, runs each closure in a savepoint, commits the batch
//! and only then answers, so that many callers share one fsync and nothing is answered before it is durable.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    pin::Pin,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, TransactionTrait as _};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::{Engine, Tx};

/// What a change answers with: a future that may borrow the transaction.
pub type TxFuture<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// Most changes that one commit carries.
const BATCH: usize = 256;
/// Longest that a batch is filled before it is committed.
const PATIENCE: Duration = Duration::from_millis(25);
/// Changes that may wait; more callers wait to be let in, which is the back-pressure.
const QUEUE: usize = 1024;

/// Told how the commit went.
type Answer = Box<dyn FnOnce(Result<(), DbErr>) + Send>;
/// Runs in a savepoint; says whether to keep it, and whom to tell.
type Job = Box<dyn for<'t> FnOnce(&'t Tx) -> Pin<Box<dyn Future<Output = (bool, Answer)> + Send + 't>> + Send>;

#[derive(Debug)]
pub(crate) struct Writer {
    pool: DatabaseConnection,
    queue: Option<mpsc::Sender<Job>>,
    task: Mutex<Option<(tokio::task::JoinHandle<()>, oneshot::Sender<()>)>>,
}

impl Writer {
    pub(crate) fn start(engine: Engine, pool: DatabaseConnection) -> Self {
        if engine == Engine::Postgres {
            return Self { pool, queue: None, task: Mutex::new(None) };
        }
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(pool.clone(), jobs, stopped));
        Self { pool, queue: Some(queue), task: Mutex::new(Some((task, stop))) }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    pub(crate) async fn stop(&self) {
        if let Some((task, stop)) = self.task.lock().await.take() {
            let _ = stop.send(());
            let _ = task.await;
        }
        let _ = self.pool.clone().close().await;
    }

    pub(crate) async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t Tx) -> TxFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let Some(queue) = &self.queue else {
            let tx = self.pool.begin().await?;
            let value = change(&tx).await?;
            tx.commit().await?;
            return Ok(value);
        };
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            Box::pin(async move {
                match AssertUnwindSafe(change(tx)).catch_unwind().await {
                    Ok(Ok(value)) => (true, answer_after_commit(reply, value)),
                    Ok(Err(error)) => (false, answer_at_once(reply, error)),
                    Err(panic) => (false, answer_at_once(reply, E::from(panicked(&*panic)))),
                }
            })
        });
        if queue.send(job).await.is_err() {
            return Err(E::from(closed()));
        }
        answer.await.unwrap_or_else(|_| Err(E::from(closed())))
    }
}

fn answer_after_commit<T: Send + 'static, E: From<DbErr> + Send + 'static>(
    reply: oneshot::Sender<Result<T, E>>,
    value: T,
) -> Answer {
    Box::new(move |committed| {
        let _ = reply.send(committed.map(|()| value).map_err(E::from));
    })
}

fn answer_at_once<T: Send + 'static, E: Send + 'static>(reply: oneshot::Sender<Result<T, E>>, error: E) -> Answer {
    Box::new(move |_| {
        let _ = reply.send(Err(error));
    })
}

fn closed() -> DbErr {
    DbErr::Custom("the database is closed".into())
}

fn panicked(panic: &(dyn Any + Send)) -> DbErr {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("?"), "a change of the database panicked");
    DbErr::Custom("a change of the database panicked".into())
}

async fn run(pool: DatabaseConnection, mut jobs: mpsc::Receiver<Job>, mut stopped: oneshot::Receiver<()>) {
    loop {
        let first = tokio::select! {
            biased;
            job = jobs.recv() => match job {
                Some(job) => job,
                None => return,
            },
            _ = &mut stopped => {
                jobs.close();
                match jobs.recv().await {
                    Some(job) => job,
                    None => return,
                }
            }
        };
        batch(&pool, first, &mut jobs).await;
    }
}

/// Marks where a change begins.
const BEGIN: &str = "SAVEPOINT change";
/// Keeps a change and marks where the next begins, in one go: the way to the database's thread and back is what a small
/// change costs most.
const KEEP: &str = "RELEASE change; SAVEPOINT change";
/// Takes a change back; the mark stays for the next.
const TAKE_BACK: &str = "ROLLBACK TO change";

async fn batch(pool: &DatabaseConnection, first: Job, jobs: &mut mpsc::Receiver<Job>) {
    let tx = match pool.begin().await {
        Ok(tx) => tx,
        Err(error) => {
            // The job was never run: dropping it tells its caller that the database is closed, the log says why.
            tracing::error!(%error, "no transaction can be begun");
            return;
        }
    };
    let begun = Instant::now();
    let mut answers = Vec::new();
    let mut next = Some(first);
    let mut marked = tx.execute_unprepared(BEGIN).await.map(drop);
    while marked.is_ok()
        && let Some(job) = next.take()
    {
        let (keep, answer) = job(&tx).await;
        answers.push(answer);
        marked = tx.execute_unprepared(if keep { KEEP } else { TAKE_BACK }).await.map(drop);
        if answers.len() < BATCH && begun.elapsed() < PATIENCE {
            next = jobs.try_recv().ok();
        }
    }
    let committed = match marked {
        Ok(()) => tx.commit().await,
        // Nothing of this batch is sure.
        Err(error) => {
            let _ = tx.rollback().await;
            Err(error)
        }
    };
    if let Err(error) = &committed {
        tracing::error!(%error, "a batch could not be committed");
    }
    tell(answers, &committed);
}

fn tell(answers: Vec<Answer>, committed: &Result<(), DbErr>) {
    for answer in answers {
        answer(match committed {
            Ok(()) => Ok(()),
            Err(error) => Err(DbErr::Custom(error.to_string())),
        });
    }
}

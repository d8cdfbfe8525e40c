//! Writes. On SQLite there is one writer: it takes what is queued, runs each closure in a savepoint, commits the batch
//! and only then answers, so that many callers share one fsync and nothing is answered before it is durable.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    pin::Pin,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use sea_orm::{DatabaseConnection, DbErr, TransactionTrait as _};
use tokio::{
    runtime::Handle,
    sync::{Mutex, mpsc, oneshot},
};

use crate::{
    Tx,
    audit::{self, ChainKey},
    sqlite::Connection,
    tx::Inner,
};

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

pub(crate) enum Order {
    Change(Job),
    Stop,
}

#[derive(Debug)]
pub(crate) enum Writer {
    /// A transaction for each change.
    Postgres { pool: DatabaseConnection, chain_key: ChainKey },
    /// One thread for all changes.
    Sqlite { queue: mpsc::Sender<Order>, thread: Mutex<Option<JoinHandle<()>>> },
}

impl Writer {
    pub(crate) const fn postgres(pool: DatabaseConnection, chain_key: ChainKey) -> Self {
        Self::Postgres { pool, chain_key }
    }

    /// Starts the thread. It ends when it is told to, or with the last one who could give it something.
    pub(crate) fn sqlite(connection: Connection, chain_key: ChainKey) -> Result<Self, DbErr> {
        let (queue, orders) = mpsc::channel(QUEUE);
        let handle = Handle::current();
        let work = move || run(&Tx::new(Inner::Sqlite(connection), chain_key), orders, &handle);
        let thread = std::thread::Builder::new().name("vigie-writer".to_owned()).spawn(work);
        let thread = thread.map_err(|error| DbErr::Custom(format!("no thread can be started: {error}")))?;
        Ok(Self::Sqlite { queue, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn waiting(&self) -> usize {
        match self {
            Self::Postgres { .. } => 0,
            Self::Sqlite { queue, .. } => queue.max_capacity() - queue.capacity(),
        }
    }

    pub(crate) async fn stop(&self) {
        match self {
            Self::Postgres { pool, .. } => drop(pool.clone().close().await),
            Self::Sqlite { queue, thread } => {
                let _ = queue.send(Order::Stop).await;
                if let Some(thread) = thread.lock().await.take() {
                    let _ = tokio::task::spawn_blocking(move || thread.join()).await;
                }
            }
        }
    }

    pub(crate) async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t Tx) -> TxFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let queue = match self {
            Self::Postgres { pool, chain_key } => {
                let tx = Tx::new(Inner::Postgres(pool.begin().await?), chain_key.clone());
                let value = change(&tx).await?;
                audit::write(&tx).await?;
                if let Inner::Postgres(tx) = tx.inner {
                    tx.commit().await?;
                }
                return Ok(value);
            }
            Self::Sqlite { queue, .. } => queue,
        };
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            Box::pin(async move {
                let error = match AssertUnwindSafe(change(tx)).catch_unwind().await {
                    Ok(Ok(value)) => match audit::write(tx).await {
                        Ok(()) => return (true, answer_after_commit(reply, value)),
                        Err(error) => E::from(error),
                    },
                    Ok(Err(error)) => error,
                    Err(panic) => E::from(panicked(&*panic)),
                };
                // The next change uses the same connection.
                tx.entries.forget();
                (false, answer_at_once(reply, error))
            })
        });
        if queue.send(Order::Change(job)).await.is_err() {
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

fn run(tx: &Tx, mut orders: mpsc::Receiver<Order>, handle: &Handle) {
    let Inner::Sqlite(connection) = &tx.inner else { return };
    while let Some(order) = orders.blocking_recv() {
        match order {
            // A change may wait for more than the database: the runtime's reactor is there for it.
            Order::Change(job) => handle.block_on(batch(tx, connection, job, &mut orders)),
            // What is queued is still done; nothing more is taken.
            Order::Stop => orders.close(),
        }
    }
}

/// Marks where a change begins.
const MARK: &str = "SAVEPOINT change";
/// Takes a change back; the mark stays.
const TAKE_BACK: &str = "ROLLBACK TO change";
/// Takes the mark away.
const KEEP: &str = "RELEASE change";

async fn batch(tx: &Tx, connection: &Connection, first: Job, orders: &mut mpsc::Receiver<Order>) {
    if let Err(error) = connection.run("BEGIN IMMEDIATE") {
        // The job was never run: dropping it tells its caller that the database is closed, the log says why.
        tracing::error!(%error, "no transaction can be begun");
        return;
    }
    let begun = Instant::now();
    let mut answers = Vec::new();
    let mut next = Some(first);
    let mut done = Ok(());
    while done.is_ok()
        && let Some(job) = next.take()
    {
        done = change(tx, connection, job, &mut answers).await;
        if answers.len() < BATCH && begun.elapsed() < PATIENCE {
            next = match orders.try_recv() {
                Ok(Order::Change(job)) => Some(job),
                Ok(Order::Stop) => {
                    orders.close();
                    None
                }
                Err(_) => None,
            };
        }
    }
    let committed = done.and_then(|()| connection.run("COMMIT"));
    if let Err(error) = &committed {
        tracing::error!(%error, "a batch could not be committed");
        // Nothing of this batch is sure. Where SQLite took it back by itself, there is nothing left to take back.
        let _ = connection.run("ROLLBACK");
    }
    tell(answers, &committed);
}

/// An error: the transaction is not what it should be.
async fn change(tx: &Tx, connection: &Connection, job: Job, answers: &mut Vec<Answer>) -> Result<(), DbErr> {
    connection.run(MARK)?;
    let (keep, answer) = job(tx).await;
    answers.push(answer);
    if !keep {
        connection.run(TAKE_BACK)?;
    }
    connection.run(KEEP)
}

fn tell(answers: Vec<Answer>, committed: &Result<(), DbErr>) {
    for answer in answers {
        answer(match committed {
            Ok(()) => Ok(()),
            Err(error) => Err(DbErr::Custom(error.to_string())),
        });
    }
}

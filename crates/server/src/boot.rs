//! Putting a server together: data directory, keys, database, identity, and what a new server has.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use anyhow::{Context as _, anyhow, bail};
use tokio_util::sync::CancellationToken;
use vigie_db::{
    Database, DbErr, Engine, Options,
    secrets::{KEY_LEN, Secrets},
};
use vigie_kernel::{Act, Clock, Rng};
use vigie_people::{first_start, passwords::Hasher, preferences, settings};

use crate::{
    backup,
    config::Config,
    events::Events,
    files::{DataDir, read_if_there, write_file},
    http::{AppState, Parts},
    logs::Logs,
    metrics::Metrics,
    node::Node,
    tls::{Identity, host_addresses, host_name, wanted_names},
};

/// What the server takes from its surroundings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// People's passwords.
    pub hasher: Hasher,
    /// The log, where one was started.
    pub logs: Logs,
}

impl Surroundings {
    /// The machine's.
    pub fn real() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            clock: Arc::new(vigie_kernel::SystemClock),
            rng: Arc::new(vigie_kernel::SystemRng),
            // Signing in must not keep agents waiting.
            hasher: Hasher::new(cores.div_ceil(2)),
            logs: Logs::default(),
        }
    }
}

/// A server that was put together. It holds the data directory.
#[derive(Debug)]
pub struct Vigie {
    /// Its parts.
    pub state: AppState,
    /// The administrator's one-time password, when this was the first start.
    pub one_time_password: Option<String>,
    _held: DataDir,
}

/// Puts a server together.
pub async fn open(config: Config, surroundings: Surroundings) -> anyhow::Result<Vigie> {
    let Surroundings { clock, rng, hasher, logs } = surroundings;
    let held = DataDir::hold(&config.data_dir)?;
    if backup::unfinished(held.path()) {
        bail!(
            "a restore into {} was begun and not finished; run `vigie backup restore` again, with --replace",
            held.path().display()
        );
    }
    let secrets = Secrets::new(&sealing_key(held.path(), &*rng)?);
    let db = Database::open(&config.database).await?;
    if let Options::Sqlite(path) = &config.database {
        keep_private(path).with_context(|| format!("cannot set the permissions of {}", path.display()))?;
    }
    let act = Act { actor: vigie_kernel::Actor::server(), at: clock.now(), rng: rng.clone() };
    db.chain_audit_by(secrets.derive("audit trail"));
    check_key(&db, &secrets, act.clone()).await?;
    backup::tell_of_restore(&db, held.path(), act.clone()).await.context("the note of a restore")?;
    let one_time_password = first_start::ensure(&db, &hasher, &secrets, act).await?;
    let node = Node::open(held.path(), clock.now(), &*rng)?;
    let names = wanted_names(host_name().as_deref(), &host_addresses(), &config.names);
    let names = with_url(names, config.url.as_deref());
    let identity = Identity::open(&held.path().join("tls"), names, clock.now())?;
    let state = AppState::new(Parts {
        outgoing: crate::outgoing::Cache::default(),
        preferences: preferences::Cache::new(db.clone()),
        metrics: Metrics::new(),
        events: Events::default(),
        blobs: vigie_db::blobs::Blobs::local(&config.data_dir.join("blobs")).context("the store of files")?,
        openid: crate::openid::Cache::default(),
        backups: backup::KeptBackups::new(&config.data_dir),
        logs,
        node,
        rollouts: vigie_assets::rollouts::Cache::default(),
        rollouts_news: tokio::sync::Notify::new(),
        alert_news: tokio::sync::Notify::new(),
        links: vigie_link::Links::default(),
        link_sessions: tokio_util::task::TaskTracker::new(),
        exports: crate::workers::exports::Exports::new(&config.data_dir),
        imports: crate::workers::imports::Imports::new(&config.data_dir),
        intake: crate::workers::assets::Intake::new(
            vigie_assets::intake::Intake::new(db.clone(), rng.clone()),
            config.inflight_bytes,
        ),
        verifying: tokio::sync::Mutex::default(),
        listening: OnceLock::new(),
        stopping: CancellationToken::new(),
        db,
        clock,
        rng,
        secrets,
        hasher,
        config,
        identity,
    });
    // A node that was killed said nothing of its links.
    crate::workers::fleet::forget_links_of_before(&state).await?;
    // A certificate that cannot be used must not keep the server from starting: the own one is presented then.
    if let Err(error) = crate::workers::certificate::present(&state).await {
        tracing::error!(error = format!("{error:#}"), "the certificate of the database cannot be used");
    }
    Ok(Vigie { state, one_time_password, _held: held })
}

/// The certificate is for the address that agents are told.
fn with_url(mut names: Vec<String>, url: Option<&str>) -> Vec<String> {
    let host = url
        .and_then(|it| it.parse::<http::Uri>().ok())
        .and_then(|it| it.host().map(|host| host.trim_matches(['[', ']']).to_lowercase()));
    names.extend(host.filter(|host| !names.contains(host)));
    names
}

fn sealing_key(data_dir: &Path, rng: &dyn Rng) -> anyhow::Result<[u8; KEY_LEN]> {
    let path = data_dir.join("sealing.key");
    if let Some(content) = read_if_there(&path).with_context(|| format!("cannot read {}", path.display()))? {
        return content.try_into().map_err(|_| anyhow!("{}: not a key of {KEY_LEN} bytes", path.display()));
    }
    let mut key = [0; KEY_LEN];
    rng.fill(&mut key);
    write_file(&path, &key, 0o600).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(key)
}

/// Whoever may read the database may read every inventory.
fn keep_private(database: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for suffix in ["", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        match std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A database whose secrets this directory's key does not open belongs to another directory: better said at the start
/// than at the first agent.
async fn check_key(db: &Database, secrets: &Secrets, act: Act) -> anyhow::Result<()> {
    const NAME: &str = "sealing-key-check";
    const WORD: &[u8] = b"vigie";
    if let Some(sealed) = settings::get::<String>(db.reads(), NAME).await? {
        let opened = hex::decode(sealed).ok().and_then(|it| secrets.open(NAME, &it).ok());
        if opened.as_deref() != Some(WORD) {
            let shared = if db.engine() == Engine::Postgres {
                " Nodes that share a database share sealing.key and tls/ too."
            } else {
                ""
            };
            bail!("the database was made with another sealing.key than the one in this data directory.{shared}");
        }
        return Ok(());
    }
    let sealed = hex::encode(secrets.seal(&*act.rng, NAME, WORD));
    db.write(move |tx| Box::pin(async move { settings::put(tx, NAME, &sealed, act.at).await }))
        .await
        .map_err(|error: DbErr| error.into())
}

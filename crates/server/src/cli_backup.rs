//! `vigie backup`: make, look through and restore backups of the server itself, whether a server runs or not.

#![allow(clippy::doc_markdown, reason = "the words beside commands are what the program prints")]

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use tokio::runtime::Handle;
use vigie_db::{Database, backup::known_migrations};
use vigie_kernel::{Act, Actor, Clock as _};

use crate::{
    admin::{self, Ask, BackupNote},
    backup::{self, Failure, Made, Progress, Verified},
    boot::Surroundings,
    cli::{Common, print},
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Backup {
    /// Write a backup to a file, also while the server runs
    ///
    /// The file holds the database at one moment, the keys, the certificates and every other file of the data directory
    /// that makes the server the same again. Not in it: logs, exports, other backups, and the agents' packages in
    /// DIR/distribution, which a package brings. Keep it as safe as the data directory itself: it holds every secret.
    Create {
        #[command(flatten)]
        common: Common,
        /// The file, which is replaced where it is there; whole or not at all
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Put a backup in the place of a server that does not run
    ///
    /// The whole file is checked before anything is touched. The next start brings an older backup's database up to date.
    Restore(Restore),
    /// Check a backup from its beginning to its end
    Verify {
        /// The file
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    common: Common,
    /// The file
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Replace the server that is there: its files are kept in DIR/before-restore-…, rows in PostgreSQL are not kept
    #[arg(long)]
    replace: bool,
}

pub(crate) async fn run(command: Backup) -> anyhow::Result<ExitCode> {
    match command {
        Backup::Create { common, to } => create(common.load()?, to).await,
        Backup::Restore(Restore { common, from, replace }) => restore(common.load()?, from, replace).await,
        Backup::Verify { from } => {
            let shown = from.clone();
            let verified = work("checked", move |progress| backup::verify(&from, &progress)).await?;
            print(&format!("{} is whole: {}", shown.display(), told(&verified)))
        }
    }
}

fn told(Verified { manifest, totals }: &Verified) -> String {
    format!(
        "Vigie {} on {}, {}; {} entries, {} MiB",
        manifest.version,
        manifest.engine,
        manifest.created_at,
        totals.entries,
        totals.bytes.div_ceil(1 << 20),
    )
}

async fn create(config: Config, to: PathBuf) -> anyhow::Result<ExitCode> {
    let surroundings = Surroundings::real();
    let now = surroundings.clock.now();
    let (own, target, handle) = (config.clone(), to.clone(), Handle::current());
    let made = work("backed up", move |progress| backup::create(&own, &target, now, &progress, &handle)).await?;
    if let Err(error) = note(&config, &surroundings, &to, &made).await {
        // The backup is there and whole all the same.
        writeln!(std::io::stderr(), "vigie: the audit trail does not tell of this backup: {error:#}")?;
    }
    let mebibytes = made.bytes.div_ceil(1 << 20);
    print(&format!("{}: {} entries, {mebibytes} MiB, SHA-256 {}", to.display(), made.totals.entries, made.sha256))
}

/// Through the server that runs; where none does, on the spot, unless that would change the schema.
async fn note(config: &Config, surroundings: &Surroundings, to: &Path, made: &Made) -> anyhow::Result<()> {
    let file = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let note = BackupNote { file, bytes: made.bytes, sha256: made.sha256.clone() };
    if let Some(said) = admin::ask_running(&config.data_dir, &Ask::NoteBackup(note.clone())).await? {
        return said.map(drop).map_err(anyhow::Error::msg);
    }
    if made.migrations != known_migrations() {
        anyhow::bail!("its schema is of another version");
    }
    let db = Database::open(&config.database).await?;
    let clock = &surroundings.clock;
    let act = Act { actor: Actor::command_line(), at: clock.now(), rng: surroundings.rng.clone() };
    let noted = admin::note_backup(&db, act, note).await;
    db.close().await;
    Ok(noted?)
}

async fn restore(config: Config, from: PathBuf, replace: bool) -> anyhow::Result<ExitCode> {
    let now = vigie_kernel::SystemClock.now();
    let (own, handle) = (config.clone(), Handle::current());
    let restored =
        work("restored", move |progress| backup::restore(&own, &from, replace, now, &progress, &handle)).await?;
    let mut err = std::io::stderr().lock();
    if let Some(aside) = &restored.aside {
        writeln!(err, "What was there before is in {}; delete it when it is not needed any more.", aside.display())?;
    }
    if restored.of_root {
        writeln!(
            err,
            "The files belong to root: where the server runs as another user, chown -R {} to it.",
            config.data_dir.display()
        )?;
    }
    drop(err);
    let told = told(&Verified { manifest: restored.manifest, totals: restored.totals });
    print(&format!("Restored into {}: {told}. Start the server now.", config.data_dir.display()))
}

/// Does something long where blocking is allowed, and says how far it is where someone watches.
async fn work<T: Send + 'static>(
    done: &'static str,
    job: impl FnOnce(Progress) -> Result<T, Failure> + Send + 'static,
) -> anyhow::Result<T> {
    let progress = Progress::default();
    let own = progress.clone();
    let mut job = tokio::task::spawn_blocking(move || job(own));
    let watched = std::io::stderr().is_terminal();
    let mut shown = false;
    let ended = loop {
        tokio::select! {
            ended = &mut job => break ended,
            stop = tokio::signal::ctrl_c() => {
                stop?;
                progress.stop();
            }
            () = tokio::time::sleep(Duration::from_millis(250)), if watched => {
                shown = show(done, &progress) || shown;
            }
        }
    };
    if shown {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    Ok(ended.context("the work ended early")??)
}

fn show(done: &str, progress: &Progress) -> bool {
    let (bytes, total) = progress.bytes();
    let percent = bytes.saturating_mul(100).checked_div(total).unwrap_or(0).min(100);
    write!(std::io::stderr(), "\r\x1b[K{percent} % {done}, {} MiB", bytes >> 20).is_ok()
}

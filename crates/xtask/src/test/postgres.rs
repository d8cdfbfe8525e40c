//! A PostgreSQL of our own: a new cluster in a temporary folder, on a free port, gone at the end.

use std::{
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use nix::{
    sys::signal::Signal,
    unistd::{User, chown},
};

use crate::{
    prerequisites::{is_root, postgres_programs},
    shell::{Scratch, Started, catch_stop, command, free_port, output, run, stopped, wait_for},
};

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// As in production: for what is measured.
    On,
    /// Faster: for tests, which lose nothing when the machine stops.
    Off,
}

/// `cargo xtask postgres`: one for tests, with its address in the environment of a command, or printed until Ctrl-C.
pub(crate) fn with_one(arguments: &[String]) -> anyhow::Result<()> {
    catch_stop()?;
    let postgres = Postgres::start(Durability::Off)?;
    let Some((program, rest)) = arguments.split_first() else {
        println!("export VIGIE_TEST_POSTGRES={}\n\nCtrl-C stops.", postgres.url());
        while !stopped() {
            std::thread::sleep(Duration::from_millis(200));
        }
        return Ok(());
    };
    run(command(program, rest).env("VIGIE_TEST_POSTGRES", postgres.url()))
}

/// A running PostgreSQL.
#[derive(Debug)]
pub(crate) struct Postgres {
    url: String,
    process: Started,
    // Removed last.
    _scratch: Scratch,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub(crate) fn start(durability: Durability) -> anyhow::Result<Self> {
        let programs = postgres_programs().ok_or_else(|| anyhow!("PostgreSQL is not installed"))?;
        // Under the temporary folder, because a checkout may lie where the account of PostgreSQL cannot go.
        let scratch = Scratch::new("postgres")?;
        let account = account()?;
        if let Some(account) = &account {
            chown(scratch.path(), Some(account.uid), Some(account.gid))?;
        }
        let data = scratch.path().join("data");
        let mut initdb = program(&programs, "initdb", account.as_ref());
        initdb.args([
            "--username=vigie",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--pgdata",
        ]);
        output(initdb.arg(&data)).context("a new PostgreSQL cluster")?;

        let port = free_port()?;
        let mut postgres = program(&programs, "postgres", account.as_ref());
        postgres.arg("-D").arg(&data).stdout(Stdio::null()).stderr(Stdio::null());
        let sockets = scratch.path().display().to_string();
        let port_text = port.to_string();
        let mut settings = vec![
            ("listen_addresses", "127.0.0.1"),
            ("port", &*port_text),
            ("unix_socket_directories", &*sockets),
            ("max_connections", "300"),
            ("logging_collector", "off"),
        ];
        if durability == Durability::Off {
            settings.extend([("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")]);
        }
        for (name, value) in settings {
            postgres.arg("-c").arg(format!("{name}={value}"));
        }
        // SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients.
        let mut process = Started::start(&mut postgres, Signal::SIGINT)?;
        wait_for("PostgreSQL's start", Duration::from_mins(1), || {
            process.still_runs()?;
            let mut ready = program(&programs, "pg_isready", None);
            ready.args(["--quiet", "--host=127.0.0.1", "--port", &port_text]);
            Ok(ready.status()?.success().then_some(()))
        })?;
        Ok(Self { url: format!("postgres://vigie@127.0.0.1:{port}/postgres"), process, _scratch: scratch })
    }

    /// `postgres://…`, of a user who may create databases.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its main process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

/// PostgreSQL refuses to run as root: then it runs as the account that its package made.
fn account() -> anyhow::Result<Option<User>> {
    if !is_root() {
        return Ok(None);
    }
    let account = User::from_name("postgres")?.or(User::from_name("nobody")?);
    account.map(Some).ok_or_else(|| anyhow!("there is no account 'postgres' or 'nobody' to run PostgreSQL as"))
}

fn program(programs: &Path, name: &str, account: Option<&User>) -> Command {
    let mut command = command(&programs.join(name).display().to_string(), [""; 0]);
    // Not the checkout: the account may not be able to go there.
    command.current_dir(std::env::temp_dir());
    if let Some(account) = account {
        command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
    }
    command
}

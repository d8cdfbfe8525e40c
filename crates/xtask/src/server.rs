//! A Vigie server of our own: for the browser and real-client tests, and for what is measured.

use std::{
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Stdio,
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::shell::{Scratch, Started, command, free_port, output, wait_for};

/// How agents reach a server.
#[derive(Debug, Clone)]
pub(crate) struct AgentClient {
    pub(crate) url: String,
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    program: PathBuf,
    process: Started,
    port: u16,
    /// The administrator's one-time password; none when the data folder is not new.
    pub(crate) password: Option<String>,
    /// Time from the start of the process to the first good answer of `/readyz`.
    pub(crate) ready_after: Duration,
    folder: PathBuf,
    // Removed last.
    _scratch: Option<Scratch>,
}

/// How a server is started.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    /// The `vigie` program.
    pub(crate) program: PathBuf,
    /// Its data folder; a temporary one when there is none.
    pub(crate) folder: Option<&'a Path>,
    /// `postgres://…`; SQLite when there is none.
    pub(crate) database: Option<&'a str>,
    /// Port on 127.0.0.1; a free one when there is none.
    pub(crate) port: Option<u16>,
    /// Level of its log, on standard error.
    pub(crate) log: &'a str,
    /// Further arguments.
    pub(crate) more: &'a [&'a str],
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) fn start(settings: &Settings<'_>) -> anyhow::Result<Self> {
        let scratch = if settings.folder.is_none() { Some(Scratch::new("server")?) } else { None };
        let folder = settings
            .folder
            .or(scratch.as_ref().map(Scratch::path))
            .ok_or_else(|| anyhow!("a server has a data folder"))?
            .to_path_buf();
        let port = settings.port.map_or_else(free_port, Ok)?;
        let program = settings.program.display().to_string();
        let mut serve = command(&program, ["serve", "--data-dir"]);
        serve.arg(&folder).args(["--listen", &format!("127.0.0.1:{port}")]).args(settings.more);
        serve.stdout(Stdio::piped());
        // What someone set for their own server must not reach this one.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VIGIE_")) {
            serve.env_remove(name);
        }
        serve.env("VIGIE_LOG_LEVEL", settings.log);
        if let Some(database) = settings.database {
            serve.args(["--database", database]);
        }
        let start = Instant::now();
        let mut process = Started::start(&mut serve, Signal::SIGTERM)?;
        let lines = lines_of(&mut process)?;
        let mut password = None;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let ca = folder.join("tls/ca.pem");
        // The certificate is there before the listener is: connecting first keeps the waiting cheap and exact.
        let ready_after = wait_for("the server's start", Duration::from_mins(2), || {
            process.still_runs()?;
            let open = TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok();
            Ok((open && answers_ready(port, &ca)).then(|| start.elapsed()))
        })?;
        while let Ok(line) = lines.recv_timeout(Duration::from_millis(300)) {
            password = password.or(password_in(&line));
            if password.is_some() {
                break;
            }
        }
        Ok(Self { program: settings.program.clone(), process, port, password, ready_after, folder, _scratch: scratch })
    }

    /// `https://localhost:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Its CA.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.join("tls/ca.pem")
    }

    /// Its data folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// An error when it has ended.
    pub(crate) fn still_runs(&mut self) -> anyhow::Result<()> {
        self.process.still_runs()
    }

    fn admin(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let program = self.program.display().to_string();
        let mut admin = command(&program, ["admin"]);
        admin.args(arguments).arg("--data-dir").arg(&self.folder);
        Ok(output(&mut admin)?.trim().to_owned())
    }

    /// A token of the administrator.
    pub(crate) fn token(&self) -> anyhow::Result<String> {
        self.token_of("admin")
    }

    /// A token of a user.
    pub(crate) fn token_of(&self, user: &str) -> anyhow::Result<String> {
        self.admin(&["token", "--user", user])
    }

    /// What agents sign in with.
    pub(crate) fn agent_client(&self) -> anyhow::Result<AgentClient> {
        let text = self.admin(&["agent-client"])?;
        let json: Value =
            serde_json::from_str(&text).with_context(|| format!("vigie admin agent-client said: {text}"))?;
        let member = |name: &str| {
            json[name].as_str().map(ToOwned::to_owned).ok_or_else(|| anyhow!("'{name}' is missing in: {text}"))
        };
        Ok(AgentClient { url: member("url")?, id: member("client_id")?, secret: member("client_secret")? })
    }

    /// Asks the server to end; an error unless it ends well.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        match self.process.stop()? {
            Some(0) => Ok(()),
            code => Err(anyhow!("the server ended with {code:?} instead of 0")),
        }
    }

    /// Ends the server at once, as a failure of its machine would.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill()
    }
}

/// The lines that a program writes, passed on to our own output as they come.
fn lines_of(process: &mut Started) -> anyhow::Result<mpsc::Receiver<String>> {
    let stdout = process.take_stdout().ok_or_else(|| anyhow!("its output is taken"))?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            // Nobody may be listening any more; the lines are shown all the same.
            let _ = sender.send(line);
        }
    });
    Ok(receiver)
}

/// The password in the line that the server writes at its first start.
fn password_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("One-time password:")?;
    rest.split_whitespace().next().map(ToOwned::to_owned)
}

fn answers_ready(port: u16, ca: &Path) -> bool {
    let mut curl = command("curl", ["--silent", "--fail", "--max-time", "2", "--output", "/dev/null", "--cacert"]);
    curl.arg(ca).arg(format!("https://localhost:{port}/readyz")).stderr(Stdio::null());
    curl.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_password_is_found_in_the_servers_line() {
        let line = "Administrator: admin  One-time password: aB3dE-x";
        assert_eq!(super::password_in(line).as_deref(), Some("aB3dE-x"));
        assert_eq!(super::password_in("listening"), None);
    }
}

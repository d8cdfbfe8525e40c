//! Starting other programs: with their output shown or taken, as children that end with this one, and told when the
//! person presses Ctrl-C.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

static STOPPED: AtomicBool = AtomicBool::new(false);

/// From here on Ctrl-C and SIGTERM no longer end this program at once: [`stopped`] tells, so that what was started can
/// be stopped in order.
pub(crate) fn catch_stop() -> anyhow::Result<()> {
    ctrlc::set_handler(|| STOPPED.store(true, Ordering::SeqCst)).context("cannot catch Ctrl-C")
}

/// Whether someone asked for the end.
pub(crate) fn stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// The root of the source tree.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A program that cargo built, `profile` being `debug` or `release`.
pub(crate) fn built(profile: &str, program: &str) -> PathBuf {
    target().join(profile).join(program)
}

/// A program with its arguments, started in the root of the tree.
pub(crate) fn command<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Cargo. The variables with which the outer cargo started this program would make the inner one build anew.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut cargo = command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), arguments);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME" {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// npm, in the console's folder.
pub(crate) fn npm<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut npm = command("npm", arguments);
    npm.current_dir(root().join("console"));
    npm
}

fn shown(command: &Command) -> String {
    let mut text = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Runs a program to its end, with its output shown; an error when it fails.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let text = shown(command);
    println!("$ {text}");
    let status = command.status().with_context(|| format!("cannot start: {text}"))?;
    if stopped() {
        bail!("stopped");
    }
    if !status.success() {
        bail!("failed ({status}): {text}");
    }
    Ok(())
}

/// Runs a program to its end and takes its output; an error, with what it said, when it fails.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let text = shown(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start: {text}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("failed ({}): {text}\n{}", output.status, said.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program is there and answers.
pub(crate) fn answers(program: &str, argument: &str) -> bool {
    Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// A program that runs beside this one, and ends with it.
#[derive(Debug)]
pub(crate) struct Started {
    name: String,
    child: Child,
    signal: Signal,
}

impl Started {
    /// Starts it. `signal` is what it understands as the wish that it ends.
    pub(crate) fn start(command: &mut Command, signal: Signal) -> anyhow::Result<Self> {
        let name = shown(command);
        let child = command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot start: {name}"))?;
        Ok(Self { name, child, signal })
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it writes, when its output was taken by a pipe.
    pub(crate) fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// An error when it has ended.
    pub(crate) fn still_runs(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("ended ({status}): {}", self.name),
        }
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end and waits; its exit code.
    pub(crate) fn stop(&mut self) -> anyhow::Result<Option<i32>> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status.code());
        }
        kill(Pid::from_raw(i32::try_from(self.child.id())?), self.signal)?;
        let patience = Instant::now();
        while patience.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill()?;
        self.child.wait()?;
        bail!("did not end within 20 s and was killed: {}", self.name)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("{error:#}");
        }
    }
}

/// Asks again and again until there is an answer.
pub(crate) fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut ask: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if stopped() {
            bail!("stopped");
        }
        if start.elapsed() > patience {
            bail!("{what}: nothing after {} s", patience.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A TCP port of 127.0.0.1 that nothing listens on.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// A new empty folder under the system's temporary one, removed with its content at the end.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes it.
    pub(crate) fn new(name: &str) -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("vigie-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

//! The agent's program, kept running by a test.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use crate::server::{PATIENCE, Server, TOKEN};

pub fn program(arguments: &[&str]) -> Command {
    let mut agent = Command::new(env!("CARGO_BIN_EXE_vigie-agent"));
    agent.args(arguments).env_clear().stdin(Stdio::null());
    agent
}

/// A folder for one system.
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// `vigie-agent system …` for this folder.
    pub fn system(&self, arguments: &[&str]) -> Command {
        let mut command = program(&["system"]);
        command.args(arguments).env("VIGIE_SYSTEM_STATE_DIR", self.state());
        command
    }

    pub fn done(&self, arguments: &[&str]) -> String {
        text(self.system(arguments).output().unwrap())
    }

    /// Waits until a file of the state says this.
    pub fn until(&self, name: &str, is: impl Fn(&str) -> bool) {
        let began = Instant::now();
        while !std::fs::read_to_string(self.state().join(name)).is_ok_and(|text| is(&text)) {
            assert!(began.elapsed() < PATIENCE, "never in {name}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn user(&self, arguments: &[&str]) -> String {
        self.done(&[&["service-user"], arguments].concat())
    }

    pub fn set_password(&self, password: &str) {
        let mut command = self.system(&["service-user", "--password-stdin"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
        text(child.wait_with_output().unwrap());
    }

    pub fn run(&self, server: &Server) -> Command {
        let mut command = self.system(&["run", "--server", &server.url(), "--ca"]);
        command.arg(&server.ca);
        command
    }

    /// Enrols and keeps the link.
    pub fn start(&self, server: &Server) -> Agent {
        Agent::start(self.run(server).args(["--enrolment-token", TOKEN]))
    }
}

pub fn text(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub struct Agent {
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Agent {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, kept) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        Self { child, log }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log says this.
    pub fn says(&self, words: &str) {
        let began = Instant::now();
        while !self.log().contains(words) {
            assert!(began.elapsed() < PATIENCE, "never said \"{words}\" but:\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for it to end by itself; whether it did well.
    pub fn ended(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

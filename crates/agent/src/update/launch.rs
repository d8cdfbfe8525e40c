//! Which version runs. The service manager starts the installed program; that hands over to the newest version which has
//! shown that it works, and watches one that has yet to show it.

use std::{
    ffi::OsString,
    io,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::shelf::{Choice, Shelf};
use crate::{
    VERSION,
    config::Settings,
    moving::Portals,
    portal::{Failure, Portal},
    service,
};

/// Set for a program that another version started and watches: it ends with [`RESTART`] to have the choice made anew.
const WATCHED: &str = "VIGIE_AGENT_WATCHED";
/// The exit code that asks for it.
pub(crate) const RESTART: u8 = 75;
/// How often a version on trial is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The longest pause before a version is started again.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// Why the loop of the service ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Another version is to run.
    Restart,
}

/// Runs the service with whichever version is to run; answers an exit code when the process is to end. `arguments` have
/// another version do the same.
pub fn launch(settings: &Settings, arguments: &[OsString]) -> Result<u8, Failure> {
    service::end_on_signal()?;
    let shelf = Shelf::of(&settings.state_dir);
    let watched = is_watched();
    if watched {
        end_with_watcher();
    }
    let mut failures = 0;
    loop {
        let choice = shelf.choose(VERSION).unwrap_or_else(|error| {
            log::error!("the versions in {} cannot be looked at: {error}", shelf.path().display());
            Choice::Here
        });
        match choice {
            Choice::Here => match service::run(settings)? {
                Ended::Restart if watched => return Ok(RESTART),
                Ended::Restart => {}
            },
            Choice::Other { program, version, trial } => {
                log::info!("version {version} takes over{}", if trial.is_some() { ", on trial" } else { "" });
                let mut command = Command::new(&program);
                command.args(arguments);
                let ended = match trial {
                    Some(within) => watch_trial(settings, &shelf, &mut command, within),
                    None => replace(&mut command),
                };
                failures = if ended { 0 } else { failures + 1 };
                thread::sleep((Duration::from_secs(2) * failures).min(LONGEST_PAUSE));
            }
        }
    }
}

/// Whether another version watches this one.
pub(super) fn is_watched() -> bool {
    std::env::var_os(WATCHED).is_some()
}

/// Has the version that is in use do what this process was asked to do, where that is another one. Comes back otherwise.
pub(crate) fn hand_over(shelf: &Shelf) -> io::Result<()> {
    // Not one on trial: that would count as a start.
    if shelf.standing().trial.is_none()
        && let Choice::Other { program, .. } = shelf.choose(VERSION)?
    {
        let mut command = Command::new(program);
        command.args(std::env::args_os().skip(1));
        #[cfg(unix)]
        return Err(std::os::unix::process::CommandExt::exec(&mut command));
        #[cfg(not(unix))]
        {
            let status = command.status()?;
            std::process::exit(status.code().unwrap_or(1));
        }
    }
    Ok(())
}

/// A version that works takes this process's place. Answers whether it ended as it should.
#[cfg(unix)]
fn replace(command: &mut Command) -> bool {
    let error = std::os::unix::process::CommandExt::exec(command.env_remove(WATCHED));
    log::error!("{} cannot be started: {error}", command.get_program().display());
    false
}

/// A process cannot be replaced here: the version that works runs beside this one.
#[cfg(not(unix))]
fn replace(command: &mut Command) -> bool {
    if !start(command) {
        return false;
    }
    loop {
        match State::now() {
            State::Ended(code) => return asks_for_restart(code),
            State::Runs => thread::sleep(LOOK_EVERY),
        }
    }
}

/// The version that runs beside this process.
static CHILD: Mutex<Option<Child>> = Mutex::new(None);

fn child() -> MutexGuard<'static, Option<Child>> {
    CHILD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the version that runs beside this process, if there is one.
pub(crate) fn end_child() {
    if let Some(child) = child().as_mut() {
        // It may have ended by itself.
        #[cfg(unix)]
        if let Ok(id) = i32::try_from(child.id()) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM);
        }
        #[cfg(not(unix))]
        let _ = child.kill();
    }
}

/// A version that is watched ends with whoever watches it, however that ends: its standard input ends then.
fn end_with_watcher() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        log::info!("ending with the version that started this one");
        std::process::exit(0);
    });
}

fn start(command: &mut Command) -> bool {
    match command.env(WATCHED, VERSION).stdin(Stdio::piped()).spawn() {
        Ok(started) => {
            *child() = Some(started);
            true
        }
        Err(error) => {
            log::error!("{} cannot be started: {error}", command.get_program().display());
            false
        }
    }
}

/// How the version beside this process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Runs,
    /// It ended with this exit code; with none where a signal ended it.
    Ended(Option<i32>),
}

impl State {
    fn now() -> Self {
        let mut child = child();
        let code = match child.as_mut().map(Child::try_wait) {
            Some(Ok(None)) => return Self::Runs,
            Some(Ok(Some(status))) => status.code(),
            Some(Err(_)) | None => None,
        };
        *child = None;
        Self::Ended(code)
    }
}

/// Whether a child ended to have the choice made anew.
fn asks_for_restart(code: Option<i32>) -> bool {
    code == Some(i32::from(RESTART))
}

/// Runs a version on trial until it ends, or is given up. Answers whether it ended as it should.
fn watch_trial(settings: &Settings, shelf: &Shelf, command: &mut Command, within: Duration) -> bool {
    let give_up = |words: &str| {
        if let Err(error) = shelf.reverted(words) {
            log::error!("that cannot be written down: {error}");
        }
    };
    if !start(command) {
        give_up("its program cannot be started");
        return true;
    }
    let mut until = Instant::now() + within;
    loop {
        if let State::Ended(code) = State::now() {
            let asked = asks_for_restart(code);
            if !asked {
                let code = code.map_or_else(|| "by a signal".to_owned(), |code| format!("with code {code}"));
                log::warn!("the version on trial ended {code}");
            }
            return asked;
        }
        let on_trial = shelf.standing().trial.is_some();
        if on_trial && Instant::now() >= until {
            if the_portal_answers(settings) {
                end_child();
                give_up(&format!("it did not report within {} s", within.as_secs()));
                finish();
                return true;
            }
            log::warn!("the server does not answer: the version on trial gets another {} s", within.as_secs());
            until = Instant::now() + within;
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Whether this version reaches the server: only then the other one is to blame.
fn the_portal_answers(settings: &Settings) -> bool {
    let connection = Portals::of(settings).connection(settings);
    connection.and_then(|connection| Portal::new(&connection)?.sign_in()).is_ok()
}

/// Waits for a child that was told to end, and ends one that does not.
fn finish() {
    for _ in 0..10 {
        if State::now() != State::Runs {
            return;
        }
        thread::sleep(LOOK_EVERY / 2);
    }
    if let Some(mut child) = child().take() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

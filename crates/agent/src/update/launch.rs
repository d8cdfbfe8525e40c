//! Which version runs. The service manager starts the installed program; that hands over to the newest version which has
//! shown that it works, and watches one that has yet to show it.

use std::{
    ffi::OsString,
    io,
    path::Path,
    process::{Child, Command},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::shelf::{Choice, Shelf};
use crate::{
    VERSION,
    config::Settings,
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

/// Runs the service with whichever version is to run; answers an exit code when the process is to end.
pub fn launch(settings: &Settings) -> Result<u8, Failure> {
    service::end_on_signal()?;
    let shelf = Shelf::of(&settings.state_dir);
    let watched = is_watched();
    end_with_watcher(watched);
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
                let ended = match trial {
                    Some(within) => watch_trial(settings, &shelf, &program, within),
                    None => replace(&program),
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
        #[cfg(unix)]
        return Err(std::os::unix::process::CommandExt::exec(&mut command(&program)));
        #[cfg(not(unix))]
        {
            let status = command(&program).status()?;
            std::process::exit(status.code().unwrap_or(1));
        }
    }
    Ok(())
}

/// The same as this process was started as.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments());
    command
}

fn arguments() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}

/// A version that works takes this process's place. Answers whether it ended as it should.
#[cfg(unix)]
fn replace(program: &Path) -> bool {
    let error = std::os::unix::process::CommandExt::exec(&mut command(program));
    log::error!("{} cannot be started: {error}", program.display());
    false
}

/// A process cannot be replaced here: the version that works runs beside this one.
#[cfg(not(unix))]
fn replace(program: &Path) -> bool {
    let Some(mut child) = start(program) else { return false };
    loop {
        match State::of(&mut child) {
            State::Ended(code) => return asks_for_restart(code),
            State::Runs => thread::sleep(LOOK_EVERY),
        }
    }
}

/// The version on trial; ended with this process.
static CHILD: Mutex<Option<u32>> = Mutex::new(None);

/// Ends the version that runs beside this process, if there is one.
pub(crate) fn end_child() {
    let child = CHILD.lock().unwrap_or_else(PoisonError::into_inner).take();
    #[cfg(unix)]
    if let Some(id) = child.and_then(|id| i32::try_from(id).ok()) {
        // It may have ended by itself.
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM);
    }
    #[cfg(not(unix))]
    drop(child);
}

/// A program that is watched ends with whoever watches it, however that ends.
fn end_with_watcher(watched: bool) {
    #[cfg(target_os = "linux")]
    if watched && let Err(error) = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGTERM) {
        log::debug!("the end of the watching process will not be heard: {error}");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = watched;
}

fn start(program: &Path) -> Option<Child> {
    match command(program).env(WATCHED, VERSION).spawn() {
        Ok(child) => {
            *CHILD.lock().unwrap_or_else(PoisonError::into_inner) = Some(child.id());
            Some(child)
        }
        Err(error) => {
            log::error!("{} cannot be started: {error}", program.display());
            None
        }
    }
}

/// How a child stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Runs,
    /// It ended with this exit code; with none where a signal ended it.
    Ended(Option<i32>),
}

impl State {
    fn of(child: &mut Child) -> Self {
        let code = match child.try_wait() {
            Ok(None) => return Self::Runs,
            Ok(Some(status)) => status.code(),
            Err(_) => None,
        };
        *CHILD.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Self::Ended(code)
    }
}

/// Whether a child ended to have the choice made anew.
fn asks_for_restart(code: Option<i32>) -> bool {
    code == Some(i32::from(RESTART))
}

/// Runs a version on trial until it ends, or is given up. Answers whether it ended as it should.
fn watch_trial(settings: &Settings, shelf: &Shelf, program: &Path, within: Duration) -> bool {
    let give_up = |words: &str| {
        if let Err(error) = shelf.reverted(words) {
            log::error!("that cannot be written down: {error}");
        }
    };
    let Some(mut child) = start(program) else {
        give_up("its program cannot be started");
        return true;
    };
    let mut until = Instant::now() + within;
    loop {
        if let State::Ended(code) = State::of(&mut child) {
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
                finish(&mut child);
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
    Portal::new(&settings.connection).and_then(|mut portal| portal.sign_in()).is_ok()
}

/// Waits for a child that was told to end, and ends one that does not.
fn finish(child: &mut Child) {
    for _ in 0..10 {
        if State::of(child) != State::Runs {
            return;
        }
        thread::sleep(LOOK_EVERY / 2);
    }
    let _ = child.kill();
    let _ = child.wait();
}

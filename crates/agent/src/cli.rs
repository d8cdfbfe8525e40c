//! The commands of `vigie-agent`.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    thread,
    time::Duration,
};

use clap::{Parser, Subcommand};
use vigie_kernel::{SystemClock, SystemRng};

#[cfg(windows)]
use crate::windows;
use crate::{
    check::check,
    collect::{self, Options},
    config::{DEFAULT_FILE, Given, Settings},
    logging,
    moving::{Portals, round},
    portal::Failure,
    resolver,
    service::take,
    sync::{Delivered, Pauses, StateDir, When},
    update::{self, Shelf, Standing},
};
#[cfg(unix)]
use crate::{profile, system};

/// How often a command tries before it gives up; the service goes on for ever.
const TRIES: u32 = 4;
/// A server that asks a command to wait longer is asked again another time.
const LONGEST_WAIT: Duration = Duration::from_secs(90);

/// Takes this machine's inventory and synchronises it with a Vigie server
#[derive(Debug, Parser)]
#[command(name = "vigie-agent", version = crate::VERSION, about)]
struct Cli {
    #[arg(long, global = true, value_name = "FILE", env = "VIGIE_AGENT_CONFIG", help = format!("File of settings [default: {DEFAULT_FILE}]"))]
    config: Option<PathBuf>,
    /// Log more
    #[arg(long, short, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take the inventory and print it as JSON; nothing is sent
    Inventory {
        /// Stay on this machine (there is no other way yet)
        #[arg(long, required = true)]
        local: bool,
        #[command(flatten)]
        given: Given,
    },
    /// Run as the service: collect now and every hour, synchronise when something changed
    Run {
        #[command(flatten)]
        given: Given,
    },
    #[cfg(windows)]
    /// Be the installed service; the service manager starts it
    Service,
    #[cfg(windows)]
    /// What the package does while it installs and removes
    #[command(subcommand, hide = true)]
    Package(windows::package::Command),
    /// Synchronise once, if something changed or the last synchronisation is 7 days old
    Sync {
        /// Synchronise in any case
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        given: Given,
    },
    /// Show what the server last acknowledged
    Status {
        #[command(flatten)]
        given: Given,
    },
    /// Go through the steps to the server and say which one fails
    Check {
        #[command(flatten)]
        given: Given,
    },
    #[cfg(unix)]
    /// Keep this machine's link to a Vigie server, and decide what the server may do here
    #[command(subcommand)]
    System(system::cli::Command),
    #[cfg(unix)]
    /// Profiles: what kind of system this is
    #[command(subcommand)]
    Profile(profile::cli::Command),
}

pub(crate) type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

/// Runs the program; answers its exit code.
pub fn main() -> ExitCode {
    resolver::use_what_is_built_in();
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vigie-agent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Outcome {
    let file = Given::read(cli.config.as_deref());
    match cli.command {
        Command::Inventory { local: _, given } => {
            logging::start(None, cli.verbose);
            inventory(&given.or(file?))
        }
        Command::Run { given } => {
            let settings = given.or(file?).settings()?;
            logging::start(settings.log_dir.as_deref(), cli.verbose);
            match update::launch(&settings, &std::env::args_os().skip(1).collect::<Vec<_>>()) {
                Ok(code) => Ok(ExitCode::from(code)),
                Err(failure) => {
                    log::error!("{failure}");
                    Ok(ExitCode::FAILURE)
                }
            }
        }
        #[cfg(windows)]
        Command::Service => windows::service::main(cli.verbose),
        #[cfg(windows)]
        Command::Package(command) => windows::package::main(&command),
        Command::Sync { now, given } => {
            let settings = given.or(file?).settings()?;
            logging::start(settings.log_dir.as_deref(), cli.verbose);
            update::hand_over(&Shelf::of(&settings.state_dir))?;
            sync(&settings, if now { When::Now } else { When::Due })
        }
        Command::Status { given } => status(&given.or(file?)),
        Command::Check { given } => {
            logging::start(None, cli.verbose);
            let settings = file.and_then(|file| given.or(file).settings());
            let well = check(settings, &mut io::stdout().lock())?;
            Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        #[cfg(unix)]
        Command::System(command) => {
            logging::start(None, cli.verbose);
            system::cli::main(command)
        }
        #[cfg(unix)]
        Command::Profile(command) => profile::cli::main(command),
    }
}

fn inventory(given: &Given) -> Outcome {
    let cache = Some(given.state_dir()).filter(|folder| folder.is_dir());
    let collection = collect::collect(&Options { cache });
    for problem in &collection.problems {
        log::warn!("not taken: {problem}");
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, &collection.sections)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn sync(settings: &Settings, when: When) -> Outcome {
    let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(30));
    let again = || take(&settings.state_dir);
    let taken = again();
    let mut tries = 0;
    let delivered = loop {
        tries += 1;
        match round(settings, &SystemClock, &SystemRng, when, &taken, &again) {
            Ok(delivered) => break delivered,
            Err(Failure::Unanswered { words, retry_after }) if tries < TRIES => {
                let pause = pauses.next(retry_after, &SystemRng);
                if pause > LONGEST_WAIT {
                    return Err(words.into());
                }
                log::warn!("{words}; the next try is in {:.1} s", pause.as_secs_f32());
                thread::sleep(pause);
            }
            Err(failure) => return Err(failure.into()),
        }
    };
    let mut out = io::stdout().lock();
    match delivered {
        Delivered::NotDue => writeln!(out, "nothing changed since the last synchronisation")?,
        Delivered::Done { outcome, inventory_id, bytes, update } => {
            Shelf::of(&settings.state_dir).answered(update);
            writeln!(out, "{} {inventory_id} ({bytes} bytes sent)", format!("{outcome:?}").to_lowercase())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How the agent's own update stands.
fn versions(standing: &Standing, line: &mut dyn FnMut(&str, &str) -> io::Result<()>) -> io::Result<()> {
    if let Some(current) = &standing.current {
        line("version in use", &current.version)?;
    }
    if let Some(trial) = &standing.trial {
        line("version on trial", &format!("{}, started {} times", trial.kept.version, trial.starts))?;
    }
    if let Some(offer) = &standing.offer {
        line("version offered", &offer.version)?;
    }
    if let Some(report) = &standing.report {
        line("update failed", &format!("{} {}: {}", report.version, report.end.as_str(), report.words))?;
    }
    Ok(())
}

fn status(given: &Given) -> Outcome {
    let folder = given.state_dir();
    let state = StateDir::peek(&folder).map_err(|error| format!("state folder {}: {error}", folder.display()))?;
    let portals = match given.clone().settings() {
        Ok(settings) => Portals::of(&settings),
        // Settings that are not complete, or that this user may not read, name no other server.
        Err(_) => Portals::peek(&folder).map_err(|error| format!("state folder {}: {error}", folder.display()))?,
    };
    let mut out = io::stdout().lock();
    let mut line = |what: &str, value: &str| writeln!(out, "{what:<22} {value}");
    line("version", crate::VERSION)?;
    versions(&Shelf::of(&folder).standing(), &mut line)?;
    let Some(state) = state else {
        line("state", &format!("never synchronised (nothing in {})", folder.display()))?;
        return Ok(ExitCode::SUCCESS);
    };
    line("server", &state.server)?;
    for (what, words) in portals.described() {
        line(what, &words)?;
    }
    line("agent", &state.agent_id.map_or_else(|| "not enrolled".to_owned(), |id| id.to_string()))?;
    let last = state.last_synchronisation.map_or_else(|| "never".to_owned(), |at| at.to_string());
    line("last synchronisation", &last)?;
    if let Some(acknowledged) = &state.acknowledged {
        line("last outcome", &format!("{:?}", acknowledged.outcome).to_lowercase())?;
        line("inventory", &acknowledged.inventory_id.to_string())?;
        line("inventory taken", &acknowledged.collected_at.to_string())?;
    }
    if StateDir::waits(&folder) {
        line("under way", "a message waits for its answer and is sent again")?;
    }
    if let Some((at, why)) = &state.last_failure {
        line("failed since", &format!("{at}: {why}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

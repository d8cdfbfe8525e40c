//! `vigie-agent profile …`: for whoever writes a profile.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Subcommand;

use super::{LONGEST, Profile, parse, read_version};
use crate::{
    alerts::{Tried, try_once},
    files,
    portal::printable,
};

/// Profiles: what kind of system this is
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a profile says, or every error in it with line, column and key
    Check {
        /// The profile
        file: PathBuf,
        /// Read the version as the profile says, on this machine
        #[arg(long)]
        read: bool,
    },
    /// Look at every condition of a profile once, on this machine, and show what is found
    Try {
        /// The profile
        file: PathBuf,
    },
}

type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

/// Does what was asked.
pub fn main(command: Command) -> Outcome {
    match command {
        Command::Check { file, read } => check(&file, read),
        Command::Try { file } => try_all(&file),
    }
}

/// The profile; none: its errors were told.
fn read(path: &Path) -> Result<Option<Profile>, String> {
    let content =
        files::read_bounded(path, LONGEST).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let text = String::from_utf8(content).map_err(|_| format!("{} is not UTF-8", path.display()))?;
    let told = parse(&text).map_err(|faults| {
        for fault in faults {
            eprintln!("{}: {fault}", path.display());
        }
    });
    Ok(told.ok())
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn check(path: &Path, is_read: bool) -> Outcome {
    let Some(profile) = read(path)? else { return Ok(ExitCode::FAILURE) };
    let mut out = io::stdout().lock();
    write!(out, "{profile}")?;
    let Some(version) = profile.version.filter(|_| is_read) else { return Ok(ExitCode::SUCCESS) };
    match runtime()?.block_on(read_version(&version)) {
        Ok(found) => writeln!(out, "{:<12} {}", "it reads", printable(&found))?,
        Err(words) => {
            eprintln!("{}: the version cannot be read: {words}", path.display());
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One line for each thing that was found: what it is, and the condition's key first.
fn try_all(path: &Path) -> Outcome {
    let Some(profile) = read(path)? else { return Ok(ExitCode::FAILURE) };
    let mut out = io::stdout().lock();
    let mut is_told = true;
    if profile.conditions.is_empty() {
        writeln!(out, "the profile has no conditions")?;
    }
    let runtime = runtime()?;
    for condition in profile.conditions.iter() {
        let Tried { lines, fault } = runtime.block_on(try_once(condition));
        for (subject, what, summary) in lines {
            let of = if subject.is_empty() { String::new() } else { format!(" {}", printable(&subject)) };
            writeln!(out, "{}{of}: {what}: {}", condition.key, printable(&summary))?;
        }
        if let Some(words) = fault {
            is_told = false;
            writeln!(out, "{}: cannot be looked at: {}", condition.key, printable(&words))?;
        }
    }
    Ok(if is_told { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

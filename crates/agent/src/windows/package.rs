//! What the package runs while it installs and removes. It writes its properties under a key of the registry, which is the
//! one way without a length, a quoting or a line in its log; here they are verified and taken over into the file of
//! settings, and the key is removed. Whoever writes the key again (a group policy, for one) has it taken over at the next
//! start of the service.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};

use clap::Subcommand;
use windows_registry::LOCAL_MACHINE;

use super::{
    properties::{PROPERTIES, Properties, written},
    rights,
};
use crate::{
    cli::Outcome,
    config::{Error, Given},
    files, places,
};

/// Under HKEY_LOCAL_MACHINE.
const KEY: &str = r"SOFTWARE\Vigie Inventory Agent";
/// Longest file of certificates, bytes.
const MAX_CA: u64 = 1 << 20;
/// How often, and after what pause, the folder is removed again.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify one property that was handed over
    Verify {
        /// The property
        property: String,
        /// Nothing was installed before
        #[arg(long)]
        first: bool,
    },
    /// Take over what was handed over
    TakeOver {
        /// Nothing was installed before
        #[arg(long)]
        first: bool,
    },
    /// Remove everything that the agent keeps on this machine
    Purge,
}

/// Runs a command of the package.
pub(crate) fn main(command: &Command) -> Outcome {
    match command {
        Command::Verify { property, first } => match made(*first) {
            Err(Error::Invalid { key, words }) if key == property => Err(format!("{key}: {words}").into()),
            _ => Ok(ExitCode::SUCCESS),
        },
        Command::TakeOver { first } => {
            take_over(*first)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Purge => {
            purge()?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn handed_over() -> Properties {
    let key = LOCAL_MACHINE.open(KEY).ok();
    Properties::read(|name| key.as_ref()?.get_string(name).ok())
}

fn made(first: bool) -> Result<super::properties::Made, Error> {
    // What lies there before the first installation is somebody else's.
    let before = if first { Given::default() } else { Given::read(None)? };
    handed_over().apply(before, |path| files::read_bounded(Path::new(path), MAX_CA))
}

/// Takes over what the registry holds, if anything, or at an installation in any case: settings that work must then stand.
fn take_over(first: bool) -> Result<(), Box<dyn std::error::Error>> {
    let made = made(first)?;
    let folder = places::folder();
    let local = |error: io::Error| format!("{}: {error}", folder.display());
    prepare(&folder, first).map_err(local)?;
    let mut ca = None;
    if let Some(content) = &made.ca {
        let path = folder.join("ca.pem");
        files::write_atomic(&path, content).map_err(local)?;
        ca = Some(path);
    }
    let content = written(&made.given, ca.as_deref());
    files::write_atomic(&places::settings(), content.as_bytes()).map_err(local)?;
    forget()?;
    Ok(())
}

/// The same at the start of the service, where nothing waits as a rule.
pub(super) fn take_over_what_waits() -> Result<bool, Box<dyn std::error::Error>> {
    let waits = !handed_over().is_empty();
    if waits {
        take_over(false)?;
    }
    Ok(waits)
}

/// Makes the folder, and the one above it, the administrators' own.
fn prepare(folder: &Path, first: bool) -> io::Result<()> {
    let above: PathBuf = folder.parent().map(Path::to_owned).unwrap_or_default();
    files::create_private_folder(&above)?;
    rights::take_folder(&above)?;
    if first {
        gone(fs::remove_dir_all(folder))?;
    }
    files::create_private_folder(folder)?;
    rights::take_folder(folder)
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes the key with all its values.
fn forget() -> Result<(), Box<dyn std::error::Error>> {
    let Ok(key) = LOCAL_MACHINE.options().read().write().open(KEY) else { return Ok(()) };
    for name in PROPERTIES {
        // One that is not there is as good.
        let _ = key.remove_value(name);
    }
    drop(key);
    LOCAL_MACHINE.remove_tree(KEY)?;
    Ok(())
}

fn purge() -> Result<(), Box<dyn std::error::Error>> {
    let folder = places::folder();
    let local = |error: io::Error| format!("{}: {error}", folder.display());
    // The service has stopped; its process may not have ended yet, and holds the log.
    let mut removed = gone(fs::remove_dir_all(&folder));
    for _ in 0..TRIES {
        if removed.is_ok() {
            break;
        }
        thread::sleep(PAUSE);
        removed = gone(fs::remove_dir_all(&folder));
    }
    removed.map_err(local)?;
    if let Some(above) = folder.parent() {
        // Other things of Vigie may be there.
        let _ = fs::remove_dir(above);
    }
    forget()
}

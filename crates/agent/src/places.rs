//! Where the agent's files are when nothing else is said.

use std::path::PathBuf;

/// The file of settings.
pub(crate) fn settings() -> PathBuf {
    #[cfg(windows)]
    return folder().join("agent.toml");
    #[cfg(not(windows))]
    PathBuf::from(crate::config::DEFAULT_FILE)
}

/// The folder for the agent's key and state.
pub(crate) fn state() -> PathBuf {
    #[cfg(windows)]
    return folder().join("state");
    #[cfg(not(windows))]
    PathBuf::from("/var/lib/vigie-agent")
}

/// The folder of everything that the agent keeps on this machine, its log among it. Services are told another place by
/// the environment than people are: the system itself is asked.
#[cfg(windows)]
pub(crate) fn folder() -> PathBuf {
    let data = known_folders::get_known_folder_path(known_folders::KnownFolder::ProgramData);
    data.unwrap_or_else(|| PathBuf::from(r"C:\ProgramData")).join("Vigie").join("Inventory Agent")
}

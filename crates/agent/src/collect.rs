//! Taking the machine's inventory. Each part is taken by a collector of its own; one that fails costs its own section
//! only, and the agent's status says so.

use std::path::PathBuf;

use vigie_wire::{Section, Sections, clean::Remarks, sync::AgentStatus};

mod edid;
mod firmware;
#[cfg(target_os = "linux")]
pub mod linux;
mod smbios;
mod text;
#[cfg(any(windows, test))]
pub mod windows;

/// The kind of operating system this agent was built for.
pub const PLATFORM: &str = if cfg!(windows) { "windows" } else { "linux" };
/// Most messages that travel in the status.
const MAX_MESSAGES: usize = 20;

/// Where to look, and where to keep what is costly to find again.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// Folder for what need not be computed at each inventory; without it nothing is kept.
    pub cache: Option<PathBuf>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Collection {
    /// The inventory, within the protocol's bounds, lists in a stable order.
    pub sections: Sections,
    /// What could not be taken, and why.
    pub problems: Vec<String>,
    /// The sections that these problems concern: they are absent here and not known to be gone.
    pub not_taken: Vec<Section>,
    /// What became of the agent's last update, to be told with it.
    pub update: Option<vigie_wire::update::Report>,
}

impl Collection {
    /// How the agent is: `degraded` when a part could not be taken.
    pub fn status(&self) -> AgentStatus {
        AgentStatus {
            version: crate::VERSION.to_owned(),
            platform: PLATFORM.to_owned(),
            status: if self.problems.is_empty() { "ok" } else { "degraded" }.to_owned(),
            messages: self.problems.iter().take(MAX_MESSAGES).cloned().collect(),
            update: self.update.clone(),
            ..AgentStatus::default()
        }
    }
}

/// Takes this machine's inventory.
pub fn collect(options: &Options) -> Collection {
    #[cfg(target_os = "linux")]
    let mut collection = linux::collect(&linux::Root::real(), options);
    #[cfg(windows)]
    let mut collection = windows::collect(&windows::Real::default(), options);
    bound(&mut collection);
    collection
}

/// This machine's name, without taking the whole inventory.
pub fn host_name() -> Option<String> {
    #[cfg(target_os = "linux")]
    return linux::host_name(&linux::Root::real());
    #[cfg(windows)]
    return windows::host_name(&windows::Real::default());
}

/// Where the local file systems are that can be written to.
#[cfg(unix)]
pub(crate) fn mount_points() -> Result<Vec<String>, String> {
    #[cfg(target_os = "linux")]
    return linux::mount_points(&linux::Root::real());
    #[cfg(not(target_os = "linux"))]
    Ok(Vec::new())
}

/// The server cuts what is out of bounds; cutting here first keeps both digests alike.
fn bound(collection: &mut Collection) {
    let mut remarks = Remarks::default();
    collection.sections.clean(&mut remarks);
    for remark in remarks.0 {
        log::debug!("{} of the inventory was cut: {}", remark.field, remark.reason);
    }
}

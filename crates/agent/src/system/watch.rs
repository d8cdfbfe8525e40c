//! Looks at what the owner may change while the agent runs: the switches, and the service user.

use tokio::sync::watch;
use vigie_wire::link::message::Switches;

use super::{
    account,
    folder::{Folder, Stamp},
    switches,
};

/// The owner's files as they were seen last.
#[derive(Debug)]
pub(crate) struct Owner {
    switches: watch::Sender<Switches>,
    seen: Option<Stamp>,
    /// Editors take a file away for a moment before they put the new one there.
    was_missing: bool,
    account: Option<Stamp>,
}

/// What the owner changed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) switches: bool,
    pub(crate) account: bool,
}

impl Owner {
    /// Looks for the first time. Where the switches cannot be read all are off.
    pub(crate) fn new(folder: &Folder) -> Self {
        let account = Stamp::of(&folder.file(account::FILE));
        let mut owner =
            Self { switches: watch::Sender::new(Switches::default()), seen: None, was_missing: true, account };
        owner.look(folder);
        owner
    }

    /// What is in force.
    pub(crate) fn switches(&self) -> Switches {
        *self.switches.borrow()
    }

    /// Hears of every change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Switches> {
        self.switches.subscribe()
    }

    /// Looks whether something changed.
    pub(crate) fn look(&mut self, folder: &Folder) -> Changed {
        let account = Stamp::of(&folder.file(account::FILE));
        let changed = Changed { switches: self.look_at_switches(folder), account: account != self.account };
        self.account = account;
        changed
    }

    fn look_at_switches(&mut self, folder: &Folder) -> bool {
        let path = folder.file(switches::FILE);
        let stamp = Stamp::of(&path);
        let is_missing = stamp.is_none();
        let was_missing = std::mem::replace(&mut self.was_missing, is_missing);
        if stamp == self.seen || (is_missing && !was_missing) {
            return false;
        }
        self.seen = stamp;
        let text = match folder.text(switches::FILE) {
            Ok(text) => text.unwrap_or_default(),
            Err(error) => {
                log::error!("{}: {error}; the switches stay as they are", path.display());
                return false;
            }
        };
        match switches::parse(&text) {
            Ok(read) => self.switches.send_if_modified(|inforce| {
                let is_new = *inforce != read;
                if is_new {
                    let on: Vec<_> =
                        switches::listed(read).into_iter().filter_map(|(it, on)| on.then_some(it)).collect();
                    let on = if on.is_empty() { "none".to_owned() } else { on.join(", ") };
                    log::info!("switches that are on: {on}");
                }
                *inforce = read;
                is_new
            }),
            Err(faults) => {
                for fault in faults {
                    log::error!("{}, {fault}; the switches stay as they are", path.display());
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_broken_file_changes_nothing_and_one_that_went_away_puts_all_off() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path());
        let path = folder.file(switches::FILE);
        fs::write(&path, "remote-access = yes").unwrap();
        let mut owner = Owner::new(&folder);
        assert_eq!(owner.switches(), Switches::default(), "broken at the start: all off");
        let on = Switches { remote_access: true, ..Switches::default() };
        fs::write(&path, "remote-access = true").unwrap();
        assert_eq!(owner.look(&folder), Changed { switches: true, account: false });
        assert_eq!(owner.switches(), on);
        fs::write(&path, "remote-access = false\nremote = 1").unwrap();
        assert!(!owner.look(&folder).switches);
        assert_eq!(owner.switches(), on, "the last good stays");
        fs::remove_file(&path).unwrap();
        assert!(!owner.look(&folder).switches, "an editor may be at work");
        assert!(owner.look(&folder).switches);
        assert_eq!(owner.switches(), Switches::default());
        fs::write(folder.file(account::FILE), "{}").unwrap();
        assert!(owner.look(&folder).account);
        assert!(!owner.look(&folder).account);
    }
}

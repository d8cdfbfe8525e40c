//! Linux: everything is read from the kernel, from files and from databases; no program is started, but for `rpm`, whose
//! database has no stable format. A field that is not there is left absent.
// Files can hold anything: an index out of range must not be able to end the agent.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod accounts;
mod batteries;
mod block;
mod bundles;
mod cache;
mod disks;
mod dpkg;
mod firmware;
mod machines;
mod monitors;
mod networks;
mod operating_system;
mod pacman;
mod pci;
mod printers;
mod processors;
mod protection;
mod proxmox;
mod root;
mod rpm;
mod runtime;
mod services;
mod software;
mod system;
mod text;
mod updates;
mod usb;
mod virtualization;
mod volumes;
mod wireless;

use vigie_wire::{Section, Sections};

pub use root::Root;
pub(crate) use system::host_name;
pub(crate) use volumes::mount_points;

use super::{Collection, Options, smbios};

/// Most that is read of the firmware's tables, bytes; real ones have a few kilobytes.
const MAX_TABLES: u64 = 1 << 20;

/// What a collector works on.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// Where the machine's files are.
    pub(crate) root: &'a Root,
    /// The firmware's tables, read once.
    pub(crate) firmware: &'a smbios::Tables,
    /// What PCI devices are called, read once.
    pub(crate) names: &'a pci::Names,
    /// What the caller wants.
    pub(crate) options: &'a Options,
}

/// Takes one part of the inventory.
enum Collector {
    /// What is not there is absent, and nothing can go wrong.
    Sure(fn(&Context<'_>, &mut Sections)),
    /// Something that must be there may be unreadable: an error is a sentence without the collector's name.
    MayFail(fn(&Context<'_>, &mut Sections) -> Result<(), String>),
}

use Collector::{MayFail, Sure};

/// In this order: updates are found among the software that was found. Those that may fail name their sections.
const COLLECTORS: &[(&str, &[Section], Collector)] = &[
    ("system", &[], Sure(system::collect)),
    ("firmware", &[], Sure(firmware::collect)),
    ("operating system", &[Section::OperatingSystem], MayFail(operating_system::collect)),
    ("processors", &[Section::Processors], MayFail(processors::collect)),
    ("disks", &[], Sure(disks::collect)),
    ("volumes", &[Section::Volumes], MayFail(volumes::collect)),
    ("devices", &[], Sure(pci::collect)),
    ("monitors", &[], Sure(monitors::collect)),
    ("USB", &[], Sure(usb::collect)),
    ("batteries", &[], Sure(batteries::collect)),
    ("printers", &[Section::Printers], MayFail(printers::collect)),
    ("network", &[Section::Networks], MayFail(networks::collect)),
    // Updates are those of the software that was found.
    ("software", &[Section::Software, Section::Updates], MayFail(software::collect)),
    ("updates", &[Section::Updates], MayFail(updates::collect)),
    ("services", &[], Sure(services::collect)),
    ("accounts", &[Section::LocalUsers, Section::LocalGroups, Section::LoggedOnUsers], MayFail(accounts::collect)),
    ("protection", &[], Sure(protection::collect)),
    ("machines", &[], Sure(machines::collect)),
    ("runtime", &[], Sure(runtime::collect)),
];

/// Takes the inventory of the machine whose files are under `root`.
pub fn collect(root: &Root, options: &Options) -> Collection {
    let firmware = root.read("/sys/firmware/dmi/tables/DMI", MAX_TABLES).map(smbios::Tables::parse).unwrap_or_default();
    let names = pci::Names::read(root);
    let context = Context { root, firmware: &firmware, names: &names, options };
    let mut collection = Collection::default();
    for (name, sections, collector) in COLLECTORS {
        let result = match collector {
            Sure(collect) => {
                collect(&context, &mut collection.sections);
                Ok(())
            }
            MayFail(collect) => collect(&context, &mut collection.sections),
        };
        if let Err(problem) = result {
            collection.problems.push(format!("{name}: {problem}"));
            for section in *sections {
                collection.sections.remove(*section);
                collection.not_taken.push(*section);
            }
        }
    }
    collection
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small machine made of files.
    pub(crate) struct Fixture {
        pub(crate) root: Root,
        folder: tempfile::TempDir,
    }

    impl Fixture {
        pub(crate) fn collect(&self) -> Collection {
            collect(&self.root, &Options::default())
        }

        pub(crate) fn path(&self, path: &str) -> std::path::PathBuf {
            self.folder.path().join(path)
        }

        pub(crate) fn link(&self, target: &str, path: &str) {
            let path = self.path(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(target, path).unwrap();
        }
    }

    /// Makes a tree of the files named, with these contents.
    pub(crate) fn fixture(files: &[(&str, &str)]) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        Fixture { root: Root::at(folder.path()), folder }
    }

    #[test]
    fn an_empty_machine_is_no_problem() {
        let collection = fixture(&[]).collect();
        assert_eq!(collection.problems, Vec::<String>::new());
        assert_eq!(collection.status().status, "ok");
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_and_not_an_empty_list() {
        // A folder in the file's place cannot be read, whoever one is.
        let collection =
            fixture(&[("var/lib/dpkg/status/x", ""), ("etc/passwd/x", ""), ("etc/group", "a:x:1:\n")]).collect();
        assert_eq!(collection.status().status, "degraded");
        assert_eq!(collection.problems.len(), 2, "{:?}", collection.problems);
        assert!(collection.sections.software.is_none() && collection.sections.local_users.is_none());
        assert!(collection.not_taken.contains(&Section::Software));
        assert!(collection.not_taken.contains(&Section::LocalUsers));
    }

    #[test]
    fn two_inventories_in_a_row_have_equal_digests() {
        let first = collect(&Root::real(), &Options::default());
        let second = collect(&Root::real(), &Options::default());
        let differing: Vec<_> = first
            .sections
            .digests()
            .into_iter()
            .filter(|(section, digest)| second.sections.digest(*section) != Some(*digest))
            .map(|(section, _)| section.as_str())
            .collect();
        assert_eq!(differing, Vec::<&str>::new());
    }
}

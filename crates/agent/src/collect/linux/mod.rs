//! Linux: everything is read from the kernel, from files and from databases; no program is started, but for `rpm`, whose
//! database has no stable format. A field that is not there is left absent.
// Files can hold anything: an index out of range must not be able to end the agent.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod accounts;
mod batteries;
mod block;
mod bundles;
mod cache;
mod debian_version;
mod disks;
mod dpkg;
mod firmware;
mod machines;
mod monitors;
mod networks;
mod operating_system;
mod pci;
mod printers;
mod processors;
mod protection;
mod root;
mod rpm;
mod runtime;
mod services;
mod smbios;
mod software;
mod system;
mod text;
mod updates;
mod usb;
mod virtualization;
mod volumes;

use vigie_wire::Sections;

pub use root::Root;
pub(crate) use system::host_name;

use super::{Collection, Options};

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

/// Takes one part; an error is a sentence without the collector's name.
type Collector = fn(&Context<'_>, &mut Sections) -> Result<(), String>;

/// In this order: updates are found among the software that was found.
const COLLECTORS: &[(&str, Collector)] = &[
    ("system", system::collect),
    ("firmware", firmware::collect),
    ("operating system", operating_system::collect),
    ("processors", processors::collect),
    ("disks", disks::collect),
    ("volumes", volumes::collect),
    ("devices", pci::collect),
    ("monitors", monitors::collect),
    ("USB", usb::collect),
    ("batteries", batteries::collect),
    ("printers", printers::collect),
    ("network", networks::collect),
    ("software", software::collect),
    ("updates", updates::collect),
    ("services", services::collect),
    ("accounts", accounts::collect),
    ("protection", protection::collect),
    ("machines", machines::collect),
    ("runtime", runtime::collect),
];

/// Takes the inventory of the machine whose files are under `root`.
pub fn collect(root: &Root, options: &Options) -> Collection {
    let firmware = smbios::Tables::read(root);
    let names = pci::Names::read(root);
    let context = Context { root, firmware: &firmware, names: &names, options };
    let mut collection = Collection::default();
    for (name, collector) in COLLECTORS {
        if let Err(problem) = collector(&context, &mut collection.sections) {
            collection.problems.push(format!("{name}: {problem}"));
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

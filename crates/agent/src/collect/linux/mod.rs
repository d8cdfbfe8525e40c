//! Linux: everything is read from the kernel, from files and from databases; no program is started, but for `rpm`, whose
//! database has no stable format. A field that is not there is left absent.
// Files can hold anything: an index out of range must not be able to end the agent.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod dpkg;
mod networks;
mod operating_system;
mod root;
mod runtime;
mod smbios;
mod software;
mod system;
mod text;

use vigie_wire::Sections;

pub use root::Root;

use super::{Collection, Options};

/// What a collector works on.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// Where the machine's files are.
    pub(crate) root: &'a Root,
    /// The firmware's tables, read once.
    pub(crate) firmware: &'a smbios::Tables,
    /// What the caller wants.
    pub(crate) options: &'a Options,
}

/// Takes one part; an error is a sentence without the collector's name.
type Collector = fn(&Context<'_>, &mut Sections) -> Result<(), String>;

const COLLECTORS: &[(&str, Collector)] = &[
    ("system", system::collect),
    ("operating system", operating_system::collect),
    ("network", networks::collect),
    ("software", software::collect),
    ("runtime", runtime::collect),
];

/// Takes the inventory of the machine whose files are under `root`.
pub fn collect(root: &Root, options: &Options) -> Collection {
    let firmware = smbios::Tables::read(root);
    let context = Context { root, firmware: &firmware, options };
    let mut collection = Collection::default();
    for (name, collector) in COLLECTORS {
        if let Err(problem) = collector(&context, &mut collection.sections) {
            collection.problems.push(format!("{name}: {problem}"));
        }
    }
    collection
}

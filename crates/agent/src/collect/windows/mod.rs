//! Windows: everything is read from the registry, from WMI and from a few system calls; no program is started. A value
//! that is not there is left absent. [`Machine`] is where all of it comes from, so that the collectors can be tested on
//! any system.
// What Windows tells can be anything: an index out of range must not be able to end the agent.
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod accounts;
mod batteries;
#[cfg(windows)]
mod calls;
mod devices;
mod disks;
mod graphics;
mod machine;
mod machines;
mod monitors;
mod networks;
mod operating_system;
mod printers;
mod processors;
mod protection;
#[cfg(windows)]
mod real;
#[cfg(windows)]
mod registry;
mod row;
mod runtime;
mod services;
mod software;
mod store;
mod system;
mod updates;
mod users;
mod volumes;
#[cfg(windows)]
mod wmi;

use std::cell::OnceCell;

use vigie_wire::{Section, Sections};

pub use machine::{Adapter, Class, Machine, Member, Memory, Refusal};
#[cfg(windows)]
pub use real::Real;
pub use row::{Row, Value};

use super::{Collection, Options, smbios};

/// What a collector works on.
pub(crate) struct Context<'a> {
    /// Where everything is read from.
    pub(crate) machine: &'a dyn Machine,
    /// The firmware's tables, read once.
    pub(crate) firmware: smbios::Tables,
    /// The devices that are there, asked for once.
    devices: OnceCell<Result<Vec<Row>, String>>,
    /// The network adapters, asked for once.
    adapters: OnceCell<Result<Vec<Adapter>, String>>,
    /// What people have for themselves, looked at once.
    own: OnceCell<Result<Vec<users::Own>, String>>,
    /// What the caller wants.
    pub(crate) options: &'a Options,
}

impl Context<'_> {
    /// Objects that must be there.
    pub(crate) fn objects(&self, class: &Class) -> Result<Vec<Row>, String> {
        self.machine.objects(class).map_err(|refusal| match refusal {
            Refusal::Missing => format!("{}: there is no such class", class.name),
            Refusal::Refused(why) | Refusal::Silent(why) => format!("{}: {why}", class.name),
        })
    }

    /// Objects that a machine may have, and nothing where it has none, or is not willing to tell. Only where it may well
    /// tell the next time that is an error: what is told now and not an hour later would look like a change.
    pub(crate) fn objects_if_there(&self, class: &Class) -> Result<Vec<Row>, String> {
        match self.machine.objects(class) {
            Ok(rows) => Ok(rows),
            Err(Refusal::Missing) => Ok(Vec::new()),
            Err(Refusal::Refused(why)) => {
                log::debug!("{}: {why}", class.name);
                Ok(Vec::new())
            }
            Err(Refusal::Silent(why)) => Err(format!("{}: {why}", class.name)),
        }
    }

    /// The one object of a class.
    pub(crate) fn object(&self, class: &Class) -> Result<Row, String> {
        Ok(self.objects(class)?.into_iter().next().unwrap_or_default())
    }

    /// The values of a registry key; empty when there is no such key.
    pub(crate) fn key(&self, path: &str) -> Result<Row, String> {
        Ok(self.machine.key(path)?.unwrap_or_default())
    }

    /// The keys of a registry key with their values.
    pub(crate) fn keys_with_values(&self, path: &str) -> Result<Vec<(String, Row)>, String> {
        let mut found = Vec::new();
        for name in self.machine.keys(path)? {
            // What went away meanwhile is not there.
            if let Some(row) = self.machine.key(&format!("{path}\\{name}"))? {
                found.push((name, row));
            }
        }
        Ok(found)
    }

    /// The devices that are plugged in, whatever bus they hang on.
    pub(crate) fn devices(&self) -> Result<&[Row], String> {
        let asked = self.devices.get_or_init(|| devices::present(self));
        asked.as_deref().map_err(Clone::clone)
    }

    /// What each person has for themselves.
    pub(crate) fn own(&self) -> Result<&[users::Own], String> {
        let looked = self.own.get_or_init(|| users::own(self));
        looked.as_deref().map_err(Clone::clone)
    }

    /// The network adapters.
    pub(crate) fn adapters(&self) -> Result<&[Adapter], String> {
        let asked = self.adapters.get_or_init(|| self.machine.adapters());
        asked.as_deref().map_err(Clone::clone)
    }
}

/// Takes one part of the inventory. An error is a sentence without the collector's name.
type Collector = fn(&Context<'_>, &mut Sections) -> Result<(), String>;

/// In this order: volumes lie on disks, updates stand among the software, antivirus programs among software and services.
/// Each names the sections that it costs when it fails.
const COLLECTORS: &[(&str, &[Section], Collector)] = &[
    ("system", &[Section::System], system::collect),
    ("firmware", &[Section::Bios, Section::Boards, Section::MemorySlots], system::firmware),
    ("operating system", &[Section::OperatingSystem], operating_system::collect),
    ("processors", &[Section::Processors], processors::collect),
    ("disks", &[Section::Disks], disks::collect),
    ("volumes", &[Section::Volumes], volumes::collect),
    ("graphics", &[Section::Graphics], graphics::collect),
    ("devices", &[Section::UsbDevices, Section::PciDevices], devices::collect),
    ("monitors", &[Section::Monitors], monitors::collect),
    ("batteries", &[Section::Batteries], batteries::collect),
    ("printers", &[Section::Printers], printers::collect),
    ("network", &[Section::Networks], networks::collect),
    ("software", &[Section::Software, Section::Updates], software::collect),
    ("updates", &[Section::Updates], updates::collect),
    ("services", &[Section::Services], services::collect),
    ("accounts", &[Section::LocalUsers, Section::LocalGroups], accounts::collect),
    ("sessions", &[Section::LoggedOnUsers], accounts::signed_in),
    ("antivirus", &[Section::Antivirus], protection::antivirus),
    ("firewall", &[Section::Firewalls], protection::firewalls),
    ("remote support", &[Section::RemoteAccess], protection::remote_access),
    ("machines", &[Section::VirtualMachines], machines::collect),
    ("runtime", &[Section::Runtime], runtime::collect),
];

/// Takes the inventory of a machine.
pub fn collect(machine: &dyn Machine, options: &Options) -> Collection {
    let context = Context {
        machine,
        firmware: smbios::Tables::parse(machine.firmware()),
        devices: OnceCell::new(),
        adapters: OnceCell::new(),
        own: OnceCell::new(),
        options,
    };
    let mut collection = Collection::default();
    for (name, sections, collect) in COLLECTORS {
        if let Err(problem) = collect(&context, &mut collection.sections) {
            collection.problems.push(format!("{name}: {problem}"));
            for section in *sections {
                collection.sections.remove(*section);
                if !collection.not_taken.contains(section) {
                    collection.not_taken.push(*section);
                }
            }
        }
    }
    collection
}

/// The machine's name, without its domain.
pub(crate) fn host_name(machine: &dyn Machine) -> Option<String> {
    let parameters = machine.key(system::TCPIP).ok()??;
    parameters.text("Hostname").or_else(|| parameters.text("NV Hostname"))
}

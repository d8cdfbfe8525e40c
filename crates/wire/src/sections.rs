//! The sections of an inventory. An absent section means *not reported* in a whole inventory and *unchanged* in a delta.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    clean::{Clean, Remarks},
    content::{self, Content},
    delta::{Edit, NotTheBase},
    diff::{SectionChange, changes_of_list, changes_of_object},
    inventory::{
        Antivirus, Battery, Bios, Board, DatabaseServer, Disk, Firewall, Graphics, LocalGroup, LocalUser, LoggedOnUser,
        MemorySlot, Monitor, NetworkInterface, OperatingSystem, PciDevice, Printer, Processor, RemoteAccess, Runtime,
        Service, Software, System, Update, UsbDevice, VirtualMachine, Volume,
    },
};

/// The digest of a section's significant content: SHA-256 of an object, [`crate::delta::moved`] of a list.
pub type SectionDigest = [u8; 32];

macro_rules! sections {
    ($($(#[$doc:meta])* $field:ident: $variant:ident, $ty:ty, $changes:ident;)+) => {
        /// Names a section.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Section {
            $($(#[$doc])* $variant,)+
        }

        impl Section {
            /// All sections, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Whether the section is a list of items.
            pub const fn is_list(self) -> bool {
                match self { $(Self::$variant => <$ty as Content>::LIST,)+ }
            }

            /// The name in text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($field),)+ }
            }

            /// The section of a name; none when there is no such section.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($field) => Some(Self::$variant),)+ _ => None }
            }
        }

        /// What is known of a machine, by section.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(default)]
        pub struct Sections {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "content::read")]
                pub $field: Option<$ty>,
            )+
        }

        impl Sections {
            /// The sections that are present.
            pub fn present(&self) -> Vec<Section> {
                let mut present = Vec::new();
                $(if self.$field.is_some() { present.push(Section::$variant); })+
                present
            }

            /// The section's content as JSON text; none when it is absent.
            pub fn to_json(&self, section: Section) -> Option<Vec<u8>> {
                match section {
                    // A record of plain values always has a JSON form.
                    $(Section::$variant => self.$field.as_ref().map(|it| serde_json::to_vec(it).unwrap_or_default()),)+
                }
            }

            /// Takes a section's content from JSON text that [`Self::to_json`] made.
            pub fn set_json(&mut self, section: Section, json: &[u8]) -> Result<(), serde_json::Error> {
                match section {
                    $(Section::$variant => self.$field = Some(serde_json::from_slice(json)?),)+
                }
                Ok(())
            }

            /// Empties a section.
            pub fn remove(&mut self, section: Section) {
                match section { $(Section::$variant => self.$field = None,)+ }
            }

            /// Takes over every section that `newer` has.
            pub fn update(&mut self, newer: Self) {
                $(if newer.$field.is_some() { self.$field = newer.$field; })+
            }

            /// Moves out the sections named.
            #[must_use]
            pub fn only(mut self, wanted: &[Section]) -> Self {
                $(if !wanted.contains(&Section::$variant) { self.$field = None; })+
                self
            }

            /// How many items a section has; none when it is absent or no list.
            pub fn items(&self, section: Section) -> usize {
                match section { $(Section::$variant => self.$field.as_ref().map_or(0, Content::items),)+ }
            }

            fn content_digest(&self, section: Section) -> Option<SectionDigest> {
                match section { $(Section::$variant => self.$field.as_ref().map(Content::digest),)+ }
            }

            /// Leaves of one list what is new against `base`, if that is shorter. See [`crate::delta::narrow`].
            pub fn narrow(&mut self, section: Section, base: &Self) -> Option<Edit> {
                match section {
                    $(Section::$variant => {
                        let (new, mut edit) = self.$field.as_ref()?.narrow(base.$field.as_ref()?)?;
                        edit.digest = hex::encode(self.digest(section)?);
                        self.$field = (!edit.at.is_empty()).then_some(new);
                        Some(edit)
                    })+
                }
            }

            /// Makes one list whole again with the one that it builds on, which is moved out of `base`. See
            /// [`crate::delta::complete`].
            pub fn complete(&mut self, section: Section, edit: &Edit, base: &mut Self) -> Result<(), NotTheBase> {
                match section {
                    $(Section::$variant => {
                        let list = base.$field.take().ok_or(NotTheBase)?;
                        self.$field = Some(Content::complete(self.$field.take().unwrap_or_default(), list, edit)?);
                    })+
                }
                let right = self.digest(section).is_some_and(|digest| hex::encode(digest) == edit.digest);
                if right { Ok(()) } else { Err(NotTheBase) }
            }

            /// Brings every value within bounds; tells what could not be kept.
            pub fn clean(&mut self, remarks: &mut Remarks) {
                $(if let Some(it) = &mut self.$field { it.clean(stringify!($field), remarks); })+
            }

            /// How one section differs from what it was. Nothing for [`Section::Runtime`].
            pub fn changes(section: Section, before: &Self, after: &Self) -> Option<SectionChange> {
                if section == Section::Runtime {
                    return None;
                }
                match section {
                    $(Section::$variant => $changes(
                        stringify!($field), before.$field.as_ref(), after.$field.as_ref(),
                    ),)+
                }
            }
        }
    };
}

sections! {
    /// The machine as a whole.
    system: System, System, changes_of_object;
    /// The operating system.
    operating_system: OperatingSystem, OperatingSystem, changes_of_object;
    /// Firmware.
    bios: Bios, Bios, changes_of_object;
    /// Main boards.
    boards: Boards, Vec<Board>, changes_of_list;
    /// Processors.
    processors: Processors, Vec<Processor>, changes_of_list;
    /// Memory slots.
    memory_slots: MemorySlots, Vec<MemorySlot>, changes_of_list;
    /// Disks.
    disks: Disks, Vec<Disk>, changes_of_list;
    /// File systems.
    volumes: Volumes, Vec<Volume>, changes_of_list;
    /// Graphics adapters.
    graphics: Graphics, Vec<Graphics>, changes_of_list;
    /// Monitors.
    monitors: Monitors, Vec<Monitor>, changes_of_list;
    /// Network interfaces.
    networks: Networks, Vec<NetworkInterface>, changes_of_list;
    /// Installed software.
    software: Software, Vec<Software>, changes_of_list;
    /// Updates that wait or were installed.
    updates: Updates, Vec<Update>, changes_of_list;
    /// Services.
    services: Services, Vec<Service>, changes_of_list;
    /// Local users.
    local_users: LocalUsers, Vec<LocalUser>, changes_of_list;
    /// Local groups.
    local_groups: LocalGroups, Vec<LocalGroup>, changes_of_list;
    /// Who is signed in.
    logged_on_users: LoggedOnUsers, Vec<LoggedOnUser>, changes_of_list;
    /// Printers.
    printers: Printers, Vec<Printer>, changes_of_list;
    /// USB devices.
    usb_devices: UsbDevices, Vec<UsbDevice>, changes_of_list;
    /// PCI devices.
    pci_devices: PciDevices, Vec<PciDevice>, changes_of_list;
    /// Batteries.
    batteries: Batteries, Vec<Battery>, changes_of_list;
    /// Antivirus products.
    antivirus: Antivirus, Vec<Antivirus>, changes_of_list;
    /// Firewalls.
    firewalls: Firewalls, Vec<Firewall>, changes_of_list;
    /// Virtual machines and containers.
    virtual_machines: VirtualMachines, Vec<VirtualMachine>, changes_of_list;
    /// Database servers.
    databases: Databases, Vec<DatabaseServer>, changes_of_list;
    /// Remote-support programs.
    remote_access: RemoteAccess, Vec<RemoteAccess>, changes_of_list;
    /// What changes at every moment.
    runtime: Runtime, Runtime, changes_of_object;
}

impl Sections {
    /// The digest of every present section but [`Section::Runtime`]: of its significant content, so that two
    /// inventories with equal digests hold the same but for what changes at every moment.
    pub fn digests(&self) -> BTreeMap<Section, SectionDigest> {
        self.present()
            .into_iter()
            .filter(|section| *section != Section::Runtime)
            .filter_map(|section| self.digest(section).map(|digest| (section, digest)))
            .collect()
    }

    /// The digest of one section's significant content; none when it is absent. The order of a list's items does not
    /// count.
    pub fn digest(&self, section: Section) -> Option<SectionDigest> {
        if section != Section::Volumes {
            return self.content_digest(section);
        }
        let mut volumes = self.volumes.clone()?;
        for volume in &mut volumes {
            volume.free_bytes = volume.free_step();
        }
        Some(Content::digest(&volumes))
    }
}

impl Volume {
    /// Free space in steps of 5 % of the size (20 steps): what counts as a change.
    pub fn free_step(&self) -> Option<u64> {
        let (free, size) = (self.free_bytes?, self.size_bytes.filter(|size| *size > 0)?);
        Some(u64::try_from(u128::from(free) * 20 / u128::from(size)).unwrap_or(20).min(20))
    }
}

/// One text for the whole state of a machine: what a delta names as its base.
pub fn state_of(digests: &BTreeMap<Section, SectionDigest>) -> String {
    let mut hasher = Sha256::new();
    for (section, digest) in digests {
        hasher.update(section.as_str());
        hasher.update([0]);
        hasher.update(digest);
    }
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sections {
        Sections {
            system: Some(System { name: Some("host".into()), ..System::default() }),
            volumes: Some(vec![Volume {
                mount_point: Some("/".into()),
                size_bytes: Some(1000),
                free_bytes: Some(520),
                ..Volume::default()
            }]),
            runtime: Some(Runtime { processes: Some(5), ..Runtime::default() }),
            ..Sections::default()
        }
    }

    #[test]
    fn what_always_changes_is_no_change() {
        let before = sample();
        let mut after = sample();
        after.runtime.as_mut().unwrap().processes = Some(99);
        after.volumes.as_mut().unwrap()[0].free_bytes = Some(549);
        assert_eq!(before.digests(), after.digests());
        after.volumes.as_mut().unwrap()[0].free_bytes = Some(30);
        assert_ne!(before.digests(), after.digests(), "a disk that fills up is a change");
    }

    #[test]
    fn the_state_depends_on_section_and_content() {
        let mut other = sample();
        let state = state_of(&sample().digests());
        other.system.as_mut().unwrap().name = Some("guest".into());
        assert_ne!(state_of(&other.digests()), state);
        other = sample();
        other.bios = Some(Bios::default());
        assert_ne!(state_of(&other.digests()), state);
    }

    #[test]
    fn the_order_of_items_is_no_change_and_their_number_is() {
        let item = |name: &str| Software { name: Some(name.into()), ..Software::default() };
        let of = |names: &[&str]| {
            let software = Some(names.iter().map(|name| item(name)).collect());
            Sections { software, ..Sections::default() }.digests()
        };
        assert_eq!(of(&["a", "b", "b"]), of(&["b", "a", "b"]));
        assert_ne!(of(&["a", "b", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b", "b"]), of(&["a", "a", "b"]));
    }

    #[test]
    fn json_round_trips_by_section_and_names_are_found_again() {
        let whole = sample();
        let mut copy = Sections::default();
        for section in whole.present() {
            assert_eq!(Section::from_name(section.as_str()), Some(section));
            copy.set_json(section, &whole.to_json(section).unwrap()).unwrap();
        }
        assert_eq!(copy, whole);
        assert_eq!(serde_json::to_value(Section::MemorySlots).unwrap(), "memory_slots");
    }

    #[test]
    fn a_delta_replaces_whole_sections() {
        let mut whole = sample();
        whole.update(Sections { volumes: Some(vec![]), ..Sections::default() });
        assert_eq!(whole.volumes, Some(vec![]));
        assert_eq!(whole.system.unwrap().name.as_deref(), Some("host"));
    }
}

//! The inventory model: one shape for what every kind of agent reports. A field that a machine does not have is absent,
//! never invented. Sizes are in bytes, speeds in the unit that the field's name says, dates are days as `YYYY-MM-DD`.

use serde::{Deserialize, Serialize};
use vigie_kernel::Timestamp;

use crate::{
    clean::{Clean, Remarks},
    diff::Keyed,
};

/// Declares a record whose fields may all be absent, how it is cleaned, and which fields tell one item of a list from
/// another when two inventories are compared.
macro_rules! record {
    (
        $(#[$doc:meta])*
        $name:ident key($($key:ident),*) {
            $($(#[$field_doc:meta])* $field:ident: $ty:ty,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(default)]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "crate::inventory::absent")]
                pub $field: $ty,
            )+
        }

        impl Clean for $name {
            fn clean(&mut self, path: &str, remarks: &mut Remarks) {
                $(self.$field.clean(&format_path(path, stringify!($field), &self.$field), remarks);)+
            }
        }

        impl Keyed for $name {
            fn key(&self) -> String {
                #[allow(unused_mut)]
                let mut key = String::new();
                $(
                    crate::inventory::KeyPart::append(&self.$key, &mut key);
                    key.push('\u{1f}');
                )*
                key
            }
        }
    };
}

/// Building the path of every clean value would cost more than cleaning it: only values that could be remarked get one.
fn format_path<T: MayBeRemarked>(path: &str, field: &str, value: &T) -> String {
    if value.may_be_remarked() { format!("{path}.{field}") } else { String::new() }
}

trait MayBeRemarked {
    fn may_be_remarked(&self) -> bool;
}

impl MayBeRemarked for Option<String> {
    fn may_be_remarked(&self) -> bool {
        self.as_ref().is_some_and(|text| text.len() > crate::clean::MAX_TEXT)
    }
}
impl MayBeRemarked for Option<u64> {
    fn may_be_remarked(&self) -> bool {
        self.is_some_and(|number| number > 1 << 53)
    }
}
macro_rules! never_remarked {
    ($($ty:ty),+) => {$(impl MayBeRemarked for $ty {
        fn may_be_remarked(&self) -> bool { false }
    })+};
}
never_remarked!(Option<i64>, Option<u32>, Option<bool>, Option<Timestamp>);
impl<T> MayBeRemarked for Vec<T> {
    fn may_be_remarked(&self) -> bool {
        !self.is_empty()
    }
}

/// Whether a field has nothing to say and is left out of the text.
pub(crate) fn absent<T: Absent>(value: &T) -> bool {
    value.absent()
}

pub(crate) trait Absent {
    fn absent(&self) -> bool;
}
impl<T> Absent for Option<T> {
    fn absent(&self) -> bool {
        self.is_none()
    }
}
impl<T> Absent for Vec<T> {
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

pub(crate) trait KeyPart {
    fn append(&self, key: &mut String);
}
impl KeyPart for Option<String> {
    fn append(&self, key: &mut String) {
        key.push_str(self.as_deref().unwrap_or_default());
    }
}
impl KeyPart for Option<u64> {
    fn append(&self, key: &mut String) {
        if let Some(number) = self {
            key.push_str(&number.to_string());
        }
    }
}

record! {
    /// The machine as a whole.
    System key() {
        /// Host name, without the domain.
        name: Option<String>,
        /// DNS domain.
        domain: Option<String>,
        /// Windows work group or Active Directory domain.
        workgroup: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Product name.
        model: Option<String>,
        /// Product family or version.
        family: Option<String>,
        /// Serial number of the system.
        serial: Option<String>,
        /// UUID as the firmware tells it.
        uuid: Option<String>,
        /// Kind of chassis: `desktop`, `laptop`, `server`, `tablet`, `all-in-one`, `mini`, `blade`, `virtual`, `other`.
        chassis: Option<String>,
        /// Asset tag in the firmware.
        asset_tag: Option<String>,
        /// Stock keeping unit.
        sku: Option<String>,
        /// Kind of virtual machine or container this is: `kvm`, `vmware`, `hyperv`, `docker`, …; absent on hardware.
        virtualization: Option<String>,
        /// Identity that the installed system gave itself (`/etc/machine-id`, `MachineGuid`).
        machine_id: Option<String>,
        /// Memory, bytes.
        memory_bytes: Option<u64>,
        /// Swap space, bytes.
        swap_bytes: Option<u64>,
        /// Name servers.
        dns_servers: Vec<String>,
        /// Time zone name.
        time_zone: Option<String>,
    }
}

record! {
    /// BIOS or UEFI firmware.
    Bios key() {
        /// Who made the firmware.
        vendor: Option<String>,
        /// Its version.
        version: Option<String>,
        /// Its date, `YYYY-MM-DD`.
        date: Option<String>,
        /// `uefi` or `bios`.
        mode: Option<String>,
        /// Whether secure boot is on.
        secure_boot: Option<bool>,
    }
}

record! {
    /// A main board.
    Board key(serial, model) {
        /// Who made it.
        manufacturer: Option<String>,
        /// Product name.
        model: Option<String>,
        /// Version.
        version: Option<String>,
        /// Serial number.
        serial: Option<String>,
    }
}

record! {
    /// A processor package (one per socket).
    Processor key(socket, name) {
        /// Socket, `0` …
        socket: Option<String>,
        /// Name as the processor tells it.
        name: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// `x86_64`, `aarch64`, …
        architecture: Option<String>,
        /// Cores.
        cores: Option<u64>,
        /// Hardware threads in all.
        threads: Option<u64>,
        /// Highest speed, MHz.
        speed_mhz: Option<u64>,
        /// Family number.
        family: Option<u64>,
        /// Model number.
        model: Option<u64>,
        /// Stepping.
        stepping: Option<u64>,
        /// Serial number or id.
        serial: Option<String>,
    }
}

record! {
    /// A memory slot; without a capacity it is empty.
    MemorySlot key(slot, serial) {
        /// Name of the slot.
        slot: Option<String>,
        /// Capacity, bytes.
        capacity_bytes: Option<u64>,
        /// `DDR4`, …
        kind: Option<String>,
        /// `DIMM`, `SODIMM`, …
        form_factor: Option<String>,
        /// Speed, mega-transfers a second.
        speed_mts: Option<u64>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Part number.
        part_number: Option<String>,
        /// Serial number.
        serial: Option<String>,
    }
}

record! {
    /// A physical disk or drive.
    Disk key(serial, name) {
        /// Device name.
        name: Option<String>,
        /// `ssd`, `hdd`, `nvme`, `optical`, `removable`, `virtual`.
        kind: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Model.
        model: Option<String>,
        /// Serial number.
        serial: Option<String>,
        /// Firmware revision.
        firmware: Option<String>,
        /// `sata`, `nvme`, `usb`, `scsi`, `virtio`, …
        interface: Option<String>,
        /// World wide name.
        wwn: Option<String>,
        /// Size, bytes.
        size_bytes: Option<u64>,
        /// Whether the medium can be taken out.
        removable: Option<bool>,
    }
}

record! {
    /// A file system or volume.
    Volume key(mount_point, device) {
        /// Device.
        device: Option<String>,
        /// Where it is mounted, or its drive letter.
        mount_point: Option<String>,
        /// `ext4`, `ntfs`, …
        file_system: Option<String>,
        /// Label.
        label: Option<String>,
        /// UUID or serial number of the file system.
        serial: Option<String>,
        /// Disk that it lies on.
        disk: Option<String>,
        /// Size, bytes.
        size_bytes: Option<u64>,
        /// Free, bytes. Compared in steps of 5 % of the size, because it changes at every moment.
        free_bytes: Option<u64>,
        /// Whether it is encrypted.
        encrypted: Option<bool>,
        /// What encrypts it: `luks`, `bitlocker`, `zfs`.
        encryption: Option<String>,
        /// Whether the operating system is on it.
        system: Option<bool>,
    }
}

record! {
    /// A graphics adapter.
    Graphics key(slot, name) {
        /// Name.
        name: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Chip set.
        chipset: Option<String>,
        /// Memory, bytes.
        memory_bytes: Option<u64>,
        /// Driver.
        driver: Option<String>,
        /// Resolution in use, `1920x1080`.
        resolution: Option<String>,
        /// PCI address.
        slot: Option<String>,
    }
}

record! {
    /// A monitor, as its EDID describes it.
    Monitor key(serial, port, model) {
        /// Name.
        name: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Model or product code.
        model: Option<String>,
        /// Serial number.
        serial: Option<String>,
        /// Port it hangs on.
        port: Option<String>,
        /// Year of manufacture.
        year: Option<u64>,
        /// Native resolution, `1920x1080`.
        resolution: Option<String>,
        /// Diagonal, tenths of an inch.
        diagonal_tenths_inch: Option<u64>,
    }
}

record! {
    /// A network interface with all its addresses.
    NetworkInterface key(name, mac) {
        /// Name, `eth0`.
        name: Option<String>,
        /// Hardware address, lower case with colons.
        mac: Option<String>,
        /// `ethernet`, `wifi`, `bridge`, `aggregate`, `vlan`, `tunnel`, `loopback`, `infiniband`, `mobile`, `bluetooth`.
        kind: Option<String>,
        /// Model.
        model: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Driver.
        driver: Option<String>,
        /// `up`, `down`, `unknown`.
        status: Option<String>,
        /// Speed, Mb/s.
        speed_mbps: Option<u64>,
        /// Largest packet, bytes.
        mtu: Option<u64>,
        /// Whether there is no hardware behind it.
        virtual_interface: Option<bool>,
        /// Addresses with prefix length: `192.0.2.7/24`, `2001:db8::7/64`.
        addresses: Vec<String>,
        /// Gateway.
        gateway: Option<String>,
        /// DHCP server.
        dhcp_server: Option<String>,
        /// Name of the wireless network.
        wifi_ssid: Option<String>,
    }
}

record! {
    /// The operating system.
    OperatingSystem key() {
        /// `linux`, `windows`, `macos`, `bsd`, `other`.
        family: Option<String>,
        /// Name for people: `Debian GNU/Linux 12 (bookworm)`.
        name: Option<String>,
        /// Distribution or product, `debian`, `windows`.
        distribution: Option<String>,
        /// Edition.
        edition: Option<String>,
        /// Version.
        version: Option<String>,
        /// Build.
        build: Option<String>,
        /// Kernel version.
        kernel: Option<String>,
        /// `x86_64`, `aarch64`, …
        architecture: Option<String>,
        /// Installed on, `YYYY-MM-DD`.
        install_date: Option<String>,
        /// Licence state: `licensed`, `grace`, `unlicensed`, …
        licence_state: Option<String>,
        /// Language.
        language: Option<String>,
    }
}

record! {
    /// An installed program or package.
    Software key(source, name, architecture, user) {
        /// Name.
        name: Option<String>,
        /// Version, as the source writes it.
        version: Option<String>,
        /// Publisher, maintainer or vendor.
        publisher: Option<String>,
        /// Where it is known from: `dpkg`, `rpm`, `flatpak`, `snap`, `registry`, `msi`, `store`, …
        source: Option<String>,
        /// Architecture.
        architecture: Option<String>,
        /// Installed on, `YYYY-MM-DD`.
        install_date: Option<String>,
        /// Size, bytes.
        size_bytes: Option<u64>,
        /// User whose program it is; absent for all users.
        user: Option<String>,
    }
}

record! {
    /// An update that waits, or (Windows) is installed.
    Update key(source, name) {
        /// Package or update.
        name: Option<String>,
        /// Version that waits.
        version: Option<String>,
        /// Version that is installed.
        installed_version: Option<String>,
        /// `apt`, `dnf`, `windows-update`.
        source: Option<String>,
        /// `waiting` or `installed`.
        state: Option<String>,
        /// Whether it is a security update.
        security: Option<bool>,
        /// Installed on, `YYYY-MM-DD`.
        install_date: Option<String>,
    }
}

record! {
    /// A service.
    Service key(name) {
        /// Name.
        name: Option<String>,
        /// Description.
        description: Option<String>,
        /// `enabled`, `disabled`, `static`, `masked`, `automatic`, `manual`.
        start: Option<String>,
        /// `running`, `stopped`, `failed`.
        state: Option<String>,
        /// Account it runs as.
        account: Option<String>,
        /// What it runs.
        command: Option<String>,
    }
}

record! {
    /// A local user account.
    LocalUser key(name) {
        /// Sign-in name.
        name: Option<String>,
        /// Number or SID.
        id: Option<String>,
        /// Full name.
        full_name: Option<String>,
        /// Home folder.
        home: Option<String>,
        /// Shell.
        shell: Option<String>,
        /// Whether it cannot be used to sign in.
        disabled: Option<bool>,
        /// Whether it may administer the machine.
        administrator: Option<bool>,
    }
}

record! {
    /// A local group.
    LocalGroup key(name) {
        /// Name.
        name: Option<String>,
        /// Number or SID.
        id: Option<String>,
        /// Members.
        members: Vec<String>,
    }
}

record! {
    /// Someone who is signed in.
    LoggedOnUser key(name, domain) {
        /// Sign-in name.
        name: Option<String>,
        /// Domain.
        domain: Option<String>,
    }
}

record! {
    /// A printer.
    Printer key(name) {
        /// Name.
        name: Option<String>,
        /// Driver or model.
        driver: Option<String>,
        /// Port or address.
        port: Option<String>,
        /// Where it stands.
        location: Option<String>,
        /// Whether it is the default.
        default: Option<bool>,
        /// Whether it is shared.
        shared: Option<bool>,
        /// Whether it is on the network.
        network: Option<bool>,
        /// Serial number.
        serial: Option<String>,
        /// State.
        status: Option<String>,
    }
}

record! {
    /// A USB device.
    UsbDevice key(vendor_id, product_id, serial, name) {
        /// Vendor, four hexadecimal digits.
        vendor_id: Option<String>,
        /// Product, four hexadecimal digits.
        product_id: Option<String>,
        /// Name.
        name: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Serial number.
        serial: Option<String>,
        /// USB class.
        class: Option<String>,
    }
}

record! {
    /// A PCI device or another controller.
    PciDevice key(slot, vendor_id, product_id, name) {
        /// PCI address.
        slot: Option<String>,
        /// Name.
        name: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Vendor, four hexadecimal digits.
        vendor_id: Option<String>,
        /// Product, four hexadecimal digits.
        product_id: Option<String>,
        /// Class.
        class: Option<String>,
        /// Driver.
        driver: Option<String>,
    }
}

record! {
    /// A battery.
    Battery key(serial, name) {
        /// Name.
        name: Option<String>,
        /// Who made it.
        manufacturer: Option<String>,
        /// Serial number.
        serial: Option<String>,
        /// `li-ion`, …
        chemistry: Option<String>,
        /// Capacity as designed, mWh.
        design_capacity_mwh: Option<u64>,
        /// Capacity now when full, mWh.
        full_capacity_mwh: Option<u64>,
        /// Charge cycles.
        cycles: Option<u64>,
    }
}

record! {
    /// An antivirus product.
    Antivirus key(name) {
        /// Name.
        name: Option<String>,
        /// Publisher.
        publisher: Option<String>,
        /// Version.
        version: Option<String>,
        /// Whether it is on.
        enabled: Option<bool>,
        /// Whether its definitions are up to date.
        up_to_date: Option<bool>,
        /// Version of its definitions.
        definitions: Option<String>,
    }
}

record! {
    /// A firewall, or one profile of it.
    Firewall key(name, profile) {
        /// Name.
        name: Option<String>,
        /// Profile.
        profile: Option<String>,
        /// Whether it is on.
        enabled: Option<bool>,
    }
}

record! {
    /// A virtual machine or container that runs on this machine.
    VirtualMachine key(uuid, name) {
        /// Name.
        name: Option<String>,
        /// UUID or container id.
        uuid: Option<String>,
        /// `kvm`, `docker`, `podman`, `lxc`, `vmware`, `hyperv`, …
        kind: Option<String>,
        /// `running`, `stopped`, `paused`, …
        state: Option<String>,
        /// Image.
        image: Option<String>,
        /// Memory, bytes.
        memory_bytes: Option<u64>,
        /// Virtual processors.
        processors: Option<u64>,
        /// Hardware address.
        mac: Option<String>,
    }
}

record! {
    /// A database server.
    DatabaseServer key(kind, name, port) {
        /// Name.
        name: Option<String>,
        /// `postgresql`, `mysql`, …
        kind: Option<String>,
        /// Version.
        version: Option<String>,
        /// Port.
        port: Option<u64>,
        /// Size, bytes.
        size_bytes: Option<u64>,
        /// Names of its databases.
        databases: Vec<String>,
    }
}

record! {
    /// A remote-support program and the id under which it is reached.
    RemoteAccess key(kind, id) {
        /// `teamviewer`, `anydesk`, …
        kind: Option<String>,
        /// Id.
        id: Option<String>,
        /// Version.
        version: Option<String>,
    }
}

record! {
    /// What changes at every moment. It travels with every synchronisation and is never a change by itself.
    Runtime key() {
        /// Started at.
        started_at: Option<Timestamp>,
        /// Memory free for programs, bytes.
        memory_available_bytes: Option<u64>,
        /// Processes.
        processes: Option<u64>,
        /// Load of the last 15 minutes, hundredths.
        load_hundredths: Option<u64>,
    }
}

//! What the machine is made of and what hangs on it.

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

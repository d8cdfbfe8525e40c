//! Makes and models: what a machine is built of.

use kernel::Rng;
use vigie_kernel as kernel;
use vigie_wire::inventory::{
    Battery, Bios, Board, Disk, Graphics, MemorySlot, Monitor, NetworkInterface, PciDevice, Processor, UsbDevice,
};

const GIB: u64 = 1 << 30;

/// A model of a maker.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) manufacturer: &'static str,
    pub(super) product: &'static str,
    pub(super) family: &'static str,
    pub(super) chassis: &'static str,
    /// Machines of a hundred within its class.
    pub(super) share: u64,
    pub(super) class: Class,
    cpu: &'static str,
    sockets: u64,
    cores: u64,
    mhz: u64,
    /// Memory that it is sold with, GiB.
    memory: &'static [u64],
    disk: &'static str,
    gpu: &'static str,
    nic: &'static str,
    /// First half of its hardware addresses.
    oui: &'static str,
    /// Prefix and length of its serial numbers.
    pub(super) serial: (&'static str, usize),
    /// What virtual machine it is, for virtual ones.
    pub(super) virtualization: Option<&'static str>,
}

/// Where a model stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Client,
    Server,
    Virtual,
}

macro_rules! models {
    ($($class:ident $share:literal $manufacturer:literal $model:literal $family:literal $chassis:literal
       cpu($cpu:literal $sockets:literal $cores:literal $mhz:literal) memory($($memory:literal)*)
       $disk:literal $gpu:literal $nic:literal $oui:literal serial($prefix:literal $len:literal) $vm:expr;)+) => {
        /// Every model.
        pub(super) const MODELS: &[Model] = &[$(Model {
            manufacturer: $manufacturer, product: $model, family: $family, chassis: $chassis, share: $share,
            class: Class::$class, cpu: $cpu, sockets: $sockets, cores: $cores, mhz: $mhz, memory: &[$($memory),*],
            disk: $disk, gpu: $gpu, nic: $nic, oui: $oui, serial: ($prefix, $len), virtualization: $vm,
        },)+];
    };
}

models! {
    Client 10 "Dell Inc." "OptiPlex 7010" "OptiPlex" "desktop" cpu("13th Gen Intel(R) Core(TM) i5-13500" 1 14 4800) memory(8 16 32) "nvme" "Intel Corporation UHD Graphics 770" "Intel Ethernet Connection I219-LM" "b0:4f:13" serial("" 7) None;
    Client 7 "Dell Inc." "OptiPlex 3080" "OptiPlex" "mini" cpu("Intel(R) Core(TM) i5-10500T CPU @ 2.30GHz" 1 6 3800) memory(8 16) "nvme" "Intel Corporation UHD Graphics 630" "Realtek RTL8111/8168 PCI Express Gigabit" "a4:bb:6d" serial("" 7) None;
    Client 10 "Dell Inc." "Latitude 5540" "Latitude" "laptop" cpu("13th Gen Intel(R) Core(TM) i5-1345U" 1 10 4700) memory(16 32) "nvme" "Intel Corporation Iris Xe Graphics" "Intel Wi-Fi 6E AX211" "8c:47:be" serial("" 7) None;
    Client 7 "Dell Inc." "Latitude 7440" "Latitude" "laptop" cpu("13th Gen Intel(R) Core(TM) i7-1365U" 1 10 5200) memory(16 32) "nvme" "Intel Corporation Iris Xe Graphics" "Intel Wi-Fi 6E AX211" "c0:25:a5" serial("" 7) None;
    Client 3 "Dell Inc." "Precision 3660" "Precision" "desktop" cpu("12th Gen Intel(R) Core(TM) i7-12700" 1 12 4900) memory(32 64) "nvme" "NVIDIA Corporation RTX A2000" "Intel Ethernet Connection I219-LM" "d8:9e:f3" serial("" 7) None;
    Client 8 "HP" "HP EliteBook 840 14 inch G9 Notebook PC" "103C_5336AN HP EliteBook" "laptop" cpu("12th Gen Intel(R) Core(TM) i5-1245U" 1 10 4400) memory(16 32) "nvme" "Intel Corporation Iris Xe Graphics" "Intel Wi-Fi 6E AX211" "e8:d8:d1" serial("5CG" 7) None;
    Client 6 "HP" "HP ProBook 450 15.6 inch G9 Notebook PC" "103C_5336AN HP ProBook" "laptop" cpu("12th Gen Intel(R) Core(TM) i5-1235U" 1 10 4400) memory(8 16) "nvme" "Intel Corporation Iris Xe Graphics" "Realtek RTL8852BE WiFi 6" "7c:57:58" serial("5CD" 7) None;
    Client 7 "HP" "HP EliteDesk 800 G6 Small Form Factor PC" "103C_53307F HP EliteDesk" "desktop" cpu("Intel(R) Core(TM) i5-10500 CPU @ 3.10GHz" 1 6 4500) memory(8 16 32) "nvme" "Intel Corporation UHD Graphics 630" "Intel Ethernet Connection I219-LM" "c4:65:16" serial("CZC" 7) None;
    Client 4 "HP" "HP ProDesk 400 G7 Small Form Factor PC" "103C_53307F HP ProDesk" "desktop" cpu("Intel(R) Core(TM) i3-10100 CPU @ 3.60GHz" 1 4 4300) memory(8 16) "sata" "Intel Corporation UHD Graphics 630" "Realtek RTL8111/8168 PCI Express Gigabit" "bc:e9:2f" serial("CZC" 7) None;
    Client 2 "HP" "HP ZBook Firefly 14 inch G8 Mobile Workstation PC" "103C_5336AN HP ZBook" "laptop" cpu("11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz" 1 4 4700) memory(32) "nvme" "NVIDIA Corporation T500" "Intel Wi-Fi 6 AX201" "84:a9:3e" serial("5CG" 7) None;
    Client 9 "LENOVO" "21AH" "ThinkPad T14 Gen 3" "laptop" cpu("12th Gen Intel(R) Core(TM) i5-1240P" 1 12 4400) memory(16 32) "nvme" "Intel Corporation Iris Xe Graphics" "Intel Wi-Fi 6E AX211" "9c:2d:cd" serial("PF" 6) None;
    Client 4 "LENOVO" "21CB" "ThinkPad X1 Carbon Gen 10" "laptop" cpu("12th Gen Intel(R) Core(TM) i7-1255U" 1 10 4700) memory(16 32) "nvme" "Intel Corporation Iris Xe Graphics" "Intel Wi-Fi 6E AX211" "64:d6:9a" serial("PF" 6) None;
    Client 5 "LENOVO" "20Y0" "ThinkPad L14 Gen 2" "laptop" cpu("AMD Ryzen 5 PRO 5650U with Radeon Graphics" 1 6 4200) memory(8 16) "nvme" "Advanced Micro Devices, Inc. Cezanne" "MEDIATEK MT7921 802.11ax" "88:a4:c2" serial("PF" 6) None;
    Client 6 "LENOVO" "11T3" "ThinkCentre M70q Gen 3" "mini" cpu("12th Gen Intel(R) Core(TM) i5-12400T" 1 6 4200) memory(8 16) "nvme" "Intel Corporation UHD Graphics 730" "Intel Ethernet Connection I219-V" "98:fa:9b" serial("GM" 6) None;
    Client 3 "Microsoft Corporation" "Surface Laptop 5" "Surface" "laptop" cpu("12th Gen Intel(R) Core(TM) i5-1245U" 1 10 4400) memory(8 16) "nvme" "Intel Corporation Iris Xe Graphics" "Intel Wi-Fi 6 AX201" "70:cd:0d" serial("0F" 10) None;
    Client 2 "Microsoft Corporation" "Surface Pro 9" "Surface" "tablet" cpu("12th Gen Intel(R) Core(TM) i7-1265U" 1 10 4800) memory(16) "nvme" "Intel Corporation Iris Xe Graphics" "Intel Wi-Fi 6E AX211" "c8:b2:9b" serial("0F" 10) None;
    Client 3 "Acer" "Veriton X4690G" "Veriton" "desktop" cpu("12th Gen Intel(R) Core(TM) i3-12100" 1 4 4300) memory(8 16) "sata" "Intel Corporation UHD Graphics 730" "Realtek RTL8111/8168 PCI Express Gigabit" "08:97:98" serial("DTVWMEF" 12) None;
    Client 2 "ASUSTeK COMPUTER INC." "ExpertCenter D5 SFF_D500SE" "ExpertCenter" "desktop" cpu("13th Gen Intel(R) Core(TM) i5-13400" 1 10 4600) memory(16) "nvme" "Intel Corporation UHD Graphics 730" "Realtek RTL8125 2.5GbE" "c8:7f:54" serial("R9PFCX" 8) None;
    Client 2 "Micro-Star International Co., Ltd." "MS-7D22" "Default string" "desktop" cpu("AMD Ryzen 7 5700G with Radeon Graphics" 1 8 4600) memory(16 32) "sata" "NVIDIA Corporation GeForce RTX 3060" "Realtek RTL8125 2.5GbE" "04:7c:16" serial("K" 10) None;
    Server 22 "Dell Inc." "PowerEdge R750" "PowerEdge" "server" cpu("Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz" 2 32 3200) memory(128 256 512) "sas" "Matrox Electronics Systems Ltd. Integrated Matrox G200eW3" "Broadcom NetXtreme BCM5720 Gigabit" "b4:45:06" serial("" 7) None;
    Server 16 "Dell Inc." "PowerEdge R640" "PowerEdge" "server" cpu("Intel(R) Xeon(R) Silver 4210 CPU @ 2.20GHz" 2 10 3200) memory(64 96 128) "sas" "Matrox Electronics Systems Ltd. Integrated Matrox G200eW3" "Broadcom NetXtreme BCM5720 Gigabit" "24:6e:96" serial("" 7) None;
    Server 8 "Dell Inc." "PowerEdge T340" "PowerEdge" "server" cpu("Intel(R) Xeon(R) E-2234 CPU @ 3.60GHz" 1 4 4800) memory(16 32) "sata" "Matrox Electronics Systems Ltd. Integrated Matrox G200eW3" "Broadcom NetXtreme BCM5720 Gigabit" "2c:ea:7f" serial("" 7) None;
    Server 22 "HPE" "ProLiant DL380 Gen10" "ProLiant" "server" cpu("Intel(R) Xeon(R) Gold 5218 CPU @ 2.30GHz" 2 16 3900) memory(64 128 256) "sas" "Matrox Electronics Systems Ltd. MGA G200eH3" "Intel I350 Gigabit" "48:df:37" serial("CZ2" 7) None;
    Server 14 "HPE" "ProLiant DL360 Gen10 Plus" "ProLiant" "server" cpu("Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz" 2 16 3400) memory(64 128) "nvme" "Matrox Electronics Systems Ltd. MGA G200eH3" "Intel I350 Gigabit" "94:40:c9" serial("CZJ" 7) None;
    Server 10 "Lenovo" "ThinkSystem SR650 -[7X06CTO1WW]-" "ThinkSystem" "server" cpu("Intel(R) Xeon(R) Silver 4216 CPU @ 2.10GHz" 2 16 3200) memory(64 128 192) "sas" "Matrox Electronics Systems Ltd. Integrated Matrox G200eW3" "Intel X722 10GbE" "7c:d3:0a" serial("J30" 6) None;
    Server 8 "Supermicro" "SYS-1029P-WTR" "Supermicro X11" "server" cpu("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz" 2 16 3900) memory(96 192) "nvme" "ASPEED Technology, Inc. ASPEED Graphics Family" "Intel X722 10GbE" "ac:1f:6b" serial("S" 14) None;
    Virtual 45 "VMware, Inc." "VMware7,1" "VMware" "virtual" cpu("Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz" 1 4 2000) memory(4 8 16 32) "virtual" "VMware SVGA II Adapter" "VMware VMXNET3 Ethernet Controller" "00:50:56" serial("VMware-42 " 20) Some("vmware");
    Virtual 28 "QEMU" "Standard PC (Q35 + ICH9, 2009)" "pc-q35" "virtual" cpu("Intel Xeon Processor (Icelake)" 1 4 2400) memory(2 4 8 16) "virtio" "Red Hat, Inc. QXL paravirtual graphic card" "Red Hat, Inc. Virtio network device" "52:54:00" serial("q" 16) Some("kvm");
    Virtual 20 "Microsoft Corporation" "Virtual Machine" "Virtual Machine" "virtual" cpu("Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz" 1 4 2400) memory(4 8 16) "virtual" "Microsoft Hyper-V Video" "Microsoft Hyper-V Network Adapter" "00:15:5d" serial("4587-" 20) Some("hyperv");
    Virtual 7 "Nutanix" "AHV" "None" "virtual" cpu("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz" 1 4 2900) memory(4 8 16) "virtio" "Red Hat, Inc. QXL paravirtual graphic card" "Red Hat, Inc. Virtio network device" "50:6b:8d" serial("n" 18) Some("kvm");
}

/// The parts of one machine.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) memory_bytes: u64,
    pub(super) bios: Bios,
    pub(super) boards: Vec<Board>,
    pub(super) processors: Vec<Processor>,
    pub(super) memory_slots: Vec<MemorySlot>,
    pub(super) disks: Vec<Disk>,
    pub(super) graphics: Vec<Graphics>,
    pub(super) monitors: Vec<Monitor>,
    pub(super) networks: Vec<NetworkInterface>,
    pub(super) usb_devices: Vec<UsbDevice>,
    pub(super) pci_devices: Vec<PciDevice>,
    pub(super) batteries: Vec<Battery>,
}

#[expect(clippy::unnecessary_wraps, reason = "most fields of the model may be absent")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn pick<T: Copy>(rng: &dyn Rng, list: &[T]) -> T {
    list[usize::try_from(rng.below(list.len() as u64)).unwrap_or(0)]
}

/// Upper-case hexadecimal digits.
fn hex(rng: &dyn Rng, len: usize) -> String {
    (0..len).map(|_| char::from(b"0123456789ABCDEF"[usize::try_from(rng.below(16)).unwrap_or(0)])).collect()
}

/// A hardware address: `number` is unlike every other machine's.
pub(super) fn mac(oui: &str, number: u64) -> String {
    // Multiplying by an odd number spreads the numbers over the 24 bits without making two alike.
    let low = number.wrapping_mul(0x9E_3779) & 0xFF_FFFF;
    format!("{oui}:{:02x}:{:02x}:{:02x}", low >> 16, low >> 8 & 0xFF, low & 0xFF)
}

impl Model {
    /// Builds machine number `index` of this model.
    pub(super) fn build(&self, index: u64, serial: Option<&str>, windows: bool, rng: &dyn Rng) -> Parts {
        let memory = pick(rng, self.memory);
        let virtual_machine = self.class == Class::Virtual;
        Parts {
            memory_bytes: memory * GIB - rng.below(400) * 1024 * 1024,
            bios: self.bios(rng),
            boards: vec![Board {
                manufacturer: some(self.manufacturer),
                model: Some(if virtual_machine { self.product.to_owned() } else { format!("0{}", hex(rng, 5)) }),
                version: some(pick(rng, &["A00", "A01", "A02", "1.0"])),
                serial: serial.map(|serial| format!("/{serial}/CN{}/", hex(rng, 10))),
            }],
            processors: self.processors(rng),
            memory_slots: self.slots(memory, rng),
            disks: self.disks(rng),
            graphics: vec![Graphics {
                name: some(self.gpu),
                manufacturer: some(self.gpu.split(' ').next().unwrap_or(self.gpu)),
                memory_bytes: Some(pick(rng, &[64, 128, 1024, 4096]) << 20),
                driver: some(if windows { "27.20.100.9664" } else { "i915" }),
                resolution: some(pick(rng, &["1920x1080", "2560x1440", "1920x1200", "1280x800"])),
                slot: some("0000:00:02.0"),
                ..Graphics::default()
            }],
            monitors: if self.class == Class::Client { monitors(index, rng) } else { Vec::new() },
            networks: self.networks(index, windows, rng),
            usb_devices: if virtual_machine { Vec::new() } else { usb(rng) },
            pci_devices: self.pci(rng),
            batteries: if self.chassis == "laptop" || self.chassis == "tablet" {
                let design = pick(rng, &[50_040, 57_000, 52_500, 68_000]);
                vec![Battery {
                    name: some("BAT0"),
                    manufacturer: some(pick(rng, &["LGC", "SMP", "Sunwoda", "BYD", "SANYO"])),
                    serial: Some(rng.below(99_999).to_string()),
                    chemistry: some("li-ion"),
                    design_capacity_mwh: Some(design),
                    full_capacity_mwh: Some(design * (70 + rng.below(30)) / 100),
                    cycles: Some(rng.below(600)),
                }]
            } else {
                Vec::new()
            },
        }
    }

    fn bios(&self, rng: &dyn Rng) -> Bios {
        let (vendor, version) = match self.virtualization {
            Some("vmware") => ("VMware, Inc.", "VMW71.00V.21805430.B64.2305221830".to_owned()),
            Some("hyperv") => ("Microsoft Corporation", "Hyper-V UEFI Release v4.1".to_owned()),
            Some(_) => ("SeaBIOS", "rel-1.16.3-0-ga6ed6b701f0a".to_owned()),
            None => (self.manufacturer, format!("1.{}.{}", rng.below(30), rng.below(5))),
        };
        let (year, month, day) = (2019 + rng.below(6), 1 + rng.below(12), 1 + rng.below(28));
        Bios {
            vendor: some(vendor),
            version: Some(version),
            date: Some(format!("{year}-{month:02}-{day:02}")),
            mode: some(if self.virtualization == Some("kvm") { "bios" } else { "uefi" }),
            secure_boot: Some(self.virtualization.is_none() && rng.below(4) > 0),
        }
    }

    fn processors(&self, rng: &dyn Rng) -> Vec<Processor> {
        (0..self.sockets)
            .map(|socket| Processor {
                socket: Some(socket.to_string()),
                name: some(self.cpu),
                manufacturer: some(if self.cpu.starts_with("AMD") { "AMD" } else { "Intel" }),
                architecture: some("x86_64"),
                cores: Some(self.cores),
                threads: Some(self.cores * if self.class == Class::Virtual { 1 } else { 2 }),
                speed_mhz: Some(self.mhz),
                family: Some(6),
                model: Some(106 + u64::try_from(self.cpu.len()).unwrap_or(0)),
                stepping: Some(1 + rng.below(7)),
                serial: None,
            })
            .collect()
    }

    fn slots(&self, memory: u64, rng: &dyn Rng) -> Vec<MemorySlot> {
        if self.class == Class::Virtual {
            return Vec::new();
        }
        let (slots, filled) =
            if self.class == Class::Server { (24, if memory >= 128 { 8 } else { 4 }) } else { (4, 2) };
        let maker = pick(rng, &["Samsung", "SK Hynix", "Micron", "Kingston"]);
        (0..slots)
            .map(|slot| {
                let name = format!("DIMM {}{}", ['A', 'B'][usize::from(slot % 2 == 1)], slot / 2 + 1);
                if slot >= filled {
                    return MemorySlot { slot: Some(name), ..MemorySlot::default() };
                }
                MemorySlot {
                    slot: Some(name),
                    capacity_bytes: Some(memory / filled * GIB),
                    kind: some("DDR4"),
                    form_factor: some(if self.chassis == "laptop" { "SODIMM" } else { "DIMM" }),
                    speed_mts: Some(3200),
                    manufacturer: some(maker),
                    part_number: Some(format!("M471A{}-CWE", hex(rng, 6))),
                    serial: Some(hex(rng, 8)),
                }
            })
            .collect()
    }

    fn disks(&self, rng: &dyn Rng) -> Vec<Disk> {
        let count = if self.class == Class::Server { 2 + rng.below(6) } else { 1 };
        let (model, kind, interface) = match self.disk {
            "nvme" => (
                pick(rng, &["Samsung SSD 980 PRO", "KIOXIA KBG40ZNS", "WD PC SN740", "SK hynix PC711"]),
                "nvme",
                "nvme",
            ),
            "sata" => (pick(rng, &["TOSHIBA MQ01ABF050", "WDC WD10EZEX-08W", "ST1000DM010-2EP102"]), "hdd", "sata"),
            "sas" => (pick(rng, &["PERC H755", "LOGICAL VOLUME", "ST1200MM0099"]), "ssd", "scsi"),
            "virtio" => ("QEMU HARDDISK", "virtual", "virtio"),
            _ => ("Virtual disk", "virtual", "scsi"),
        };
        let size = pick(rng, if kind == "virtual" { &[40_u64, 64, 100, 200][..] } else { &[256_u64, 512, 1024][..] });
        (0..count)
            .map(|n| Disk {
                name: Some(if self.disk == "nvme" {
                    format!("nvme{n}n1")
                } else {
                    format!("sd{}", char::from(b'a' + u8::try_from(n).unwrap_or(0)))
                }),
                kind: some(kind),
                manufacturer: some(model.split(' ').next().unwrap_or(model)),
                model: some(model),
                serial: (kind != "virtual").then(|| format!("S{}", hex(rng, 13))),
                firmware: some(pick(rng, &["5B2QGXA7", "73110000", "10604107", "2.0"])),
                interface: some(interface),
                wwn: (kind != "virtual").then(|| format!("0x5002538{}", hex(rng, 9).to_lowercase())),
                size_bytes: Some(size * GIB),
                removable: Some(false),
            })
            .collect()
    }

    fn networks(&self, index: u64, windows: bool, rng: &dyn Rng) -> Vec<NetworkInterface> {
        let (a, b, c) = (rng.below(200), rng.below(250), 1 + rng.below(250));
        let ports = if self.class == Class::Server { 4 } else { 1 + u64::from(self.chassis == "laptop") };
        let mut list: Vec<NetworkInterface> = (0..ports)
            .map(|port| {
                let first = port == 0;
                NetworkInterface {
                    name: Some(if windows { format!("Ethernet {port}") } else { format!("eno{}", port + 1) }),
                    mac: Some(mac(self.oui, index * 4 + port)),
                    kind: some(if self.nic.contains("Wi-Fi") && port == 0 { "wifi" } else { "ethernet" }),
                    model: some(self.nic),
                    manufacturer: some(self.nic.split(' ').next().unwrap_or(self.nic)),
                    driver: some(if windows { "12.19.2.56" } else { "igb" }),
                    status: some(if first { "up" } else { "down" }),
                    speed_mbps: first.then(|| pick(rng, &[100, 1000, 1000, 1000, 10_000])),
                    mtu: Some(1500),
                    virtual_interface: Some(false),
                    addresses: if first {
                        vec![format!("10.{a}.{b}.{c}/24"), format!("fe80::{:x}:{:x}ff:fe{:x}/64", a + 1, b, c)]
                    } else {
                        Vec::new()
                    },
                    gateway: first.then(|| format!("10.{a}.{b}.254")),
                    dhcp_server: first.then(|| format!("10.{a}.0.10")),
                    wifi_ssid: None,
                }
            })
            .collect();
        list.push(NetworkInterface {
            name: some(if windows { "Loopback Pseudo-Interface 1" } else { "lo" }),
            kind: some("loopback"),
            status: some("up"),
            mtu: Some(65_536),
            virtual_interface: Some(true),
            addresses: vec!["127.0.0.1/8".to_owned(), "::1/128".to_owned()],
            ..NetworkInterface::default()
        });
        list
    }

    fn pci(&self, rng: &dyn Rng) -> Vec<PciDevice> {
        const DEVICES: &[(&str, &str, &str)] = &[
            ("Host bridge", "bridge", "skl_uncore"),
            ("PCI bridge", "bridge", "pcieport"),
            ("VGA compatible controller", "display", "i915"),
            ("Signal processing controller", "signal", "proc_thermal"),
            ("System peripheral", "system", ""),
            ("USB controller", "serial-bus", "xhci_hcd"),
            ("RAM memory", "memory", ""),
            ("Network controller", "network", "iwlwifi"),
            ("Serial bus controller", "serial-bus", "intel-lpss"),
            ("Communication controller", "communication", "mei_me"),
            ("SATA controller", "storage", "ahci"),
            ("ISA bridge", "bridge", ""),
            ("Audio device", "multimedia", "snd_hda_intel"),
            ("SMBus", "serial-bus", "i801_smbus"),
            ("Ethernet controller", "network", "e1000e"),
            ("Non-Volatile memory controller", "storage", "nvme"),
        ];
        let count = match self.class {
            Class::Server => 70,
            Class::Client => 28,
            Class::Virtual => 20,
        };
        let vendor =
            if self.cpu.starts_with("AMD") { "Advanced Micro Devices, Inc. [AMD]" } else { "Intel Corporation" };
        let salt = super::name_hash(self.product);
        (0..count)
            .map(|n: u64| {
                let (name, class, driver) = DEVICES[usize::try_from((n + salt) % DEVICES.len() as u64).unwrap_or(0)];
                let product = super::mix(&[salt, n]) & 0xFFFF;
                PciDevice {
                    slot: Some(format!("0000:{:02x}:{:02x}.{}", n / 12, n % 12, n % 3)),
                    name: Some(format!("{name} {product:04X} (rev {:02x})", rng.below(2))),
                    manufacturer: some(vendor),
                    vendor_id: some("8086"),
                    product_id: Some(format!("{product:04x}")),
                    class: some(class),
                    driver: (!driver.is_empty()).then(|| driver.to_owned()),
                }
            })
            .collect()
    }
}

fn monitors(index: u64, rng: &dyn Rng) -> Vec<Monitor> {
    const MODELS: &[(&str, &str, &str)] = &[
        ("Dell Inc.", "DELL U2422H", "1920x1080"),
        ("Dell Inc.", "DELL P2723QE", "3840x2160"),
        ("HP Inc.", "HP E24 G5", "1920x1080"),
        ("Lenovo Group Limited", "T24i-30", "1920x1080"),
        ("iiyama", "PL2493H", "1920x1080"),
        ("Samsung Electric Company", "S24R65x", "1920x1080"),
    ];
    (0..rng.below(3))
        .map(|n| {
            let (maker, model, resolution) = pick(rng, MODELS);
            Monitor {
                name: some(model),
                manufacturer: some(maker),
                model: some(model),
                serial: Some(format!("CN{}{}", hex(rng, 6), index * 2 + n)),
                port: Some(format!("DP-{}", n + 1)),
                year: Some(2018 + rng.below(7)),
                resolution: some(resolution),
                diagonal_tenths_inch: Some(238),
            }
        })
        .collect()
}

fn usb(rng: &dyn Rng) -> Vec<UsbDevice> {
    const DEVICES: &[(&str, &str, &str, &str, &str)] = &[
        ("046d", "c52b", "Unifying Receiver", "Logitech, Inc.", "human-interface"),
        ("046d", "0825", "Webcam C270", "Logitech, Inc.", "video"),
        ("413c", "2113", "KB216 Wired Keyboard", "Dell Computer Corp.", "human-interface"),
        ("413c", "301a", "MS116 Optical Mouse", "Dell Computer Corp.", "human-interface"),
        ("8087", "0033", "AX211 Bluetooth", "Intel Corp.", "wireless"),
        ("0bda", "8153", "RTL8153 Gigabit Ethernet Adapter", "Realtek Semiconductor Corp.", "communications"),
        ("05e3", "0610", "Hub", "Genesys Logic, Inc.", "hub"),
        ("1d6b", "0002", "2.0 root hub", "Linux Foundation", "hub"),
        ("1d6b", "0003", "3.0 root hub", "Linux Foundation", "hub"),
        ("0b0e", "245e", "Link 370", "GN Netcom", "audio"),
        ("17e9", "6006", "USB3.0 Docking", "DisplayLink", "vendor"),
        ("06cb", "00fc", "Prometheus Fingerprint Reader", "Synaptics, Inc.", "vendor"),
    ];
    DEVICES
        .iter()
        .filter(|_| rng.below(10) < 6)
        .map(|(vendor, product, name, maker, class)| UsbDevice {
            vendor_id: some(vendor),
            product_id: some(product),
            name: some(name),
            manufacturer: some(maker),
            serial: (rng.below(5) == 0).then(|| hex(rng, 12)),
            class: some(class),
        })
        .collect()
}

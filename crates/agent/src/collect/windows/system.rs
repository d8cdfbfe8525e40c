//! The machine as a whole and its firmware: SMBIOS tables, or what the registry holds of them; names from the registry.

use std::net::IpAddr;

use vigie_wire::{
    Sections,
    inventory::{Bios, Board, System},
};

use super::{Class, Context, Row, networks};
use crate::collect::{
    firmware::{self, hypervisor, iso_date},
    smbios::Structure,
    text::meaningful,
};

/// Settings of the network, the host's name among them.
pub(crate) const TCPIP: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";
/// What the boot loader took over from the firmware.
const FIRMWARE: &str = r"HKLM\HARDWARE\DESCRIPTION\System\BIOS";
const CONTROL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control";
const COMPUTER: Class = Class::of_cimv2("Win32_ComputerSystem", "Domain, PartOfDomain, Workgroup, HypervisorPresent");
const PRODUCT: Class = Class::of_cimv2("Win32_ComputerSystemProduct", "UUID, IdentifyingNumber");

const BIOS: u8 = 0;
const SYSTEM: u8 = 1;
const CHASSIS: u8 = 3;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let computer = context.objects_if_there(&COMPUTER)?.into_iter().next().unwrap_or_default();
    let parameters = context.key(TCPIP)?;
    let registry = context.key(FIRMWARE)?;
    let tables = context.firmware.of_kind(SYSTEM).next();
    // Old machines and bare hypervisors have no tables that Windows hands out, but WMI may know.
    let product = match &tables {
        Some(_) => Row::default(),
        None => context.objects_if_there(&PRODUCT)?.into_iter().next().unwrap_or_default(),
    };
    let told = |offset: usize, name: &str| of_tables(tables.as_ref(), offset).or_else(|| registry.meaningful(name));
    let chassis = context.firmware.of_kind(CHASSIS).next();
    let manufacturer = told(0x04, "SystemManufacturer");
    let model = told(0x05, "SystemProductName");
    let version = told(0x06, "SystemVersion");
    let virtualization = virtualization(context, &registry, [&model, &manufacturer, &version], &computer);
    let joined = computer.flag("PartOfDomain") == Some(true);
    let memory = context.machine.memory();
    sections.system = Some(System {
        name: super::host_name(context.machine),
        domain: parameters
            .text("Domain")
            .or_else(|| parameters.text("NV Domain"))
            .or_else(|| computer.text("Domain").filter(|_| joined)),
        workgroup: if joined { computer.text("Domain") } else { computer.text("Workgroup") },
        manufacturer,
        model,
        family: told(0x1A, "SystemFamily").or(version),
        serial: of_tables(tables.as_ref(), 0x07).or_else(|| product.meaningful("IdentifyingNumber")),
        uuid: tables
            .as_ref()
            .and_then(uuid)
            .or_else(|| product.meaningful("UUID").map(|uuid| uuid.to_ascii_lowercase())),
        chassis: match &virtualization {
            Some(_) => Some("virtual".to_owned()),
            None => chassis
                .and_then(|it| it.byte(0x05))
                .and_then(|code| firmware::chassis(u64::from(code & 0x7F)))
                .map(str::to_owned),
        },
        asset_tag: of_tables(chassis.as_ref(), 0x08),
        sku: told(0x19, "SystemSKU"),
        virtualization,
        machine_id: context.key(r"HKLM\SOFTWARE\Microsoft\Cryptography")?.text("MachineGuid"),
        memory_bytes: memory.map(|it| it.total),
        swap_bytes: memory.map(|it| it.swap),
        dns_servers: dns_servers(context),
        time_zone: context.key(&format!("{CONTROL}\\TimeZoneInformation"))?.text("TimeZoneKeyName"),
    });
    Ok(())
}

fn of_tables(structure: Option<&Structure<'_>>, offset: usize) -> Option<String> {
    meaningful(structure?.text(offset))
}

/// The first three parts stand with their lowest byte first (DSP0134 §7.2.1).
fn uuid(system: &Structure<'_>) -> Option<String> {
    let (time, middle, high) = (system.double_word(0x08)?, system.word(0x0C)?, system.word(0x0E)?);
    let bytes = (0x10..0x18).map(|at| system.byte(at)).collect::<Option<Vec<u8>>>()?;
    let (sequence, node) = bytes.split_at_checked(2)?;
    meaningful(Some(format!("{time:08x}-{middle:04x}-{high:04x}-{}-{}", hex::encode(sequence), hex::encode(node))))
}

/// What the firmware calls itself says of which hypervisor this machine is a guest.
fn virtualization(
    context: &Context<'_>,
    registry: &Row,
    names: [&Option<String>; 3],
    computer: &Row,
) -> Option<String> {
    let others = ["BaseBoardManufacturer", "BIOSVendor"].map(|name| registry.text(name));
    let vendor = context.firmware.of_kind(BIOS).next().and_then(|it| it.text(0x04));
    let mut values = names.into_iter().chain(&others).chain([&vendor]).flatten();
    let found = values.find_map(|value| hypervisor(value))?;
    // An emulated machine whose processor tells of a hypervisor is accelerated by one.
    let accelerated = found == "qemu" && computer.flag("HypervisorPresent") == Some(true);
    Some(if accelerated { "kvm" } else { found }.to_owned())
}

/// The servers of the adapters that are up, each once. Where adapters cannot be listed, the network's own section says so.
fn dns_servers(context: &Context<'_>) -> Vec<String> {
    let adapters = context.adapters().unwrap_or_default();
    let mut servers: Vec<IpAddr> = Vec::new();
    for server in adapters.iter().filter(|it| networks::is_up(it)).flat_map(|it| &it.dns_servers) {
        // `fec0:0:0:ffff::1`: what Windows tries where nobody set one.
        let default = matches!(server, IpAddr::V6(address) if address.segments().starts_with(&[0xFEC0, 0, 0, 0xFFFF]));
        if !default && !servers.contains(server) {
            servers.push(*server);
        }
    }
    servers.iter().map(IpAddr::to_string).collect()
}

/// Firmware, boards and memory slots.
pub(crate) fn firmware(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let registry = context.key(FIRMWARE)?;
    let tables = context.firmware.of_kind(BIOS).next();
    let told = |offset: usize, name: &str| of_tables(tables.as_ref(), offset).or_else(|| registry.meaningful(name));
    let secure = context.machine.key(&format!("{CONTROL}\\SecureBoot\\State"))?;
    let mode = match context.key(CONTROL)?.number("PEFirmwareType") {
        Some(1) => Some("bios"),
        Some(2) => Some("uefi"),
        _ => secure.as_ref().map(|_| "uefi"),
    };
    let bios = Bios {
        vendor: told(0x04, "BIOSVendor"),
        version: told(0x05, "BIOSVersion"),
        date: told(0x08, "BIOSReleaseDate").and_then(|date| iso_date(&date)),
        mode: mode.map(str::to_owned),
        secure_boot: secure.and_then(|it| it.flag("UEFISecureBootEnabled")).filter(|_| mode == Some("uefi")),
    };
    if bios != Bios::default() {
        sections.bios = Some(bios);
    }
    let mut boards = firmware::boards(&context.firmware);
    if boards.is_empty() {
        boards.push(Board {
            manufacturer: registry.meaningful("BaseBoardManufacturer"),
            model: registry.meaningful("BaseBoardProduct"),
            version: registry.meaningful("BaseBoardVersion"),
            serial: None,
        });
        boards.retain(|board| *board != Board::default());
    }
    if !boards.is_empty() {
        sections.boards = Some(boards);
    }
    let slots = firmware::memory_slots(&context.firmware);
    if !slots.is_empty() {
        sections.memory_slots = Some(slots);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Memory, collect, machine::tests::Told};
    use crate::collect::{Options, firmware::tests::memory, smbios::tests::structure};

    /// Tables of a laptop.
    fn tables() -> Vec<u8> {
        let mut bytes = structure(0, &[1, 2, 0, 0, 3], &["LENOVO", "N3MET15W (1.14 )", "11/24/2023"]);
        let mut system = vec![1, 2, 3, 4];
        system.extend(hex::decode("44454c4c4400104d8051b3c04f584831").unwrap());
        system.extend([6, 5, 6]);
        bytes.extend(structure(
            1,
            &system,
            &["LENOVO", "21CBCTO1WW", "ThinkPad X1", "PF3ABCDE", "LENOVO_MT_21CB", "ThinkPad"],
        ));
        bytes.extend(structure(2, &[1, 2, 3, 4], &["LENOVO", "21CBCTO1WW", "SDK0T76530 WIN", "L1HF3AB01CD"]));
        bytes.extend(structure(3, &[1, 10, 0, 0, 2], &["LENOVO", "No Asset Information"]));
        bytes.extend(memory(16_384, 0, 5600));
        bytes.extend(structure(127, &[], &[]));
        bytes
    }

    #[test]
    fn a_laptop_is_described_by_its_tables() {
        let mut told = Told::new(
            &json!({"Win32_ComputerSystem": [{
                "Domain": "corp.example", "PartOfDomain": true, "Workgroup": null, "HypervisorPresent": true,
            }]}),
            &json!({
                (super::TCPIP): {"Hostname": "PC-042", "NV Hostname": "PC-042", "Domain": "corp.example"},
                r"HKLM\SOFTWARE\Microsoft\Cryptography": {"MachineGuid": "0f6e2a51-7d8f-4b0c-9b3e-0a1b2c3d4e5f"},
                r"HKLM\SYSTEM\CurrentControlSet\Control": {"PEFirmwareType": 2},
                r"HKLM\SYSTEM\CurrentControlSet\Control\SecureBoot\State": {"UEFISecureBootEnabled": 1},
                r"HKLM\SYSTEM\CurrentControlSet\Control\TimeZoneInformation": {
                    "TimeZoneKeyName": "Romance Standard Time\0\u{1}\u{2}",
                },
            }),
        );
        told.firmware = tables();
        told.memory = Some(Memory { total: 16_800_000_000, available: 8_000_000_000, swap: 2_000_000_000 });
        let sections = collect(&told, &Options::default()).sections;
        let system = sections.system.unwrap();
        assert_eq!(system.name.as_deref(), Some("PC-042"));
        assert_eq!(
            (system.domain.as_deref(), system.workgroup.as_deref()),
            (Some("corp.example"), Some("corp.example"))
        );
        assert_eq!((system.model.as_deref(), system.family.as_deref()), (Some("21CBCTO1WW"), Some("ThinkPad")));
        assert_eq!((system.serial.as_deref(), system.sku.as_deref()), (Some("PF3ABCDE"), Some("LENOVO_MT_21CB")));
        assert_eq!(system.uuid.as_deref(), Some("4c4c4544-0044-4d10-8051-b3c04f584831"));
        assert_eq!((system.chassis.as_deref(), system.asset_tag, system.virtualization), (Some("laptop"), None, None));
        assert_eq!(system.time_zone.as_deref(), Some("Romance Standard Time"));
        assert_eq!((system.memory_bytes, system.swap_bytes), (Some(16_800_000_000), Some(2_000_000_000)));
        let bios = sections.bios.unwrap();
        assert_eq!((bios.version.as_deref(), bios.date.as_deref()), (Some("N3MET15W (1.14 )"), Some("2023-11-24")));
        assert_eq!((bios.mode.as_deref(), bios.secure_boot), (Some("uefi"), Some(true)));
        assert_eq!(sections.boards.unwrap()[0].serial.as_deref(), Some("L1HF3AB01CD"));
        assert_eq!(sections.memory_slots.unwrap()[0].capacity_bytes, Some(16 << 30));
    }

    #[test]
    fn a_guest_without_tables_is_described_by_the_registry_and_wmi() {
        let told = Told::new(
            &json!({
                "Win32_ComputerSystem": [{"Domain": "WORKGROUP", "PartOfDomain": false, "Workgroup": "WORKGROUP"}],
                "Win32_ComputerSystemProduct": [{
                    "UUID": "4D2DDA1A-0B3C-4C9E-A1B2-C3D4E5F60718", "IdentifyingNumber": "7783-7084-3265-9085-8269-3286-77",
                }],
            }),
            &json!({
                (super::TCPIP): {"Hostname": "SRV", "Domain": ""},
                (super::FIRMWARE): {
                    "SystemManufacturer": "Microsoft Corporation", "SystemProductName": "Virtual Machine",
                    "BIOSVendor": "American Megatrends Inc.", "BIOSVersion": "090008", "BIOSReleaseDate": "12/07/2018",
                    "BaseBoardProduct": "Virtual Machine", "SystemSKU": "None",
                },
                r"HKLM\SYSTEM\CurrentControlSet\Control": {"PEFirmwareType": 1},
            }),
        );
        let sections = collect(&told, &Options::default()).sections;
        let system = sections.system.unwrap();
        assert_eq!((system.domain, system.workgroup.as_deref()), (None, Some("WORKGROUP")));
        assert_eq!(system.virtualization.as_deref(), Some("microsoft"));
        assert_eq!((system.chassis.as_deref(), system.sku), (Some("virtual"), None));
        assert_eq!(system.uuid.as_deref(), Some("4d2dda1a-0b3c-4c9e-a1b2-c3d4e5f60718"));
        assert_eq!(system.serial.as_deref(), Some("7783-7084-3265-9085-8269-3286-77"));
        let bios = sections.bios.unwrap();
        assert_eq!(
            (bios.date.as_deref(), bios.mode.as_deref(), bios.secure_boot),
            (Some("2018-12-07"), Some("bios"), None)
        );
        assert_eq!(sections.boards.unwrap()[0].model.as_deref(), Some("Virtual Machine"));
    }
}

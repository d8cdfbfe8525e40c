//! Graphics adapters.

use vigie_wire::{Sections, inventory::Graphics};

use super::{Class, Context, Row, devices};

const ADAPTER: Class = Class::of_cimv2(
    "Win32_VideoController",
    "Name, AdapterCompatibility, VideoProcessor, AdapterRAM, DriverVersion, PNPDeviceID, CurrentHorizontalResolution, \
     CurrentVerticalResolution",
);
/// The drivers of display adapters.
const DRIVERS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}";

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let rows = context.objects(&ADAPTER)?;
    // Some of these keys are not for everybody, and nothing is said of an adapter there that could not be missed.
    let drivers: Vec<Row> = context
        .machine
        .keys(DRIVERS)?
        .into_iter()
        .filter_map(|name| context.machine.key(&format!("{DRIVERS}\\{name}")).ok()?)
        .collect();
    let mut graphics = Vec::new();
    for row in &rows {
        let Some(name) = row.text("Name") else { continue };
        let id = row.text("PNPDeviceID").unwrap_or_default();
        graphics.push(Graphics {
            name: Some(name),
            manufacturer: row.meaningful("AdapterCompatibility").filter(|it| !it.starts_with('(')),
            chipset: row.meaningful("VideoProcessor"),
            // The property has 32 bits.
            memory_bytes: drivers
                .iter()
                .find(|driver| is_driver_of(driver, &id))
                .and_then(memory)
                .or_else(|| row.positive("AdapterRAM")),
            driver: row.text("DriverVersion"),
            resolution: row
                .positive("CurrentHorizontalResolution")
                .zip(row.positive("CurrentVerticalResolution"))
                .map(|(width, height)| format!("{width}x{height}")),
            slot: devices::slot(context, &id)?,
        });
    }
    graphics.sort_unstable_by(|a, b| (&a.slot, &a.name).cmp(&(&b.slot, &b.name)));
    sections.graphics = Some(graphics);
    Ok(())
}

/// Whether a driver was chosen for a device: `PCI\VEN_8086&DEV_9A49&SUBSYS_…` begins with what it matches.
fn is_driver_of(driver: &Row, id: &str) -> bool {
    let matches = driver.text("MatchingDeviceId").unwrap_or_default().to_ascii_uppercase();
    !matches.is_empty() && id.to_ascii_uppercase().starts_with(&matches)
}

fn memory(driver: &Row) -> Option<u64> {
    driver.positive("HardwareInformation.qwMemorySize").or_else(|| driver.positive("HardwareInformation.MemorySize"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn more_memory_than_32_bits_say_is_in_the_registry() {
        let told = Told::new(
            &json!({"Win32_VideoController": [
                {
                    "Name": "NVIDIA GeForce RTX 3060", "AdapterCompatibility": "NVIDIA", "VideoProcessor": "NVIDIA GeForce RTX 3060",
                    "AdapterRAM": -1_048_576, "DriverVersion": "31.0.15.3623", "CurrentHorizontalResolution": 2560,
                    "CurrentVerticalResolution": 1440, "PNPDeviceID": r"PCI\VEN_10DE&DEV_2504&SUBSYS_39771462&REV_A1\4&2283F625&0&0019",
                },
                {
                    "Name": "Microsoft Basic Display Adapter", "AdapterCompatibility": "(Standard display types)", "AdapterRAM": 0,
                    "PNPDeviceID": r"ROOT\BASICDISPLAY\0000",
                },
            ]}),
            &json!({
                (format!("{}\\0000", super::DRIVERS)): {
                    "MatchingDeviceId": r"pci\ven_10de&dev_2504", "HardwareInformation.qwMemorySize": {"bytes": [0, 0, 0, 0, 3, 0, 0, 0]},
                },
                r"HKLM\SYSTEM\CurrentControlSet\Enum\PCI\VEN_10DE&DEV_2504&SUBSYS_39771462&REV_A1\4&2283F625&0&0019": {
                    "LocationInformation": r"@System32\drivers\pci.sys,#65536;PCI bus %1, device %2, function %3;(1,0,0)",
                },
            }),
        );
        let found = collect(&told, &Options::default()).sections.graphics.unwrap();
        let card = found.iter().find(|it| it.manufacturer.as_deref() == Some("NVIDIA")).unwrap();
        assert_eq!(card.memory_bytes, Some(3 << 32));
        assert_eq!((card.resolution.as_deref(), card.slot.as_deref()), (Some("2560x1440"), Some("0000:01:00.0")));
        let basic = &found[0];
        assert_eq!((&basic.manufacturer, basic.memory_bytes, &basic.slot), (&None, None, &None));
    }
}

//! The machine's own batteries: what their driver tells, or ACPI's outline of them.

use vigie_wire::{Sections, inventory::Battery};

use super::{Class, Context, Row};
use crate::collect::text::meaningful;

const fn of_driver(name: &'static str, properties: &'static str) -> Class {
    Class { namespace: "ROOT\\WMI", name, properties, condition: "" }
}

const STATIC: Class = of_driver(
    "BatteryStaticData",
    "InstanceName, DeviceName, ManufactureName, SerialNumber, UniqueID, Chemistry, DesignedCapacity",
);
const FULL: Class = of_driver("BatteryFullChargedCapacity", "InstanceName, FullChargedCapacity");
const CYCLES: Class = of_driver("BatteryCycleCount", "InstanceName, CycleCount");
const OUTLINE: Class =
    Class::of_cimv2("Win32_Battery", "DeviceID, Name, Chemistry, DesignCapacity, FullChargeCapacity");

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let rows = context.objects_if_there(&STATIC)?;
    let full = context.objects_if_there(&FULL)?;
    let cycles = context.objects_if_there(&CYCLES)?;
    let mut batteries: Vec<Battery> = rows.iter().map(|row| of_driver_data(row, &full, &cycles)).collect();
    if batteries.is_empty() {
        batteries = context.objects_if_there(&OUTLINE)?.iter().map(outline).collect();
    }
    batteries.sort_unstable_by(|a, b| (&a.name, &a.serial).cmp(&(&b.name, &b.serial)));
    sections.batteries = Some(batteries);
    Ok(())
}

fn of_driver_data(row: &Row, full: &[Row], cycles: &[Row]) -> Battery {
    let instance = row.text("InstanceName");
    let of_same = |rows: &[Row], name: &str| rows.iter().find(|it| it.text("InstanceName") == instance)?.positive(name);
    Battery {
        name: row.meaningful("DeviceName"),
        manufacturer: row.meaningful("ManufactureName"),
        serial: row.meaningful("SerialNumber"),
        // Four characters in one number.
        chemistry: row.positive("Chemistry").and_then(|code| chemistry(&u32::try_from(code).ok()?.to_le_bytes())),
        design_capacity_mwh: row.positive("DesignedCapacity").filter(is_known),
        full_capacity_mwh: of_same(full, "FullChargedCapacity").filter(is_known),
        cycles: of_same(cycles, "CycleCount"),
    }
}

/// All bits set is what a battery says that does not know.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "what a filter takes")]
fn is_known(capacity: &u64) -> bool {
    *capacity < u64::from(u32::MAX)
}

/// The types of the Smart Battery Data Specification, and what makers write instead, in the words of Linux.
fn chemistry(code: &[u8]) -> Option<String> {
    let code = meaningful(Some(String::from_utf8_lossy(code).replace('\0', " ")))?;
    let lower = code.to_ascii_lowercase();
    Some(match lower.as_str() {
        "lion" | "li-i" | "lii" => "li-ion".to_owned(),
        "lip" | "lipo" => "li-poly".to_owned(),
        "pbac" => "lead-acid".to_owned(),
        "nimh" => "nimh".to_owned(),
        "nicd" => "nicd".to_owned(),
        _ => lower,
    })
}

fn outline(row: &Row) -> Battery {
    let chemistry = match row.number("Chemistry") {
        Some(3) => Some("lead-acid"),
        Some(4) => Some("nicd"),
        Some(5) => Some("nimh"),
        Some(6) => Some("li-ion"),
        Some(8) => Some("li-poly"),
        _ => None,
    };
    Battery {
        name: row.meaningful("Name").or_else(|| row.meaningful("DeviceID")),
        chemistry: chemistry.map(str::to_owned),
        design_capacity_mwh: row.positive("DesignCapacity").filter(is_known),
        full_capacity_mwh: row.positive("FullChargeCapacity").filter(is_known),
        ..Battery::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn a_battery_is_put_together_from_three_classes() {
        let told = Told::new(
            &json!({
                "BatteryStaticData": [{
                    "InstanceName": r"ACPI\PNP0C0A\1_0", "DeviceName": "5B10W13975", "ManufactureName": "Sunwoda ",
                    "SerialNumber": "  4321", "Chemistry": 5_269_836, "DesignedCapacity": 57000,
                }],
                "BatteryFullChargedCapacity": [{"InstanceName": r"ACPI\PNP0C0A\1_0", "FullChargedCapacity": 51230}],
                "BatteryCycleCount": [{"InstanceName": r"ACPI\PNP0C0A\1_0", "CycleCount": 0}],
            }),
            &json!({}),
        );
        let found = collect(&told, &Options::default()).sections.batteries.unwrap();
        assert_eq!((found[0].name.as_deref(), found[0].manufacturer.as_deref()), (Some("5B10W13975"), Some("Sunwoda")));
        assert_eq!((found[0].serial.as_deref(), found[0].chemistry.as_deref()), (Some("4321"), Some("li-poly")));
        assert_eq!((found[0].design_capacity_mwh, found[0].full_capacity_mwh), (Some(57_000), Some(51_230)));
        assert_eq!(found[0].cycles, None);
    }

    #[test]
    fn without_a_driver_that_tells_there_is_an_outline() {
        let told = Told::new(
            &json!({"Win32_Battery": [{"DeviceID": " 4321Sunwoda5B10", "Name": "5B10", "Chemistry": 6, "DesignCapacity": -1}]}),
            &json!({}),
        );
        let found = collect(&told, &Options::default()).sections.batteries.unwrap();
        assert_eq!((found[0].name.as_deref(), found[0].chemistry.as_deref()), (Some("5B10"), Some("li-ion")));
        assert_eq!(found[0].design_capacity_mwh, None);
    }
}

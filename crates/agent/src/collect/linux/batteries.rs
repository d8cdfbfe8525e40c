//! The machine's own batteries from `/sys/class/power_supply`.

use vigie_wire::{Sections, inventory::Battery};

use super::{Context, Root, text::meaningful};

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    if root.exists("/sys/class/power_supply") {
        let names = root.names("/sys/class/power_supply");
        sections.batteries = Some(names.iter().filter_map(|name| battery(root, name)).collect());
    }
}

fn battery(root: &Root, name: &str) -> Option<Battery> {
    let attribute = |file: &str| root.value(&format!("/sys/class/power_supply/{name}/{file}"));
    // A mouse has a battery too, of scope `Device`.
    if attribute("type").as_deref() != Some("Battery") || attribute("scope").as_deref() == Some("Device") {
        return None;
    }
    // The bay may be empty.
    if attribute("present").as_deref() == Some("0") {
        return None;
    }
    let number = |file: &str| attribute(file)?.parse::<u64>().ok();
    // Some tell energy (µWh), some charge (µAh) at a voltage (µV).
    let capacity = |which: &str| {
        number(&format!("energy_{which}")).map(|energy| energy / 1000).or_else(|| {
            let charge = u128::from(number(&format!("charge_{which}"))?) * u128::from(number("voltage_min_design")?);
            u64::try_from(charge / 1_000_000_000).ok()
        })
    };
    Some(Battery {
        name: meaningful(attribute("model_name")).or_else(|| Some(name.to_owned())),
        manufacturer: meaningful(attribute("manufacturer")),
        serial: meaningful(attribute("serial_number")),
        chemistry: meaningful(attribute("technology")).map(|kind| kind.to_ascii_lowercase()),
        design_capacity_mwh: capacity("full_design").filter(|capacity| *capacity > 0),
        full_capacity_mwh: capacity("full").filter(|capacity| *capacity > 0),
        cycles: number("cycle_count").filter(|cycles| *cycles > 0),
    })
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn capacities_are_in_milliwatt_hours_either_way() {
        let batteries = fixture(&[
            ("sys/class/power_supply/AC/type", "Mains\n"),
            ("sys/class/power_supply/BAT0/type", "Battery\n"),
            ("sys/class/power_supply/BAT0/present", "1\n"),
            ("sys/class/power_supply/BAT0/model_name", "5B10W13975\n"),
            ("sys/class/power_supply/BAT0/technology", "Li-poly\n"),
            ("sys/class/power_supply/BAT0/energy_full_design", "57000000\n"),
            ("sys/class/power_supply/BAT0/energy_full", "51230000\n"),
            ("sys/class/power_supply/BAT0/cycle_count", "0\n"),
            ("sys/class/power_supply/BAT1/type", "Battery\n"),
            ("sys/class/power_supply/BAT1/charge_full_design", "4000000\n"),
            ("sys/class/power_supply/BAT1/voltage_min_design", "11400000\n"),
            ("sys/class/power_supply/hidpp_battery_0/type", "Battery\n"),
            ("sys/class/power_supply/hidpp_battery_0/scope", "Device\n"),
        ])
        .collect()
        .sections
        .batteries
        .unwrap();
        assert_eq!(batteries.len(), 2);
        assert_eq!(batteries[0].design_capacity_mwh, Some(57_000));
        assert_eq!(batteries[0].full_capacity_mwh, Some(51_230));
        assert_eq!(batteries[0].cycles, None);
        assert_eq!(batteries[1].design_capacity_mwh, Some(45_600));
    }
}

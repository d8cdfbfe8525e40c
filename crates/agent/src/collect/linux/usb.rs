//! USB devices from `/sys/bus/usb`.

use vigie_wire::{Sections, inventory::UsbDevice};

use super::{Context, Root, text::meaningful};
use crate::collect::text::class_of_usb;

/// Most devices.
const MAX_DEVICES: usize = 1024;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    if !root.exists("/sys/bus/usb/devices") {
        return;
    }
    let names = root.names("/sys/bus/usb/devices");
    // `1-2:1.0` is an interface of `1-2`; `usb1` is the controller's own hub.
    let devices = names.iter().filter(|name| !name.contains(':') && !name.starts_with("usb")).take(MAX_DEVICES);
    let mut devices: Vec<UsbDevice> = devices.filter_map(|name| device(root, name, &names)).collect();
    devices.sort_unstable_by(|a, b| {
        (&a.vendor_id, &a.product_id, &a.serial, &a.name).cmp(&(&b.vendor_id, &b.product_id, &b.serial, &b.name))
    });
    sections.usb_devices = Some(devices);
}

fn device(root: &Root, name: &str, names: &[String]) -> Option<UsbDevice> {
    let folder = format!("/sys/bus/usb/devices/{name}");
    let attribute = |file: &str| root.value(&format!("{folder}/{file}"));
    let interfaces = || names.iter().filter(|other| other.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
    let of_interface = || {
        let interface = interfaces().next()?;
        root.value(&format!("/sys/bus/usb/devices/{interface}/bInterfaceClass"))
    };
    // 00: each interface has a class of its own.
    let class = attribute("bDeviceClass").filter(|class| class != "00").or_else(of_interface);
    Some(UsbDevice {
        vendor_id: Some(attribute("idVendor")?),
        product_id: Some(attribute("idProduct")?),
        name: attribute("product"),
        manufacturer: attribute("manufacturer"),
        serial: meaningful(attribute("serial")),
        class: class.map(|class| class_of_usb(&class).map_or(class, str::to_owned)),
    })
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn devices_are_listed_without_the_controllers_own_hubs() {
        let devices = fixture(&[
            ("sys/bus/usb/devices/usb1/idVendor", "1d6b\n"),
            ("sys/bus/usb/devices/usb1/idProduct", "0002\n"),
            ("sys/bus/usb/devices/1-2/idVendor", "046d\n"),
            ("sys/bus/usb/devices/1-2/idProduct", "c31c\n"),
            ("sys/bus/usb/devices/1-2/product", "Keyboard K120\n"),
            ("sys/bus/usb/devices/1-2/manufacturer", "Logitech\n"),
            ("sys/bus/usb/devices/1-2/bDeviceClass", "00\n"),
            ("sys/bus/usb/devices/1-2:1.0/bInterfaceClass", "03\n"),
        ])
        .collect()
        .sections
        .usb_devices
        .unwrap();
        assert_eq!(devices.len(), 1);
        assert_eq!(devices[0].name.as_deref(), Some("Keyboard K120"));
        assert_eq!(devices[0].class.as_deref(), Some("human interface"));
        assert_eq!(devices[0].vendor_id.as_deref(), Some("046d"));
    }
}

//! Monitors by the EDID that the kernel read from them.

use vigie_wire::Sections;

use super::Context;
use crate::collect::edid;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) {
    let root = context.root;
    if !root.exists("/sys/class/drm") {
        return;
    }
    let mut monitors = Vec::new();
    for connector in root.names("/sys/class/drm") {
        let bytes = root.read(&format!("/sys/class/drm/{connector}/edid"), 64 << 10).unwrap_or_default();
        if let Some(mut monitor) = edid::parse(&bytes) {
            // `card0-DP-1`: which card is first may change from boot to boot.
            monitor.port = Some(connector.split_once('-').map_or(connector.clone(), |(_, port)| port.to_owned()));
            monitors.push(monitor);
        }
    }
    monitors.sort_unstable_by(|a, b| (&a.port, &a.serial).cmp(&(&b.port, &b.serial)));
    sections.monitors = Some(monitors);
}

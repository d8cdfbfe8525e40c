//! Monitors that hang on the machine, by the EDID that Windows read from them.

use vigie_wire::Sections;

use super::{Class, Context, Row, devices::FOUND};
use crate::collect::edid;

/// How each monitor is connected.
const CONNECTION: Class = Class {
    namespace: "ROOT\\WMI",
    name: "WmiMonitorConnectionParams",
    properties: "InstanceName, VideoOutputTechnology",
    condition: "",
};

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let connections = context.objects_if_there(&CONNECTION)?;
    let mut monitors = Vec::new();
    for row in context.devices()? {
        let Some(id) = row.text("DeviceID").filter(|id| id.to_ascii_uppercase().starts_with(r"DISPLAY\")) else {
            continue;
        };
        let parameters = context.key(&format!("{FOUND}\\{id}\\Device Parameters"))?;
        if let Some(mut monitor) = parameters.bytes("EDID").and_then(edid::parse) {
            monitor.port = connections.iter().find(|it| is_of(it, &id)).and_then(port).map(str::to_owned);
            monitors.push(monitor);
        }
    }
    monitors.sort_unstable_by(|a, b| (&a.port, &a.serial, &a.model).cmp(&(&b.port, &b.serial, &b.model)));
    sections.monitors = Some(monitors);
    Ok(())
}

/// `DISPLAY\DELA0C4\5&1f2&0&UID4352_0` is of `DISPLAY\DELA0C4\5&1f2&0&UID4352`.
fn is_of(connection: &Row, id: &str) -> bool {
    let name = connection.text("InstanceName").unwrap_or_default();
    name.rsplit_once('_').is_some_and(|(name, _)| name.eq_ignore_ascii_case(id))
}

/// `D3DKMDT_VIDEO_OUTPUT_TECHNOLOGY`.
fn port(connection: &Row) -> Option<&'static str> {
    Some(match connection.number("VideoOutputTechnology")? {
        0 => "VGA",
        4 => "DVI",
        5 => "HDMI",
        6 => "LVDS",
        10 => "DP",
        11 => "eDP",
        12 | 13 => "UDI",
        15 => "Miracast",
        0x8000_0000 => "internal",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::{Options, edid::tests::edid};

    #[test]
    fn only_monitors_that_are_there_are_told() {
        let parameters = |id: &str| format!("{}\\{id}\\Device Parameters", super::FOUND);
        let told = Told::new(
            &json!({
                "Win32_PnPEntity": [
                    {"DeviceID": r"DISPLAY\DELA0C4\5&1F2&0&UID4352", "Name": "Dell U2419H"},
                    {"DeviceID": r"DISPLAY\DEFAULT_MONITOR\1", "Name": "Generic Non-PnP Monitor"},
                ],
                "WmiMonitorConnectionParams": [{
                    "InstanceName": r"DISPLAY\DELA0C4\5&1f2&0&UID4352_0", "VideoOutputTechnology": 10,
                }],
            }),
            &json!({
                (parameters(r"DISPLAY\DELA0C4\5&1F2&0&UID4352")): {"EDID": {"bytes": edid()}},
                (parameters(r"DISPLAY\DELA0C4\5&1F2&0&UID9999")): {"EDID": {"bytes": edid()}},
            }),
        );
        let monitors = collect(&told, &Options::default()).sections.monitors.unwrap();
        assert_eq!(monitors.len(), 1);
        assert_eq!((monitors[0].name.as_deref(), monitors[0].port.as_deref()), (Some("DELL U2419H"), Some("DP")));
    }

    #[test]
    fn a_panel_of_a_laptop_is_internal() {
        // 2147483648 comes as a negative number.
        let row = crate::collect::windows::row::tests::row(&json!({"VideoOutputTechnology": -2_147_483_648_i64}));
        assert_eq!(super::port(&row), Some("internal"));
    }
}

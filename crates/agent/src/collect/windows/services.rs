//! Services.

use vigie_wire::{Sections, inventory::Service};

use super::{Class, Context, Row};

const SERVICE: Class = Class::of_cimv2("Win32_Service", "Name, DisplayName, StartMode, State, StartName, PathName");
const SERVICES: &str = r"HKLM\SYSTEM\CurrentControlSet\Services";

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let mut services = Vec::new();
    for row in context.objects(&SERVICE)? {
        let Some(name) = row.text("Name") else { continue };
        if !is_of_session(context, &name)? {
            services.push(service(context, &row, name)?);
        }
    }
    services.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    sections.services = Some(services);
    Ok(())
}

/// `CDPUserSvc_3a2b1` is `CDPUserSvc` of one session: it comes and goes with it, under another name each time.
fn is_of_session(context: &Context<'_>, name: &str) -> Result<bool, String> {
    let Some((base, session)) = name.rsplit_once('_') else { return Ok(false) };
    let number = (4..=8).contains(&session.len()) && session.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(number && context.machine.key(&format!("{SERVICES}\\{base}"))?.is_some())
}

fn service(context: &Context<'_>, row: &Row, name: String) -> Result<Service, String> {
    let start = match row.text("StartMode").unwrap_or_default().to_ascii_lowercase().as_str() {
        "auto" | "boot" | "system" => Some("automatic"),
        "manual" => Some("manual"),
        "disabled" => Some("disabled"),
        _ => None,
    };
    // Others are started by what happens and stop when it is done, many times a day: that is no change.
    let stays = start != Some("manual") && context.machine.key(&format!("{SERVICES}\\{name}\\TriggerInfo"))?.is_none();
    let state = match row.text("State").unwrap_or_default().to_ascii_lowercase().as_str() {
        "running" | "start pending" | "continue pending" => Some("running"),
        "stopped" | "stop pending" => Some("stopped"),
        "paused" | "pause pending" => Some("paused"),
        _ => None,
    };
    Ok(Service {
        description: row.text("DisplayName"),
        start: start.map(str::to_owned),
        state: state.filter(|_| stays).map(str::to_owned),
        account: row.text("StartName"),
        command: row.text("PathName").map(|path| program(&path)),
        name: Some(name),
    })
}

/// Without its arguments: they may hold secrets. Those of Windows' own host say which group it is.
fn program(path: &str) -> String {
    let path = path.trim();
    let lower = path.to_ascii_lowercase();
    if lower.contains(r"\system32\svchost.exe") {
        return path.to_owned();
    }
    if let Some(quoted) = path.strip_prefix('"') {
        return quoted.split('"').next().unwrap_or_default().to_owned();
    }
    // Folders may have spaces in their names without quotes around them.
    match lower.find(".exe") {
        Some(at) => path.get(..at + 4).unwrap_or(path).to_owned(),
        None => path.split_whitespace().next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn only_what_stays_has_a_state() {
        let told = Told::new(
            &json!({"Win32_Service": [
                {
                    "Name": "Spooler", "DisplayName": "Print Spooler", "StartMode": "Auto", "State": "Running",
                    "StartName": "LocalSystem", "PathName": r"C:\Windows\System32\spoolsv.exe",
                },
                {"Name": "wuauserv", "StartMode": "Manual", "State": "Running"},
                {"Name": "sppsvc", "StartMode": "Auto", "State": "Stopped"},
                {"Name": "CDPUserSvc_3a2b1", "StartMode": "Auto", "State": "Running"},
                {"Name": "Tool_2023", "StartMode": "Disabled", "State": "Stopped"},
            ]}),
            &json!({
                (format!("{}\\sppsvc\\TriggerInfo", super::SERVICES)): {},
                (format!("{}\\CDPUserSvc", super::SERVICES)): {"Type": 0x60},
            }),
        );
        let found = collect(&told, &Options::default()).sections.services.unwrap();
        let words: Vec<_> = found
            .iter()
            .map(|it| [&it.name, &it.start, &it.state].map(|it| it.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            words,
            [
                ["Spooler", "automatic", "running"],
                ["Tool_2023", "disabled", "stopped"],
                ["sppsvc", "automatic", ""],
                ["wuauserv", "manual", ""],
            ]
        );
        assert_eq!(
            (found[0].account.as_deref(), found[0].description.as_deref()),
            (Some("LocalSystem"), Some("Print Spooler"))
        );
    }

    #[test]
    fn arguments_stay_here() {
        for (path, program) in [
            (r#""C:\Program Files\X\agent.exe" --token=secret"#, r"C:\Program Files\X\agent.exe"),
            (r"C:\Program Files\X\agent.EXE --token=secret", r"C:\Program Files\X\agent.EXE"),
            (r"C:\Windows\System32\svchost.exe -k netsvcs -p", r"C:\Windows\System32\svchost.exe -k netsvcs -p"),
            ("agent --token=secret", "agent"),
        ] {
            assert_eq!(super::program(path), program);
        }
    }
}

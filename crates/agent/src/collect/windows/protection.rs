//! Antivirus, firewall, and remote-support programs.

use vigie_wire::{
    Sections,
    inventory::{Antivirus, Firewall, RemoteAccess, Service, Software},
};

use super::{Class, Context, Row};

/// Where products register on a client; a server has no such place.
const SECURITY_CENTER: &str = "ROOT\\SecurityCenter2";
const ANTIVIRUS: Class = Class {
    namespace: SECURITY_CENTER,
    name: "AntiVirusProduct",
    properties: "displayName, productState",
    condition: "",
};
const FIREWALL: Class = Class { name: "FirewallProduct", ..ANTIVIRUS };
const DEFENDER: Class = Class {
    namespace: "ROOT\\Microsoft\\Windows\\Defender",
    name: "MSFT_MpComputerStatus",
    properties: "AMProductVersion, AntivirusEnabled, AntivirusSignatureVersion, AntivirusSignatureLastUpdated, \
                 DefenderSignaturesOutOfDate",
    condition: "",
};
/// Products by the service that guards: name, publisher, service.
const SERVICES: &[(&str, &str, &str)] = &[
    ("Bitdefender Endpoint Security Tools", "Bitdefender", "EPSecurityService"),
    ("Cortex XDR", "Palo Alto Networks", "cyserver"),
    ("CrowdStrike Falcon", "CrowdStrike", "CSFalconService"),
    ("ESET Security", "ESET", "ekrn"),
    ("Kaspersky Endpoint Security", "Kaspersky", "AVP.KES.21.20"),
    ("McAfee Endpoint Security", "McAfee", "mfefire"),
    ("SentinelOne", "SentinelOne", "SentinelAgent"),
    ("Sophos Endpoint", "Sophos", "Sophos Endpoint Defense Service"),
    ("Symantec Endpoint Protection", "Broadcom", "SepMasterService"),
    ("Trend Micro Apex One", "Trend Micro", "ntrtscan"),
    ("Trend Micro Deep Security Agent", "Trend Micro", "ds_agent"),
];

pub(crate) fn antivirus(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let registered = context.objects_if_there(&ANTIVIRUS)?;
    let software = sections.software.as_deref().unwrap_or_default();
    let mut found: Vec<Antivirus> = Vec::new();
    for row in &registered {
        let Some(product) = product(row) else { continue };
        // Upgrades leave the former registration behind.
        match found.iter_mut().find(|known| known.name == product.name) {
            Some(known) if product.enabled == Some(true) => *known = product,
            Some(_) => {}
            None => found.push(product),
        }
    }
    if registered.is_empty() {
        found.extend(guards(sections.services.as_deref().unwrap_or_default()));
    }
    // Defender does not answer for a long time where another product has taken its place.
    let replaced = found.iter().any(|it| it.enabled == Some(true) && !is_defender(it));
    let status = if replaced { None } else { context.objects_if_there(&DEFENDER)?.into_iter().next() };
    if let Some(status) = status.filter(|it| it.text("AMProductVersion").is_some()) {
        if !found.iter().any(is_defender) {
            found.push(Antivirus { name: Some("Microsoft Defender Antivirus".to_owned()), ..Antivirus::default() });
        }
        for product in found.iter_mut().filter(|it| is_defender(it)) {
            of_defender(product, &status);
        }
    }
    for product in &mut found {
        if is_defender(product) {
            product.publisher.get_or_insert_with(|| "Microsoft Corporation".to_owned());
        } else {
            complete(product, software);
        }
    }
    found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    if !found.is_empty() {
        sections.antivirus = Some(found);
    }
    Ok(())
}

fn is_defender(product: &Antivirus) -> bool {
    product.name.as_deref().is_some_and(|name| name.contains("Defender"))
}

/// The state is a number whose second byte says whether it is on and whose last whether its definitions are current.
fn product(row: &Row) -> Option<Antivirus> {
    let state = row.number("productState");
    Some(Antivirus {
        name: Some(row.text("displayName")?),
        enabled: state.map(is_on),
        up_to_date: state.map(|state| state.to_le_bytes().first() == Some(&0)),
        ..Antivirus::default()
    })
}

const fn is_on(state: u64) -> bool {
    state >> 12 & 0xF == 1
}

fn guards(services: &[Service]) -> impl Iterator<Item = Antivirus> {
    SERVICES.iter().filter_map(|(name, publisher, service)| {
        let is_it = |it: &&Service| it.name.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(service));
        let found = services.iter().find(is_it)?;
        Some(Antivirus {
            name: Some((*name).to_owned()),
            publisher: Some((*publisher).to_owned()),
            enabled: found.state.as_deref().map(|state| state == "running"),
            ..Antivirus::default()
        })
    })
}

fn of_defender(product: &mut Antivirus, status: &Row) {
    product.version = status.text("AMProductVersion").filter(|it| it != "0.0.0.0");
    product.enabled = status.flag("AntivirusEnabled").or(product.enabled);
    product.up_to_date = product.up_to_date.or_else(|| Some(!status.flag("DefenderSignaturesOutOfDate")?));
    product.definitions = status.text("AntivirusSignatureVersion").filter(|it| it != "0.0.0.0");
    product.definitions_date = status.day("AntivirusSignatureLastUpdated");
}

/// Version and publisher stand among the programs, under a name that begins with the product's.
fn complete(product: &mut Antivirus, software: &[Software]) {
    let Some(name) = product.name.as_deref().map(str::to_lowercase) else { return };
    let listed = software
        .iter()
        .find(|it| it.user.is_none() && it.name.as_deref().is_some_and(|it| it.to_lowercase().starts_with(&name)));
    if let Some(listed) = listed {
        product.version = product.version.take().or_else(|| listed.version.clone());
        product.publisher = product.publisher.take().or_else(|| listed.publisher.clone());
    }
}

const POLICY: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy";
const GROUP_POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall";
const FILTER: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\mpssvc";
/// Profile, the key of the machine's own settings, the key of the domain's.
const PROFILES: [(&str, &str, &str); 3] = [
    ("domain", "DomainProfile", "DomainProfile"),
    ("private", "StandardProfile", "PrivateProfile"),
    ("public", "PublicProfile", "PublicProfile"),
];
/// Of a service: it cannot be started.
const DISABLED: u64 = 4;

pub(crate) fn firewalls(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let mut found = Vec::new();
    let service = context.machine.key(FILTER)?;
    let off = service.is_some_and(|service| service.number("Start") == Some(DISABLED));
    for (profile, own, of_domain) in PROFILES {
        let is_set = |path: String| Ok::<_, String>(context.key(&path)?.flag("EnableFirewall"));
        let forced = is_set(format!("{GROUP_POLICY}\\{of_domain}"))?;
        let enabled = match forced {
            Some(forced) => Some(forced),
            None => is_set(format!("{POLICY}\\{own}"))?,
        };
        if let Some(enabled) = enabled {
            found.push(Firewall {
                name: Some("Windows Defender Firewall".to_owned()),
                profile: Some(profile.to_owned()),
                enabled: Some(enabled && !off),
            });
        }
    }
    for row in context.objects_if_there(&FIREWALL)? {
        if let Some(name) = row.text("displayName") {
            let enabled = row.number("productState").map(is_on);
            found.push(Firewall { name: Some(name), profile: None, enabled });
        }
    }
    found.sort_unstable_by(|a, b| (&a.name, &a.profile).cmp(&(&b.name, &b.profile)));
    found.dedup();
    if !found.is_empty() {
        sections.firewalls = Some(found);
    }
    Ok(())
}

const TEAMVIEWER: [&str; 2] = [r"HKLM\SOFTWARE\TeamViewer", r"HKLM\SOFTWARE\WOW6432Node\TeamViewer"];
const FOLDERS: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders";
/// Longest settings file that is read, bytes.
const MAX_FILE: u64 = 1 << 20;

pub(crate) fn remote_access(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let mut found = Vec::new();
    if let Some(id) = anydesk(context)? {
        found.push(RemoteAccess { kind: Some("anydesk".to_owned()), id: Some(id), version: None });
    }
    for path in TEAMVIEWER {
        let row = context.key(path)?;
        if let Some(id) =
            row.positive("ClientID").filter(|_| found.iter().all(|it| it.kind.as_deref() != Some("teamviewer")))
        {
            let version = row.text("Version");
            found.push(RemoteAccess { kind: Some("teamviewer".to_owned()), id: Some(id.to_string()), version });
        }
    }
    if !found.is_empty() {
        sections.remote_access = Some(found);
    }
    Ok(())
}

/// A line `ad.anynet.id=123456789`.
fn anydesk(context: &Context<'_>) -> Result<Option<String>, String> {
    let Some(folder) = context.key(FOLDERS)?.text("Common AppData") else { return Ok(None) };
    let Some(settings) = context.machine.file(&format!(r"{folder}\AnyDesk\system.conf"), MAX_FILE) else {
        return Ok(None);
    };
    let settings = String::from_utf8_lossy(&settings);
    let id = settings.lines().find_map(|line| line.trim().strip_prefix("ad.anynet.id=")).map(str::trim);
    Ok(id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Refusal, collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn a_client_tells_what_is_registered() {
        let told = Told::new(
            &json!({
                "AntiVirusProduct": [
                    {"displayName": "ESET Endpoint Antivirus", "productState": 0x41000},
                    {"displayName": "Windows Defender", "productState": 0x60110},
                    {"displayName": "ESET Endpoint Antivirus", "productState": 0x40000},
                ],
                "FirewallProduct": [{"displayName": "ESET Firewall", "productState": 0x41010}],
                // It must not be asked while another product guards.
                "MSFT_MpComputerStatus": [{"AMProductVersion": "4.18.1"}],
            }),
            &json!({
                r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\ESET": {
                    "DisplayName": "ESET Endpoint Antivirus", "DisplayVersion": "11.0.2032.0", "Publisher": "ESET, spol. s r.o.",
                },
                (format!("{}\\StandardProfile", super::POLICY)): {"EnableFirewall": 1},
                (format!("{}\\PublicProfile", super::POLICY)): {"EnableFirewall": 1},
                (format!("{}\\PublicProfile", super::GROUP_POLICY)): {"EnableFirewall": 0},
            }),
        );
        let sections = collect(&told, &Options::default()).sections;
        let found = sections.antivirus.unwrap();
        let words: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_deref().unwrap(), it.enabled, it.up_to_date, it.version.as_deref()))
            .collect();
        assert_eq!(
            words,
            [
                ("ESET Endpoint Antivirus", Some(true), Some(true), Some("11.0.2032.0")),
                ("Windows Defender", Some(false), Some(false), None),
            ]
        );
        assert_eq!(found[1].publisher.as_deref(), Some("Microsoft Corporation"));
        let firewalls = sections.firewalls.unwrap();
        let words: Vec<_> =
            firewalls.iter().map(|it| (it.name.as_deref().unwrap(), it.profile.as_deref(), it.enabled)).collect();
        assert_eq!(
            words,
            [
                ("ESET Firewall", None, Some(true)),
                ("Windows Defender Firewall", Some("private"), Some(true)),
                ("Windows Defender Firewall", Some("public"), Some(false)),
            ]
        );
    }

    #[test]
    fn a_server_has_defender_or_a_service_that_guards() {
        let status = json!([{
            "AMProductVersion": "4.18.23110.3", "AntivirusEnabled": true, "AntivirusSignatureVersion": "1.403.1234.0",
            "AntivirusSignatureLastUpdated": "20240131101112.000000+000", "DefenderSignaturesOutOfDate": false,
        }]);
        let found = collect(&Told::new(&json!({"MSFT_MpComputerStatus": status}), &json!({})), &Options::default());
        let defender = &found.sections.antivirus.unwrap()[0];
        assert_eq!((defender.version.as_deref(), defender.enabled), (Some("4.18.23110.3"), Some(true)));
        assert_eq!((defender.definitions_date.as_deref(), defender.up_to_date), (Some("2024-01-31"), Some(true)));
        let guarded = json!({"Win32_Service": [{"Name": "SentinelAgent", "StartMode": "Auto", "State": "Running"}]});
        let found = collect(&Told::new(&guarded, &json!({})), &Options::default()).sections.antivirus.unwrap();
        assert_eq!((found[0].name.as_deref(), found[0].enabled), (Some("SentinelOne"), Some(true)));
        assert!(collect(&Told::new(&json!({}), &json!({})), &Options::default()).sections.antivirus.is_none());
    }

    #[test]
    fn what_is_silent_now_may_tell_later_and_what_refuses_is_not_there() {
        let mut told = Told::new(&json!({}), &json!({}));
        told.classes.insert("AntiVirusProduct".to_owned(), Err(Refusal::Silent("no answer".to_owned())));
        let collection = collect(&told, &Options::default());
        assert!(collection.not_taken.contains(&vigie_wire::Section::Antivirus));
        told.classes.insert("AntiVirusProduct".to_owned(), Err(Refusal::Refused("0x80041003".to_owned())));
        let collection = collect(&told, &Options::default());
        assert!(!collection.not_taken.contains(&vigie_wire::Section::Antivirus));
    }

    #[test]
    fn remote_support_is_told_by_its_number() {
        let mut told = Told::new(
            &json!({}),
            &json!({
                r"HKLM\SOFTWARE\WOW6432Node\TeamViewer": {"ClientID": 1_234_567_890, "Version": "15.49.3"},
                (super::FOLDERS): {"Common AppData": r"C:\ProgramData"},
            }),
        );
        told.files.insert(r"C:\ProgramData\AnyDesk\system.conf", b"ad.x=1\nad.anynet.id=987654321\n".to_vec());
        let found = collect(&told, &Options::default()).sections.remote_access.unwrap();
        let words: Vec<_> = found.iter().map(|it| (it.kind.as_deref().unwrap(), it.id.as_deref().unwrap())).collect();
        assert_eq!(words, [("anydesk", "987654321"), ("teamviewer", "1234567890")]);
    }
}

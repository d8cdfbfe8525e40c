//! The operating system: the registry, and what only WMI knows.

use vigie_wire::{Sections, inventory::OperatingSystem};

use super::{Class, Context, Row};
use crate::collect::text::{day, squeezed};

const VERSION: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const ENVIRONMENT: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
const LANGUAGES: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\MUI\Settings";
const SYSTEM: Class = Class::of_cimv2("Win32_OperatingSystem", "Caption, MUILanguages");
/// The licence of Windows itself is the one of its application with a key in it.
const LICENCE: Class = Class {
    namespace: "ROOT\\CIMV2",
    name: "SoftwareLicensingProduct",
    properties: "LicenseStatus",
    condition: "ApplicationID = '55c92734-d682-4d71-983e-d6ec3f16059f' AND PartialProductKey IS NOT NULL",
};
/// The first build of Windows 11, whose registry still calls it Windows 10.
const WINDOWS_11: u64 = 22_000;

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let version = context.key(VERSION)?;
    let system = context.objects_if_there(&SYSTEM)?.into_iter().next().unwrap_or_default();
    let licences = context.objects_if_there(&LICENCE)?;
    let name = name(&system, &version);
    let kernel = kernel(&version);
    sections.operating_system = Some(OperatingSystem {
        family: Some("windows".to_owned()),
        edition: name.as_deref().and_then(OperatingSystem::edition_of_windows),
        name,
        distribution: Some("windows".to_owned()),
        // Until 2020 releases were only numbered, before 2015 there were none.
        version: version.text("DisplayVersion").or_else(|| version.text("ReleaseId")).or_else(|| kernel.clone()),
        build: build(&version),
        kernel,
        architecture: architecture(context)?,
        install_date: version.number("InstallDate").and_then(|seconds| day(i64::try_from(seconds).ok()?)),
        licence_state: licence_state(&licences).map(str::to_owned),
        language: context.key(LANGUAGES)?.texts("PreferredUILanguages").into_iter().next().or_else(|| {
            // With several, WMI does not say which is in use.
            <[String; 1]>::try_from(system.texts("MUILanguages")).ok().map(|[only]| only)
        }),
    });
    Ok(())
}

fn name(system: &Row, version: &Row) -> Option<String> {
    let told = system.text("Caption").or_else(|| {
        let name = format!("Microsoft {}", version.text("ProductName")?.trim_start_matches("Microsoft "));
        let is_11 = version.number("CurrentBuildNumber").is_some_and(|build| build >= WINDOWS_11);
        Some(if is_11 { name.replace("Windows 10", "Windows 11") } else { name })
    })?;
    Some(squeezed(&told.replace(['®', '™'], " ").replace("(R)", " ").replace("(TM)", " ")))
}

/// `10.0.22631`.
fn kernel(version: &Row) -> Option<String> {
    let build = version.number("CurrentBuildNumber").or_else(|| version.number("CurrentBuild"))?;
    let major = version.number("CurrentMajorVersionNumber").zip(version.number("CurrentMinorVersionNumber"));
    Some(match major {
        Some((major, minor)) => format!("{major}.{minor}.{build}"),
        None => format!("{}.{build}", version.text("CurrentVersion")?),
    })
}

/// `22631.3155`: with the revision that monthly updates bring.
fn build(version: &Row) -> Option<String> {
    let build = version.number("CurrentBuildNumber").or_else(|| version.number("CurrentBuild"))?;
    Some(version.positive("UBR").map_or_else(|| build.to_string(), |revision| format!("{build}.{revision}")))
}

/// As the kernel of Linux would write it.
pub(crate) fn architecture(context: &Context<'_>) -> Result<Option<String>, String> {
    let told = context.key(ENVIRONMENT)?.text("PROCESSOR_ARCHITECTURE");
    Ok(told.map(|told| match told.to_ascii_uppercase().as_str() {
        "AMD64" => "x86_64".to_owned(),
        "ARM64" => "aarch64".to_owned(),
        "X86" => "i686".to_owned(),
        other => other.to_ascii_lowercase(),
    }))
}

fn licence_state(licences: &[Row]) -> Option<&'static str> {
    let states = licences.iter().filter_map(|licence| {
        Some(match licence.number("LicenseStatus")? {
            0 => (3, "unlicensed"),
            1 => (0, "licensed"),
            // Out of the box, out of tolerance, not genuine, extended.
            2..=4 | 6 => (1, "grace"),
            5 => (2, "notification"),
            _ => return None,
        })
    });
    // An edition that was upgraded keeps its old licence beside the one that counts.
    states.min().map(|(_, state)| state)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vigie_wire::inventory::OperatingSystem;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    fn system(classes: &serde_json::Value, version: &serde_json::Value) -> OperatingSystem {
        let keys = json!({
            (super::VERSION): version,
            (super::ENVIRONMENT): {"PROCESSOR_ARCHITECTURE": "AMD64"},
        });
        collect(&Told::new(classes, &keys), &Options::default()).sections.operating_system.unwrap()
    }

    #[test]
    fn windows_11_is_named_and_numbered() {
        let found = system(
            &json!({
                "Win32_OperatingSystem": [{"Caption": "Microsoft Windows\u{a0}11 Professionnel ", "MUILanguages": ["fr-FR"]}],
                "SoftwareLicensingProduct": [{"LicenseStatus": 0}, {"LicenseStatus": 1}],
            }),
            &json!({
                "ProductName": "Windows 10 Pro", "DisplayVersion": "23H2", "ReleaseId": "2009",
                "CurrentBuildNumber": "22631", "CurrentBuild": "22631", "UBR": 3155, "CurrentVersion": "6.3",
                "CurrentMajorVersionNumber": 10, "CurrentMinorVersionNumber": 0, "InstallDate": 1_700_000_000,
            }),
        );
        assert_eq!(found.name.as_deref(), Some("Microsoft Windows 11 Professionnel"));
        assert_eq!(found.edition.as_deref(), Some("Professionnel"));
        assert_eq!((found.version.as_deref(), found.build.as_deref()), (Some("23H2"), Some("22631.3155")));
        assert_eq!((found.kernel.as_deref(), found.architecture.as_deref()), (Some("10.0.22631"), Some("x86_64")));
        assert_eq!((found.install_date.as_deref(), found.language.as_deref()), (Some("2023-11-14"), Some("fr-FR")));
        assert_eq!(found.licence_state.as_deref(), Some("licensed"));
    }

    #[test]
    fn without_wmi_the_registry_names_it() {
        let found = system(
            &json!({}),
            &json!({"ProductName": "Windows 10 Enterprise", "CurrentBuildNumber": "22621", "CurrentVersion": "6.3"}),
        );
        assert_eq!(found.name.as_deref(), Some("Microsoft Windows 11 Enterprise"));
        let old = system(
            &json!({"Win32_OperatingSystem": [{"Caption": "Microsoft Windows Server 2012 R2 Standard"}]}),
            &json!({"CurrentBuildNumber": "9600", "CurrentVersion": "6.3", "InstallDate": 0}),
        );
        assert_eq!((old.version.as_deref(), old.build.as_deref()), (Some("6.3.9600"), Some("9600")));
        assert_eq!((old.edition.as_deref(), old.install_date, old.licence_state), (Some("Standard"), None, None));
    }
}

//! Installed programs as Windows lists them for uninstalling: for everybody, in both views, and for each user; and the
//! updates that stand among them.

use std::collections::BTreeSet;

use vigie_wire::{
    Sections,
    inventory::{Software, Update},
};

use super::{Context, Row, store, updates};
use crate::collect::text::{day, squeezed};

const EVERYBODY: [(&str, &str); 2] = [
    (r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall", "x86_64"),
    (r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall", "i586"),
];

/// One line of the list.
enum Entry {
    Program(Software),
    Update(Update),
}

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let mut software = Vec::new();
    let mut found = Vec::new();
    for (path, architecture) in EVERYBODY {
        for entry in entries(context, path, architecture, None)? {
            match entry {
                Entry::Program(program) => software.push(program),
                Entry::Update(update) => found.push(update),
            }
        }
    }
    software.extend(context.own()?.iter().flat_map(|own| &own.software).cloned());
    software.extend(store::packages(context)?);
    software.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    // A program's installer and the package inside it may both be listed.
    let mut seen = BTreeSet::new();
    software.retain(|it| seen.insert((it.name.clone(), it.version.clone(), it.architecture.clone(), it.user.clone())));
    sections.software = Some(software);
    sections.updates = Some(found);
    Ok(())
}

type SortKey<'a> = [&'a Option<String>; 5];

fn key(it: &Software) -> SortKey<'_> {
    [&it.source, &it.name, &it.architecture, &it.version, &it.user]
}

/// The programs of a user whose hive is there.
pub(crate) fn of_user(context: &Context<'_>, sid: &str, name: &str) -> Result<Vec<Software>, String> {
    let mut software = Vec::new();
    for (path, architecture) in EVERYBODY {
        let path = path.replacen(r"HKLM\SOFTWARE", &format!(r"HKU\{sid}\Software"), 1);
        let entries = entries(context, &path, architecture, Some(name))?;
        software.extend(entries.into_iter().filter_map(|entry| match entry {
            Entry::Program(program) => Some(program),
            Entry::Update(_) => None,
        }));
    }
    Ok(software)
}

fn entries(context: &Context<'_>, path: &str, architecture: &str, user: Option<&str>) -> Result<Vec<Entry>, String> {
    let rows = context.keys_with_values(path)?;
    Ok(rows
        .iter()
        .filter_map(|(id, row)| {
            // What has no name is not listed by Windows either: parts of itself that leave a key behind.
            let name = squeezed(&row.text("DisplayName")?);
            let written = || context.machine.key_written(&format!("{path}\\{id}"));
            let install_date = install_date(row).or_else(written);
            if let Some(update) = update(row, &name, install_date.as_ref()) {
                return Some(Entry::Update(update));
            }
            Some(Entry::Program(Software {
                name: Some(name),
                version: row
                    .text("DisplayVersion")
                    .map(|it| it.split(char::is_control).next().unwrap_or(&it).to_owned()),
                publisher: row.text("Publisher"),
                source: Some(if is_msi(id, row) { "msi" } else { "registry" }.to_owned()),
                architecture: Some(architecture.to_owned()),
                install_date,
                // In kilobytes.
                size_bytes: row.positive("EstimatedSize").and_then(|size| size.checked_mul(1024)),
                user: user.map(str::to_owned),
            }))
        })
        .collect())
}

fn is_msi(id: &str, row: &Row) -> bool {
    row.flag("WindowsInstaller") == Some(true)
        // Installers of other makes use such names too.
        || (id.len() == 38 && id.starts_with('{') && row.text("UninstallString").is_some_and(|it| {
            it.to_ascii_lowercase().contains("msiexec")
        }))
}

/// Updates of programs stand beside them, with what they belong to.
fn update(row: &Row, name: &str, install_date: Option<&String>) -> Option<Update> {
    let release = row.text("ReleaseType").unwrap_or_default().to_ascii_lowercase();
    let is_update = ["update", "hotfix", "service pack"].iter().any(|word| release.contains(word));
    if !is_update && row.text("ParentKeyName").is_none() {
        return None;
    }
    Some(Update {
        name: Some(updates::number(name)?),
        version: row.text("DisplayVersion"),
        installed_version: None,
        source: Some("windows-update".to_owned()),
        state: Some("installed".to_owned()),
        security: release.contains("security").then_some(true),
        install_date: install_date.cloned(),
    })
}

/// `20240131` is what Microsoft asks for; others write what they like.
fn install_date(row: &Row) -> Option<String> {
    let told = row.text("InstallDate").or_else(|| row.positive("InstallDate").map(|number| number.to_string()))?;
    date(&told)
}

/// A day in any of the shapes that are met.
pub(crate) fn date(told: &str) -> Option<String> {
    let told = told.trim();
    let number = |range: std::ops::Range<usize>| told.get(range).and_then(|it| it.parse::<u16>().ok());
    let digits = told.bytes().all(|byte| byte.is_ascii_digit());
    let (year, month, day_of_month) = match told.len() {
        8 if digits => (number(0..4)?, number(4..6)?, number(6..8)?),
        // Without the zero before the month.
        7 if digits => (number(0..4)?, number(4..5)?, number(5..7)?),
        // Seconds since 1970.
        10 if digits => return day(told.parse().ok()?),
        _ => {
            let parts: Vec<u16> =
                told.split([' ', 'T']).next()?.split(['/', '-', '.']).map_while(|it| it.parse().ok()).collect();
            match *parts.as_slice() {
                [year, month, day] if year > 31 => (year, month, day),
                // Days first where they cannot be months, and where points stand between.
                [day, month, year] if day > 12 || told.contains('.') => (year, month, day),
                [month, day, year] => (year, month, day),
                _ => return None,
            }
        }
    };
    let plausible = (1990..=2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day_of_month);
    plausible.then(|| format!("{year:04}-{month:02}-{day_of_month:02}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn programs_of_everybody_in_both_views() {
        let key = |view: usize, id: &str| format!("{}\\{id}", super::EVERYBODY[view].0);
        let told = Told::new(
            &json!({"Win32_QuickFixEngineering": []}),
            &json!({
                (key(0, "{90160000-008C-0000-1000-0000000FF1CE}")): {
                    "DisplayName": "Office 16 Click-to-Run  Extensibility Component", "DisplayVersion": "16.0.17126.20132",
                    "Publisher": "Microsoft Corporation", "WindowsInstaller": 1, "SystemComponent": 1, "InstallDate": "20240131",
                    "EstimatedSize": 30720,
                },
                (key(0, "7-Zip")): {"DisplayName": "7-Zip 23.01 (x64)", "DisplayVersion": "23.01", "Publisher": "Igor Pavlov"},
                (key(0, "AddressBook")): {"NoRemove": 1, "SystemComponent": 1},
                (key(1, "Mozilla")): {"DisplayName": "Mozilla Firefox", "DisplayVersion": "121.0\r\n", "InstallDate": "1/2/2024"},
                (key(1, "Same")): {"DisplayName": "7-Zip 23.01 (x64)", "DisplayVersion": "23.01"},
                (key(0, "{AAAAAAAA-0000-0000-0000-000000000000}_Office16.PROPLUS_{B}")): {
                    "DisplayName": "Security Update for Microsoft Word 2016 (KB5002542) 64-Bit Edition", "ParentKeyName": "Office16.PROPLUS",
                    "ReleaseType": "Security Update",
                },
                (key(0, "Part")): {"DisplayName": "Language pack of something", "ParentKeyName": "Something"},
            }),
        );
        let sections = collect(&told, &Options::default()).sections;
        let software = sections.software.unwrap();
        let words: Vec<_> = software
            .iter()
            .map(|it| [&it.source, &it.architecture, &it.name, &it.version].map(|it| it.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            words,
            [
                ["msi", "x86_64", "Office 16 Click-to-Run Extensibility Component", "16.0.17126.20132"],
                ["registry", "i586", "7-Zip 23.01 (x64)", "23.01"],
                ["registry", "x86_64", "7-Zip 23.01 (x64)", "23.01"],
                ["registry", "x86_64", "Language pack of something", ""],
                ["registry", "i586", "Mozilla Firefox", "121.0"],
            ]
        );
        assert_eq!((software[0].size_bytes, software[0].install_date.as_deref()), (Some(30 << 20), Some("2024-01-31")));
        assert_eq!(software[1].install_date.as_deref(), Some("2024-05-06"), "when the key was written");
        assert_eq!(software[4].install_date.as_deref(), Some("2024-01-02"));
        let updates = sections.updates.unwrap();
        assert_eq!((updates[0].name.as_deref(), updates[0].security), (Some("KB5002542"), Some(true)));
        assert_eq!(updates.len(), 1);
    }

    #[test]
    fn a_view_that_cannot_be_read_costs_the_whole_list() {
        let mut told = Told::new(&json!({}), &json!({}));
        told.unreadable = Some(super::EVERYBODY[1].0);
        let collection = collect(&told, &Options::default());
        assert!(collection.sections.software.is_none() && collection.sections.updates.is_none());
        assert!(collection.not_taken.contains(&vigie_wire::Section::Software));
        assert!(collection.not_taken.contains(&vigie_wire::Section::Updates));
    }

    #[test]
    fn days_come_in_many_shapes() {
        for (told, day) in [
            ("20240131", Some("2024-01-31")),
            ("2024131", Some("2024-01-31")),
            ("1/31/2024", Some("2024-01-31")),
            ("31/01/2024", Some("2024-01-31")),
            ("31.01.2024", Some("2024-01-31")),
            ("02.01.2024", Some("2024-01-02")),
            ("2024-01-31T10:00:00", Some("2024-01-31")),
            ("1700000000", Some("2023-11-14")),
            ("20249931", None),
            ("00000000", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(super::date(told).as_deref(), day, "{told}");
        }
    }
}

//! Packages of the store, from the list that Windows keeps of them for all users.

use std::collections::BTreeSet;

use vigie_wire::inventory::Software;

use super::Context;

const STORE: &str = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore";
/// Publishers by the digest of their certificate's name.
const PUBLISHERS: [(&str, &str); 2] =
    [("8wekyb3d8bbwe", "Microsoft Corporation"), ("cw5n1h2txyewy", "Microsoft Corporation")];

/// The packages that someone has, each once however many have it.
pub(crate) fn packages(context: &Context<'_>) -> Result<Vec<Software>, String> {
    let mut names = BTreeSet::new();
    for list in context.machine.keys(STORE)? {
        // Below an identifier stands what its owner has, and what is for everybody in the two others. What was removed,
        // staged or is to go has lists of its own.
        if list.starts_with("S-1-") || ["Applications", "InboxApplications"].contains(&list.as_str()) {
            names.extend(context.machine.keys(&format!("{STORE}\\{list}"))?);
        }
    }
    let packages: BTreeSet<_> = names.iter().filter_map(|name| package(name)).collect();
    Ok(packages
        .into_iter()
        .map(|package| Software {
            name: Some(package.name.to_owned()),
            version: Some(package.version.to_owned()),
            publisher: PUBLISHERS.iter().find(|(id, _)| *id == package.publisher).map(|(_, name)| (*name).to_owned()),
            source: Some("store".to_owned()),
            architecture: Some(package.architecture.to_owned()),
            ..Software::default()
        })
        .collect())
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package<'a> {
    name: &'a str,
    architecture: &'a str,
    version: &'a str,
    publisher: &'a str,
}

/// `Microsoft.WindowsCalculator_11.2307.4.0_x64__8wekyb3d8bbwe`: name, version, architecture, resources, publisher.
fn package(full: &str) -> Option<Package<'_>> {
    let parts: Vec<&str> = full.split('_').collect();
    let &[name, version, architecture, resources, publisher] = parts.as_slice() else { return None };
    // A bundle is what the package came in, and resources belong to it.
    if resources == "~" || resources.starts_with("split.") || name.is_empty() {
        return None;
    }
    let numbers = version.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let architecture = match architecture.to_ascii_lowercase().as_str() {
        "x64" => "x86_64",
        "x86" => "i586",
        "arm64" => "aarch64",
        _ => architecture,
    };
    numbers.then_some(Package { name, architecture, version, publisher })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{collect, machine::tests::Told};
    use crate::collect::Options;

    #[test]
    fn packages_are_told_once_and_without_their_parts() {
        let key = |list: &str, name: &str| format!("{}\\{list}\\{name}", super::STORE);
        let calculator = "Microsoft.WindowsCalculator_11.2307.4.0_x64__8wekyb3d8bbwe";
        let told = Told::new(
            &json!({}),
            &json!({
                (key("S-1-5-21-1-2-3-1001", calculator)): {},
                (key("S-1-5-21-1-2-3-1002", calculator)): {},
                (key("S-1-5-21-1-2-3-1002", "SpotifyAB.SpotifyMusic_1.225.1013.0_x86__zpdnekdrzrea0")): {},
                (key("S-1-5-21-1-2-3-1002", "Microsoft.WindowsCalculator_11.2307.4.0_neutral_split.language-fr_8wekyb3d8bbwe")): {},
                (key("Applications", "Microsoft.WindowsCalculator_2021.2307.4.0_neutral_~_8wekyb3d8bbwe")): {},
                (key("InboxApplications", "Microsoft.Windows.Search_1.14.10.22621_neutral_neutral_cw5n1h2txyewy")): {},
                (key("Deprovisioned", "Microsoft.ZuneMusic_8wekyb3d8bbwe")): {},
                (key("S-1-5-18", "nonsense")): {},
            }),
        );
        let software = collect(&told, &Options::default()).sections.software.unwrap();
        let words: Vec<_> = software
            .iter()
            .map(|it| {
                [&it.name, &it.architecture, &it.version, &it.publisher].map(|it| it.as_deref().unwrap_or_default())
            })
            .collect();
        assert_eq!(
            words,
            [
                ["Microsoft.Windows.Search", "neutral", "1.14.10.22621", "Microsoft Corporation"],
                ["Microsoft.WindowsCalculator", "x86_64", "11.2307.4.0", "Microsoft Corporation"],
                ["SpotifyAB.SpotifyMusic", "i586", "1.225.1013.0", ""],
            ]
        );
        assert!(software.iter().all(|it| it.source.as_deref() == Some("store") && it.user.is_none()));
    }
}

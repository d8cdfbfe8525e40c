//! Reading a manifest. All of its errors are told at once, each with its place.

use std::path::PathBuf;

use regex_lite::Regex;
use toml::de::DeTable;
use vigie_wire::link::{
    application::{Application, LONGEST_TITLE, MOST_APPLICATIONS, is_url},
    certificate::{MOST_CERTIFICATES, is_key},
};

use super::{
    Platform, Profile, Service, Source, Version,
    certificate::certificates,
    keys::{Keys, MOST, Text},
    parse_condition::conditions,
};
use crate::toml_fault::{Fault, Faults};

/// Reads a manifest.
pub fn parse(text: &str) -> Result<Profile, Vec<Fault>> {
    let mut faults = Faults::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    faults.add_syntax(&errors);
    let profile = if errors.is_empty() { profile(table.get_ref(), &mut faults) } else { None };
    let faults = faults.into_inner();
    profile.filter(|_| faults.is_empty()).ok_or(faults)
}

fn profile(table: &DeTable<'_>, faults: &mut Faults<'_>) -> Option<Profile> {
    let mut keys = Keys::new(table, String::new(), 0);
    let name = keys.needed("name", faults).and_then(|it| {
        it.checked(is_key(it.words), "small letters, digits and hyphens are needed, at most 40", faults)
    });
    let title = keys.needed("title", faults).and_then(|it| people(&it, faults));
    let platform = keys.needed("platform", faults).and_then(|it| match it.words {
        "linux" => Some(Platform::Linux),
        "windows" => Some(Platform::Windows),
        _ => it.wrong("linux or windows is needed", faults),
    });
    let version = keys.table("version", faults).map(|keys| version(keys, faults));
    let services = keys.tables("service", MOST, faults).into_iter().filter_map(|mut keys| {
        let name = keys.needed("name", faults).and_then(|it| {
            let is_name = !it.words.trim().is_empty() && !it.words.chars().any(|c| c.is_control() || c == '/');
            it.checked(is_name, "the name of a service is needed", faults)
        });
        let title = keys.needed("title", faults).and_then(|it| people(&it, faults));
        keys.end(faults);
        Some(Service { name: name?, title: title? })
    });
    let services = services.collect();
    let applications = keys.tables("application", MOST_APPLICATIONS, faults).into_iter().filter_map(|mut keys| {
        let title = keys.needed("title", faults).and_then(|it| people(&it, faults));
        let url = keys.needed("url", faults).and_then(|it| {
            it.checked(
                is_url(it.words),
                "an address like https://{address}:8443/path is needed: http or https, the host is {address}, 500 bytes at most",
                faults,
            )
        });
        keys.end(faults);
        Some(Application { title: title?, url: url? })
    });
    let applications: Vec<_> = applications.collect();
    let conditions = conditions(keys.tables("condition", MOST, faults), platform, faults);
    let certificates = certificates(keys.tables("certificate", MOST_CERTIFICATES, faults), platform, faults);
    keys.end(faults);
    // A version that is there and wrong has left a fault.
    Some(Profile {
        name: name?,
        title: title?,
        platform: platform?,
        version: version.flatten(),
        services,
        applications: applications.into(),
        conditions: conditions.into(),
        certificates: certificates.into(),
    })
}

pub(super) fn people(it: &Text<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let length = it.words.trim().chars().count();
    let is_title = (1..=LONGEST_TITLE).contains(&length) && !it.words.chars().any(char::is_control);
    it.checked(is_title, "one line of at most 100 characters is needed", faults)
}

fn version(mut keys: Keys<'_, '_>, faults: &mut Faults<'_>) -> Option<Version> {
    let command = keys.texts("command", faults);
    let file = keys.text("file", faults);
    let source = match (command, file) {
        (Some(argv), None) => Some(Source::Command(argv)),
        (None, Some(it)) => path(&it, faults).map(Source::File),
        (Some(_), Some(it)) => it.wrong("either command or file is needed, not both", faults),
        (None, None) => {
            if !keys.has("command") && !keys.has("file") {
                faults.add(keys.offset, keys.path("command"), "command or file is needed");
            }
            None
        }
    };
    let pattern = keys.text("pattern", faults).and_then(|it| match Regex::new(it.words) {
        Ok(pattern) if pattern.captures_len() == 2 => Some(pattern),
        Ok(pattern) => {
            let count = pattern.captures_len() - 1;
            it.wrong(&format!("a regular expression with one group is needed; this has {count}"), faults)
        }
        Err(error) => it.wrong(&format!("not a regular expression: {error}"), faults),
    });
    keys.end(faults);
    Some(Version { source: source?, pattern })
}

/// A path from the top, of either operating system.
pub(super) fn path(it: &Text<'_>, faults: &mut Faults<'_>) -> Option<PathBuf> {
    it.checked(is_absolute(it.words), "a path from the top is needed", faults).map(PathBuf::from)
}

pub(super) fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.as_bytes().get(1) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        parse(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = r#"name = "kamailio"
title = "Kamailio"
platform = "linux"

[version]
command = ["/usr/sbin/kamailio", "-v"]
pattern = 'kamailio (\S+)'

[[service]]
name = "kamailio.service"
title = "SIP server"

[[application]]
title = "Siremis"
url = "https://{address}:8443/siremis"
"#;

    #[test]
    fn a_manifest_is_understood() {
        let profile = parse(GOOD).unwrap();
        assert_eq!((profile.name.as_str(), profile.platform), ("kamailio", Platform::Linux));
        let version = profile.version.as_ref().unwrap();
        assert_eq!(version.source, Source::Command(vec!["/usr/sbin/kamailio".into(), "-v".into()]));
        assert_eq!(profile.services[0].name, "kamailio.service");
        assert_eq!(profile.applications[0].url, "https://{address}:8443/siremis");
        let printed = profile.to_string();
        assert!(printed.contains("kamailio -v") && printed.contains("8443"), "{printed}");
    }

    #[test]
    fn every_error_is_told_with_line_column_and_key() {
        let words = told(&GOOD.replace("title = \"SIP server\"", "titel = \"SIP server\""));
        assert!(words[0].starts_with("line 9, column 1, key service.title: this key is missing"), "{words:?}");
        assert!(words[1].starts_with("line 11, column 1, key service.titel: there is no such key"), "{words:?}");
        let words = told(&GOOD.replace(r"(\S+)", r"\S+"));
        assert!(words[0].starts_with("line 7, column 11, key version.pattern:"), "{words:?}");
        assert!(words[0].contains("one group"), "{words:?}");
        let words = told("name = \"A b\"\ntitle = 7\n");
        assert_eq!(words.len(), 3, "{words:?}");
        assert!(words[0].starts_with("line 1, column 1, key platform"), "{words:?}");
        assert!(
            words[2].starts_with("line 2, column 9, key title: a string is needed, this is a integer"),
            "{words:?}"
        );
        let words = told("name = \n");
        assert!(words[0].starts_with("line 1") && words[0].contains("key name"), "{words:?}");
    }

    #[test]
    fn a_version_has_one_source() {
        let version = |lines: &str| told(&format!("name=\"a\"\ntitle=\"A\"\nplatform=\"linux\"\n[version]\n{lines}\n"));
        assert!(version("")[0].contains("key version.command: command or file"));
        assert!(version("file = \"/a\"\ncommand = [\"/b\"]")[0].contains("not both"));
        assert!(version("file = \"a\"")[0].contains("path from the top"));
        assert!(version("command = []")[0].contains("a program is needed"));
        assert!(version("command = \"kamailio -v\"")[0].contains("list of strings"));
        assert!(version("command = [\"a\", 1]")[0].contains("a string is needed"));
    }

    #[test]
    fn an_application_leads_to_the_system_only() {
        let head = "name=\"a\"\ntitle=\"A\"\nplatform=\"linux\"\n";
        let application = |url: &str| format!("[[application]]\ntitle=\"A\"\nurl=\"{url}\"\n");
        let good = parse(&format!("{head}{}", application("https://{address}:8443/a?b=c&d"))).unwrap();
        assert_eq!(good.applications[0].url, "https://{address}:8443/a?b=c&d");
        let told = |rest: String| told(&format!("{head}{rest}"));
        assert!(told(application("https://evil.example/"))[0].contains("application.url"));
        assert!(told(application("http://{address}/").repeat(21))[0].contains("at most 20"));
    }

    #[test]
    fn the_profiles_that_are_shipped_are_good() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../profiles");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                parse(&text).unwrap_or_else(|faults| panic!("{}: {faults:?}", path.display())).name
            })
            .collect();
        names.sort();
        assert_eq!(names, ["kamailio", "linux", "windows"]);
    }
}

//! Applications that bring their own world: Flatpak and Snap, those installed for the whole machine.

use vigie_wire::inventory::Software;

use super::{Root, text::modified_day};

/// Most of one description that is read, bytes.
const MAX_FILE: u64 = 4 << 20;
/// Most applications of each kind.
const MAX_ITEMS: usize = 5_000;

/// Applications and runtimes of Flatpak; none where there is no Flatpak.
pub(crate) fn flatpaks(root: &Root) -> Option<Vec<Software>> {
    let top = "/var/lib/flatpak";
    if !root.exists(top) {
        return None;
    }
    let mut found = Vec::new();
    for id in root.names(&format!("{top}/app")) {
        let folder = format!("{top}/app/{id}/current/active");
        if root.exists(&folder) {
            let details = root.text(&format!("{folder}/metadata"), MAX_FILE).unwrap_or_default();
            found.push(Software {
                version: appdata_version(root, &folder, &id),
                architecture: runtime(&details).and_then(|runtime| runtime.split('/').nth(1).map(str::to_owned)),
                ..flatpak(root, id, &folder)
            });
        }
    }
    for id in root.names(&format!("{top}/runtime")) {
        for architecture in root.names(&format!("{top}/runtime/{id}")) {
            for branch in root.names(&format!("{top}/runtime/{id}/{architecture}")) {
                let folder = format!("{top}/runtime/{id}/{architecture}/{branch}/active");
                if root.exists(&folder) {
                    found.push(Software {
                        version: Some(branch),
                        architecture: Some(architecture.clone()),
                        ..flatpak(root, id.clone(), &folder)
                    });
                }
            }
        }
    }
    found.truncate(MAX_ITEMS);
    Some(found)
}

fn flatpak(root: &Root, id: String, folder: &str) -> Software {
    Software {
        name: Some(id),
        source: Some("flatpak".to_owned()),
        install_date: modified_day(&root.path(&format!("{folder}/deploy"))),
        ..Software::default()
    }
}

/// `runtime=org.gnome.Platform/x86_64/46` of the application's description.
fn runtime(details: &str) -> Option<&str> {
    details.lines().find_map(|line| line.strip_prefix("runtime="))
}

/// The newest release that the application's own description names; they stand newest first.
fn appdata_version(root: &Root, folder: &str, id: &str) -> Option<String> {
    let places = [format!("metainfo/{id}.metainfo.xml"), format!("appdata/{id}.appdata.xml")];
    let text = places.iter().find_map(|place| root.text(&format!("{folder}/files/share/{place}"), MAX_FILE).ok())?;
    let release = text.split("<release ").nth(1)?.split('>').next()?;
    let version = release.split("version=").nth(1)?;
    let quote = version.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    version.get(1..)?.split(quote).next().map(str::to_owned)
}

/// Snaps in use; none where there is no snapd.
pub(crate) fn snaps(root: &Root) -> Option<Vec<Software>> {
    if !root.exists("/var/lib/snapd/snaps") {
        return None;
    }
    let top = ["/snap", "/var/lib/snapd/snap"].into_iter().find(|top| root.exists(top))?;
    let names = root.names(top).into_iter().take(MAX_ITEMS);
    let snaps = names.filter_map(|name| {
        let details = root.text(&format!("{top}/{name}/current/meta/snap.yaml"), MAX_FILE).ok()?;
        // Top-level keys stand at the beginning of a line.
        let told = |key: &str| {
            let value = details.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
            let value = value.trim().trim_matches(['"', '\'']);
            (!value.is_empty()).then(|| value.to_owned())
        };
        Some(Software {
            version: told("version"),
            source: Some("snap".to_owned()),
            // The link is made anew with every revision.
            install_date: link_day(root, &format!("{top}/{name}/current")),
            name: Some(name),
            ..Software::default()
        })
    });
    Some(snaps.collect())
}

fn link_day(root: &Root, path: &str) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    super::text::day(std::fs::symlink_metadata(root.path(path)).ok()?.mtime())
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn flatpaks_and_snaps_stand_beside_packages() {
        let software = fixture(&[
            ("var/lib/flatpak/app/org.example.App/current/active/metadata", "[Application]\nruntime=org.gnome.Platform/x86_64/46\n"),
            (
                "var/lib/flatpak/app/org.example.App/current/active/files/share/metainfo/org.example.App.metainfo.xml",
                "<component><releases><release date='2026-01-01' version='3.2.1'/><release version=\"3.2.0\"/></releases></component>",
            ),
            ("var/lib/flatpak/runtime/org.gnome.Platform/x86_64/46/active/deploy", ""),
            ("var/lib/snapd/snaps/core22_1.snap", ""),
            ("snap/README", "this is no snap"),
            ("snap/firefox/current/meta/snap.yaml", "name: firefox\nversion: \"133.0-1\"\napps:\n  version: no\n"),
        ])
        .collect()
        .sections
        .software
        .unwrap();
        let told: Vec<_> = software
            .iter()
            .map(|it| [&it.source, &it.name, &it.version].map(|it| it.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            told,
            [
                ["flatpak", "org.example.App", "3.2.1"],
                ["flatpak", "org.gnome.Platform", "46"],
                ["snap", "firefox", "133.0-1"],
            ]
        );
        assert_eq!(software[0].architecture.as_deref(), Some("x86_64"));
    }
}

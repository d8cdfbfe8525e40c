//! Installed packages of Arch Linux and its relatives: pacman's database is a folder for each package.

use std::io;

use vigie_wire::inventory::Software;

use super::{Root, text::day};

const DATABASE: &str = "/var/lib/pacman/local";
/// Most of one description that is read, bytes.
const MAX_FILE: u64 = 1 << 20;
const MAX_PACKAGES: usize = 20_000;

/// The installed packages; none when there is no such database here.
pub(crate) fn installed(root: &Root) -> Result<Option<Vec<Software>>, String> {
    if !root.exists(DATABASE) {
        return Ok(None);
    }
    let mut packages = Vec::new();
    for folder in root.names(DATABASE).into_iter().take(MAX_PACKAGES) {
        let path = format!("{DATABASE}/{folder}/desc");
        match root.text(&path, MAX_FILE) {
            Ok(text) => packages.extend(package(&text)),
            // A file beside the folders, or a package that goes at this moment.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(format!("{path}: {error}")),
        }
    }
    Ok(Some(packages))
}

/// `%NAME%` on a line, then its values, then an empty line.
fn package(text: &str) -> Option<Software> {
    let told = |key: &str| {
        let mut lines = text.lines().skip_while(|line| line.trim() != key).skip(1);
        lines.next().map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
    };
    Some(Software {
        name: Some(told("%NAME%")?),
        version: told("%VERSION%"),
        publisher: told("%PACKAGER%").filter(|packager| packager != "Unknown Packager"),
        source: Some("pacman".to_owned()),
        architecture: told("%ARCH%"),
        install_date: told("%INSTALLDATE%").and_then(|seconds| day(seconds.parse().ok()?)),
        size_bytes: told("%SIZE%").and_then(|size| size.parse().ok()),
        ..Software::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::collect::linux::tests::fixture;

    #[test]
    fn packages_are_read_from_their_folders() {
        let software = fixture(&[
            ("var/lib/pacman/local/ALPM_DB_VERSION", "9\n"),
            (
                "var/lib/pacman/local/bash-5.2.026-2/desc",
                "%NAME%\nbash\n\n%VERSION%\n5.2.026-2\n\n%DESC%\nThe GNU Bourne Again shell\n\n%ARCH%\nx86_64\n\n%INSTALLDATE%\n\
                 1715000000\n\n%PACKAGER%\nA Packager <a@archlinux.test>\n\n%SIZE%\n9466880\n\n%LICENSE%\nGPL\nMIT\n",
            ),
            ("var/lib/pacman/local/broken-1/desc", "%VERSION%\n1\n"),
            ("var/lib/pacman/local/own-1-1/desc", "%NAME%\nown\n\n%PACKAGER%\nUnknown Packager\n"),
        ])
        .collect()
        .sections
        .software
        .unwrap();
        assert_eq!(software.len(), 2);
        let bash = &software[0];
        assert_eq!((bash.name.as_deref(), bash.version.as_deref()), (Some("bash"), Some("5.2.026-2")));
        assert_eq!((bash.source.as_deref(), bash.architecture.as_deref()), (Some("pacman"), Some("x86_64")));
        assert_eq!((bash.install_date.as_deref(), bash.size_bytes), (Some("2024-05-06"), Some(9_466_880)));
        assert_eq!(bash.publisher.as_deref(), Some("A Packager <a@archlinux.test>"));
        assert_eq!(software[1].publisher, None);
    }
}

//! Installed packages of Debian and its relatives, from dpkg's database (dpkg(1), `/var/lib/dpkg/status`).
//!
//! What `dpkg-query` shows as `ii` is listed, and besides what is unpacked but waits for its configuration or a trigger:
//! its files are there. Packages that were removed and left their configuration files, and those of which dpkg does not
//! know whether they are whole, are not installed software. Sizes are left out: nobody asks for them, and they would be a
//! fifth of what an agent sends first.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
};

use vigie_wire::inventory::Software;

use super::{Root, text::modified_day};

/// Where dpkg keeps what it knows.
pub(crate) const STATUS: &str = "/var/lib/dpkg/status";
/// Images without dpkg keep one file a package here.
const STATUS_FOLDER: &str = "/var/lib/dpkg/status.d";
/// Longest line that is looked at, bytes: descriptions and lists of files are never of interest.
const MAX_LINE: usize = 64 << 10;
/// Most packages.
const MAX_PACKAGES: usize = 20_000;

/// The installed packages, in the database's order; none when there is no dpkg here.
pub(crate) fn installed(root: &Root) -> io::Result<Option<Vec<Software>>> {
    let mut packages = Vec::new();
    let mut found = false;
    match File::open(root.path(STATUS)) {
        Ok(file) => {
            found = true;
            read(root, BufReader::with_capacity(64 << 10, file), &mut packages)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    for name in root.names(STATUS_FOLDER).iter().filter(|name| !name.ends_with(".md5sums")) {
        found = true;
        let file = File::open(root.path(&format!("{STATUS_FOLDER}/{name}")))?;
        read(root, BufReader::new(file), &mut packages)?;
    }
    Ok(found.then_some(packages))
}

#[derive(Default)]
struct Stanza {
    software: Software,
    status: Option<String>,
    one_a_machine: bool,
}

fn read(root: &Root, mut reader: impl BufRead, packages: &mut Vec<Software>) -> io::Result<()> {
    let mut line = Vec::with_capacity(1024);
    let mut stanza = Stanza { one_a_machine: true, ..Stanza::default() };
    loop {
        line.clear();
        let length = read_line(&mut reader, &mut line)?;
        if length == 0 || line.is_empty() {
            let done = std::mem::replace(&mut stanza, Stanza { one_a_machine: true, ..Stanza::default() });
            if let Some(package) = finish(root, done)
                && packages.len() < MAX_PACKAGES
            {
                packages.push(package);
            }
            if length == 0 {
                return Ok(());
            }
        } else if line.first().is_some_and(u8::is_ascii_uppercase) {
            take(&mut stanza, &line);
        }
    }
}

/// Reads a line without its end into `line`, keeping at most [`MAX_LINE`] bytes of it; answers how much was read.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let mut read = 0;
    loop {
        let available = reader.fill_buf()?;
        if available.is_empty() {
            return Ok(read);
        }
        let end = memchr::memchr(b'\n', available);
        let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
        line.extend_from_slice(part.get(..part.len().min(MAX_LINE.saturating_sub(line.len()))).unwrap_or_default());
        let used = end.map_or(available.len(), |end| end + 1);
        reader.consume(used);
        read += used;
        if end.is_some() {
            return Ok(read);
        }
    }
}

fn take(stanza: &mut Stanza, line: &[u8]) {
    let Some(colon) = memchr::memchr(b':', line) else { return };
    let (field, rest) = line.split_at(colon);
    let text = || {
        let value = String::from_utf8_lossy(rest.get(1..).unwrap_or_default());
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    match field {
        b"Package" => stanza.software.name = text(),
        b"Version" => stanza.software.version = text(),
        b"Architecture" => stanza.software.architecture = text(),
        b"Maintainer" => stanza.software.publisher = text().map(|maintainer| without_address(&maintainer)),
        b"Status" => stanza.status = text(),
        b"Multi-Arch" => stanza.one_a_machine = text().as_deref() != Some("same"),
        _ => {}
    }
}

/// `Debian Python Team <team@example.org>` as `Debian Python Team`: who publishes, not how to write to them.
fn without_address(maintainer: &str) -> String {
    let name = maintainer.split('<').next().unwrap_or_default().trim().trim_matches('"');
    if name.is_empty() { maintainer.to_owned() } else { name.to_owned() }
}

fn finish(root: &Root, stanza: Stanza) -> Option<Software> {
    let Stanza { mut software, status, one_a_machine } = stanza;
    let name = software.name.clone()?;
    software.version.as_ref()?;
    // `want flag status`; packages of an image without dpkg have none and are installed.
    let installed = status.as_deref().and_then(|status| status.split_whitespace().nth(2)).unwrap_or("installed");
    if !matches!(installed, "installed" | "unpacked" | "half-configured" | "triggers-awaited" | "triggers-pending") {
        return None;
    }
    software.source = Some("dpkg".to_owned());
    software.install_date = match &software.architecture {
        Some(architecture) if !one_a_machine => {
            modified_day(&root.path(&format!("/var/lib/dpkg/info/{name}:{architecture}.list")))
        }
        _ => None,
    }
    .or_else(|| modified_day(&root.path(&format!("/var/lib/dpkg/info/{name}.list"))));
    Some(software)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::linux::tests::fixture;

    const STATUS_TEXT: &str = "\
Package: bash
Status: install ok installed
Maintainer: Matthias Klose <doko@debian.org>
Installed-Size: 7164
Architecture: amd64
Multi-Arch: foreign
Version: 5.2.15-2+b7
Conffiles:
 /etc/bash.bashrc 89269e1298235f1b12b4c16e4065ad0d
Description: GNU Bourne Again SHell
 Version: of nothing

Package: libc6
Status: hold ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.36-9+deb12u8

Package: libc6
Status: install ok installed
Architecture: i386
Multi-Arch: same
Version: 2.36-9+deb12u8

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: waiting
Status: install ok triggers-awaited
Architecture: all
Version: 2:1.0~rc1

Package: broken
Status: install reinstreq half-installed
Architecture: all
Version: 1";

    #[test]
    fn what_is_installed_is_listed_and_what_was_removed_is_not() {
        let tree = fixture(&[
            ("var/lib/dpkg/status", STATUS_TEXT),
            ("var/lib/dpkg/info/bash.list", "/bin/bash\n"),
            ("var/lib/dpkg/info/libc6:i386.list", "/lib\n"),
        ]);
        let packages = installed(&tree.root).unwrap().unwrap();
        let names: Vec<_> = packages
            .iter()
            .map(|it| {
                (it.name.as_deref().unwrap(), it.architecture.as_deref().unwrap(), it.version.as_deref().unwrap())
            })
            .collect();
        assert_eq!(
            names,
            [
                ("bash", "amd64", "5.2.15-2+b7"),
                ("libc6", "amd64", "2.36-9+deb12u8"),
                ("libc6", "i386", "2.36-9+deb12u8"),
                ("waiting", "all", "2:1.0~rc1"),
            ]
        );
        assert_eq!(packages[0].publisher.as_deref(), Some("Matthias Klose"));
        assert!(packages[0].install_date.is_some());
        assert!(packages[1].install_date.is_none(), "the i386 package's list is not the amd64 one's");
        assert!(packages[2].install_date.is_some());
    }

    #[test]
    fn a_machine_without_dpkg_has_no_list() {
        assert!(installed(&fixture(&[]).root).unwrap().is_none());
    }

    /// The real database of the machine that runs the tests, beside what dpkg itself says of it.
    #[test]
    fn the_list_equals_that_of_dpkg_query() {
        let Some(expected) = listed_by_dpkg() else {
            assert!(installed(&Root::real()).unwrap().is_none(), "a package list without dpkg");
            return;
        };
        let mut found: Vec<String> = installed(&Root::real())
            .unwrap()
            .unwrap()
            .into_iter()
            .map(|it| format!("{}\t{}\t{}", it.name.unwrap(), it.version.unwrap(), it.architecture.unwrap()))
            .collect();
        found.sort();
        if found != expected {
            // Someone may be installing at this moment: only a second look tells.
            assert_ne!(listed_by_dpkg().unwrap(), expected, "the list differs from dpkg's");
        }
    }

    fn listed_by_dpkg() -> Option<Vec<String>> {
        let format = "${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\n";
        let output = std::process::Command::new("dpkg-query").args(["-W", "-f", format]).output().ok()?;
        let mut listed: Vec<String> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .filter(|line| line.as_bytes()[1] == b'i')
            .map(|line| line.split_once('\t').unwrap().1.to_owned())
            .collect();
        listed.sort();
        Some(listed)
    }
}

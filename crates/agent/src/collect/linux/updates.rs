//! Updates that wait: newer versions of installed packages in the lists that apt fetched. Pins are not looked at; archives
//! that ask not to be upgraded from (`NotAutomatic`, as backports) are left out. The lists are large: they are read again
//! only when they, or the installed packages, changed.

use std::{
    cmp::Ordering,
    collections::HashMap,
    fs::File,
    io::{self, Read},
};

use memchr::memmem;
use vigie_wire::{
    Sections,
    inventory::{Software, Update},
};

use super::{
    Context, Root,
    cache::{remembered, stamp},
    dpkg::STATUS,
};

const LISTS: &str = "/var/lib/apt/lists";
/// Most that is unpacked of one list, bytes; Debian's main one has some 50 MB.
const MAX_LIST: u64 = 1 << 30;
/// Longest description of one package, bytes.
const MAX_STANZA: usize = 4 << 20;
const CHUNK: usize = 128 << 10;

/// A package that is installed, by name; of several architectures each.
type Installed<'a> = HashMap<&'a [u8], Vec<&'a Software>>;

#[derive(Clone)]
struct Candidate {
    version: String,
    security: bool,
}

pub(crate) fn collect(context: &Context<'_>, sections: &mut Sections) -> Result<(), String> {
    let lists: Vec<String> = context.root.names(LISTS).into_iter().filter(|name| is_list(name)).collect();
    let software = sections.software.as_deref().unwrap_or_default();
    let packages: Vec<&Software> = software.iter().filter(|it| it.source.as_deref() == Some("dpkg")).collect();
    if lists.is_empty() || packages.is_empty() {
        return Ok(());
    }
    let paths: Vec<String> = lists.iter().map(|name| format!("{LISTS}/{name}")).collect();
    let stamp = stamp(context, paths.iter().map(String::as_str).chain([STATUS]));
    sections.updates = Some(remembered(context, "updates", stamp, || waiting(context.root, &lists, &packages))?);
    Ok(())
}

fn is_list(name: &str) -> bool {
    let name = [".lz4", ".gz", ".zst", ".xz"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    name.ends_with("_Packages")
}

fn waiting(root: &Root, lists: &[String], packages: &[&Software]) -> Result<Vec<Update>, String> {
    let mut installed = Installed::with_capacity(packages.len());
    for package in packages {
        installed.entry(package.name.as_deref().unwrap_or_default().as_bytes()).or_default().push(package);
    }
    let mut best: HashMap<*const Software, Candidate> = HashMap::new();
    for list in lists.iter().filter(|list| !is_not_automatic(root, list)) {
        let security = list.contains("security");
        read_list(root, list, |stanza| consider(stanza, &installed, security, &mut best))
            .map_err(|error| format!("{list}: {error}"))?;
    }
    let mut updates: Vec<Update> = packages
        .iter()
        .filter_map(|package| {
            let candidate = best.get(&std::ptr::from_ref(*package))?;
            Some(Update {
                name: package.name.clone(),
                version: Some(candidate.version.clone()),
                installed_version: package.version.clone(),
                source: Some("apt".to_owned()),
                state: Some("waiting".to_owned()),
                security: Some(candidate.security),
                install_date: None,
            })
        })
        .collect();
    updates.sort_unstable_by(|a, b| (&a.name, &a.installed_version).cmp(&(&b.name, &b.installed_version)));
    updates.dedup();
    Ok(updates)
}

/// Keeps a package's newest version, if it is newer than the installed one. It counts as a security update when any
/// newer version is.
fn consider(stanza: &[u8], installed: &Installed<'_>, security: bool, best: &mut HashMap<*const Software, Candidate>) {
    let Some(packages) = field(stanza, b"Package:").and_then(|name| installed.get(name)) else { return };
    let text = |name: &[u8]| std::str::from_utf8(field(stanza, name)?).ok();
    let (Some(version), architecture) = (text(b"Version:"), text(b"Architecture:")) else { return };
    for package in packages {
        let own = package.architecture.as_deref();
        if own != architecture && own != Some("all") && architecture != Some("all") {
            continue;
        }
        if compare(version, package.version.as_deref().unwrap_or_default()) != Ordering::Greater {
            continue;
        }
        let candidate = best
            .entry(std::ptr::from_ref(*package))
            .or_insert_with(|| Candidate { version: version.to_owned(), security });
        candidate.security |= security;
        if compare(version, &candidate.version) == Ordering::Greater {
            version.clone_into(&mut candidate.version);
        }
    }
}

/// The value of a field that stands at the beginning of a line.
fn field<'a>(stanza: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let start = if stanza.starts_with(name) {
        name.len()
    } else {
        memmem::find_iter(stanza, name).find(|at| at.checked_sub(1).and_then(|it| stanza.get(it)) == Some(&b'\n'))?
            + name.len()
    };
    let rest = stanza.get(start..)?;
    let value = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
    Some(value.trim_ascii())
}

/// What the archive's own description says; it is the list's name up to the component.
fn is_not_automatic(root: &Root, list: &str) -> bool {
    let names = root.names(LISTS);
    let release = names.iter().find(|name| {
        let stem = name.strip_suffix("InRelease").or_else(|| name.strip_suffix("Release"));
        stem.is_some_and(|stem| !stem.is_empty() && list.starts_with(stem))
    });
    let head = release.and_then(|name| File::open(root.path(&format!("{LISTS}/{name}"))).ok()).and_then(|file| {
        let mut head = Vec::new();
        file.take(4096).read_to_end(&mut head).ok()?;
        Some(head)
    });
    head.is_some_and(|head| memmem::find(&head, b"\nNotAutomatic: yes").is_some())
}

fn read_list(root: &Root, list: &str, each: impl FnMut(&[u8])) -> io::Result<()> {
    let file = File::open(root.path(&format!("{LISTS}/{list}")))?;
    match list.rsplit('.').next() {
        Some("lz4") => read_stanzas(lz4_flex::frame::FrameDecoder::new(file), each),
        Some("gz") => read_stanzas(flate2::read::MultiGzDecoder::new(file), each),
        Some("zst") => read_stanzas(zstd::stream::read::Decoder::new(file)?, each),
        Some("xz") => Err(io::Error::new(io::ErrorKind::Unsupported, "lists packed with xz are not read")),
        _ => read_stanzas(file, each),
    }
}

/// Calls for each description; they are separated by empty lines.
fn read_stanzas(reader: impl Read, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut reader = reader.take(MAX_LIST);
    let separator = memmem::Finder::new(b"\n\n");
    let mut buffer = vec![0; CHUNK];
    let mut filled = 0;
    loop {
        let read = reader.read(buffer.get_mut(filled..).unwrap_or_default())?;
        filled += read;
        let mut rest = buffer.get(..filled).unwrap_or_default();
        while let Some(end) = separator.find(rest) {
            let (stanza, after) = rest.split_at(end);
            each(stanza);
            rest = after.get(2..).unwrap_or_default();
        }
        let left = rest.len();
        if read == 0 {
            each(rest);
            return Ok(());
        }
        buffer.copy_within(filled - left..filled, 0);
        filled = left;
        if filled == buffer.len() {
            if filled >= MAX_STANZA {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a description is too long"));
            }
            buffer.resize(filled * 2, 0);
        }
    }
}

/// Compares two versions as dpkg does.
fn compare(a: &str, b: &str) -> Ordering {
    vigie_wire::version::compare(Some("dpkg"), a, b)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::collect::{
        Options,
        linux::{
            collect,
            tests::{Fixture, fixture},
        },
    };

    const STATUS_TEXT: &str = "\
Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2

Package: openssl
Status: install ok installed
Architecture: amd64
Version: 3.0.11-1~deb12u2

Package: vim
Status: install ok installed
Architecture: amd64
Version: 2:9.0.1378-2
";
    const MAIN: &str = "Package: bash\nVersion: 5.2.15-2\nArchitecture: amd64\n\nPackage: openssl\nDescription: a\n about \
                        Version: 9\nArchitecture: amd64\nVersion: 3.0.13-1~deb12u1\n\nPackage: other\nVersion: 1\n";
    const SECURITY: &str = "Package: openssl\nArchitecture: amd64\nVersion: 3.0.14-1~deb12u2\n\nPackage: bash\nVersion: \
                            9\nArchitecture: arm64\n";
    const BACKPORTS: &str = "Package: vim\nArchitecture: amd64\nVersion: 2:9.1.0-1~bpo12+1\n";

    fn machine() -> Fixture {
        let tree = fixture(&[
            ("var/lib/dpkg/status", STATUS_TEXT),
            ("var/lib/apt/lists/deb.test_debian_dists_bookworm_main_binary-amd64_Packages", MAIN),
            ("var/lib/apt/lists/deb.test_debian_dists_bookworm_InRelease", "Origin: Debian\n"),
            (
                "var/lib/apt/lists/deb.test_debian_dists_bookworm-backports_InRelease",
                "Origin: Debian\nNotAutomatic: yes\n",
            ),
            ("var/lib/apt/lists/deb.test_debian_dists_bookworm-backports_main_binary-amd64_Packages", BACKPORTS),
        ]);
        let security =
            "var/lib/apt/lists/deb.test_debian-security_dists_bookworm-security_main_binary-amd64_Packages.lz4";
        let mut packed = lz4_flex::frame::FrameEncoder::new(Vec::new());
        packed.write_all(SECURITY.as_bytes()).unwrap();
        std::fs::write(tree.path(security), packed.finish().unwrap()).unwrap();
        tree
    }

    #[test]
    fn newer_versions_wait_and_security_is_told() {
        let updates = machine().collect().sections.updates.unwrap();
        assert_eq!(updates.len(), 1, "{updates:?}");
        let update = &updates[0];
        assert_eq!(update.name.as_deref(), Some("openssl"));
        assert_eq!(update.version.as_deref(), Some("3.0.14-1~deb12u2"));
        assert_eq!(update.installed_version.as_deref(), Some("3.0.11-1~deb12u2"));
        assert_eq!(update.security, Some(true));
    }

    #[test]
    fn what_was_found_is_kept_until_a_list_changes() {
        let tree = machine();
        let cache = tempfile::tempdir().unwrap();
        let options = Options { cache: Some(cache.path().to_owned()) };
        let first = collect(&tree.root, &options).sections.updates;
        let kept = cache.path().join("cache-updates.json");
        let changed = std::fs::read_to_string(&kept).unwrap().replace("3.0.14", "3.0.99");
        std::fs::write(&kept, changed).unwrap();
        let second = collect(&tree.root, &options).sections.updates.unwrap();
        assert_eq!(second[0].version.as_deref(), Some("3.0.99-1~deb12u2"), "the kept result was used");
        let main = tree.path("var/lib/apt/lists/deb.test_debian_dists_bookworm_main_binary-amd64_Packages");
        std::fs::write(main, format!("{MAIN}\n")).unwrap();
        assert_eq!(collect(&tree.root, &options).sections.updates, first);
    }

    #[test]
    fn descriptions_longer_than_a_chunk_are_whole() {
        let long = "x".repeat(3 * CHUNK);
        let text = format!("Package: a\nDescription: {long}\nVersion: 1\n\nPackage: b\nVersion: 2\n\n");
        let mut found = Vec::new();
        read_stanzas(text.as_bytes(), |stanza| found.extend(field(stanza, b"Version:").map(<[u8]>::to_vec))).unwrap();
        assert_eq!(found, [b"1", b"2"]);
    }

    const RISING: &[(&str, &str)] = &[
        ("1.0~rc1", "1.0"),
        ("1.0", "1.0-1"),
        ("1.0-1", "1.0-1+deb12u1"),
        ("1.9", "1.10"),
        ("9", "1:0"),
        ("1.0a", "1.0+"),
        ("2.36-9+deb12u8", "2.36-9+deb12u10"),
        ("1.0~~", "1.0~"),
        ("1.2.3", "1.2.3a"),
        ("3.0.11-1~deb12u2", "3.0.14-1~deb12u2"),
        ("0.0~git20200101", "0.1"),
    ];

    #[test]
    fn versions_are_ordered_as_dpkg_orders_them() {
        for (lower, higher) in RISING {
            assert_eq!(compare(lower, higher), Ordering::Less, "{lower} {higher}");
            assert_eq!(compare(higher, lower), Ordering::Greater, "{higher} {lower}");
            // Where dpkg is at hand it has the last word.
            let said = std::process::Command::new("dpkg").args(["--compare-versions", lower, "lt", higher]).status();
            assert!(said.map_or(true, |status| status.success()), "{lower} {higher}");
        }
    }

    #[test]
    fn leading_zeros_and_an_empty_revision_are_no_difference() {
        assert_eq!(compare("1.01", "1.1"), Ordering::Equal);
        assert_eq!(compare("0:1.0", "1.0"), Ordering::Equal);
        assert_eq!(compare("1.0-0", "1.0"), Ordering::Equal);
    }
}

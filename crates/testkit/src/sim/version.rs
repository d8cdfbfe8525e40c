//! How versions are written, by distribution, and how they count up.

use super::{
    mix, name_hash,
    releases::{Kind, Release},
};

/// The version numbers of one package, from the one a release came with onward.
#[derive(Debug)]
pub(super) struct Scheme {
    base: String,
    style: Style,
}

#[derive(Debug)]
enum Style {
    /// `1.2.3-4`, `1.2.3-4+deb12u1`, …
    Debian { revision: u64, tag: &'static str },
    /// `1.2.3-4ubuntu2`, `1.2.3-4ubuntu2.1`, …
    Ubuntu { revision: u64, build: u64 },
    /// `1.2.3-4.el9`, `1.2.3-5.el9_2`, …
    Rpm { revision: u64, tag: &'static str },
    /// Programs with a new upstream version each time; `suffix` follows the number.
    Upstream { suffix: String, major: bool },
}

/// Well-known names and their upstream versions in the three generations of releases.
const KNOWN: &[(&[&str], [&str; 3])] = &[
    (&["openssl", "libssl1.1", "libssl3", "libssl3t64", "openssl-libs"], ["1.1.1n", "3.0.15", "3.5.1"]),
    (&["bash"], ["5.1", "5.2.15", "5.2.37"]),
    (&["curl", "libcurl4", "libcurl", "libcurl-gnutls3"], ["7.74.0", "7.88.1", "8.14.1"]),
    (&["systemd", "systemd-sysv", "systemd-libs", "systemd-udev", "udev", "libsystemd0"], ["247.3", "252.30", "257.7"]),
    (&["libc-bin", "libc-l10n", "locales", "glibc", "glibc-common"], ["2.31", "2.36", "2.41"]),
    (
        &["openssh-client", "openssh-server", "openssh-sftp-server", "openssh", "openssh-clients"],
        ["8.4p1", "9.2p1", "10.0p1"],
    ),
    (&["sudo"], ["1.9.5p2", "1.9.13p3", "1.9.16p2"]),
    (
        &["linux-image-amd64", "kernel", "kernel-core", "kernel-modules", "kernel-tools"],
        ["5.10.234", "6.1.140", "6.12.38"],
    ),
    (&["python3", "python3-minimal", "python3-libs"], ["3.9.2", "3.11.2", "3.13.5"]),
    (&["perl", "perl-base", "perl-modules", "perl-libs", "perl-interpreter"], ["5.32.1", "5.36.0", "5.40.1"]),
    (&["git", "git-man", "gitk"], ["2.30.2", "2.39.5", "2.47.2"]),
    (&["apache2", "apache2-bin", "apache2-data", "apache2-utils"], ["2.4.62", "2.4.62", "2.4.65"]),
    (&["nginx", "nginx-common", "nginx-core"], ["1.18.0", "1.22.1", "1.26.3"]),
    (&["postgresql", "postgresql-client", "postgresql-contrib"], ["13+225", "15+248", "17+278"]),
    (&["mariadb-server", "mariadb-client", "mariadb-common"], ["10.5.28", "10.11.11", "11.8.2"]),
    (&["php", "php-cli", "php-fpm", "php-common"], ["7.4.33", "8.2.28", "8.4.11"]),
    (&["rsync"], ["3.2.3", "3.2.7", "3.4.1"]),
    (&["tar"], ["1.34", "1.34", "1.35"]),
    (
        &["vim", "vim-common", "vim-runtime", "vim-tiny", "vim-minimal", "vim-enhanced"],
        ["8.2.2434", "9.0.1378", "9.1.1230"],
    ),
    (&["samba", "samba-common", "samba-common-bin"], ["4.13.13", "4.17.12", "4.22.3"]),
];

/// Programs from vendors' repositories: a new upstream version at every level, the same on every release.
const VENDORS: &[(&str, &str, bool)] = &[
    ("google-chrome-stable", "120.0.6099.129", true),
    ("microsoft-edge-stable", "120.0.2210.91", true),
    ("firefox-esr", "115.6.0esr", false),
    ("thunderbird", "115.6.0", false),
    ("chromium", "120.0.6099.129", true),
    ("code", "1.85.1", false),
    ("docker-ce", "24.0.7", false),
    ("docker-ce-cli", "24.0.7", false),
    ("containerd.io", "1.6.26", false),
    ("teamviewer", "15.49.3", false),
    ("anydesk", "6.3.0", false),
    ("slack-desktop", "4.35.131", false),
    ("zoom", "5.17.1.1840", false),
    ("kubectl", "1.29.0", false),
    ("gh", "2.40.1", false),
    ("terraform", "1.6.6", false),
    ("telegraf", "1.29.1", false),
    ("mongodb-org-server", "7.0.4", false),
];

impl Scheme {
    /// A package of a Linux release, and whether it changes at every level.
    pub(super) fn linux(release: &Release, name: &str) -> (Self, bool) {
        let salt = name_hash(name);
        if let Some((_, base, major)) = VENDORS.iter().find(|(known, ..)| *known == name) {
            let suffix = if release.kind == Kind::Rpm { "-1" } else { "-1~vendor" }.to_owned();
            return (Self { base: (*base).to_owned(), style: Style::Upstream { suffix, major: *major } }, true);
        }
        let generation = usize::from(release.generation).min(2);
        let base = KNOWN
            .iter()
            .find(|(names, _)| names.contains(&name))
            .map_or_else(|| invented(salt, generation), |(_, versions)| versions[generation].to_owned());
        let revision = 1 + salt % 9;
        let style = match (release.kind, release.distribution) {
            (Kind::Rpm, _) => Style::Rpm { revision, tag: release.tag },
            (_, "ubuntu") => Style::Ubuntu { revision, build: 1 + (salt >> 5) % 4 },
            _ => Style::Debian { revision, tag: release.tag },
        };
        (Self { base, style }, false)
    }

    /// Numbers with dots, as Windows programs have.
    pub(super) fn dotted(base: &str, salt: u64) -> Self {
        let major = base.starts_with("12") && !salt.is_multiple_of(5);
        Self { base: base.to_owned(), style: Style::Upstream { suffix: String::new(), major } }
    }

    /// The `n`th version.
    pub(super) fn version(&self, n: usize) -> String {
        let base = &self.base;
        match &self.style {
            Style::Debian { revision, .. } if n == 0 => format!("{base}-{revision}"),
            Style::Debian { revision, tag } => format!("{base}-{revision}+{tag}{n}"),
            Style::Ubuntu { revision, build } if n == 0 => format!("{base}-{revision}ubuntu{build}"),
            Style::Ubuntu { revision, build } => format!("{base}-{revision}ubuntu{build}.{n}"),
            Style::Rpm { revision, tag } if n == 0 => format!("{base}-{revision}.{tag}"),
            Style::Rpm { revision, tag } => format!("{base}-{}.{tag}_{}", revision + n as u64, n),
            Style::Upstream { suffix, .. } if n == 0 => format!("{base}{suffix}"),
            Style::Upstream { suffix, major } => format!("{}{suffix}", counted_up(base, n, *major)),
        }
    }
}

/// A version that nobody made, but could have.
fn invented(salt: u64, generation: usize) -> String {
    let newer = if (salt >> 40).is_multiple_of(3) { 0 } else { generation as u64 };
    let (major, minor, patch) =
        ((salt >> 3) % 12, (salt >> 12) % 41 + newer * (1 + (salt >> 24) % 4), (salt >> 30) % 21);
    match salt % 4 {
        0 => format!("{major}.{minor}"),
        1 => format!("{major}.{minor}.{patch}+dfsg"),
        _ => format!("{major}.{minor}.{patch}"),
    }
}

/// Counts the first number up (browsers), or the last but one.
fn counted_up(base: &str, n: usize, major: bool) -> String {
    let mut parts: Vec<String> = base.split('.').map(ToOwned::to_owned).collect();
    let at = if major { 0 } else { parts.len().saturating_sub(2) };
    for (index, part) in parts.iter_mut().enumerate().skip(at) {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let Ok(number) = part[..digits].parse::<u64>() else { continue };
        let next = if index == at {
            number + n as u64
        } else if number == 0 {
            0
        } else {
            // The numbers behind start anew with each version.
            mix(&[number, n as u64]) % (number + 1)
        };
        *part = format!("{next}{}", &part[digits..]);
    }
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_written_as_each_distribution_does() {
        let scheme = |style| Scheme { base: "1.2.3".to_owned(), style };
        let debian = scheme(Style::Debian { revision: 4, tag: "deb12u" });
        assert_eq!((debian.version(0), debian.version(2)), ("1.2.3-4".to_owned(), "1.2.3-4+deb12u2".to_owned()));
        let ubuntu = scheme(Style::Ubuntu { revision: 4, build: 1 });
        assert_eq!(ubuntu.version(3), "1.2.3-4ubuntu1.3");
        let rpm = scheme(Style::Rpm { revision: 4, tag: "el9" });
        assert_eq!((rpm.version(0), rpm.version(1)), ("1.2.3-4.el9".to_owned(), "1.2.3-5.el9_1".to_owned()));
    }

    #[test]
    fn browsers_count_their_first_number() {
        assert!(counted_up("120.0.6099.129", 3, true).starts_with("123.0."));
        assert_eq!(counted_up("115.6.0esr", 2, false), "115.8.0esr");
    }
}

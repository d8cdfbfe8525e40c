//! What can be installed on each release: packages with their versions by patch level, in groups of which a role takes
//! its share. A catalogue is made once for a fleet; machines copy their packages out of it.

use vigie_wire::inventory::Software;

use super::{
    dates::day_of_level,
    mix, name_hash,
    releases::{Kind, Release},
    version::Scheme,
    windows_words as win, words,
};

/// The newest patch level. A level is a month; the machines of a fleet stand at different ones.
pub(super) const NEWEST_LEVEL: u8 = 30;

/// Groups of packages: a role takes some of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Base,
    Libraries,
    Desktop,
    Web,
    Database,
    Development,
    Virtualisation,
    MailFiles,
    Python,
    Perl,
    Php,
    Ruby,
    Node,
    Headers,
    Programs,
    Suites,
    Runtimes,
    Store,
    Drivers,
    Components,
}

/// A package and all its versions.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) group: Group,
    template: Software,
    scheme: Scheme,
    /// The levels at which a newer version came.
    steps: Vec<u8>,
    versions: Vec<String>,
}

impl Package {
    /// Which version belongs to a patch level.
    fn version_at(&self, level: u8) -> usize {
        self.steps.partition_point(|step| *step <= level)
    }

    /// The package as it is installed: at a patch level and `ahead` versions further; `first_day` is the day on which
    /// the machine was installed.
    pub(super) fn installed(&self, level: u8, ahead: usize, first_day: &str) -> Software {
        let at = self.version_at(level) + ahead;
        let version = self.versions.get(at).cloned().unwrap_or_else(|| self.scheme.version(at));
        let day = if at == 0 { first_day } else { day_of_level(level).max(first_day) };
        let mut software = self.template.clone();
        software.name = software.name.map(|name| if name.contains("{}") { name.replace("{}", &version) } else { name });
        software.version = Some(version);
        software.install_date = Some(day.to_owned());
        software
    }

    /// Whether a newer version than that of the level is known.
    pub(super) fn has_newer(&self, level: u8) -> bool {
        self.version_at(level) < self.steps.len()
    }

    /// The version that waits while the machine stands at a level.
    pub(super) fn newest(&self) -> &str {
        self.versions.last().map_or("", String::as_str)
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.template.name.as_deref().unwrap_or_default()
    }
}

struct Builder<'a> {
    release: &'a Release,
    packages: Vec<Package>,
}

/// Everything of one release, sorted by name as the package managers list it.
pub(super) fn catalogue(release: &Release) -> Vec<Package> {
    let mut builder = Builder { release, packages: Vec::new() };
    match release.kind {
        Kind::Deb | Kind::Rpm => builder.linux(),
        Kind::Windows => builder.windows(),
    }
    let mut packages = builder.packages;
    packages.sort_by(|a, b| {
        let key = |p: &Package| (p.template.name.clone(), p.template.source.clone(), p.template.architecture.clone());
        key(a).cmp(&key(b)).then(a.group.cmp(&b.group))
    });
    packages.dedup_by(|a, b| {
        (&a.template.name, &a.template.source, &a.template.architecture)
            == (&b.template.name, &b.template.source, &b.template.architecture)
    });
    packages
}

impl Builder<'_> {
    fn linux(&mut self) {
        let rpm = self.release.kind == Kind::Rpm;
        for name in if rpm { words::RPM_BASE } else { words::DEB_BASE }.split_whitespace() {
            self.package(Group::Base, name.to_owned());
        }
        for entry in words::LIBRARIES.split_whitespace() {
            let (stem, number) = entry.split_once(':').unwrap_or((entry, ""));
            let name = self.library(stem, number);
            self.package(Group::Libraries, name);
            let headers = if rpm { format!("{stem}-devel") } else { format!("lib{stem}-dev") };
            self.package(Group::Headers, headers);
        }
        for (group, names) in [
            (Group::Desktop, words::DESKTOP),
            (Group::Web, words::WEB),
            (Group::Database, words::DATABASE),
            (Group::Development, words::DEVELOPMENT),
            (Group::Virtualisation, words::VIRTUALISATION),
            (Group::MailFiles, words::MAIL_FILES),
        ] {
            for name in names.split_whitespace() {
                self.package(group, name.to_owned());
            }
        }
        for module in words::PYTHON.split_whitespace() {
            self.package(Group::Python, format!("python3-{module}"));
        }
        let php = self.release.php;
        for module in words::MODULES.split_whitespace() {
            let (perl, php, ruby, node) = if rpm {
                let mut camel = String::from("perl-");
                for part in module.split('-') {
                    let (first, rest) = part.split_at(1);
                    camel.push_str(&first.to_uppercase());
                    camel.push_str(rest);
                    camel.push('-');
                }
                (
                    camel.trim_end_matches('-').to_owned(),
                    format!("php-{module}"),
                    format!("rubygem-{module}"),
                    format!("nodejs-{module}"),
                )
            } else {
                (
                    format!("lib{module}-perl"),
                    format!("php{php}-{module}"),
                    format!("ruby-{module}"),
                    format!("node-{module}"),
                )
            };
            self.package(Group::Perl, perl);
            self.package(Group::Php, php);
            self.package(Group::Ruby, ruby);
            self.package(Group::Node, node);
        }
    }

    /// A library's package name: Debian's carry the number of the interface, which releases count up.
    fn library(&self, stem: &str, number: &str) -> String {
        let salt = name_hash(stem);
        if self.release.kind == Kind::Rpm {
            return if salt.is_multiple_of(2) { format!("lib{stem}") } else { format!("{stem}-libs") };
        }
        let behind = 2 - u64::from(self.release.generation);
        let number = match number.parse::<u64>() {
            Ok(n) if n > 3 && salt.is_multiple_of(3) => (n - behind).to_string(),
            Ok(3) if stem == "ssl" && behind == 2 => "1.1".to_owned(),
            _ => number.to_owned(),
        };
        let suffix = if self.release.time64 && salt.is_multiple_of(4) { "t64" } else { "" };
        format!("lib{stem}{number}{suffix}")
    }

    fn package(&mut self, group: Group, name: String) {
        let release = self.release;
        let salt = name_hash(&name);
        let (scheme, fast) = Scheme::linux(release, &name);
        let (source, any) = if release.kind == Kind::Rpm { ("rpm", "noarch") } else { ("dpkg", "all") };
        let independent =
            matches!(group, Group::Perl | Group::Python | Group::Ruby | Group::Node) && salt.is_multiple_of(2);
        let publisher = if release.distribution == "debian" {
            words::DEBIAN_MAINTAINERS[usize::try_from(salt % words::DEBIAN_MAINTAINERS.len() as u64).unwrap_or(0)]
        } else {
            release.publisher
        };
        let template = Software {
            name: Some(name),
            publisher: Some(publisher.to_owned()),
            source: Some(source.to_owned()),
            architecture: Some(if independent { any } else { release.package_architecture }.to_owned()),
            size_bytes: Some(size(salt)),
            ..Software::default()
        };
        self.push(group, template, scheme, if fast { Pace::Fast } else { Pace::of(salt) });
    }

    fn windows(&mut self) {
        for line in win::PROGRAMS.lines() {
            let mut parts = line.rsplitn(4, '|');
            let (Some(speed), Some(version), Some(publisher), Some(name)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            let pace = match speed {
                "f" => Pace::Fast,
                "s" => Pace::Sometimes,
                _ => Pace::Never,
            };
            self.program(Group::Programs, name, publisher, "registry", "x86_64", version, pace);
        }
        for part in win::SUITE_PARTS.split('|') {
            for language in ["French", "English", "German", "Spanish"] {
                let name = format!("Microsoft {part} MUI ({language}) 2016");
                self.program(Group::Suites, &name, MICROSOFT, "msi", "x86_64", "16.0.4266.1001", Pace::Never);
            }
        }
        for line in win::RUNTIMES.lines() {
            let (name, version) = line.split_once('|').unwrap_or((line, "1.0"));
            for (suffix, architecture) in [("x64", "x86_64"), ("x86", "i386")] {
                let name = format!("{name} ({suffix})");
                self.program(
                    Group::Runtimes,
                    &name,
                    MICROSOFT,
                    "msi",
                    architecture,
                    version,
                    Pace::of(name_hash(&name)),
                );
            }
        }
        for name in win::STORE.split_whitespace() {
            let salt = name_hash(name);
            let version = format!("{}.{}.{}.0", 1 + salt % 12, salt % 3000, salt % 20_000);
            self.program(
                Group::Store,
                &format!("Microsoft.{name}"),
                MICROSOFT,
                "store",
                "x86_64",
                &version,
                Pace::of(salt),
            );
        }
        for line in win::DRIVERS.lines() {
            let (vendor, devices) = line.split_once('|').unwrap_or((line, ""));
            for device in devices.split(',') {
                for variant in ["", " - Extension", " - Software Component"] {
                    let name = format!("{vendor} - {device}{variant}");
                    let salt = name_hash(&name);
                    let version = format!("{}.{}.{}.{}", 1 + salt % 31, salt % 20, 1000 + salt % 9000, salt % 97);
                    self.program(Group::Drivers, &name, vendor, "driver", "x86_64", &version, Pace::of(salt));
                }
            }
        }
        self.components();
    }

    /// What Windows is itself composed of, as its servicing stack lists it.
    fn components(&mut self) {
        let build = self.release.version;
        for part in [
            "Client-LanguagePack",
            "Foundation",
            "InternetExplorer-Optional",
            "Kernel-LA57-FoD",
            "LanguageFeatures-Basic",
            "LanguageFeatures-Handwriting",
            "LanguageFeatures-OCR",
            "LanguageFeatures-Speech",
            "LanguageFeatures-TextToSpeech",
            "MediaPlayer",
            "MSPaint-FoD",
            "NetFx3-OnDemand",
            "Notepad-System-FoD",
            "OpenSSH-Client",
            "PowerShell-ISE-FOD",
            "Printing-PMCPPC-FoD",
            "Printing-WFS-FoD",
            "QuickAssist",
            "SnippingTool-FoD",
            "StepsRecorder",
            "TabletPCMath",
            "WMIC-FoD",
            "Wallpaper-Content-Extended-FoD",
            "WordPad-FoD",
            "Hello-Face",
            "Ethernet-Client-Intel-E1i68x64-FOD",
            "Ethernet-Client-Realtek-Rtcx21x64-FOD",
            "Wifi-Client-Intel-Netwtw10-FOD",
            "Wifi-Client-Realtek-Rtwlane-FOD",
            "Wifi-Client-Broadcom-Bcmwl63al-FOD",
        ] {
            for language in ["neutral", "fr-FR", "en-US", "de-DE", "es-ES", "it-IT"] {
                for architecture in ["amd64", "wow64"] {
                    let name = format!("Microsoft-Windows-{part}-Package~31bf3856ad364e35~{architecture}~{language}");
                    self.program(
                        Group::Components,
                        &name,
                        MICROSOFT,
                        "component",
                        "x86_64",
                        build,
                        Pace::of(name_hash(&name)),
                    );
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one line of a table each")]
    fn program(
        &mut self,
        group: Group,
        name: &str,
        publisher: &str,
        source: &str,
        arch: &str,
        version: &str,
        pace: Pace,
    ) {
        let template = Software {
            name: Some(name.to_owned()),
            publisher: Some(publisher.to_owned()),
            source: Some(source.to_owned()),
            architecture: Some(arch.to_owned()),
            size_bytes: Some(size(name_hash(name)) & !1023),
            ..Software::default()
        };
        self.push(group, template, Scheme::dotted(version, name_hash(name)), pace);
    }

    fn push(&mut self, group: Group, template: Software, scheme: Scheme, pace: Pace) {
        let salt = mix(&[name_hash(template.name.as_deref().unwrap_or_default()), u64::from(self.release.generation)]);
        let steps = pace.steps(salt);
        let versions = (0..=steps.len()).map(|n| scheme.version(n)).collect();
        self.packages.push(Package { group, template, scheme, steps, versions });
    }
}

const MICROSOFT: &str = "Microsoft Corporation";

/// How often a package changes.
#[derive(Clone, Copy)]
enum Pace {
    Never,
    Sometimes,
    Fast,
}

impl Pace {
    /// Most packages of a release never change; a quarter is updated now and then.
    fn of(salt: u64) -> Self {
        if (salt >> 8).is_multiple_of(4) { Self::Sometimes } else { Self::Never }
    }

    fn steps(self, salt: u64) -> Vec<u8> {
        match self {
            Self::Never => Vec::new(),
            Self::Fast => (1..=NEWEST_LEVEL).collect(),
            Self::Sometimes => {
                let every = 5 + u8::try_from(salt % 14).unwrap_or(0);
                let first = 1 + u8::try_from((salt >> 16) % u64::from(every)).unwrap_or(0);
                (first..=NEWEST_LEVEL).step_by(usize::from(every)).collect()
            }
        }
    }
}

/// A size between some kilobytes and a few hundred megabytes, small ones far more often.
fn size(salt: u64) -> u64 {
    let magnitude = 14 + (salt >> 20) % 8 + if salt.is_multiple_of(17) { 6 } else { 0 };
    let base = 1_u64 << magnitude;
    base + salt % base
}

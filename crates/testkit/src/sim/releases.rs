//! The operating systems of a fleet, each with its share, and the roles that machines play.

use super::catalogue::Group;

/// How packages are managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Deb,
    Rpm,
    Windows,
}

/// One release of an operating system.
#[derive(Debug)]
pub(super) struct Release {
    pub(super) kind: Kind,
    /// Machines of a thousand.
    pub(super) share: u64,
    pub(super) distribution: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) kernel: &'static str,
    pub(super) edition: Option<&'static str>,
    /// What marks an update in a version.
    pub(super) tag: &'static str,
    pub(super) publisher: &'static str,
    pub(super) package_architecture: &'static str,
    pub(super) php: &'static str,
    /// 0, 1 or 2: how old the programs of this release are.
    pub(super) generation: u8,
    /// Whether library packages carry the mark of 64-bit time.
    pub(super) time64: bool,
    /// Whether it runs on servers only.
    pub(super) server: bool,
}

const fn deb(
    share: u64,
    name: &'static str,
    version: &'static str,
    kernel: &'static str,
    tag: &'static str,
    generation: u8,
) -> Release {
    Release {
        kind: Kind::Deb,
        share,
        distribution: "debian",
        name,
        version,
        kernel,
        edition: None,
        tag,
        publisher: "",
        package_architecture: "amd64",
        php: ["7.4", "8.2", "8.4"][generation as usize],
        generation,
        time64: generation == 2,
        server: false,
    }
}

const fn ubuntu(
    share: u64,
    name: &'static str,
    version: &'static str,
    kernel: &'static str,
    generation: u8,
) -> Release {
    Release {
        distribution: "ubuntu",
        publisher: "Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>",
        php: ["7.4", "8.1", "8.3"][generation as usize],
        ..deb(share, name, version, kernel, "ubuntu", generation)
    }
}

const fn rpm(
    share: u64,
    distribution: &'static str,
    name: &'static str,
    version: &'static str,
    publisher: &'static str,
    generation: u8,
) -> Release {
    Release {
        kind: Kind::Rpm,
        share,
        distribution,
        name,
        version,
        kernel: ["4.18.0-553.40.1.el8_10.x86_64", "5.14.0-570.12.1.el9_6.x86_64"][generation as usize],
        edition: None,
        tag: ["el8", "el9"][generation as usize],
        publisher,
        package_architecture: "x86_64",
        php: "",
        generation,
        time64: false,
        server: true,
    }
}

const fn windows(
    share: u64,
    name: &'static str,
    edition: &'static str,
    version: &'static str,
    server: bool,
) -> Release {
    Release {
        kind: Kind::Windows,
        share,
        distribution: "windows",
        name,
        version,
        kernel: version,
        edition: Some(edition),
        tag: "",
        publisher: "Microsoft Corporation",
        package_architecture: "x86_64",
        php: "",
        generation: 2,
        time64: false,
        server,
    }
}

const RED_HAT: &str = "Red Hat, Inc. <http://bugzilla.redhat.com/bugzilla>";
const ROCKY: &str = "Rocky Linux Build System (Peridot) <releng@rockylinux.org>";
const ALMA: &str = "AlmaLinux Packaging Team <packager@almalinux.org>";

/// Every release; the shares add up to 1,000.
pub(super) const RELEASES: &[Release] = &[
    deb(50, "Debian GNU/Linux 11 (bullseye)", "11", "5.10.0-35-amd64", "deb11u", 0),
    deb(110, "Debian GNU/Linux 12 (bookworm)", "12", "6.1.0-37-amd64", "deb12u", 1),
    deb(45, "Debian GNU/Linux 13 (trixie)", "13", "6.12.38+deb13-amd64", "deb13u", 2),
    ubuntu(45, "Ubuntu 20.04.6 LTS", "20.04", "5.4.0-216-generic", 0),
    ubuntu(95, "Ubuntu 22.04.5 LTS", "22.04", "5.15.0-143-generic", 1),
    ubuntu(70, "Ubuntu 24.04.2 LTS", "24.04", "6.8.0-63-generic", 2),
    rpm(15, "rhel", "Red Hat Enterprise Linux 8.10 (Ootpa)", "8.10", RED_HAT, 0),
    rpm(20, "rhel", "Red Hat Enterprise Linux 9.6 (Plow)", "9.6", RED_HAT, 1),
    rpm(15, "rocky", "Rocky Linux 8.10 (Green Obsidian)", "8.10", ROCKY, 0),
    rpm(25, "rocky", "Rocky Linux 9.6 (Blue Onyx)", "9.6", ROCKY, 1),
    rpm(10, "almalinux", "AlmaLinux 8.10 (Cerulean Leopard)", "8.10", ALMA, 0),
    rpm(15, "almalinux", "AlmaLinux 9.6 (Sage Margay)", "9.6", ALMA, 1),
    windows(105, "Microsoft Windows 10 Pro", "Professional", "10.0.19045", false),
    windows(30, "Microsoft Windows 10 Enterprise LTSC", "EnterpriseS", "10.0.17763", false),
    windows(150, "Microsoft Windows 11 Pro", "Professional", "10.0.22631", false),
    windows(70, "Microsoft Windows 11 Enterprise", "Enterprise", "10.0.26100", false),
    windows(25, "Microsoft Windows Server 2016 Standard", "ServerStandard", "10.0.14393", true),
    windows(40, "Microsoft Windows Server 2019 Standard", "ServerStandard", "10.0.17763", true),
    windows(50, "Microsoft Windows Server 2022 Standard", "ServerStandard", "10.0.20348", true),
    windows(15, "Microsoft Windows Server 2025 Datacenter", "ServerDatacenter", "10.0.26100", true),
];

/// What a machine is for: how many of a hundred packages of each group it has.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) name: &'static str,
    pub(super) server: bool,
    pub(super) takes: &'static [(Group, u64)],
}

/// Roles of Linux machines.
pub(super) const LINUX_ROLES: &[Role] = &[
    Role {
        name: "web",
        server: true,
        takes: &[
            (Group::Web, 80),
            (Group::Php, 30),
            (Group::Python, 30),
            (Group::Perl, 35),
            (Group::Libraries, 75),
            (Group::Node, 15),
        ],
    },
    Role {
        name: "db",
        server: true,
        takes: &[
            (Group::Database, 75),
            (Group::Python, 40),
            (Group::Perl, 55),
            (Group::Libraries, 75),
            (Group::Ruby, 10),
        ],
    },
    Role {
        name: "app",
        server: true,
        takes: &[
            (Group::Web, 25),
            (Group::Python, 65),
            (Group::Node, 35),
            (Group::Libraries, 80),
            (Group::Perl, 25),
            (Group::Headers, 15),
        ],
    },
    Role {
        name: "hv",
        server: true,
        takes: &[(Group::Virtualisation, 75), (Group::Python, 45), (Group::Libraries, 80), (Group::Perl, 30)],
    },
    Role {
        name: "mail",
        server: true,
        takes: &[(Group::MailFiles, 70), (Group::Perl, 60), (Group::Python, 30), (Group::Libraries, 75)],
    },
    Role {
        name: "desk",
        server: false,
        takes: &[
            (Group::Desktop, 85),
            (Group::Libraries, 97),
            (Group::Python, 35),
            (Group::Perl, 25),
            (Group::Database, 3),
        ],
    },
    Role {
        name: "dev",
        server: false,
        takes: &[
            (Group::Desktop, 70),
            (Group::Development, 70),
            (Group::Libraries, 97),
            (Group::Headers, 35),
            (Group::Python, 50),
            (Group::Node, 20),
        ],
    },
];

/// Roles of Windows machines.
pub(super) const WINDOWS_ROLES: &[Role] = &[
    Role {
        name: "office",
        server: false,
        takes: &[
            (Group::Programs, 26),
            (Group::Suites, 60),
            (Group::Runtimes, 35),
            (Group::Drivers, 45),
            (Group::Components, 45),
        ],
    },
    Role {
        name: "dev",
        server: false,
        takes: &[
            (Group::Programs, 34),
            (Group::Suites, 35),
            (Group::Runtimes, 90),
            (Group::Drivers, 45),
            (Group::Components, 40),
        ],
    },
    Role {
        name: "counter",
        server: false,
        takes: &[
            (Group::Programs, 16),
            (Group::Suites, 40),
            (Group::Runtimes, 30),
            (Group::Drivers, 50),
            (Group::Components, 50),
        ],
    },
    Role {
        name: "srv",
        server: true,
        takes: &[
            (Group::Programs, 9),
            (Group::Runtimes, 75),
            (Group::Drivers, 60),
            (Group::Components, 62),
            (Group::Suites, 15),
        ],
    },
    Role {
        name: "rds",
        server: true,
        takes: &[
            (Group::Programs, 28),
            (Group::Suites, 60),
            (Group::Runtimes, 50),
            (Group::Drivers, 40),
            (Group::Components, 55),
        ],
    },
];

impl Release {
    /// The roles that its machines play.
    pub(super) fn roles(&self) -> &'static [Role] {
        if self.kind == Kind::Windows { WINDOWS_ROLES } else { LINUX_ROLES }
    }

    /// `linux` or `windows`.
    pub(super) const fn family(&self) -> &'static str {
        if matches!(self.kind, Kind::Windows) { "windows" } else { "linux" }
    }
}

//! What stands beside hardware and software on a machine: volumes, accounts, services, printers, guests.

use vigie_kernel::Rng;
use vigie_wire::inventory::{Firewall, LocalGroup, LocalUser, Printer, Service, VirtualMachine, Volume};

use super::{
    hardware::Class,
    machine::{Machine, Past, at, salt, some, uuid_of},
    mix, name_hash,
    releases::Kind,
};

const PEOPLE: &[&str] = &[
    "alice", "amelie", "antoine", "benoit", "camille", "carlos", "celine", "david", "diana", "elodie", "emma", "eric",
    "fatima", "florian", "gael", "hugo", "ines", "jean", "julie", "karim", "laura", "lea", "louis", "lucas", "manon",
    "marie", "mehdi", "nadia", "nicolas", "olivier", "paul", "pierre", "quentin", "sarah", "sophie", "thomas", "yann",
];

impl Machine<'_> {
    pub(super) fn volumes(&self, past: &Past, disk: u64, round: u32) -> Vec<Volume> {
        let windows = self.distribution.release.kind == Kind::Windows;
        // Within its step of 5 % the free space moves at every round, which is no change.
        let draw = mix(&[self.seed, salt::VOLUME]);
        let step = self.free_steps() - past.fuller;
        let within = mix(&[self.seed, 92, u64::from(round)]) % 900;
        let free = |size: u64| Some(size / 20 * step + size / 20 / 1000 * (within + 50));
        let encrypted = self.hardware.class == Class::Client && !draw.is_multiple_of(3);
        let encryption = if windows { "bitlocker" } else { "luks" };
        let volume = |device: &str, mount: &str, kind: &str, size: u64, system: bool| Volume {
            device: some(device),
            mount_point: some(mount),
            file_system: some(kind),
            serial: Some(uuid_of(mix(&[self.seed, name_hash(mount)]), draw)),
            size_bytes: Some(size),
            free_bytes: if system { free(size) } else { Some(size / 10 * 8) },
            encrypted: Some(system && encrypted),
            encryption: (system && encrypted).then(|| encryption.to_owned()),
            system: Some(system),
            ..Volume::default()
        };
        if windows {
            let mut volumes = vec![
                volume("\\\\.\\PHYSICALDRIVE0", "C:", "ntfs", disk - (1 << 30), true),
                volume("\\\\.\\PHYSICALDRIVE0", "Recovery", "ntfs", 1 << 29, false),
            ];
            if self.role.server {
                volumes.push(volume("\\\\.\\PHYSICALDRIVE1", "D:", "ntfs", disk * 2, false));
            }
            return volumes;
        }
        let mut volumes = vec![
            volume("/dev/mapper/system-root", "/", "ext4", disk / 2, true),
            volume("/dev/sda1", "/boot", "ext2", 1 << 29, false),
            volume("/dev/sda2", "/boot/efi", "vfat", 1 << 28, false),
        ];
        if self.role.server {
            volumes.push(volume("/dev/mapper/system-var", "/var", "ext4", disk / 4, false));
            volumes.push(volume("/dev/mapper/system-srv", "/srv", "xfs", disk * 2, false));
        } else {
            volumes.push(volume("/dev/mapper/system-home", "/home", "ext4", disk / 3, false));
        }
        volumes
    }

    pub(super) fn person(&self, n: u64) -> &'static str {
        at(PEOPLE, mix(&[self.seed, 55, n]))
    }

    pub(super) fn accounts(&self, past: &Past, rng: &dyn Rng) -> (Vec<LocalUser>, Vec<LocalGroup>) {
        let windows = self.distribution.release.kind == Kind::Windows;
        let people = 1 + rng.below(3) + past.accounts;
        let system: &[&str] = if windows {
            &["Administrator", "DefaultAccount", "Guest", "WDAGUtilityAccount"]
        } else {
            &[
                "root",
                "daemon",
                "bin",
                "sys",
                "sync",
                "games",
                "man",
                "lp",
                "mail",
                "news",
                "uucp",
                "proxy",
                "www-data",
                "backup",
                "list",
                "irc",
                "_apt",
                "nobody",
                "systemd-network",
                "systemd-timesync",
                "messagebus",
                "sshd",
                "polkitd",
                "tcpdump",
                "uuidd",
            ]
        };
        let mut users = Vec::with_capacity(system.len() + 4);
        for (n, name) in system.iter().enumerate() {
            users.push(LocalUser {
                name: some(name),
                id: Some(if windows {
                    format!("S-1-5-21-{}-{}", self.seed % 4_000_000_000, 500 + n)
                } else {
                    n.to_string()
                }),
                full_name: some(name),
                home: (!windows).then(|| if *name == "root" { "/root".to_owned() } else { format!("/var/lib/{name}") }),
                shell: (!windows).then(|| if *name == "root" { "/bin/bash" } else { "/usr/sbin/nologin" }.to_owned()),
                disabled: Some(n > 0),
                administrator: Some(n == 0),
            });
        }
        for n in 0..people {
            let mut name = self.person(n).to_owned();
            if users.iter().any(|user| user.name.as_deref() == Some(&name)) {
                name.push_str(&n.to_string());
            }
            users.push(LocalUser {
                id: Some(if windows {
                    format!("S-1-5-21-{}-{}", self.seed % 4_000_000_000, 1001 + n)
                } else {
                    (1000 + n).to_string()
                }),
                home: Some(if windows { format!("C:\\Users\\{name}") } else { format!("/home/{name}") }),
                shell: (!windows).then(|| "/bin/bash".to_owned()),
                full_name: Some(name.clone()),
                name: Some(name),
                disabled: Some(false),
                administrator: Some(n == 0),
            });
        }
        let group =
            |name: &str, id: String, members: Vec<String>| LocalGroup { name: some(name), id: Some(id), members };
        let groups = if windows {
            ["Administrators", "Users", "Guests", "Remote Desktop Users", "Backup Operators", "Event Log Readers"]
                .iter()
                .enumerate()
                .map(|(n, name)| group(name, format!("S-1-5-32-{}", 544 + n), vec![self.person(0).to_owned()]))
                .collect()
        } else {
            system
                .iter()
                .chain(&[
                    "adm", "tty", "disk", "dialout", "cdrom", "sudo", "audio", "video", "plugdev", "users", "netdev",
                ])
                .enumerate()
                .map(|(n, name)| {
                    group(
                        name,
                        n.to_string(),
                        if *name == "sudo" { vec![self.person(0).to_owned()] } else { Vec::new() },
                    )
                })
                .collect()
        };
        (users, groups)
    }

    pub(super) fn services(&self, rng: &dyn Rng) -> Vec<Service> {
        // Few differ from the standard installation, and always the same ones.
        let odd = (rng.next_u64(), rng.next_u64());
        self.distribution
            .services
            .iter()
            .enumerate()
            .filter(|(n, _)| !mix(&[odd.0, *n as u64]).is_multiple_of(40))
            .map(|(n, service)| {
                let mut service = service.clone();
                if mix(&[odd.1, n as u64]).is_multiple_of(60) {
                    service.state = some("stopped");
                }
                service
            })
            .collect()
    }

    pub(super) fn printers(&self, windows: bool, rng: &dyn Rng) -> Vec<Printer> {
        if self.role.server {
            return Vec::new();
        }
        let mut printers: Vec<Printer> = (0..rng.below(4))
            .map(|n| Printer {
                name: Some(format!(
                    "{} {}",
                    at(&["Accueil", "Compta", "Etage", "Atelier"], rng.next_u64() >> 8),
                    rng.below(9) + 1
                )),
                driver: some(at(
                    &["HP Universal Printing PCL 6", "Canon Generic Plus PCL6", "RICOH PCL6 UniversalDriver V4.38"],
                    rng.next_u64() >> 8,
                )),
                port: Some(format!("10.{}.{}.{}", rng.below(200), rng.below(250), 200 + n)),
                default: Some(n == 0),
                shared: Some(false),
                network: Some(true),
                status: some("idle"),
                ..Printer::default()
            })
            .collect();
        if windows {
            printers.push(Printer {
                name: some("Microsoft Print to PDF"),
                driver: some("Microsoft Print To PDF"),
                port: some("PORTPROMPT:"),
                default: Some(printers.is_empty()),
                ..Printer::default()
            });
        }
        printers
    }

    pub(super) fn firewalls(&self, windows: bool) -> Vec<Firewall> {
        let firewall = |name: &str, profile: Option<&str>, enabled| Firewall {
            name: some(name),
            profile: profile.map(ToOwned::to_owned),
            enabled: Some(enabled),
        };
        if windows {
            return ["domain", "private", "public"]
                .iter()
                .map(|profile| firewall("Windows Defender Firewall", Some(profile), !self.seed.is_multiple_of(25)))
                .collect();
        }
        vec![firewall(
            if self.distribution.release.kind == Kind::Rpm { "firewalld" } else { "nftables" },
            None,
            self.seed.is_multiple_of(2),
        )]
    }

    pub(super) fn virtual_machines(&self, rng: &dyn Rng) -> Vec<VirtualMachine> {
        if self.role.name != "hv" {
            return Vec::new();
        }
        (0..2 + rng.below(12))
            .map(|n| VirtualMachine {
                name: Some(format!("guest-{:02}-{n}", rng.below(100))),
                uuid: Some(uuid_of(rng.next_u64(), rng.next_u64())),
                kind: some("kvm"),
                state: some(if rng.below(5) == 0 { "stopped" } else { "running" }),
                memory_bytes: Some((1 + rng.below(8)) << 31),
                processors: Some(1 + rng.below(8)),
                ..VirtualMachine::default()
            })
            .collect()
    }
}

//! One machine of the fleet: who it is, what it holds in a round, and what changed since the round before.

use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};
use vigie_kernel::{Rng, Timestamp, random::SequenceRng};
use vigie_wire::{
    Sections,
    inventory::{Antivirus, LoggedOnUser, OperatingSystem, RemoteAccess, Runtime, Software, System, Update},
    sync::{AgentStatus, Identity},
};

use super::{
    Distribution, Fleet,
    catalogue::NEWEST_LEVEL,
    dates::{FIRST_DAY, day},
    hardware::{Class, MODELS, Model},
    mix,
    releases::{Kind, Role},
};

/// Version that simulated agents say they have.
pub const AGENT_VERSION: &str = env!("CARGO_PKG_VERSION");

const SERIALS: &[&str] =
    &["To Be Filled By O.E.M.", "Default string", "0", "System Serial Number", "None", "123456789"];
const UUIDS: &[&str] = &[
    "03000200-0400-0500-0006-000700080009",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "00000000-0000-0000-0000-000000000000",
    "00020003-0004-0005-0006-000700080009",
];

/// What happened to a machine up to a round.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Packages that were brought forward, as draws from the machine's list.
    upgraded: Vec<u64>,
    /// Packages that were added, as positions in the catalogue.
    added: Vec<u32>,
    /// Steps of 5 % by which the system's volume is fuller.
    pub(super) fuller: u64,
    /// Accounts that were made.
    pub(super) accounts: u64,
    /// Round of the last start.
    started: u32,
}

/// A machine. Cheap to make: what it holds is only made by [`Machine::sections`].
#[derive(Debug)]
pub struct Machine<'a> {
    fleet: &'a Fleet,
    index: u64,
    pub(super) seed: u64,
    pub(super) distribution: &'a Distribution,
    pub(super) role: &'static Role,
    profile: &'a [u32],
    pub(super) hardware: &'static Model,
    level: u8,
    name: String,
    serial: Option<String>,
    uuid: Option<String>,
    installation: String,
    first_day: &'static str,
}

/// Salts that keep one machine's sequences apart.
pub(super) mod salt {
    pub(in crate::sim) const TRAITS: u64 = 1;
    pub(in crate::sim) const PARTS: u64 = 2;
    pub(in crate::sim) const SOFTWARE: u64 = 3;
    pub(in crate::sim) const SYSTEM: u64 = 4;
    pub(in crate::sim) const PAST: u64 = 5;
    pub(in crate::sim) const OWN: u64 = 6;
    pub(in crate::sim) const VOLUME: u64 = 7;
}

pub(super) fn at<T: Copy>(list: &[T], n: u64) -> T {
    list[usize::try_from(n % list.len() as u64).unwrap_or(0)]
}

#[expect(clippy::unnecessary_wraps, reason = "most fields of the model may be absent")]
pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn by_share<T>(list: &[T], share: impl Fn(&T) -> u64, draw: u64) -> usize {
    let total: u64 = list.iter().map(&share).sum();
    let mut left = draw % total.max(1);
    for (position, item) in list.iter().enumerate() {
        if left < share(item) {
            return position;
        }
        left -= share(item);
    }
    0
}

impl<'a> Machine<'a> {
    pub(super) fn new(fleet: &'a Fleet, index: u64) -> Self {
        let seed = mix(&[fleet.seed, index]);
        let rng = SequenceRng::new(mix(&[seed, salt::TRAITS]));
        let distribution =
            &fleet.distributions[by_share(&fleet.distributions, |it| it.release.share, rng.next_u64() >> 8)];
        let release = distribution.release;
        let roles = release.roles();
        let fitting =
            |role: &Role| u64::from(!release.server || role.server) * if role.server == release.server { 4 } else { 1 };
        let role_at = by_share(roles, fitting, rng.next_u64() >> 8);
        let role = &roles[role_at];
        let images = &distribution.profiles[role_at];
        // Few standard installations serve most machines.
        let image = rng.below(images.len() as u64).min(rng.below(images.len() as u64));
        let wanted = match (role.server, rng.below(100)) {
            (true, 0..70) | (false, 0..4) => Class::Virtual,
            (true, _) => Class::Server,
            (false, _) => Class::Client,
        };
        let model = &MODELS[by_share(MODELS, |m| if m.class == wanted { m.share } else { 0 }, rng.next_u64() >> 8)];
        // Installations are patched together; a fifth of the machines lags behind theirs.
        let of_image = NEWEST_LEVEL - u8::try_from(mix(&[fleet.seed, image, role_at as u64]) % 5).unwrap_or(0);
        let lag = if rng.below(5) == 0 { u8::try_from(rng.below(14)).unwrap_or(0) } else { 0 };
        let bogus = fleet.options.bogus > fraction(rng.next_u64());
        let serial = if bogus { some(at(SERIALS, rng.next_u64())) } else { Some(serial_of(model, index, fleet.seed)) };
        let uuid = if bogus { some(at(UUIDS, rng.next_u64())) } else { Some(uuid_of(rng.next_u64(), rng.next_u64())) };
        let site = at(&["PAR", "LYO", "MRS", "LIL", "BOD", "STR", "NTE", "TLS"], rng.next_u64() >> 8);
        let name = match release.kind {
            Kind::Windows if !role.server => format!("{site}-PC{index:06}"),
            Kind::Windows => format!("{site}-{}{index:06}", role.name.to_uppercase()),
            Kind::Deb | Kind::Rpm => format!("{}-{}{index:06}", site.to_lowercase(), role.name),
        };
        Self {
            fleet,
            index,
            seed,
            distribution,
            role,
            profile: &images[usize::try_from(image).unwrap_or(0)],
            hardware: model,
            level: of_image.saturating_sub(lag),
            name,
            serial,
            uuid,
            installation: format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()),
            first_day: day(-i64::try_from(30 + rng.below(1400)).unwrap_or(30)),
        }
    }

    fn rng(&self, salt: u64) -> SequenceRng {
        SequenceRng::new(mix(&[self.seed, salt]))
    }

    /// Its number in the fleet.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Host name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `linux` or `windows`.
    pub const fn platform(&self) -> &'static str {
        self.distribution.release.family()
    }

    /// The machine whose key this one has: itself, or for a clone the one it was copied from.
    pub fn key_owner(&self) -> u64 {
        // Every other machine may be a copy, so that an original is never a copy itself.
        let cloned = !self.index.is_multiple_of(2) && self.fleet.options.clones * 2.0 > fraction(mix(&[self.seed, 77]));
        if cloned { self.index - 1 } else { self.index }
    }

    /// The key that it signs with: always the same one, also in another run. Two clones have one.
    pub fn signing_key(&self) -> SigningKey {
        let mut hasher = Sha256::new();
        hasher.update(b"simulated agent");
        hasher.update(self.fleet.seed.to_le_bytes());
        hasher.update(self.key_owner().to_le_bytes());
        SigningKey::from_bytes(&hasher.finalize().into())
    }

    /// What it says of itself with every synchronisation.
    pub fn identity(&self) -> Identity {
        Identity {
            name: Some(self.name.clone()),
            serial: self.serial.clone(),
            uuid: self.uuid.clone(),
            machine_id: Some(self.installation.clone()),
        }
    }

    /// The state of its agent.
    pub fn agent_status(&self) -> AgentStatus {
        AgentStatus {
            version: AGENT_VERSION.to_owned(),
            platform: self.platform().to_owned(),
            status: "ok".to_owned(),
            messages: Vec::new(),
            ..AgentStatus::default()
        }
    }

    /// When the inventory of a round was taken: a day after that of the round before, at this machine's own minute.
    pub fn collected_at(&self, round: u32) -> Timestamp {
        let minute = i64::try_from(self.seed % 1440).unwrap_or(0);
        let days = FIRST_DAY + i64::from(round) - 1;
        Timestamp::from_millis((days * 1440 + minute) * 60_000)
    }

    /// Whether anything that counts as a change happens in a round (from 2 on).
    pub fn changes_in(&self, round: u32) -> bool {
        let share = self.fleet.change_share(round);
        share > fraction(mix(&[self.seed, salt::PAST, u64::from(round), 1]))
    }

    fn past(&self, round: u32) -> Past {
        let mut past = Past { started: 1, ..Past::default() };
        for step in 2..=round {
            let rng = SequenceRng::new(mix(&[self.seed, salt::PAST, u64::from(step)]));
            if rng.below(9) == 0 {
                past.started = step;
            }
            if !self.changes_in(step) {
                continue;
            }
            match rng.below(100) {
                0..70 => past.upgraded.extend((0..=rng.below(8)).map(|_| rng.next_u64())),
                70..82 if past.fuller < self.free_steps() => past.fuller += 1,
                70..92 => past.added.push(self.new_package(rng.next_u64(), &past.added)),
                _ => past.accounts += 1,
            }
        }
        past
    }

    /// What the machine holds in a round; 1 is the first.
    pub fn sections(&self, round: u32) -> Sections {
        let past = self.past(round.max(1));
        let windows = self.distribution.release.kind == Kind::Windows;
        let parts = self.hardware.build(self.index, self.serial.as_deref(), windows, &self.rng(salt::PARTS));
        let rng = self.rng(salt::SYSTEM);
        let (software, updates) = self.software(&past);
        let volumes =
            self.volumes(&past, parts.disks.first().and_then(|disk| disk.size_bytes).unwrap_or(1 << 36), round);
        let (local_users, local_groups) = self.accounts(&past, &rng);
        Sections {
            system: Some(self.system(parts.memory_bytes, &rng)),
            operating_system: Some(self.operating_system()),
            bios: Some(parts.bios),
            boards: Some(parts.boards),
            processors: Some(parts.processors),
            memory_slots: Some(parts.memory_slots),
            disks: Some(parts.disks),
            volumes: Some(volumes),
            graphics: Some(parts.graphics),
            monitors: Some(parts.monitors),
            networks: Some(parts.networks),
            software: Some(software),
            updates: Some(updates),
            services: Some(self.services(&rng)),
            local_users: Some(local_users),
            local_groups: Some(local_groups),
            logged_on_users: Some(if self.role.server {
                Vec::new()
            } else {
                vec![LoggedOnUser { name: some(self.person(0)), domain: windows.then(|| "CORP".to_owned()) }]
            }),
            printers: Some(self.printers(windows, &rng)),
            usb_devices: Some(parts.usb_devices),
            pci_devices: Some(parts.pci_devices),
            batteries: Some(parts.batteries),
            antivirus: windows.then(|| {
                vec![Antivirus {
                    name: some("Microsoft Defender Antivirus"),
                    publisher: some("Microsoft Corporation"),
                    version: Some(format!("4.18.{}.{}", 23_110 - u64::from(NEWEST_LEVEL - self.level) * 100, 3)),
                    enabled: Some(true),
                    up_to_date: Some(self.level + 2 > NEWEST_LEVEL),
                    definitions: None,
                    definitions_date: None,
                }]
            }),
            firewalls: Some(self.firewalls(windows)),
            virtual_machines: Some(self.virtual_machines(&rng)),
            databases: None,
            remote_access: Some(if rng.below(4) == 0 {
                vec![RemoteAccess {
                    kind: some("teamviewer"),
                    id: Some((100_000_000 + rng.below(1_800_000_000)).to_string()),
                    version: some("15.49.3"),
                }]
            } else {
                Vec::new()
            }),
            runtime: Some(self.runtime(&past, parts.memory_bytes, round)),
        }
    }

    fn system(&self, memory_bytes: u64, rng: &dyn Rng) -> System {
        let windows = self.distribution.release.kind == Kind::Windows;
        System {
            name: Some(self.name.clone()),
            domain: some("corp.example"),
            workgroup: windows.then(|| "CORP".to_owned()),
            manufacturer: some(self.hardware.manufacturer),
            model: some(self.hardware.product),
            family: some(self.hardware.family),
            serial: self.serial.clone(),
            uuid: self.uuid.clone(),
            chassis: some(self.hardware.chassis),
            asset_tag: (rng.below(3) == 0).then(|| format!("INV-{:07}", self.index)),
            sku: Some(format!("{:04X}", super::name_hash(self.hardware.product) & 0xFFFF)),
            virtualization: self.hardware.virtualization.map(ToOwned::to_owned),
            machine_id: Some(self.installation.clone()),
            memory_bytes: Some(memory_bytes),
            swap_bytes: Some(if windows { memory_bytes / 8 } else { 1 << 30 }),
            dns_servers: vec!["10.0.0.53".to_owned(), "10.0.1.53".to_owned()],
            time_zone: some("Europe/Paris"),
        }
    }

    fn operating_system(&self) -> OperatingSystem {
        let release = self.distribution.release;
        let windows = release.kind == Kind::Windows;
        OperatingSystem {
            family: some(release.family()),
            name: some(release.name),
            distribution: some(release.distribution),
            edition: release.edition.map(ToOwned::to_owned),
            version: some(release.version),
            build: windows.then(|| format!("{}.{}", release.version, 1000 + u64::from(self.level) * 87)),
            kernel: some(release.kernel),
            architecture: some("x86_64"),
            install_date: some(self.first_day),
            licence_state: windows.then(|| "licensed".to_owned()),
            language: some(if windows { "fr-FR" } else { "fr_FR.UTF-8" }),
        }
    }

    fn software(&self, past: &Past) -> (Vec<Software>, Vec<Update>) {
        let rng = self.rng(salt::SOFTWARE);
        let catalogue = &self.distribution.catalogue;
        let own = self.own_packages();
        let mut ids = Vec::with_capacity(self.profile.len() + own.len());
        ids.extend_from_slice(self.profile);
        ids.extend(own);
        ids.extend_from_slice(&past.added);
        ids.sort_unstable();
        ids.dedup();
        // Some packages are held back on a machine, and some were brought forward in later rounds.
        let held: Vec<u64> = (0..rng.below(6)).map(|_| rng.below(self.profile.len() as u64)).collect();
        let mut ahead: Vec<(u32, usize)> = Vec::with_capacity(past.upgraded.len());
        for draw in &past.upgraded {
            let id = at(self.profile, *draw);
            match ahead.iter_mut().find(|(known, _)| *known == id) {
                Some((_, versions)) => *versions += 1,
                None => ahead.push((id, 1)),
            }
        }
        let mut software = Vec::with_capacity(ids.len());
        let mut updates = Vec::new();
        for (position, id) in ids.iter().enumerate() {
            let package = &catalogue[*id as usize];
            let level = if held.contains(&(position as u64)) { self.level.saturating_sub(9) } else { self.level };
            let forward = ahead.iter().find(|(known, _)| known == id).map_or(0, |(_, versions)| *versions);
            let installed = package.installed(level, forward, self.first_day);
            if forward == 0 && package.has_newer(level) && updates.len() < 60 {
                updates.push(Update {
                    name: Some(package.name().to_owned()),
                    version: Some(package.newest().to_owned()),
                    installed_version: installed.version.clone(),
                    source: some(self.distribution.update_source),
                    state: some("waiting"),
                    security: Some(id.is_multiple_of(4)),
                    install_date: None,
                });
            }
            software.push(installed);
        }
        if self.distribution.release.kind == Kind::Windows {
            updates.clear();
            for level in self.level.saturating_sub(24)..=self.level {
                updates.extend((0..3).map(|n| Update {
                    name: Some(format!("KB{}", 5_010_000 + u64::from(level) * 1031 + n * 217)),
                    source: some("windows-update"),
                    state: some("installed"),
                    security: Some(n == 0),
                    install_date: some(super::dates::day_of_level(level)),
                    ..Update::default()
                }));
            }
        }
        (software, updates)
    }

    /// The packages that someone chose for this machine, beside its installation's.
    fn own_packages(&self) -> Vec<u32> {
        let rng = self.rng(salt::OWN);
        (0..rng.below(15)).map(|_| self.drawn(rng.next_u64())).collect()
    }

    /// A package of this release that anyone might install.
    fn drawn(&self, draw: u64) -> u32 {
        u32::try_from(draw % self.distribution.catalogue.len() as u64).unwrap_or(0)
    }

    /// A package that the machine does not have yet.
    fn new_package(&self, draw: u64, added: &[u32]) -> u32 {
        let own = self.own_packages();
        let has = |id: &u32| self.profile.binary_search(id).is_ok() || own.contains(id) || added.contains(id);
        let all = u32::try_from(self.distribution.catalogue.len()).unwrap_or(u32::MAX);
        let first = self.drawn(draw);
        (first..all).chain(0..first).find(|id| !has(id)).unwrap_or(first)
    }

    /// Steps of 5 % that were free on the system's volume at first: one machine of thirty is nearly full.
    pub(super) fn free_steps(&self) -> u64 {
        let draw = mix(&[self.seed, salt::VOLUME]);
        if draw.is_multiple_of(30) { 0 } else { 7 + (draw >> 8) % 11 }
    }

    fn runtime(&self, past: &Past, memory: u64, round: u32) -> Runtime {
        let rng = SequenceRng::new(mix(&[self.seed, 93, u64::from(round)]));
        let started = self.collected_at(past.started).millis()
            - i64::try_from(60_000 * (mix(&[self.seed, 94]) % 900)).unwrap_or(0);
        Runtime {
            started_at: Some(Timestamp::from_millis(started)),
            memory_available_bytes: Some(memory / 10 * (2 + rng.below(7))),
            processes: Some(120 + rng.below(200)),
            load_hundredths: Some(rng.below(300)),
        }
    }
}

/// A share of one from 64 random bits.
#[expect(clippy::cast_precision_loss, reason = "53 bits are kept, and they are exact")]
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A serial number unlike that of every other machine of the maker.
fn serial_of(model: &Model, index: u64, seed: u64) -> String {
    const DIGITS: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZ";
    let (prefix, len) = model.serial;
    let space = u64::try_from(DIGITS.len()).unwrap_or(1).pow(u32::try_from(len.min(6)).unwrap_or(6));
    // A factor that shares no divisor with the space (31ⁿ) makes different numbers of different indexes.
    let mut number = (index % space).wrapping_mul(48_271).wrapping_add(seed % space) % space;
    let mut text = String::from(prefix);
    for position in 0..len {
        if position == 6 {
            number = mix(&[seed, index]);
        }
        text.push(char::from(at(DIGITS, number)));
        number /= u64::try_from(DIGITS.len()).unwrap_or(1);
    }
    text
}

/// A UUID of 128 random bits, version 4, upper case as firmware writes it.
pub(super) fn uuid_of(high: u64, low: u64) -> String {
    let high = high & !0xF000 | 0x4000;
    let low = low & !(0b11 << 62) | 1 << 63;
    format!(
        "{:08X}-{:04X}-{:04X}-{:04X}-{:012X}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

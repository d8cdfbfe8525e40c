//! A fleet of simulated machines: plausible, different from each other, and always the same for one seed. Machines of one
//! release share most of their packages and differ by role, standard installation, patch level and a few packages that
//! someone chose; later rounds change a little of some machines. Used by tests, demonstrations and benchmarks in process,
//! and by `vigie-sim` over the network ([`client`]), also while a version is rolled out to them ([`rollout`]). Simulated
//! systems with their links are beside them ([`systems`]).

mod catalogue;
pub mod client;
mod contents;
mod dates;
mod hardware;
mod machine;
mod releases;
pub mod rollout;
mod services;
mod session;
pub mod systems;
mod version;
mod windows_words;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use vigie_wire::inventory::Service;

pub use machine::{AGENT_VERSION, Machine};

use self::{
    catalogue::{Group, Package, catalogue},
    releases::{Kind, RELEASES, Release, Role},
};

/// Standard installations of one role on one release.
const IMAGES: u64 = 6;
/// Fewest and most packages of a standard installation.
const PACKAGES: std::ops::Range<usize> = 625..915;

/// How a fleet differs from a well-behaved one.
#[derive(Debug, Clone)]
pub struct Options {
    /// Share of machines that are clones: they have the key and agent id of the machine before them.
    pub clones: f64,
    /// Share of machines whose serial number and UUID are placeholders.
    pub bogus: f64,
    /// Share of machines that change in round 2, 3, …; the last counts for all later rounds.
    pub changes: Vec<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { clones: 0.0, bogus: 0.0, changes: vec![0.25] }
    }
}

/// The machines of one seed. Cheap to clone; made in some tens of milliseconds.
#[derive(Debug, Clone)]
pub struct Fleet {
    seed: u64,
    options: Arc<Options>,
    distributions: Arc<[Distribution]>,
}

/// A release with everything that its machines are made of.
#[derive(Debug)]
struct Distribution {
    release: &'static Release,
    catalogue: Vec<Package>,
    /// By role, then by standard installation: positions in the catalogue, ascending.
    profiles: Vec<Vec<Box<[u32]>>>,
    services: Vec<Service>,
    update_source: &'static str,
}

impl Fleet {
    /// A well-behaved fleet of which a quarter changes from round to round.
    pub fn new(seed: u64) -> Self {
        Self::with_options(seed, Options::default())
    }

    /// A fleet with clones, placeholders, or another share of changes.
    pub fn with_options(seed: u64, options: Options) -> Self {
        let distributions = RELEASES.iter().map(|release| Distribution::new(release, seed)).collect();
        Self { seed, options: Arc::new(options), distributions }
    }

    /// Machine number `index`. There is no last one.
    pub fn machine(&self, index: u64) -> Machine<'_> {
        Machine::new(self, index)
    }

    fn change_share(&self, round: u32) -> f64 {
        let at = usize::try_from(round.saturating_sub(2)).unwrap_or(0);
        let changes = &self.options.changes;
        changes.get(at).or(changes.last()).copied().unwrap_or(0.0)
    }
}

impl Distribution {
    fn new(release: &'static Release, seed: u64) -> Self {
        let catalogue = catalogue(release);
        let profiles = release
            .roles()
            .iter()
            .map(|role| (0..IMAGES).map(|image| profile(&catalogue, role, image, seed)).collect())
            .collect();
        let (services, update_source) = match release.kind {
            Kind::Windows => (services::windows(), "windows-update"),
            Kind::Deb => (services::linux(), "apt"),
            Kind::Rpm => (services::linux(), "dnf"),
        };
        Self { release, catalogue, profiles, services, update_source }
    }
}

/// What a standard installation holds: all of the base, and of each group the share that its role takes. The role
/// decides most of it; the installation decides the rest.
fn profile(catalogue: &[Package], role: &Role, image: u64, seed: u64) -> Box<[u32]> {
    let role_salt = name_hash(role.name);
    let share = |group: Group| match group {
        Group::Base | Group::Store => 100,
        _ => role.takes.iter().find(|(taken, _)| *taken == group).map_or(0, |(_, share)| *share),
    };
    let taken = |id: usize, package: &Package| {
        let by_role = mix(&[role_salt, id as u64]) % 100;
        let by_image = mix(&[seed, role_salt, image, id as u64]);
        // One package of eight is the installation's own choice.
        let draw = if by_image.is_multiple_of(8) { by_image >> 8 } else { by_role } % 100;
        draw < share(package.group)
    };
    let mut ids: Vec<usize> = Vec::new();
    let mut rest: Vec<usize> = Vec::new();
    for (id, package) in catalogue.iter().enumerate() {
        if taken(id, package) { ids.push(id) } else { rest.push(id) }
    }
    if ids.len() < PACKAGES.start {
        // What is missing comes from anywhere: somebody once needed it.
        rest.sort_by_key(|id| mix(&[role_salt, *id as u64]));
        let wanted = PACKAGES.start + usize::try_from(mix(&[seed, role_salt, image]) % 60).unwrap_or(0);
        ids.extend(rest.into_iter().take(wanted - ids.len()));
        ids.sort_unstable();
    }
    while ids.len() >= PACKAGES.end {
        ids.remove(usize::try_from(mix(&[seed, ids.len() as u64]) % ids.len() as u64).unwrap_or(0));
    }
    ids.into_iter().map(|id| u32::try_from(id).unwrap_or(0)).collect()
}

/// Makes one number of several: equal ones only of equal ones, as good as random otherwise (as `SplitMix64` finishes).
fn mix(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x517C_C1B7, |state, number| {
        let mut z = (state ^ number).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

/// A number that always belongs to the same name (FNV-1a, mixed).
fn name_hash(name: &str) -> u64 {
    mix(&[name
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))])
}

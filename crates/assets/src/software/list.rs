//! A machine's list of software in the form in which it is stored: sets of versions by bucket, and apart from them what
//! differs from machine to machine (when each was installed, and for whom).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_wire::inventory::Software;

/// Buckets that names are dealt into. More would share more sets between machines and cost more rows a machine.
pub(crate) const BUCKETS: u8 = 32;

/// Half a SHA-256: identifies a title, a version or a set by its content.
pub(crate) type Digest = [u8; 16];

/// A digest as it is stored.
pub(super) fn read_digest(bytes: &[u8]) -> Result<Digest, sea_orm::DbErr> {
    Digest::try_from(bytes).map_err(|error| crate::pack::damaged("digest", error))
}

fn digest(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let whole: [u8; 32] = hasher.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

/// The form of a name in which it is compared and sorted.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// The bucket of a title's name (its key). Titles of one name and several publishers share it.
pub(crate) fn bucket_of(name_key: &str) -> u8 {
    digest(&[name_key.as_bytes()])[0] % BUCKETS
}

/// The digest of a title.
pub(crate) fn title_digest(name: &str, publisher: &str) -> Digest {
    digest(&[name.as_bytes(), publisher.as_bytes()])
}

/// A version of a title, as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) digest: Digest,
    pub(crate) bucket: u8,
    pub(crate) name: String,
    pub(crate) publisher: String,
    pub(crate) version: String,
    pub(crate) source: String,
    pub(crate) architecture: String,
    pub(crate) size_bytes: Option<u64>,
}

impl Item {
    fn of(software: &Software) -> Option<Self> {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let name = software.name.clone()?;
        let (publisher, version) = (text(&software.publisher), text(&software.version));
        let (source, architecture) = (text(&software.source), text(&software.architecture));
        let size = software.size_bytes.map_or_else(Vec::new, |size| size.to_le_bytes().to_vec());
        let digest = digest(&[
            name.as_bytes(),
            publisher.as_bytes(),
            version.as_bytes(),
            source.as_bytes(),
            architecture.as_bytes(),
            &size,
        ]);
        let bucket = bucket_of(&name_key(&name));
        Some(Self { digest, bucket, name, publisher, version, source, architecture, size_bytes: software.size_bytes })
    }

    /// Back to the form of the inventory, without what belongs to one machine.
    pub(crate) fn software(&self) -> Software {
        let text = |field: &str| (!field.is_empty()).then(|| field.to_owned());
        Software {
            name: text(&self.name),
            version: text(&self.version),
            publisher: text(&self.publisher),
            source: text(&self.source),
            architecture: text(&self.architecture),
            size_bytes: self.size_bytes,
            ..Software::default()
        }
    }
}

/// One installation of an item on one machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Copy {
    date: Option<String>,
    user: Option<String>,
}

impl Copy {
    /// The item as the inventory of its machine has it.
    pub(super) fn of(self, item: &Item) -> Software {
        Software { install_date: self.date, user: self.user, ..item.software() }
    }
}

/// A copy as it is packed: date and user.
type PackedCopy = (Option<String>, Option<String>);

/// What differs from machine to machine, packed: dates are numbered, and the usual case (one copy, no user) is one
/// number an item, in the order of the items.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Copies {
    dates: Vec<String>,
    /// Index into `dates` plus one; 0: no date; −1: see `special`.
    first: Vec<i32>,
    /// By position: all copies as (date, user).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    special: BTreeMap<usize, Vec<PackedCopy>>,
}

impl Copies {
    /// Packs the copies of each item, in the order of the items.
    pub(super) fn pack(of_items: impl IntoIterator<Item = Vec<Copy>>) -> Vec<u8> {
        let mut copies = Self::default();
        let mut numbers: BTreeMap<String, i32> = BTreeMap::new();
        for (at, mut of_item) in of_items.into_iter().enumerate() {
            of_item.sort();
            copies.first.push(match of_item.as_slice() {
                [Copy { date: None, user: None }] => 0,
                [Copy { date: Some(date), user: None }] => *numbers.entry(date.clone()).or_insert_with(|| {
                    copies.dates.push(date.clone());
                    i32::try_from(copies.dates.len()).unwrap_or(i32::MAX)
                }),
                _ => {
                    copies.special.insert(at, of_item.into_iter().map(|copy| (copy.date, copy.user)).collect());
                    -1
                }
            });
        }
        crate::pack::pack(&serde_json::to_vec(&copies).unwrap_or_default())
    }

    /// Unpacks what [`Self::pack`] packed.
    pub(super) fn unpack(packed: &[u8]) -> Self {
        crate::pack::unpack(packed).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
    }

    /// The copies of the item at a position.
    pub(super) fn at(&self, position: usize) -> Vec<Copy> {
        match self.first.get(position).copied().unwrap_or(0) {
            -1 => {
                let copies = self.special.get(&position).into_iter().flatten();
                copies.map(|(date, user)| Copy { date: date.clone(), user: user.clone() }).collect()
            }
            number => {
                let date = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
                vec![Copy { date: date.and_then(|date| self.dates.get(date).cloned()), user: None }]
            }
        }
    }
}

/// A set of versions: what a machine has in one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) bucket: u8,
    pub(crate) digest: Digest,
    /// Where its items are in [`List::items`].
    pub(crate) items: std::ops::Range<usize>,
}

/// A machine's list.
#[derive(Debug)]
pub(crate) struct List {
    /// Each version once, ordered by bucket and digest; those of sets that are known to be stored may be left out.
    pub(crate) items: Vec<Item>,
    /// The buckets that are not empty, in order.
    pub(crate) sets: Vec<Set>,
    /// What differs from machine to machine: JSON packed with zstd.
    pub(crate) copies: Vec<u8>,
}

/// A list, each version once with its copies, ordered by bucket and digest. An entry without a name is left out.
pub(super) fn dealt(software: &[Software]) -> BTreeMap<(u8, Digest), (Item, Vec<Copy>)> {
    let mut dealt: BTreeMap<(u8, Digest), (Item, Vec<Copy>)> = BTreeMap::new();
    for entry in software {
        if let Some(item) = Item::of(entry) {
            let copy = Copy { date: entry.install_date.clone(), user: entry.user.clone() };
            dealt.entry((item.bucket, item.digest)).or_insert_with(|| (item, Vec::new())).1.push(copy);
        }
    }
    dealt
}

/// The sets that items in the stored order make.
pub(super) fn sets_of(items: &[Item]) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        match sets.last_mut() {
            Some(set) if set.bucket == item.bucket => set.items.end = at + 1,
            _ => sets.push(Set { bucket: item.bucket, digest: [0; 16], items: at..at + 1 }),
        }
    }
    for set in &mut sets {
        let members: Vec<&[u8]> = items[set.items.clone()].iter().map(|item| &item.digest[..]).collect();
        set.digest = digest(&members);
    }
    sets
}

impl List {
    /// Deals a list into sets.
    pub(crate) fn of(software: &[Software]) -> Self {
        let (items, copies): (Vec<Item>, Vec<Vec<Copy>>) = dealt(software).into_values().unzip();
        Self { sets: sets_of(&items), copies: Copies::pack(copies), items }
    }
}

/// The list as the inventory has it: `items` in the stored order (bucket, digest) joined with the packed copies.
/// Ordered by name for whoever reads it.
pub(crate) fn joined(items: &[Item], copies: &[u8]) -> Vec<Software> {
    let copies = Copies::unpack(copies);
    let of_item = |(at, item)| copies.at(at).into_iter().map(move |copy: Copy| copy.of(item));
    let mut software: Vec<Software> = items.iter().enumerate().flat_map(of_item).collect();
    software.sort_by_cached_key(|entry| (name_key(entry.name.as_deref().unwrap_or_default()), entry.version.clone()));
    software
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, date: Option<&str>, user: Option<&str>) -> Software {
        Software {
            name: Some(name.into()),
            version: Some(version.into()),
            source: Some("dpkg".into()),
            install_date: date.map(Into::into),
            user: user.map(Into::into),
            ..Software::default()
        }
    }

    #[test]
    fn a_list_comes_back_as_it_went_in() {
        let mut list = vec![
            package("bash", "5.2", Some("2025-01-02"), None),
            package("zsh", "5.9", None, None),
            package("app", "1", Some("2025-01-02"), Some("ann")),
            package("app", "1", Some("2025-03-04"), Some("bob")),
            package("Kernel", "6.1", Some("2025-03-04"), None),
            package("Kernel", "6.2", None, None),
        ];
        let stored = List::of(&list);
        assert_eq!(stored.items.len(), 5, "one version is stored once");
        let back = joined(&stored.items, &stored.copies);
        list.sort_by_cached_key(|it| (name_key(it.name.as_deref().unwrap()), it.version.clone()));
        assert_eq!(back, list);
    }

    #[test]
    fn order_and_dates_do_not_change_the_sets() {
        let one = List::of(&[package("a", "1", Some("2025-01-01"), None), package("b", "1", None, None)]);
        let other = List::of(&[package("b", "1", None, None), package("a", "1", None, None)]);
        assert_eq!(one.sets, other.sets);
        let upgraded = List::of(&[package("b", "2", None, None), package("a", "1", None, None)]);
        assert_eq!(one.sets.iter().zip(&upgraded.sets).filter(|(a, b)| a != b).count(), 1);
    }
}

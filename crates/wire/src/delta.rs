//! What travels of a list when few of its items changed: those items instead of the whole section.
//!
//! Items are told apart by their natural key ([`Keyed`]). Several may share one (two kernels of one name), so an edit
//! speaks of all items of a key at once: for each key whose items differ it carries the new ones, or says that none is
//! left. Whoever holds the base takes the items of those keys out, puts the new ones where they belong, and compares the
//! digest of what came of it. If it is not the one that the edit names, the base was another one: nothing is taken over,
//! and the sender is asked for everything.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    clean::MAX_ITEMS,
    content::json,
    diff::Keyed,
    sections::{Section, SectionDigest, Sections},
};

/// Longest section that may come of an edit, bytes of JSON: as long as a whole inventory may be. Otherwise edits of
/// bounded length could make a list of any.
pub const MAX_SECTION: usize = 32 << 20;

/// Length of a digest in an edit.
const DIGEST: usize = 64;

/// How a list follows from the one that it builds on. The new items themselves stand in the section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Edit {
    /// The digest of the whole section after the edit ([`Sections::digest`]), hexadecimal.
    pub digest: String,
    /// Natural keys of the base of which no item is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// Where each item that the section carries stands in the whole list: positions from 0, ascending. What the base has
    /// of their keys is replaced by them; its other items keep their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<u32>,
}

/// Edits by section.
pub type Edits = BTreeMap<Section, Edit>;

/// An edit builds on another list than this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the edit builds on another list")]
pub struct NotTheBase;

/// Leaves of each list only what is new against `base`, wherever that is shorter; tells how the whole is had again.
/// Lists that the base lacks stay whole.
pub fn narrow(sections: &mut Sections, base: &Sections) -> Edits {
    let present = sections.present().into_iter();
    present.filter_map(|section| Some((section, sections.narrow(section, base)?))).collect()
}

/// The reverse of [`narrow`]: makes whole again what came as edits, with the lists of `base`. After an error the sections
/// are worth nothing.
pub fn complete(sections: &mut Sections, mut base: Sections, edits: &Edits) -> Result<(), NotTheBase> {
    edits.iter().try_for_each(|(section, edit)| sections.complete(*section, edit, &mut base))
}

impl Edit {
    /// Whether it can be of a section that carries so many items; if not, why.
    pub(crate) fn check(&self, items: usize) -> Result<(), &'static str> {
        if self.at.len() != items {
            return Err("an edit does not place each item of its section");
        }
        if items > MAX_ITEMS || self.removed.len() > MAX_ITEMS {
            return Err("an edit has too many items");
        }
        if !self.at.is_sorted_by(|a, b| a < b) {
            return Err("the positions of an edit do not ascend");
        }
        Ok(())
    }
}

/// What of an item decides how its list is edited. There are two dozen kinds of items: everything that is more than a
/// line is done with these, so that the program has it once.
struct Listed {
    key: String,
    json: Vec<u8>,
}

fn listed<T: Keyed + Serialize>(items: &[T]) -> Vec<Listed> {
    items.iter().map(|item| Listed { key: item.key(), json: json(item) }).collect()
}

/// See [`narrow`]. The digest is the section's and not known here.
pub(crate) fn narrow_list<T: Keyed + Clone + Serialize>(whole: &[T], base: &[T]) -> Option<(Vec<T>, Edit)> {
    let edit = edit_of(&listed(whole), &listed(base))?;
    let new = edit.at.iter().filter_map(|at| whole.get(usize::try_from(*at).ok()?).cloned()).collect();
    Some((new, edit))
}

/// How a list follows from another; none when that takes as many words as the list itself.
fn edit_of(whole: &[Listed], base: &[Listed]) -> Option<Edit> {
    let (items, base_items) = (by_key(whole), by_key(base));
    let same = |item: &&Listed| items.get(&*item.key) == base_items.get(&*item.key);
    // An edit has no words for items that only changed places.
    let stay = |items| -> Vec<&[u8]> { <[Listed]>::iter(items).filter(same).map(|item| &*item.json).collect() };
    if stay(whole) != stay(base) {
        return None;
    }
    let new = || whole.iter().enumerate().filter(|(_, item)| !same(item));
    let at = new().map(|(at, _)| u32::try_from(at).ok()).collect::<Option<_>>()?;
    let gone: BTreeSet<&str> = base_items.keys().filter(|key| !items.contains_key(*key)).copied().collect();
    let edit = Edit { removed: gone.into_iter().map(str::to_owned).collect(), at, ..Edit::default() };
    let length = new().map(|(_, item)| item.json.len() + 1).sum::<usize>() + json(&edit).len() + DIGEST;
    (length < whole.iter().map(|item| item.json.len() + 1).sum()).then_some(edit)
}

fn by_key(items: &[Listed]) -> HashMap<&str, Vec<&[u8]>> {
    let mut by_key: HashMap<&str, Vec<&[u8]>> = HashMap::with_capacity(items.len());
    for item in items {
        by_key.entry(&item.key).or_default().push(&item.json);
    }
    by_key
}

/// See [`complete`]. Whether the digest is right is for the caller to see.
pub(crate) fn complete_list<T: Keyed + Serialize>(
    new: Vec<T>,
    base: Vec<T>,
    edit: &Edit,
) -> Result<Vec<T>, NotTheBase> {
    let kept = kept(base, &new, edit)?;
    let total = kept.len() + new.len();
    // Each new item must find its place.
    if edit.at.len() != new.len() || total > MAX_ITEMS || edit.at.last().is_some_and(|last| *last as usize >= total) {
        return Err(NotTheBase);
    }
    let (mut kept, mut new, mut at) = (kept.into_iter(), new.into_iter(), edit.at.iter().peekable());
    let mut whole = Vec::with_capacity(total);
    let mut length = 0;
    for position in 0..total {
        let is_new = at.next_if(|at| **at as usize <= position).is_some();
        let item = if is_new { new.next() } else { kept.next().or_else(|| new.next()) }.ok_or(NotTheBase)?;
        length += json(&item).len() + 1;
        whole.push(item);
    }
    if length > MAX_SECTION { Err(NotTheBase) } else { Ok(whole) }
}

/// What stays of a list beside the new items of an edit. Of the list, a part is enough that has all items of the keys
/// that the edit speaks of; what is said to be gone must be there.
pub fn kept<T: Keyed>(mut base: Vec<T>, new: &[T], edit: &Edit) -> Result<Vec<T>, NotTheBase> {
    let keys = |items: &[T]| -> Vec<String> { items.iter().map(Keyed::key).collect() };
    let mut stays = stays(&keys(&base), keys(new), edit)?.into_iter();
    base.retain(|_| stays.next().unwrap_or(false));
    Ok(base)
}

fn stays(base: &[String], new: Vec<String>, edit: &Edit) -> Result<Vec<bool>, NotTheBase> {
    let replaced: HashSet<String> = new.into_iter().collect();
    let mut unmet: HashSet<&String> = edit.removed.iter().collect();
    let removed = unmet.clone();
    let mut stays = Vec::with_capacity(base.len());
    for key in base {
        let gone = removed.contains(key) && !replaced.contains(key);
        if gone {
            unmet.remove(key);
        }
        stays.push(!gone && !replaced.contains(key));
    }
    if unmet.is_empty() { Ok(stays) } else { Err(NotTheBase) }
}

/// The digest of a list from which items went and to which others came; that of an empty list is all zeros. It is the sum
/// of the items' SHA-256 (four numbers of 64 bits each), so that neither their order nor the items that stay need be
/// known. It tells lists apart that went different ways; nobody gains by making two that agree, for they are his own.
pub fn moved<T: Serialize>(digest: SectionDigest, gone: &[T], come: &[T]) -> SectionDigest {
    let mut sum = numbers(digest);
    for item in gone {
        add(&mut sum, &json(item), u64::wrapping_sub);
    }
    for item in come {
        add(&mut sum, &json(item), u64::wrapping_add);
    }
    let mut digest = SectionDigest::default();
    for (bytes, number) in digest.chunks_exact_mut(8).zip(sum) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    digest
}

fn add(sum: &mut [u64; 4], json: &[u8], how: fn(u64, u64) -> u64) {
    for (sum, number) in sum.iter_mut().zip(numbers(Sha256::digest(json).into())) {
        *sum = how(*sum, number);
    }
}

fn numbers(digest: SectionDigest) -> [u64; 4] {
    let mut numbers = [0; 4];
    for (number, bytes) in numbers.iter_mut().zip(digest.as_chunks().0) {
        *number = u64::from_le_bytes(*bytes);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inventory::{Software, System, UsbDevice, Volume};

    fn package(name: &str, version: &str) -> Software {
        Software {
            name: Some(name.into()),
            version: Some(version.into()),
            publisher: Some("Debian Maintainers <maintainers@lists.debian.org>".into()),
            source: Some("dpkg".into()),
            ..Software::default()
        }
    }

    fn of(software: &[Software]) -> Sections {
        Sections { software: Some(software.to_vec()), ..Sections::default() }
    }

    fn many() -> Vec<Software> {
        (0..50).map(|number| package(&format!("package{number:02}"), "1.0-1")).collect()
    }

    /// Few keys and few versions: items that are equal, and others that share a key only.
    fn lists() -> impl Strategy<Value = Vec<Software>> {
        proptest::collection::vec(("[a-e]", "[12]"), 0..24)
            .prop_map(|items| items.iter().map(|(name, version)| package(name, version)).collect())
    }

    proptest! {
        #[test]
        fn a_list_is_had_again_from_its_base(before in lists(), after in lists()) {
            let (base, whole) = (of(&before), of(&after));
            let mut travels = whole.clone();
            let edits = narrow(&mut travels, &base);
            prop_assert!(serde_json::to_vec(&travels).unwrap().len() <= serde_json::to_vec(&whole).unwrap().len());
            complete(&mut travels, base, &edits).unwrap();
            prop_assert_eq!(travels, whole);
        }

        #[test]
        fn lists_in_one_order_travel_as_edits(mut before in lists(), mut after in lists(), long in 0..2) {
            // What did not change is long enough that an edit is always shorter than the whole.
            for list in [&mut before, &mut after] {
                list.extend((0..60).map(|number| package(&format!("f{number:02}"), "1")));
                list.sort_by_key(|it| (it.name.clone(), (long == 1).then(|| it.version.clone())));
            }
            let (base, whole) = (of(&before), of(&after));
            let mut travels = whole.clone();
            let edits = narrow(&mut travels, &base);
            prop_assert_eq!(edits.len(), 1);
            complete(&mut travels, base, &edits).unwrap();
            prop_assert_eq!(travels, whole);
        }

        #[test]
        fn a_digest_follows_what_goes_and_comes(stay in lists(), gone in lists(), come in lists()) {
            let digest = |parts: [&[Software]; 2]| of(&parts.concat()).digest(Section::Software).unwrap();
            prop_assert_eq!(moved(digest([&gone, &stay]), &gone, &come), digest([&stay, &come]));
        }

        #[test]
        fn another_base_is_refused(before in lists(), after in lists(), other in lists()) {
            let (base, whole) = (of(&before), of(&after));
            let mut travels = whole.clone();
            let edits = narrow(&mut travels, &base);
            // Some other bases lead to the same list; none to another one.
            if complete(&mut travels, of(&other), &edits).is_ok() {
                prop_assert_eq!(travels.digests(), whole.digests());
            }
        }
    }

    #[test]
    fn an_upgrade_a_removal_and_a_new_package_travel_alone() {
        let base = of(&many());
        let mut whole = many();
        whole[7].version = Some("1.0-2".into());
        whole.remove(20);
        whole.insert(3, package("new", "1"));
        let whole = of(&whole);
        let mut travels = whole.clone();
        let edits = narrow(&mut travels, &base);
        let names: Vec<_> = travels.software.as_ref().unwrap().iter().map(|it| it.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["new", "package07"]);
        let edit = &edits[&Section::Software];
        assert_eq!(
            (edit.at.as_slice(), edit.removed.as_slice()),
            (&[3, 8][..], &["dpkg\u{1f}package20\u{1f}\u{1f}\u{1f}".to_owned()][..])
        );
        complete(&mut travels, base, &edits).unwrap();
        assert_eq!(travels, whole);
    }

    #[test]
    fn the_name_of_a_package_is_in_its_key() {
        assert_eq!(Software::name_in_key(&package("bash", "1").key()), Some("bash"));
        assert_eq!(Software::name_in_key("no key"), None);
    }

    #[test]
    fn one_of_two_items_with_one_key_can_go() {
        let mut both = many();
        both.insert(0, package("kernel", "1"));
        both.insert(1, package("kernel", "2"));
        let mut one = both.clone();
        one.remove(0);
        for (before, after) in [(&both, &one), (&one, &both)] {
            let mut travels = of(after);
            let edits = narrow(&mut travels, &of(before));
            assert_eq!(edits.len(), 1);
            complete(&mut travels, of(before), &edits).unwrap();
            assert_eq!(travels, of(after));
        }
    }

    #[test]
    fn what_an_edit_does_not_fit_is_refused() {
        let base = of(&many());
        let mut whole = many();
        whole[0].version = Some("2".into());
        whole.pop();
        let mut travels = of(&whole);
        let edits = narrow(&mut travels, &base);
        let apply = |base: &Sections, edits: &Edits| complete(&mut travels.clone(), base.clone(), edits);
        assert_eq!(apply(&base, &edits), Ok(()));
        assert_eq!(apply(&Sections::default(), &edits), Err(NotTheBase), "there is no list");
        let mut other = base.clone();
        other.software.as_mut().unwrap()[9].version = Some("0.9".into());
        assert_eq!(apply(&other, &edits), Err(NotTheBase), "another item differs");
        let changed = |change: &dyn Fn(&mut Edit)| {
            let mut edits = edits.clone();
            change(edits.get_mut(&Section::Software).unwrap());
            edits
        };
        assert_eq!(apply(&base, &changed(&|it| it.digest = hex::encode([0; 32]))), Err(NotTheBase));
        assert_eq!(
            apply(&base, &changed(&|it| it.removed.push("dpkg\u{1f}none\u{1f}\u{1f}\u{1f}".into()))),
            Err(NotTheBase)
        );
        assert_eq!(apply(&base, &changed(&|it| it.at = vec![49])), Err(NotTheBase), "beyond the end");
        assert_eq!(apply(&base, &changed(&|it| it.at = vec![])), Err(NotTheBase));
        let system = Sections { system: Some(System::default()), ..Sections::default() };
        let forged = Edits::from([(Section::System, Edit::default())]);
        assert_eq!(complete(&mut system.clone(), system, &forged), Err(NotTheBase), "no list");
    }

    #[test]
    fn many_small_edits_do_not_make_a_list_of_any_length() {
        let text = "x".repeat(crate::clean::MAX_TEXT);
        let device = |number: usize| UsbDevice {
            serial: Some(number.to_string()),
            name: Some(text.clone()),
            manufacturer: Some(text.clone()),
            ..UsbDevice::default()
        };
        let list = |range: std::ops::Range<usize>| -> Vec<UsbDevice> { range.map(device).collect() };
        let (base, new) = (list(0..15_000), list(15_000..17_000));
        let edit = Edit { at: (15_000..17_000).collect(), ..Edit::default() };
        assert_eq!(complete_list(new, base, &edit), Err(NotTheBase));
    }

    #[test]
    fn free_space_follows_although_it_is_hardly_a_change() {
        let volume = |mount: &str, free| Volume {
            mount_point: Some(mount.into()),
            file_system: Some("ext4".into()),
            label: Some("a label that makes the section longer than an edit of it".into()),
            size_bytes: Some(1_000_000),
            free_bytes: Some(free),
            ..Volume::default()
        };
        let list = |free| Sections {
            volumes: Some((0..9).map(|number| volume(&format!("/{number}"), free)).chain([volume("/x", 7)]).collect()),
            ..Sections::default()
        };
        let mut whole = list(500_000);
        whole.volumes.as_mut().unwrap()[9].free_bytes = Some(990_000);
        let mut travels = whole.clone();
        let base = list(500_000);
        let edits = narrow(&mut travels, &base);
        assert_eq!((edits.len(), travels.volumes.as_ref().unwrap().len()), (1, 1));
        complete(&mut travels, base, &edits).unwrap();
        assert_eq!(travels, whole);
    }
}

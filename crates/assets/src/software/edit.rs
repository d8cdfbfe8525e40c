//! A machine's list after an edit that an agent sent. Only the buckets that the edit touches are read: the other sets stay
//! as they are stored, and the digest of the whole follows from what went and what came.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr};
use vigie_wire::{
    Section,
    clean::MAX_ITEMS,
    delta::{self, Edit, MAX_SECTION},
    inventory::Software,
    sections::SectionDigest,
};

use super::{
    list::{BUCKETS, Copies, Digest, Item, List, Set, bucket_of, dealt, name_key, read_digest, sets_of},
    store,
};
use crate::{pack, sql};

/// Longest list in one bucket after an edit, bytes of JSON: no list gets longer by edits than it could have come whole.
const MAX_BUCKET: usize = MAX_SECTION / BUCKETS as usize;

/// A stored set of one machine.
struct Stored {
    digest: Digest,
    versions: Vec<i64>,
    /// Where its items begin among all items of the machine.
    begins: usize,
}

/// The list of a machine with `new` in it as `edit` says, and its digest; none where the edit builds on another list.
pub(crate) async fn edited<C: ConnectionTrait>(
    connection: &C,
    inventory: i64,
    new: Vec<Software>,
    edit: &Edit,
) -> Result<Option<(SectionDigest, List)>, DbErr> {
    let text = "SELECT digest, body FROM inventory_section WHERE inventory_seq = $1 AND section = $2";
    let values = vec![inventory.into(), Section::Software.as_str().into()];
    let Some(row) = sql::row(connection, text, values).await? else { return Ok(None) };
    let before = row.try_get::<Vec<u8>>("", "digest")?;
    let before = SectionDigest::try_from(before).map_err(|_| pack::damaged("digest", "its length is wrong"))?;
    let copies = Copies::unpack(&row.try_get::<Vec<u8>>("", "body")?);
    let stored = stored(connection, inventory).await?;

    let removed = edit.removed.iter().filter_map(|key| Software::name_in_key(key));
    let names = new.iter().filter_map(|it| it.name.as_deref()).chain(removed);
    let touched: BTreeSet<u8> = names.map(|name| bucket_of(&name_key(name))).collect();
    let old = software_of(connection, &stored, &touched, &copies).await?;
    let others: usize = stored.values().map(|set| set.versions.len()).sum();
    let Ok(mut list) = delta::kept(old.clone(), &new, edit) else { return Ok(None) };
    list.extend(new);
    let digest = delta::moved(before, &old, &list);
    if hex::encode(digest) != edit.digest || others + list.len() > MAX_ITEMS + old.len() || is_long(&list) {
        return Ok(None);
    }
    Ok(Some((digest, assembled(&stored, &touched, &copies, &list))))
}

async fn stored<C: ConnectionTrait>(connection: &C, inventory: i64) -> Result<BTreeMap<u8, Stored>, DbErr> {
    let text = "SELECT i.bucket, s.digest, s.members FROM inventory_software i JOIN software_set s ON s.seq = i.set_seq \
                WHERE i.inventory_seq = $1 ORDER BY i.bucket";
    let (mut stored, mut begins) = (BTreeMap::new(), 0);
    for row in sql::rows(connection, text, vec![inventory.into()]).await? {
        let bucket = u8::try_from(row.try_get::<i16>("", "bucket")?).map_err(|error| pack::damaged("bucket", error))?;
        let digest = read_digest(&row.try_get::<Vec<u8>>("", "digest")?)?;
        let versions = store::read_numbers(&row.try_get::<Vec<u8>>("", "members")?);
        let next = begins + versions.len();
        stored.insert(bucket, Stored { digest, versions, begins });
        begins = next;
    }
    Ok(stored)
}

/// What the machine has in the buckets named.
async fn software_of<C: ConnectionTrait>(
    connection: &C,
    stored: &BTreeMap<u8, Stored>,
    buckets: &BTreeSet<u8>,
    copies: &Copies,
) -> Result<Vec<Software>, DbErr> {
    let sets = || buckets.iter().filter_map(|bucket| stored.get(bucket));
    let versions = sets().flat_map(|set| set.versions.iter().copied()).collect();
    let mut items = store::items_of_versions(connection, versions).await?;
    items.sort_unstable_by_key(|item| (item.bucket, item.digest));
    let positions = sets().flat_map(|set| set.begins..set.begins + set.versions.len());
    let of_item =
        |(item, at): (&Item, usize)| -> Vec<Software> { copies.at(at).into_iter().map(|copy| copy.of(item)).collect() };
    Ok(items.iter().zip(positions).flat_map(of_item).collect())
}

fn is_long(list: &[Software]) -> bool {
    let mut lengths = [0; BUCKETS as usize];
    for entry in list {
        let bucket = bucket_of(&name_key(entry.name.as_deref().unwrap_or_default()));
        lengths[usize::from(bucket)] += serde_json::to_vec(entry).map_or(0, |json| json.len() + 1);
    }
    lengths.iter().any(|length| *length > MAX_BUCKET)
}

/// The whole list: the touched buckets as they are now, the others as they are stored.
fn assembled(stored: &BTreeMap<u8, Stored>, touched: &BTreeSet<u8>, copies: &Copies, list: &[Software]) -> List {
    let mut of_buckets: BTreeMap<u8, Vec<_>> = BTreeMap::new();
    let mut items = Vec::new();
    for ((bucket, _), (item, of_item)) in dealt(list) {
        items.push(item);
        of_buckets.entry(bucket).or_default().push(of_item);
    }
    let mut sets = sets_of(&items);
    for (bucket, set) in stored.iter().filter(|(bucket, _)| !touched.contains(bucket)) {
        sets.push(Set { bucket: *bucket, digest: set.digest, items: 0..0 });
        of_buckets.insert(*bucket, (set.begins..set.begins + set.versions.len()).map(|at| copies.at(at)).collect());
    }
    sets.sort_unstable_by_key(|set| set.bucket);
    List { items, sets, copies: Copies::pack(of_buckets.into_values().flatten()) }
}

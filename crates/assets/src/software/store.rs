//! Writing a machine's list: the catalogue gains what it does not know, the machine's rows change only where its sets
//! do, and what changed is told for the history. Nothing is ever deleted and inserted again.
//!
//! The catalogue is shared by all machines, and shared tables deadlock where several writers meet in different orders.
//! Here every writer adds titles, then versions, then sets, each sorted by digest, and never takes two lists at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{DbErr, Value};
use vigie_db::Tx;
use vigie_wire::{SectionChange, diff::changes_of_list, inventory::Software};

use super::{
    catalogue::{Known, Versions},
    list::{Digest, Item, List, Set, name_key, read_digest, title_digest},
};
use crate::sql::{self, Conflict};

/// Stores the list of a machine that has none and is counted.
pub(crate) async fn add(tx: &Tx, versions: &mut Versions, inventory: i64, list: &List) -> Result<(), DbErr> {
    sql::lock(tx, sql::Lock::SetsUsed).await?;
    let seqs = ensure_sets(tx, versions, list).await?;
    let of_list = || list.sets.iter().map(|set| (set, seqs[&set.digest]));
    put(tx, inventory, of_list()).await?;
    note(tx, of_list().map(|(_, seq)| seq), 1).await
}

/// Replaces a machine's list. Answers what changed; none when the machine had no list before or nothing did.
pub(crate) async fn replace(
    tx: &Tx,
    versions: &mut Versions,
    inventory: i64,
    counted: bool,
    list: &List,
) -> Result<Option<SectionChange>, DbErr> {
    let before = sets_of(tx, inventory).await?;
    sql::lock(tx, sql::Lock::SetsUsed).await?;
    let seqs = ensure_sets(tx, versions, list).await?;
    let mut gone: Vec<i64> = Vec::new();
    let mut come: Vec<&Set> = Vec::new();
    let now: BTreeSet<i16> = list.sets.iter().map(|set| i16::from(set.bucket)).collect();
    for (bucket, seq) in &before {
        if !now.contains(bucket) {
            gone.push(*seq);
            let values = vec![inventory.into(), (*bucket).into()];
            sql::execute(tx, "DELETE FROM inventory_software WHERE inventory_seq = $1 AND bucket = $2", values).await?;
        }
    }
    for set in &list.sets {
        match before.get(&i16::from(set.bucket)) {
            Some(old) if *old == seqs[&set.digest] => continue,
            Some(old) => gone.push(*old),
            None => {}
        }
        come.push(set);
    }
    put(tx, inventory, come.iter().map(|set| (*set, seqs[&set.digest]))).await?;
    if counted {
        note(tx, come.iter().map(|set| seqs[&set.digest]), 1).await?;
        note(tx, gone.iter().copied(), -1).await?;
    }
    if before.is_empty() || (gone.is_empty() && come.is_empty()) {
        return Ok(None);
    }
    let old: Vec<Software> = items_of_sets(tx, &gone).await?.iter().map(Item::software).collect();
    let new: Vec<Software> = come.iter().flat_map(|set| &list.items[set.items.clone()]).map(Item::software).collect();
    Ok(changes_of_list("software", Some(&old), Some(&new)))
}

/// Gives a machine these sets, each in place of the one that it has in that bucket.
async fn put<'a>(tx: &Tx, inventory: i64, sets: impl Iterator<Item = (&'a Set, i64)>) -> Result<(), DbErr> {
    let rows = sets.flat_map(|(set, seq)| [inventory.into(), i16::from(set.bucket).into(), seq.into()]).collect();
    let into = "inventory_software (inventory_seq, bucket, set_seq)";
    let conflict = Conflict::Update("ON CONFLICT (inventory_seq, bucket) DO UPDATE SET set_seq = excluded.set_seq");
    sql::insert_many(tx, into, 3, rows, conflict).await
}

/// Takes a machine's list away.
pub(crate) async fn remove(tx: &Tx, inventory: i64, counted: bool) -> Result<(), DbErr> {
    if counted {
        count(tx, inventory, -1).await?;
    }
    sql::execute(tx, "DELETE FROM inventory_software WHERE inventory_seq = $1", vec![inventory.into()]).await?;
    Ok(())
}

/// Adds a machine to the counts (`1`) or takes it out of them (`-1`).
pub(crate) async fn count(tx: &Tx, inventory: i64, by: i64) -> Result<(), DbErr> {
    let sets = sets_of(tx, inventory).await?;
    note(tx, sets.into_values(), by).await
}

/// Notes for [`super::fold`] that these sets gained (`1`) or lost (`-1`) a machine.
async fn note(tx: &Tx, sets: impl Iterator<Item = i64>, by: i64) -> Result<(), DbErr> {
    let sets: BTreeSet<i64> = sets.collect();
    if !sets.is_empty() {
        let values = vec![by.into(), write_numbers(&sets).into()];
        sql::execute(tx, "INSERT INTO software_note (machines, sets) VALUES ($1, $2)", values).await?;
    }
    Ok(())
}

/// A machine's list as the inventory has it.
pub(crate) async fn read<C: sea_orm::ConnectionTrait>(
    connection: &C,
    inventory: i64,
    copies: &[u8],
) -> Result<Vec<Software>, DbErr> {
    let sets: Vec<i64> = sets_of(connection, inventory).await?.into_values().collect();
    let mut items = items_of_sets(connection, &sets).await?;
    items.sort_by_key(|item| (item.bucket, item.digest));
    Ok(super::list::joined(&items, copies))
}

async fn sets_of<C: sea_orm::ConnectionTrait>(connection: &C, inventory: i64) -> Result<BTreeMap<i16, i64>, DbErr> {
    let text = "SELECT bucket, set_seq FROM inventory_software WHERE inventory_seq = $1";
    sql::rows(connection, text, vec![inventory.into()])
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "bucket")?, row.try_get("", "set_seq")?)))
        .collect()
}

async fn items_of_sets<C: sea_orm::ConnectionTrait>(connection: &C, sets: &[i64]) -> Result<Vec<Item>, DbErr> {
    let mut versions = Vec::new();
    let text = "SELECT members FROM software_set WHERE seq";
    for row in sql::rows_in(connection, text, sets.iter().map(|seq| (*seq).into()).collect()).await? {
        versions.extend(read_numbers(&row.try_get::<Vec<u8>>("", "members")?));
    }
    items_of_versions(connection, versions).await
}

/// The versions of these numbers, in no order.
pub(super) async fn items_of_versions<C: sea_orm::ConnectionTrait>(
    connection: &C,
    versions: Vec<i64>,
) -> Result<Vec<Item>, DbErr> {
    Ok(numbered_items(connection, versions).await?.into_iter().map(|(_, item)| item).collect())
}

/// The same, each with its number.
pub(super) async fn numbered_items<C: sea_orm::ConnectionTrait>(
    connection: &C,
    versions: Vec<i64>,
) -> Result<Vec<(i64, Item)>, DbErr> {
    let mut items = Vec::with_capacity(versions.len());
    let text = "SELECT v.seq, v.digest, v.version, v.source, v.architecture, v.size_bytes, t.name, t.publisher \
                FROM software_version v JOIN software_title t ON t.seq = v.title_seq WHERE v.seq";
    for row in sql::rows_in(connection, text, versions.into_iter().map(Value::from).collect()).await? {
        let name: String = row.try_get("", "name")?;
        let item = Item {
            digest: read_digest(&row.try_get::<Vec<u8>>("", "digest")?)?,
            bucket: super::list::bucket_of(&name_key(&name)),
            name,
            publisher: row.try_get("", "publisher")?,
            version: row.try_get("", "version")?,
            source: row.try_get("", "source")?,
            architecture: row.try_get("", "architecture")?,
            size_bytes: row.try_get::<Option<i64>>("", "size_bytes")?.and_then(|size| u64::try_from(size).ok()),
        };
        items.push((row.try_get("", "seq")?, item));
    }
    Ok(items)
}

/// The sequence numbers of a list's sets; those that are new are added with all that they need.
async fn ensure_sets(tx: &Tx, versions: &mut Versions, list: &List) -> Result<HashMap<Digest, i64>, DbErr> {
    let mut known = seqs(tx, "software_set", list.sets.iter().map(|set| set.digest)).await?;
    let mut missing: Vec<&Set> = list.sets.iter().filter(|set| !known.contains_key(&set.digest)).collect();
    if missing.is_empty() {
        return Ok(known);
    }
    if missing.iter().any(|set| set.items.is_empty()) {
        return Err(DbErr::Custom("a set that was stored is gone".to_owned()));
    }
    let items: Vec<&Item> = missing.iter().flat_map(|set| &list.items[set.items.clone()]).collect();
    let versions = ensure_versions(tx, versions, &items).await?;
    missing.sort_by_key(|set| set.digest);
    let mut values = Vec::new();
    for set in &missing {
        let of_set = || list.items[set.items.clone()].iter().map(|item| versions[&item.digest]);
        let members: BTreeSet<i64> = of_set().map(|version| version.seq).collect();
        let titles: BTreeSet<i64> = of_set().map(|version| version.title).collect();
        let bucket = i16::from(set.bucket);
        values.extend([set.digest.to_vec().into(), bucket.into(), 0_i64.into()]);
        values.extend([write_numbers(&members).into(), write_numbers(&titles).into()]);
    }
    let into = "software_set (digest, bucket, machines, members, titles)";
    sql::insert_many(tx, into, 5, values, Conflict::Keep("(digest)")).await?;
    let added = seqs(tx, "software_set", missing.iter().map(|set| set.digest)).await?;
    let mut values = Vec::new();
    for set in &missing {
        for item in &list.items[set.items.clone()] {
            values.extend([Value::from(versions[&item.digest].seq), Value::from(added[&set.digest])]);
        }
    }
    let into = "software_set_member (version_seq, set_seq)";
    sql::insert_many(tx, into, 2, values, Conflict::Keep("(version_seq, set_seq)")).await?;
    known.extend(added);
    Ok(known)
}

async fn ensure_versions(tx: &Tx, versions: &mut Versions, items: &[&Item]) -> Result<HashMap<Digest, Known>, DbErr> {
    let mut known = versions.of(tx, items.iter().map(|item| item.digest)).await?;
    let mut missing: Vec<&Item> = items.iter().copied().filter(|item| !known.contains_key(&item.digest)).collect();
    if missing.is_empty() {
        return Ok(known);
    }
    let titles: BTreeMap<Digest, &Item> =
        missing.iter().map(|item| (title_digest(&item.name, &item.publisher), *item)).collect();
    let mut title_seqs = seqs(tx, "software_title", titles.keys().copied()).await?;
    let new: Vec<(&Digest, &&Item)> = titles.iter().filter(|(digest, _)| !title_seqs.contains_key(*digest)).collect();
    let mut values = Vec::new();
    for (digest, item) in &new {
        values.extend([
            digest.to_vec().into(),
            item.name.clone().into(),
            name_key(&item.name).into(),
            item.publisher.clone().into(),
            0_i64.into(),
        ]);
    }
    let into = "software_title (digest, name, name_key, publisher, machines)";
    sql::insert_many(tx, into, 5, values, Conflict::Keep("(digest)")).await?;
    title_seqs.extend(seqs(tx, "software_title", new.iter().map(|(digest, _)| **digest)).await?);

    missing.sort_by_key(|item| item.digest);
    let mut values = Vec::new();
    for item in &missing {
        values.extend([
            item.digest.to_vec().into(),
            title_seqs[&title_digest(&item.name, &item.publisher)].into(),
            item.version.clone().into(),
            item.source.clone().into(),
            item.architecture.clone().into(),
            item.size_bytes.and_then(|size| i64::try_from(size).ok()).into(),
        ]);
    }
    let into = "software_version (digest, title_seq, version, source, architecture, size_bytes)";
    sql::insert_many(tx, into, 6, values, Conflict::Keep("(digest)")).await?;
    known.extend(versions.of(tx, missing.iter().map(|item| item.digest)).await?);
    Ok(known)
}

async fn seqs(tx: &Tx, table: &str, digests: impl Iterator<Item = Digest>) -> Result<HashMap<Digest, i64>, DbErr> {
    let text = format!("SELECT digest, seq FROM {table} WHERE digest");
    let digests = digests.map(|digest| digest.to_vec().into()).collect();
    sql::rows_in(tx, &text, digests)
        .await?
        .iter()
        .map(|row| Ok((read_digest(&row.try_get::<Vec<u8>>("", "digest")?)?, row.try_get("", "seq")?)))
        .collect()
}

/// Numbers of a set: differences of ascending numbers, each in groups of seven bits, lowest first (LEB128).
fn write_numbers(numbers: &BTreeSet<i64>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(numbers.len() * 2);
    let mut last = 0;
    for number in numbers {
        let mut step = (number - last).unsigned_abs();
        last = *number;
        while step >= 0x80 {
            bytes.push(u8::try_from(step & 0x7f).unwrap_or(0) | 0x80);
            step >>= 7;
        }
        bytes.push(u8::try_from(step).unwrap_or(0));
    }
    bytes
}

/// Reads what [`write_numbers`] wrote.
pub(crate) fn read_numbers(bytes: &[u8]) -> Vec<i64> {
    let (mut numbers, mut last, mut step, mut shift) = (Vec::new(), 0_i64, 0_i64, 0);
    for byte in bytes {
        step |= i64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            last += step;
            numbers.push(last);
            (step, shift) = (0, 0);
        } else {
            shift = (shift + 7).min(56);
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = BTreeSet::from([1, 2, 127, 128, 300, 70_000, 1 << 40]);
        assert_eq!(read_numbers(&write_numbers(&numbers)), numbers.into_iter().collect::<Vec<_>>());
    }
}

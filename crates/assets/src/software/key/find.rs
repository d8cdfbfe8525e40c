//! Finding out how machines stand to the list, some at a time. What is read costs nothing but reading; one short change
//! stores it, and only where nothing changed meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Value};
use vigie_db::{Database, Tx};

use super::{
    matching::{self, Met, Watched},
    states::all,
};
use crate::{
    software::store::{numbered_items, read_numbers},
    sql::{self, Conflict},
};

/// Machines that are looked at in one step.
pub const AT_ONCE: usize = 500;
/// Versions and sets that are remembered; beyond it all are forgotten.
const REMEMBERED: usize = 200_000;

/// A key software, by its place in the list, and whether a version is good.
type Hit = (u16, bool);

/// What is remembered from step to step: which versions and sets hold key software. It may be lost at any time.
#[derive(Debug, Default)]
pub struct Looker {
    generation: i64,
    versions: HashMap<i64, Box<[Hit]>>,
    sets: HashMap<i64, Box<[Hit]>>,
    /// Whether combinations may have become unused.
    prune: bool,
}

/// A machine that is to be looked at.
struct Due {
    seq: i64,
    inventory: i64,
    os_family: String,
    checked: i64,
}

/// The number of the present list; 0: there never was one.
pub(super) async fn generation<C: ConnectionTrait>(connection: &C) -> Result<i64, DbErr> {
    sql::number(connection, "SELECT generation AS n FROM key_software_list", vec![]).await
}

/// What was done in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Machines of which it was found out.
    pub machines: usize,
    /// Whether there are more.
    pub more: bool,
}

/// Looks at up to `most` machines. Any number of nodes may look; it is stored by one at a
/// time, and what is stored twice is the same.
pub async fn look(db: &Database, looker: &mut Looker, most: usize) -> Result<Looked, DbErr> {
    // Before the list: what is found for a newer list under an older number is only found again.
    let generation = generation(db.reads()).await?;
    let watched: Vec<Watched> = all(db.reads()).await?.iter().map(Watched::of).collect();
    if watched.is_empty() {
        return Ok(Looked::default());
    }
    if looker.generation != generation || looker.versions.len().max(looker.sets.len()) > REMEMBERED {
        *looker = Looker { generation, prune: true, ..Looker::default() };
    }
    let due = due(db, generation, most).await?;
    if due.is_empty() {
        if std::mem::take(&mut looker.prune) {
            prune(db).await?;
        }
        return Ok(Looked::default());
    }
    looker.prune = true;
    let of_machines = hits(db, looker, &watched, &due).await?;
    let found: Vec<(Due, String)> = due
        .into_iter()
        .map(|machine| {
            let states = of_machines.get(&machine.inventory).map(|hits| states(&watched, &machine.os_family, hits));
            (machine, states.unwrap_or_default())
        })
        .collect();
    let full = found.len() == most;
    let machines = store(db, generation, found).await?;
    // Where others hold every one of them, it is no use to try at once again.
    Ok(Looked { machines, more: full && machines > 0 })
}

async fn due(db: &Database, generation: i64, most: usize) -> Result<Vec<Due>, DbErr> {
    let text = format!(
        "SELECT seq, inventory_seq, os_family, key_checked FROM equipment WHERE deleted_at IS NULL \
         AND inventory_seq IS NOT NULL AND key_checked < $1 ORDER BY key_checked LIMIT {most}"
    );
    sql::rows(db.reads(), &text, vec![generation.into()])
        .await?
        .iter()
        .map(|row| {
            Ok(Due {
                seq: row.try_get("", "seq")?,
                inventory: row.try_get("", "inventory_seq")?,
                os_family: row.try_get("", "os_family")?,
                checked: row.try_get("", "key_checked")?,
            })
        })
        .collect()
}

/// What each machine with a list of software has of the key software.
async fn hits(
    db: &Database,
    looker: &mut Looker,
    watched: &[Watched],
    due: &[Due],
) -> Result<HashMap<i64, Vec<Hit>>, DbErr> {
    let text = "SELECT inventory_seq, set_seq FROM inventory_software WHERE inventory_seq";
    let rows = sql::rows_in(db.reads(), text, due.iter().map(|it| it.inventory.into()).collect()).await?;
    let of_machines = rows.iter().map(|row| Ok((row.try_get("", "inventory_seq")?, row.try_get("", "set_seq")?)));
    let of_machines: BTreeSet<(i64, i64)> = of_machines.collect::<Result<_, DbErr>>()?;
    let sets: BTreeSet<i64> = of_machines.iter().map(|(_, set)| *set).collect();
    learn(db, looker, watched, sets).await?;
    let mut hits: HashMap<i64, Vec<Hit>> = HashMap::new();
    for (inventory, set) in of_machines {
        hits.entry(inventory).or_default().extend(looker.sets.get(&set).into_iter().flatten());
    }
    Ok(hits)
}

/// Looks into the sets that were not met yet.
async fn learn(db: &Database, looker: &mut Looker, watched: &[Watched], sets: BTreeSet<i64>) -> Result<(), DbErr> {
    let unknown = sets.into_iter().filter(|set| !looker.sets.contains_key(set)).map(Value::from).collect();
    let mut members: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for row in sql::rows_in(db.reads(), "SELECT seq, members FROM software_set WHERE seq", unknown).await? {
        members.insert(row.try_get("", "seq")?, read_numbers(&row.try_get::<Vec<u8>>("", "members")?));
    }
    let versions: BTreeSet<i64> =
        members.values().flatten().copied().filter(|seq| !looker.versions.contains_key(seq)).collect();
    for (seq, item) in numbered_items(db.reads(), versions.into_iter().collect()).await? {
        let met = Met { name: &item.name, publisher: &item.publisher, version: &item.version, source: &item.source };
        let verdicts = watched.iter().zip(0_u16..).filter_map(|(key, at)| Some((at, key.verdict(met)?)));
        looker.versions.insert(seq, verdicts.collect());
    }
    for (set, members) in members {
        let hits = members.iter().filter_map(|seq| looker.versions.get(seq)).flatten().copied();
        looker.sets.insert(set, hits.collect());
    }
    Ok(())
}

/// How a machine stands to all that concerns it, as it is stored: `3:old 5:absent`.
fn states(watched: &[Watched], os_family: &str, hits: &[Hit]) -> String {
    let mut of_keys: BTreeMap<i64, &'static str> = BTreeMap::new();
    for (key, at) in watched.iter().zip(0_u16..).filter(|(key, _)| key.concerns(os_family)) {
        let state = matching::state(hits.iter().filter(|(of, _)| *of == at).map(|(_, good)| *good));
        of_keys.insert(key.seq, state.as_str());
    }
    of_keys.iter().map(|(seq, state)| format!("{seq}:{state}")).collect::<Vec<_>>().join(" ")
}

async fn store(db: &Database, generation: i64, found: Vec<(Due, String)>) -> Result<usize, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            sql::lock(tx, sql::Lock::KeySoftware).await?;
            let profiles = ensure_profiles(tx, found.iter().map(|(_, states)| states.as_str()).collect()).await?;
            let free = free(tx, &found).await?;
            let mut stored = 0;
            let text = "UPDATE equipment SET key_profile = $1, key_checked = $2 WHERE seq = $3 AND key_checked = $4 \
                        AND inventory_seq = $5";
            for (machine, states) in
                found.iter().filter(|(machine, _)| free.as_ref().is_none_or(|it| it.contains(&machine.seq)))
            {
                let profile = profiles.get(states.as_str()).copied().unwrap_or(0);
                let values: [i64; 5] = [profile, generation, machine.seq, machine.checked, machine.inventory];
                sql::execute(tx, text, values.map(Value::from).into()).await?;
                stored += 1;
            }
            Ok(stored)
        })
    })
    .await
}

/// The machines that no other change holds. On PostgreSQL a change that holds one may want another of them in another
/// order; whoever never waits is in no circle. The others' turn comes with the next step.
async fn free(tx: &Tx, found: &[(Due, String)]) -> Result<Option<BTreeSet<i64>>, DbErr> {
    if tx.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(None);
    }
    let seqs: Vec<String> = found.iter().map(|(machine, _)| machine.seq.to_string()).collect();
    let text = format!("SELECT seq FROM equipment WHERE seq IN ({}) FOR UPDATE SKIP LOCKED", seqs.join(","));
    let rows = sql::rows(tx, &text, vec![]).await?;
    rows.iter().map(|row| row.try_get("", "seq")).collect::<Result<_, _>>().map(Some)
}

/// The numbers of these combinations; those that are new are added. Nothing known is no combination.
async fn ensure_profiles(tx: &Tx, wanted: BTreeSet<&str>) -> Result<HashMap<String, i64>, DbErr> {
    let wanted: Vec<&str> = wanted.into_iter().filter(|it| !it.is_empty()).collect();
    let known = profiles(tx, wanted.iter().map(|it| (*it).into()).collect()).await?;
    let missing: Vec<Value> = wanted.into_iter().filter(|it| !known.contains_key(*it)).map(Value::from).collect();
    if missing.is_empty() {
        return Ok(known);
    }
    let into = "key_software_profile (states)";
    sql::insert_many(tx, into, 1, missing.clone(), Conflict::Keep("(states)")).await?;
    let added = profiles(tx, missing).await?;
    let mut rows = Vec::new();
    for (states, profile) in &added {
        for (key, state) in states.split(' ').filter_map(|it| it.split_once(':')) {
            let key: i64 = key.parse().map_err(|error| crate::pack::damaged("states", error))?;
            rows.extend([key.into(), state.into(), (*profile).into()]);
        }
    }
    let into = "key_software_state (key_seq, state, profile_seq)";
    sql::insert_many(tx, into, 3, rows, Conflict::Keep("(key_seq, state, profile_seq)")).await?;
    Ok(known.into_iter().chain(added).collect())
}

async fn profiles(tx: &Tx, states: Vec<Value>) -> Result<HashMap<String, i64>, DbErr> {
    let rows = sql::rows_in(tx, "SELECT states, seq FROM key_software_profile WHERE states", states).await?;
    rows.iter().map(|row| Ok((row.try_get("", "states")?, row.try_get("", "seq")?))).collect()
}

/// Takes away combinations that no equipment has any more.
async fn prune(db: &Database) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            sql::lock(tx, sql::Lock::KeySoftware).await?;
            let unused = "NOT IN (SELECT key_profile FROM equipment GROUP BY key_profile)";
            let text = format!("DELETE FROM key_software_state WHERE profile_seq {unused}");
            sql::execute(tx, &text, vec![]).await?;
            let text = format!("DELETE FROM key_software_profile WHERE seq {unused}");
            sql::execute(tx, &text, vec![]).await?;
            Ok(())
        })
    })
    .await
}

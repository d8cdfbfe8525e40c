//! Questions about key software: the list with its counts, and how machines stand.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait as _, QueryOrder as _,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement},
};
use vigie_db::{Database, owners};
use vigie_kernel::{EquipmentId, Granted, Scope};

use super::{
    Counts, KeySoftware, KeySoftwareList, KeySoftwareOfMachine, KeySoftwareSummary, State, Wanted,
    find::generation,
    matching::{self, Met, Watched},
};
use crate::{
    entity::key_software::{Column, Entity, Model},
    equipment::{detail, list::Narrowed},
    sql,
};

pub(super) fn view(row: Model, machines: Counts) -> KeySoftware {
    KeySoftware {
        id: row.id,
        name: row.name,
        pattern: row.pattern,
        publisher: row.publisher,
        platform: row.platform,
        lowest_version: row.lowest_version,
        note: row.note,
        machines,
        revision: row.revision,
        updated_at: row.updated_at,
    }
}

pub(super) async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Model>, DbErr> {
    Entity::find().order_by_asc(Column::NameKey).all(connection).await
}

/// The list, with the machines within the scope.
pub async fn list(db: &Database, granted: &Granted, narrowed: &Narrowed) -> Result<KeySoftwareList, DbErr> {
    let rows = all(db.reads()).await?;
    if rows.is_empty() {
        return Ok(KeySoftwareList { items: Vec::new(), waiting: 0 });
    }
    let counts = counts(db, granted.scope(), Some(narrowed)).await?;
    let of = |row: Model| {
        let machines = counts.get(&row.seq).copied().unwrap_or_default();
        view(row, machines)
    };
    Ok(KeySoftwareList { items: rows.into_iter().map(of).collect(), waiting: waiting(db, granted.scope()).await? })
}

/// How many machines are still to be looked at.
async fn waiting(db: &Database, scope: Scope) -> Result<i64, DbErr> {
    let (within, mut values) = owners::within_sql("customer_id", scope, 2);
    values.insert(0, generation(db.reads()).await?.into());
    let text = format!(
        "SELECT COUNT(*) AS n FROM equipment WHERE deleted_at IS NULL AND inventory_seq IS NOT NULL \
         AND key_checked < $1 AND {within}"
    );
    sql::number(db.reads(), &text, values).await
}

/// The machines of each key software, by its number.
pub(crate) async fn counts(
    db: &Database,
    scope: Scope,
    narrowed: Option<&Narrowed>,
) -> Result<HashMap<i64, Counts>, DbErr> {
    let (within, mut values) = owners::within_sql("customer_id", scope, 1);
    let narrowed = narrowed.map_or_else(String::new, |it| it.sql(&mut values));
    let text = format!(
        "SELECT s.key_seq, s.state, CAST(SUM(c.n) AS BIGINT) AS n FROM (SELECT key_profile, COUNT(*) AS n FROM equipment \
         WHERE deleted_at IS NULL AND {within}{narrowed} GROUP BY key_profile) AS c \
         JOIN key_software_state s ON s.profile_seq = c.key_profile GROUP BY s.key_seq, s.state"
    );
    let mut counts: HashMap<i64, Counts> = HashMap::new();
    for row in sql::rows(db.reads(), &text, values).await? {
        let of = counts.entry(row.try_get("", "key_seq")?).or_default();
        let count = row.try_get("", "n")?;
        match State::from_code(&row.try_get::<String>("", "state")?) {
            Some(State::Present) => of.present = count,
            Some(State::Old) => of.old = count,
            Some(State::Absent) => of.absent = count,
            None => {}
        }
    }
    Ok(counts)
}

/// The profiles of machines that stand so to a key software.
pub(crate) fn having(wanted: Wanted) -> SelectStatement {
    let of = Query::select().column("seq").from("key_software").and_where(Expr::col("id").eq(wanted.id.0)).to_owned();
    Query::select()
        .column("profile_seq")
        .from("key_software_state")
        .and_where(Expr::col("key_seq").in_subquery(of))
        .and_where(Expr::col("state").eq(wanted.state.as_str()))
        .to_owned()
}

/// What lists say of the machines of some profiles.
pub(crate) async fn of_profiles(
    db: &Database,
    profiles: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, KeySoftwareSummary>, DbErr> {
    let mut profiles: Vec<i64> = profiles.filter(|profile| *profile != 0).collect();
    profiles.sort_unstable();
    profiles.dedup();
    let mut found: HashMap<i64, KeySoftwareSummary> = HashMap::new();
    let text = "SELECT s.profile_seq, s.state, k.name FROM key_software_state s \
                JOIN key_software k ON k.seq = s.key_seq WHERE s.profile_seq";
    let mut names: BTreeMap<(i64, State), Vec<String>> = BTreeMap::new();
    for row in sql::rows_in(db.reads(), text, profiles.into_iter().map(Into::into).collect()).await? {
        let Some(state) = State::from_code(&row.try_get::<String>("", "state")?) else { continue };
        names.entry((row.try_get("", "profile_seq")?, state)).or_default().push(row.try_get("", "name")?);
    }
    for ((profile, state), mut names) in names {
        names.sort_by_key(|name| name.to_lowercase());
        let of = found.entry(profile).or_default();
        match state {
            State::Present => of.present = u32::try_from(names.len()).unwrap_or(u32::MAX),
            State::Old => of.old = names,
            State::Absent => of.absent = names,
        }
    }
    Ok(found)
}

/// How an equipment stands to the list now, by name. None: there is no such equipment within the scope.
pub async fn of_equipment(
    db: &Database,
    granted: &Granted,
    id: EquipmentId,
) -> Result<Option<Vec<KeySoftwareOfMachine>>, DbErr> {
    let Some(row) = detail::row(db.reads(), granted, id).await? else { return Ok(None) };
    let watched = all(db.reads()).await?;
    let Some(inventory) = row.inventory_seq.filter(|_| !watched.is_empty()) else { return Ok(Some(Vec::new())) };
    let software = super::super::store::read(db.reads(), inventory, &[]).await?;
    if software.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let text = |field: &'_ Option<String>| field.as_deref().unwrap_or_default().to_owned();
    let met: Vec<[String; 4]> =
        software.iter().map(|it| [&it.name, &it.publisher, &it.version, &it.source].map(text)).collect();
    let met = || met.iter().map(|[name, publisher, version, source]| Met { name, publisher, version, source });
    let stands = |key: Model| {
        let watched = Watched::of(&key);
        let verdicts: Vec<(bool, Met<'_>)> = met().filter_map(|it| Some((watched.verdict(it)?, it))).collect();
        let best = verdicts.iter().copied().max_by(|a, b| matching::better(*a, *b)).map(|(_, met)| met);
        KeySoftwareOfMachine {
            id: key.id,
            name: key.name,
            state: matching::state(verdicts.iter().map(|(good, _)| *good)),
            title: best.map(|it| it.name.to_owned()).unwrap_or_default(),
            version: best.map(|it| it.version.to_owned()).unwrap_or_default(),
            lowest_version: key.lowest_version,
            note: key.note,
        }
    };
    let concerned = watched.into_iter().filter(|key| Watched::of(key).concerns(&row.os_family));
    Ok(Some(concerned.map(stands).collect()))
}

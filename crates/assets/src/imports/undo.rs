//! Undoing an import as a whole: what it made is deleted, unless someone worked on it since; what it changed goes back to
//! what it was, field by field, where it still is as the import left it.

use std::collections::{BTreeMap, HashSet};

use sea_orm::{DbErr, EntityTrait as _, QuerySelect as _};
use serde::{Deserialize, Serialize};
use vigie_db::{
    Database, Tx,
    paging::{Key, Listed, Page, Place, RowId, Total},
};
use vigie_kernel::{Act, Granted, ImportId, UserId};

use super::{
    Failure, Import,
    life::{audit, counts, store},
    view,
};
use crate::{
    entity::{equipment::Model, import},
    equipment::{ChangeError, EquipmentRef, change, detail, life, taken},
    sql,
};

/// Changes that one transaction undoes.
const STEP: usize = 200;

/// What an import did to one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Changed {
    /// What it was; none: not there.
    pub(super) before: Option<String>,
    /// What it became.
    pub(super) after: Option<String>,
    /// Whether it was locked before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) locked: bool,
}

/// Fields that an import changed, by their names; those of one's own with `custom:` in front.
pub(super) type Fields = BTreeMap<String, Changed>;

/// The fields of a row that have a value of their own.
const PLAIN: [&str; 8] =
    ["status", "location", "person", "asset_number", "supplier", "notes", "purchase_date", "warranty_end"];

fn plain(row: &Model, field: &str) -> Option<String> {
    let text = |text: &String| Some(text.clone());
    match field {
        "status" => text(&row.status),
        "location" => text(&row.location),
        "person" => text(&row.person),
        "asset_number" => text(&row.asset_number),
        "supplier" => text(&row.supplier),
        "notes" => text(&row.notes),
        "purchase_date" => row.purchase_date.clone(),
        "warranty_end" => row.warranty_end.clone(),
        _ => None,
    }
}

fn set_plain(row: &mut Model, field: &str, value: Option<String>) {
    let text = value.clone().unwrap_or_default();
    match field {
        "status" => row.status = text,
        "location" => row.location = text,
        "person" => row.person = text,
        "asset_number" => row.asset_number = text,
        "supplier" => row.supplier = text,
        "notes" => row.notes = text,
        "purchase_date" => row.purchase_date = value,
        "warranty_end" => row.warranty_end = value,
        _ => {}
    }
}

fn custom(row: &Model) -> BTreeMap<String, String> {
    serde_json::from_str(&row.custom_fields).unwrap_or_default()
}

/// What an import makes of a row, as it is remembered.
pub(super) fn difference(before: &Model, after: &Model) -> Fields {
    let mut fields = Fields::new();
    let mut add = |name: String, before: Option<String>, after: Option<String>, locked| {
        if before != after {
            fields.insert(name, Changed { before, after, locked });
        }
    };
    let locks = taken::locks(before);
    let (mut old, mut new) = (before.clone(), after.clone());
    for name in taken::FIELDS {
        let values = (taken::field(&mut old, name).cloned(), taken::field(&mut new, name).cloned());
        add((*name).to_owned(), values.0, values.1, locks.iter().any(|lock| lock.field == *name));
    }
    for name in PLAIN {
        add(name.to_owned(), plain(before, name), plain(after, name), false);
    }
    let customer = |row: &Model| Some(row.customer_id.to_string());
    add("customer_id".to_owned(), customer(before), customer(after), false);
    let (old, new) = (custom(before), custom(after));
    for name in old.keys().chain(new.keys()) {
        add(format!("custom:{name}"), old.get(name).cloned(), new.get(name).cloned(), false);
    }
    fields
}

/// Sets back what is as the import left it; answers whether that was everything.
async fn set_back(tx: &Tx, granted: &Granted, row: &mut Model, fields: &Fields) -> Result<bool, DbErr> {
    let mut whole = true;
    let mut own = custom(row);
    for (name, changed) in fields {
        if let Some(name) = name.strip_prefix("custom:") {
            if own.get(name) != changed.after.as_ref() {
                whole = false;
            } else if let Some(before) = &changed.before {
                own.insert(name.to_owned(), before.clone());
            } else {
                own.remove(name);
            }
        } else if name == "customer_id" {
            let there = changed.before.as_deref().and_then(|it| it.parse().ok());
            let there = match there.filter(|_| changed.after == Some(row.customer_id.to_string())) {
                Some(id) => vigie_db::owners::customer(tx, id, granted.scope()).await?,
                None => None,
            };
            match there {
                Some(customer) => row.customer_id = customer.id,
                None => whole = false,
            }
        } else if taken::FIELDS.contains(&name.as_str()) {
            whole &= set_back_lockable(row, name, changed);
        } else if plain(row, name) == changed.after {
            set_plain(row, name, changed.before.clone());
        } else {
            whole = false;
        }
    }
    if fields.keys().any(|it| it.starts_with("custom:")) {
        row.custom_fields = serde_json::to_string(&own).unwrap_or_default();
    }
    Ok(whole)
}

/// A field that agents bring, too: without the import's lock it is what the agent says by now.
fn set_back_lockable(row: &mut Model, name: &str, changed: &Changed) -> bool {
    let mut locks = taken::locks(row);
    let Some(field) = taken::field(row, name) else { return false };
    if Some(&*field) != changed.after.as_ref() {
        return false;
    }
    let before = changed.before.clone().unwrap_or_default();
    match locks.iter().position(|lock| lock.field == name) {
        Some(at) if !changed.locked => {
            let lock = locks.remove(at);
            *field = if lock.agent_value.is_empty() { before } else { lock.agent_value };
        }
        Some(at) => {
            locks[at].value.clone_from(&before);
            *field = before;
        }
        None => *field = before,
    }
    taken::set_locks(row, &locks);
    true
}

/// A change that is to be undone.
struct Change {
    line: i64,
    id: vigie_kernel::EquipmentId,
    created: bool,
    revision: i64,
    fields: Fields,
}

/// Undoes the next changes, the last ones first. Answers whether there were any.
pub async fn step(db: &Database, granted: Granted, act: Act, id: ImportId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let text = format!(
                "SELECT line, equipment_id, created, revision, fields FROM import_change \
                 WHERE import_id = $1 AND outcome IS NULL ORDER BY line DESC LIMIT {STEP}"
            );
            let mut changes = Vec::new();
            for row in sql::rows(tx, &text, vec![id.into()]).await? {
                changes.push(Change {
                    line: row.try_get("", "line")?,
                    id: row.try_get("", "equipment_id")?,
                    created: row.try_get("", "created")?,
                    revision: row.try_get("", "revision")?,
                    fields: super::json("import", &row.try_get::<String>("", "fields")?)?,
                });
            }
            let attached = attached(tx, &changes).await?;
            let (mut undone, mut kept) = (0_i64, 0_i64);
            // In one order everywhere: others may change the same.
            changes.sort_by_key(|it| it.id);
            for change in &changes {
                let outcome = undo(tx, &granted, &act, change, attached.contains(&change.id)).await?;
                *(if outcome == "undone" { &mut undone } else { &mut kept }) += 1;
                let text = "UPDATE import_change SET outcome = $1 WHERE import_id = $2 AND line = $3";
                sql::execute(tx, text, vec![outcome.into(), id.into(), change.line.into()]).await?;
            }
            let text = "UPDATE import SET undone = undone + $1, kept = kept + $2 WHERE id = $3";
            sql::execute(tx, text, vec![undone.into(), kept.into(), id.into()]).await?;
            Ok(!changes.is_empty())
        })
    })
    .await
}

async fn attached(tx: &Tx, changes: &[Change]) -> Result<HashSet<vigie_kernel::EquipmentId>, DbErr> {
    let made = changes.iter().filter(|it| it.created).map(|it| it.id.into()).collect();
    let rows = sql::rows_in(tx, "SELECT equipment_id FROM attachment WHERE equipment_id", made).await?;
    rows.iter().map(|row| row.try_get("", "equipment_id")).collect()
}

async fn undo(tx: &Tx, granted: &Granted, act: &Act, done: &Change, attached: bool) -> Result<&'static str, DbErr> {
    let Some(mut row) = detail::row(tx, granted, done.id).await? else { return Ok("gone") };
    if row.deleted_at.is_some() {
        return Ok(if done.created { "undone" } else { "deleted" });
    }
    if done.created {
        if row.inventory_seq.is_some() {
            return Ok("has-agent");
        } else if row.revision != done.revision || attached {
            return Ok("changed-since");
        }
        return match life::delete_in(tx, granted, act, done.id).await {
            Ok(()) => Ok("undone"),
            Err(ChangeError::Database(error)) => Err(error),
            Err(_) => Ok("changed-since"),
        };
    }
    let before = row.clone();
    let whole = set_back(tx, granted, &mut row, &done.fields).await?;
    taken::refresh_keys(&mut row);
    if row != before {
        change::save(tx, &mut row, act).await?;
        change::audit(tx, act, "equipment.undo", &row, &change::difference(&before, &row));
    }
    Ok(if whole { "undone" } else { "changed-since" })
}

/// Every change was looked at.
pub async fn done(db: &Database, act: Act, id: ImportId) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let Some(mut row) = import::Entity::find_by_id(id).lock_exclusive().one(tx).await? else { return Ok(()) };
            if row.state != super::State::Undoing.as_str() {
                return Ok(());
            }
            super::State::Undone.as_str().clone_into(&mut row.state);
            row.undone_at = Some(act.at);
            store(tx, &row).await?;
            let mut told = counts(&row);
            (told["undone"], told["kept"]) = (row.undone.into(), row.kept.into());
            audit(tx, &act, "import.undo", &row, told);
            Ok(())
        })
    })
    .await
}

/// It cannot be undone: it stays as it is, and says why.
pub async fn give_up(db: &Database, id: ImportId, failure: &Failure) -> Result<(), DbErr> {
    let error = serde_json::to_string(failure).unwrap_or_default();
    db.write(move |tx| {
        Box::pin(async move {
            let text = "UPDATE import SET state = 'failed', error = $1 WHERE id = $2 AND state = 'undoing'";
            sql::execute(tx, text, vec![error.into(), id.into()]).await.map(drop)
        })
    })
    .await
}

/// An equipment of which undoing left something as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportKept))]
pub struct Kept {
    /// The line that made or changed it.
    pub line: i64,
    /// The equipment; null where it is gone, or not the caller's.
    pub equipment: Option<EquipmentRef>,
    /// `changed-since`, `has-agent`, `deleted` or `gone`.
    pub reason: String,
}

/// What undoing left as it is, by line. None: no such import.
pub async fn kept(
    db: &Database,
    granted: &Granted,
    user: UserId,
    id: ImportId,
    page: &Page,
) -> Result<Option<Listed<Kept>>, DbErr> {
    let Some(import) = super::get(db, granted, user, id).await? else { return Ok(None) };
    let after = match &page.after {
        Some(Place { key: Key::Number(line), .. }) => *line,
        _ => -1,
    };
    let text = "SELECT line, equipment_id, outcome FROM import_change WHERE import_id = $1 AND line > $2 \
                AND outcome <> 'undone' ORDER BY line LIMIT $3";
    let limit = i64::try_from(page.limit + 1).unwrap_or(i64::MAX);
    let rows = sql::rows(db.reads(), text, vec![id.into(), after.into(), limit.into()]).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let found = detail::row(db.reads(), granted, row.try_get("", "equipment_id")?).await?;
        items.push(Kept {
            line: row.try_get("", "line")?,
            equipment: found.map(|it| EquipmentRef { id: it.id, name: it.name }),
            reason: row.try_get("", "outcome")?,
        });
    }
    let total = Total::exact(u64::try_from(import.kept).unwrap_or(0));
    Ok(Some(Listed::cut(items, page, total, |it| Place { key: Key::Number(it.line), id: RowId::Number(it.line) })))
}

/// An import as it is now, for whoever waits until it is undone. None: it is gone.
pub async fn look(db: &Database, id: ImportId) -> Result<Option<Import>, DbErr> {
    import::Entity::find_by_id(id).one(db.reads()).await?.map(view).transpose()
}

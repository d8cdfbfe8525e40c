//! The list of key software, as people change it.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _,
};
use vigie_db::{Database, Tx, owners};
use vigie_kernel::{Act, AuditEntry, Granted, KeySoftwareId, Scope};

use super::{Counts, KeySoftware, KeySoftwareFields, KeySoftwareMatch, PLATFORMS, matching::Pattern, states::view};
use crate::{
    entity::key_software::{Column, Entity, Model},
    sql,
};

/// Most programs that are watched for.
pub const MOST: u64 = 100;
/// Titles that are shown of those that a pattern finds.
const SHOWN: usize = 50;

/// Why a key software is not stored.
#[derive(Debug, thiserror::Error)]
pub enum KeySoftwareError {
    /// There is none of that id.
    #[error("there is no such key software")]
    NotFound,
    /// Somebody changed it meanwhile.
    #[error("somebody changed it meanwhile")]
    Stale,
    /// Another one has that name.
    #[error("the name is taken")]
    NameTaken,
    /// A value does not fit.
    #[error("{0}: {1}")]
    Invalid(&'static str, &'static str),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Trimmed, and as long as may be.
fn text(field: &'static str, value: &str, most: usize) -> Result<String, KeySoftwareError> {
    let value = value.trim();
    if value.chars().count() > most {
        return Err(KeySoftwareError::Invalid(field, "is too long"));
    }
    if value.chars().any(|c| c.is_control() && c != '\n') {
        return Err(KeySoftwareError::Invalid(field, "has a control character"));
    }
    Ok(value.to_owned())
}

fn checked(fields: KeySoftwareFields) -> Result<KeySoftwareFields, KeySoftwareError> {
    use KeySoftwareError::Invalid;
    let fields = KeySoftwareFields {
        name: text("name", &fields.name, 100)?,
        pattern: text("pattern", &fields.pattern, 200)?,
        publisher: text("publisher", &fields.publisher, 200)?,
        platform: fields.platform,
        lowest_version: text("lowest_version", &fields.lowest_version, 100)?,
        note: text("note", &fields.note, 2_000)?,
        revision: fields.revision,
    };
    if fields.name.is_empty() {
        return Err(Invalid("name", "is empty"));
    }
    if !fields.pattern.contains(|c: char| c != '*') {
        return Err(Invalid("pattern", "is empty"));
    }
    if !fields.platform.is_empty() && !PLATFORMS.contains(&fields.platform.as_str()) {
        return Err(Invalid("platform", "is windows, linux, macos or empty"));
    }
    Ok(fields)
}

/// All machines are to be looked at again.
async fn next_generation(tx: &Tx) -> Result<(), DbErr> {
    let text = "INSERT INTO key_software_list (id, generation) VALUES (1, 1) \
                ON CONFLICT (id) DO UPDATE SET generation = key_software_list.generation + 1";
    sql::execute(tx, text, vec![]).await?;
    Ok(())
}

fn audit(tx: &Tx, act: &Act, action: &'static str, row: &Model) {
    let detail = serde_json::json!({
        "pattern": row.pattern,
        "publisher": row.publisher,
        "platform": row.platform,
        "lowest_version": row.lowest_version,
    });
    let entry = AuditEntry::new(act.at, &act.actor, action, "key-software").object(row.id, &row.name).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
}

async fn free(tx: &Tx, name: &str, own: Option<KeySoftwareId>) -> Result<(), KeySoftwareError> {
    match Entity::find().filter(Column::NameKey.eq(name.to_lowercase())).one(tx).await? {
        Some(row) if own != Some(row.id) => Err(KeySoftwareError::NameTaken),
        _ => Ok(()),
    }
}

/// Adds a program to the list.
pub async fn create(
    db: &Database,
    _granted: Granted,
    act: Act,
    fields: KeySoftwareFields,
) -> Result<KeySoftware, KeySoftwareError> {
    let fields = checked(fields)?;
    db.write(move |tx| {
        Box::pin(async move {
            if Entity::find().count(tx).await? >= MOST {
                return Err(KeySoftwareError::Invalid("name", "there are 100 already"));
            }
            free(tx, &fields.name, None).await?;
            let row = crate::entity::key_software::ActiveModel {
                id: Set(KeySoftwareId::new(act.at, &*act.rng)),
                name_key: Set(fields.name.to_lowercase()),
                name: Set(fields.name),
                pattern: Set(fields.pattern),
                publisher: Set(fields.publisher),
                platform: Set(fields.platform),
                lowest_version: Set(fields.lowest_version),
                note: Set(fields.note),
                revision: Set(1),
                created_at: Set(act.at),
                updated_at: Set(act.at),
                ..Default::default()
            };
            let seq = Entity::insert(row).exec(tx).await?.last_insert_id;
            let row = Entity::find_by_id(seq).one(tx).await?.ok_or(KeySoftwareError::NotFound)?;
            next_generation(tx).await?;
            audit(tx, &act, "key-software.create", &row);
            Ok(view(row, Counts::default()))
        })
    })
    .await
}

/// Changes a program of the list. Machines are looked at again where what is looked for changed.
pub async fn change(
    db: &Database,
    _granted: Granted,
    act: Act,
    id: KeySoftwareId,
    fields: KeySoftwareFields,
) -> Result<KeySoftware, KeySoftwareError> {
    let fields = checked(fields)?;
    let seq = db
        .write(move |tx| {
            Box::pin(async move {
                let found = Entity::find().filter(Column::Id.eq(id)).one(tx).await?;
                let row = found.ok_or(KeySoftwareError::NotFound)?;
                if fields.revision.is_some_and(|seen| seen != row.revision) {
                    return Err(KeySoftwareError::Stale);
                }
                free(tx, &fields.name, Some(id)).await?;
                let asked = |row: &Model| {
                    let asks = [&row.pattern, &row.publisher, &row.platform, &row.lowest_version];
                    asks.map(String::clone)
                };
                let (before, revision) = (asked(&row), row.revision);
                let mut active = row.into_active_model();
                active.name_key = Set(fields.name.to_lowercase());
                active.name = Set(fields.name);
                active.pattern = Set(fields.pattern);
                active.publisher = Set(fields.publisher);
                active.platform = Set(fields.platform);
                active.lowest_version = Set(fields.lowest_version);
                active.note = Set(fields.note);
                active.revision = Set(revision + 1);
                active.updated_at = Set(act.at);
                let row = active.update(tx).await?;
                if asked(&row) != before {
                    next_generation(tx).await?;
                }
                audit(tx, &act, "key-software.change", &row);
                Ok(row.seq)
            })
        })
        .await?;
    let row = Entity::find_by_id(seq).one(db.reads()).await?.ok_or(KeySoftwareError::NotFound)?;
    let counts = super::counts(db, Scope::All, None).await?.remove(&seq).unwrap_or_default();
    Ok(view(row, counts))
}

/// Takes a program from the list. False: there is none of that id.
pub async fn delete(db: &Database, _granted: Granted, act: Act, id: KeySoftwareId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let Some(row) = Entity::find().filter(Column::Id.eq(id)).one(tx).await? else { return Ok(false) };
            audit(tx, &act, "key-software.delete", &row);
            sql::execute(tx, "DELETE FROM key_software_state WHERE key_seq = $1", vec![row.seq.into()]).await?;
            Entity::delete_by_id(row.seq).exec(tx).await?;
            Ok(true)
        })
    })
    .await
}

/// The titles on machines within the scope that a pattern means, by name: the first fifty.
pub async fn matches(
    db: &Database,
    granted: &Granted,
    pattern: &str,
    publisher: &str,
) -> Result<Vec<KeySoftwareMatch>, KeySoftwareError> {
    let fields = KeySoftwareFields {
        name: "-".to_owned(),
        pattern: pattern.to_owned(),
        publisher: publisher.to_owned(),
        ..KeySoftwareFields::default()
    };
    let fields = checked(fields)?;
    let (name, of) = (Pattern::new(&fields.pattern), Pattern::new(&fields.publisher));
    let (within, mut values) = owners::within_sql("COALESCE(e.customer_id, i.customer_id)", granted.scope(), 2);
    values.insert(0, name.like().into());
    let seen = match granted.scope() {
        Scope::All => "t.machines > 0".to_owned(),
        Scope::Assigned(_) => format!(
            "EXISTS (SELECT 1 FROM software_version v JOIN software_set_member m ON m.version_seq = v.seq \
             JOIN inventory_software h ON h.set_seq = m.set_seq JOIN inventory i ON i.seq = h.inventory_seq \
             LEFT JOIN equipment e ON e.id = i.equipment_id WHERE v.title_seq = t.seq AND i.counted AND {within})"
        ),
    };
    let text = format!(
        "SELECT t.name, t.publisher FROM software_title t WHERE t.name_key LIKE $1 ESCAPE '\\' AND {seen} \
         ORDER BY t.name_key, t.seq LIMIT 1000"
    );
    let rows = sql::rows(db.reads(), &text, values).await?;
    let titles = rows
        .iter()
        .map(|row| Ok(KeySoftwareMatch { name: row.try_get("", "name")?, publisher: row.try_get("", "publisher")? }));
    let titles = titles.collect::<Result<Vec<_>, DbErr>>()?;
    Ok(titles.into_iter().filter(|it| of.fits(&it.publisher)).take(SHOWN).collect())
}

//! Exports: a list written to a file in the background, found again under the bell. Here are the table and the rows;
//! files are written by the server's worker.

pub mod rows;

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use vigie_db::Database;
use vigie_kernel::{Act, AuditEntry, ExportId, Granted, Timestamp, UserId};

use crate::{
    entity::export::{ActiveModel, Column, Entity, Model},
    sql,
};

/// For how long a finished export is kept.
pub const KEPT: std::time::Duration = std::time::Duration::from_hours(24);
/// Most exports that a user has at a time.
pub const MOST: u64 = 50;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum List {
    /// Equipment.
    Equipment,
    /// Pending equipment.
    Pending,
    /// Software titles.
    Software,
    /// Machines that have a title.
    SoftwareMachines,
}

/// Which kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated values (RFC 4180), UTF-8.
    Csv,
    /// Office Open XML workbook.
    Xlsx,
    /// A JSON array of what the list's API answers.
    Json,
}

impl Format {
    /// What the file's name ends with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }
}

/// What an export is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Which list.
    pub list: List,
    /// The list's filter: members as in its address.
    pub filter: serde_json::Value,
    /// What it is sorted by; empty: as the list is by itself.
    pub sort: String,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Wanted {
    fn filter<T: DeserializeOwned>(&self) -> Result<T, DbErr> {
        T::deserialize(&self.filter).map_err(|error| crate::pack::damaged("filter", error))
    }
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Export {
    /// Id.
    pub id: ExportId,
    /// Which list.
    pub list: List,
    /// Which kind of file.
    pub format: Format,
    /// `running`, `done` or `failed`.
    pub state: String,
    /// Rows written.
    pub rows_done: i64,
    /// Rows that there will be; absent while they are counted.
    pub rows_total: Option<i64>,
    /// Name under which the file is offered.
    pub file_name: String,
    /// Size of the file; absent until it is done.
    pub bytes: Option<i64>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why it failed, for people.
    pub error: Option<String>,
    /// What it is of.
    #[serde(skip)]
    pub wanted: Wanted,
}

fn view(row: Model) -> Result<Export, DbErr> {
    let wanted: Wanted = serde_json::from_str(&row.query).map_err(|error| crate::pack::damaged("export", error))?;
    let format: Format =
        serde_json::from_value(row.format.clone().into()).map_err(|error| crate::pack::damaged("export", error))?;
    let day = row.created_at.to_string().chars().take(10).collect::<String>();
    Ok(Export {
        id: row.id,
        list: wanted.list,
        format,
        state: row.state,
        rows_done: row.rows_done,
        rows_total: row.rows_total,
        file_name: format!("{}-{day}.{}", row.list, format.extension()),
        bytes: row.bytes,
        created_at: row.created_at,
        finished_at: row.finished_at,
        error: row.error,
        wanted,
    })
}

/// Takes note of an export that is to be made.
pub async fn create(db: &Database, act: Act, user: UserId, format: Format, wanted: Wanted) -> Result<Export, DbErr> {
    let id = ExportId::new(act.at, &*act.rng);
    let code = |value| serde_json::to_value(value).ok().and_then(|it| it.as_str().map(str::to_owned));
    let row = Model {
        id,
        user_id: user,
        list: code(wanted.list).unwrap_or_default(),
        format: format.extension().to_owned(),
        query: serde_json::to_string(&wanted).unwrap_or_default(),
        state: "running".to_owned(),
        rows_done: 0,
        rows_total: None,
        bytes: None,
        error: None,
        created_at: act.at,
        finished_at: None,
    };
    let shown = view(row.clone())?;
    db.write(move |tx| {
        Box::pin(async move {
            let name = row.list.clone();
            let detail = row.query.clone();
            Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "export.create", "export").object(id, &name).detail(detail);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok::<_, DbErr>(())
        })
    })
    .await?;
    Ok(shown)
}

/// A user's exports, newest first.
pub async fn list(db: &Database, _granted: &Granted, user: UserId) -> Result<Vec<Export>, DbErr> {
    let select = Entity::find().filter(Column::UserId.eq(user)).order_by_desc(Column::CreatedAt).limit(MOST);
    select.all(db.reads()).await?.into_iter().map(view).collect()
}

/// One export of a user.
pub async fn get(db: &Database, _granted: &Granted, user: UserId, id: ExportId) -> Result<Option<Export>, DbErr> {
    Entity::find_by_id(id).filter(Column::UserId.eq(user)).one(db.reads()).await?.map(view).transpose()
}

/// Forgets an export of a user. Answers whether there was one; whoever is writing it notices and stops.
pub async fn delete(db: &Database, act: Act, user: UserId, id: ExportId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let gone = Entity::delete_by_id(id).filter(Column::UserId.eq(user)).exec(tx).await?.rows_affected > 0;
            if gone {
                let entry = AuditEntry::new(act.at, &act.actor, "export.delete", "export").object(id, "");
                vigie_db::audit::append(tx, &*act.rng, entry);
            }
            Ok(gone)
        })
    })
    .await
}

/// How far one is. Answers whether it is still wanted.
pub async fn progress(db: &Database, id: ExportId, done: i64, total: Option<i64>) -> Result<bool, DbErr> {
    let change = ActiveModel { rows_done: Set(done), rows_total: Set(total), ..Default::default() };
    set(db, id, change).await
}

/// It ended: with a file of so many bytes, or with a reason.
pub async fn finish(
    db: &Database,
    id: ExportId,
    rows: i64,
    result: Result<i64, String>,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let mut change = ActiveModel { rows_done: Set(rows), finished_at: Set(Some(now)), ..Default::default() };
    match result {
        Ok(bytes) => {
            change.state = Set("done".to_owned());
            change.bytes = Set(Some(bytes));
            change.rows_total = Set(Some(rows));
        }
        Err(reason) => {
            change.state = Set("failed".to_owned());
            change.error = Set(Some(reason));
        }
    }
    set(db, id, change).await
}

async fn set(db: &Database, id: ExportId, change: ActiveModel) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let done = Entity::update_many().set(change).filter(Column::Id.eq(id)).exec(tx).await?;
            Ok(done.rows_affected > 0)
        })
    })
    .await
}

/// At start: what was being written when the server stopped will not be finished.
pub async fn interrupt_all(db: &Database, now: Timestamp) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let text = "UPDATE export SET state = 'failed', error = 'The server stopped.', finished_at = $1 \
                        WHERE state = 'running'";
            sql::execute(tx, text, vec![now.into()]).await?;
            Ok(())
        })
    })
    .await
}

/// Forgets exports that are past their time. Answers which.
pub async fn expire(db: &Database, now: Timestamp) -> Result<Vec<ExportId>, DbErr> {
    let before = now.minus(KEPT);
    db.write(move |tx| {
        Box::pin(async move {
            let text = "DELETE FROM export WHERE created_at < $1 AND state <> 'running' RETURNING id";
            sql::rows(tx, text, vec![before.into()]).await?.iter().map(|row| row.try_get("", "id")).collect()
        })
    })
    .await
}

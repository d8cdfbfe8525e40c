//! An import's life in the table: it comes, begins, ends, is undone and forgotten. Whoever stops one takes its row, so that
//! the step at hand is whole or not at all.

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use vigie_db::{
    Database, Tx,
    paging::{self, Key, Listed, Page, Place, RowId},
};
use vigie_kernel::{Act, Actor, AuditEntry, Granted, ImportId, NodeId, Scope, Timestamp, UserId};

use super::{
    FILE_KEPT, Failure, Import, ImportError, KEPT, MOST_FILES, Options, State, Warning, columns, preview::Preview,
    read::Format, view,
};
use crate::{
    entity::import::{Column, Entity, Model},
    sql,
};

/// A file that came.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// Its id: the file lies under it.
    pub id: ImportId,
    /// Who brought it.
    pub user: UserId,
    /// The node that it lies on.
    pub node: NodeId,
    /// Its name.
    pub file_name: String,
    /// Its size.
    pub bytes: u64,
    /// What it turned out to be.
    pub preview: Preview,
    /// How it is read.
    pub options: Options,
    /// Whether it begins at once, and then whether nothing is to be changed.
    pub begin: Option<bool>,
}

/// Whose imports the caller sees: their own; all, who sees all customers.
fn visible(granted: &Granted, user: UserId) -> Condition {
    match granted.scope() {
        Scope::All => Condition::all(),
        Scope::Assigned(_) => Condition::all().add(Column::UserId.eq(user)),
    }
}

async fn check_options(tx: &Tx, granted: &Granted, columns: &[String], options: &Options) -> Result<(), ImportError> {
    columns::targets(columns, options.mapping.as_ref())?;
    if let Some(customer) = options.customer_id {
        vigie_db::owners::customer(tx, customer, granted.scope()).await?.ok_or(ImportError::Customer)?;
    }
    Ok(())
}

/// Takes note of a file that came.
pub async fn create(db: &Database, granted: Granted, act: Act, new: NewImport) -> Result<Import, ImportError> {
    let columns: Vec<String> = new.preview.columns.iter().map(|it| it.name.clone()).collect();
    let row = Model {
        id: new.id,
        user_id: new.user,
        actor_name: act.actor.name.clone(),
        source_address: act.actor.source_address.clone().unwrap_or_default(),
        node_id: new.node,
        file_name: new.file_name,
        format: if new.preview.format == Format::Xlsx { "xlsx" } else { "csv" }.to_owned(),
        bytes: i64::try_from(new.bytes).unwrap_or(i64::MAX),
        columns: serde_json::to_string(&columns).unwrap_or_default(),
        preview: serde_json::to_string(&new.preview).unwrap_or_default(),
        options: serde_json::to_string(&new.options).unwrap_or_default(),
        dry_run: new.begin == Some(true),
        state: if new.begin.is_some() { State::Waiting } else { State::Draft }.as_str().to_owned(),
        lines_total: None,
        lines_read: 0,
        created: 0,
        changed: 0,
        unchanged: 0,
        refused: 0,
        warnings: serde_json::to_string(&new.preview.warnings).unwrap_or_default(),
        error: None,
        undone: 0,
        kept: 0,
        created_at: act.at,
        finished_at: None,
        undone_at: None,
    };
    let begins = new.begin.is_some();
    db.write(move |tx| {
        Box::pin(async move {
            if begins {
                check_options(tx, &granted, &columns, &new.options).await?;
            }
            let holding = Entity::find().filter(Column::UserId.eq(row.user_id)).filter(has_file());
            if holding.count(tx).await? >= MOST_FILES {
                return Err(ImportError::TooMany);
            }
            Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(tx).await?;
            let told = serde_json::json!({ "bytes": row.bytes, "format": row.format });
            audit(tx, &act, "import.create", &row, told);
            Ok(view(row)?)
        })
    })
    .await
}

pub(super) fn audit(tx: &Tx, act: &Act, action: &'static str, row: &Model, detail: serde_json::Value) {
    let entry = AuditEntry::new(act.at, &act.actor, action, "import").object(row.id, &row.file_name).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
}

/// Imports whose files are still there: everything but what was made.
fn has_file() -> Condition {
    Condition::any().add(Column::DryRun.eq(true)).add(Column::State.is_in(["draft", "waiting", "running"]))
}

/// The caller's imports, newest first; all, for who sees all customers.
pub async fn list(db: &Database, granted: &Granted, user: UserId, page: &Page) -> Result<Listed<Import>, DbErr> {
    let select = Entity::find().filter(visible(granted, user));
    let total = paging::count(db, select.clone(), false).await?;
    let rows = paging::page(select, Expr::col(Column::CreatedAt), Expr::col(Column::Id), page).all(db.reads()).await?;
    let place = |row: &Model| Place { key: Key::Number(row.created_at.millis()), id: RowId::Uuid(row.id.0) };
    let Listed { items, next, total } = Listed::cut(rows, page, total, place);
    Ok(Listed { items: items.into_iter().map(view).collect::<Result<_, _>>()?, next, total })
}

/// One import.
pub async fn get(db: &Database, granted: &Granted, user: UserId, id: ImportId) -> Result<Option<Import>, DbErr> {
    Entity::find_by_id(id).filter(visible(granted, user)).one(db.reads()).await?.map(view).transpose()
}

async fn seen(tx: &Tx, granted: &Granted, user: UserId, id: ImportId) -> Result<Model, ImportError> {
    // On PostgreSQL it stays as it is until the transaction ends; SQLite has one writer.
    let found = Entity::find_by_id(id).filter(visible(granted, user)).lock_exclusive().one(tx).await?;
    found.ok_or(ImportError::NotFound)
}

/// What the file of an import turned out to be when it came. None: no such import.
pub async fn first_preview(
    db: &Database,
    granted: &Granted,
    user: UserId,
    id: ImportId,
) -> Result<Option<Preview>, DbErr> {
    let found = Entity::find_by_id(id).filter(visible(granted, user)).one(db.reads()).await?;
    found.map(|row| super::json("preview", &row.preview)).transpose()
}

/// How an import is to be made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The file's columns, read so.
    pub columns: Vec<String>,
    /// How the file is read, and what becomes of its columns.
    pub options: Options,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
}

/// Has an import begin whose file is there: a draft, or one of which only a dry run was made.
pub async fn begin(
    db: &Database,
    granted: Granted,
    act: Act,
    user: UserId,
    id: ImportId,
    plan: Plan,
) -> Result<Import, ImportError> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut row = seen(tx, &granted, user, id).await?;
            match State::from_code(&row.state) {
                State::Draft => {}
                State::Done | State::Failed if row.dry_run => {}
                State::Waiting | State::Running | State::Undoing => return Err(ImportError::Running),
                State::Done | State::Failed | State::Undone => return Err(ImportError::Made),
            }
            check_options(tx, &granted, &plan.columns, &plan.options).await?;
            // Who begins it does it: with their rights, under their name.
            row.user_id = user;
            row.actor_name.clone_from(&act.actor.name);
            row.source_address = act.actor.source_address.clone().unwrap_or_default();
            row.columns = serde_json::to_string(&plan.columns).unwrap_or_default();
            row.options = serde_json::to_string(&plan.options).unwrap_or_default();
            row.dry_run = plan.dry_run;
            State::Waiting.as_str().clone_into(&mut row.state);
            (row.lines_total, row.lines_read, row.error, row.finished_at) = (None, 0, None, None);
            (row.created, row.changed, row.unchanged, row.refused) = (0, 0, 0, 0);
            let gone = "DELETE FROM import_refusal WHERE import_id = $1";
            sql::execute(tx, gone, vec![id.into()]).await?;
            store(tx, &row).await?;
            Ok(view(row)?)
        })
    })
    .await
}

pub(super) async fn store(tx: &Tx, row: &Model) -> Result<(), DbErr> {
    let mut change = row.clone().into_active_model().reset_all();
    change.id = sea_orm::ActiveValue::Unchanged(row.id);
    Entity::update(change).validate()?.exec_without_returning(tx).await?;
    Ok(())
}

/// Has an import undone, by `node`. One that goes on is stopped first. Again is no harm: what is being undone, or was, is
/// answered as it is.
pub async fn begin_undo(
    db: &Database,
    granted: Granted,
    act: Act,
    user: UserId,
    id: ImportId,
    node: NodeId,
) -> Result<Import, ImportError> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut row = seen(tx, &granted, user, id).await?;
            let state = State::from_code(&row.state);
            if matches!(state, State::Undoing | State::Undone) {
                return Ok(view(row)?);
            }
            if row.dry_run || !matches!(state, State::Done | State::Failed | State::Waiting | State::Running) {
                return Err(ImportError::NothingToUndo);
            }
            if row.created + row.changed == 0 && matches!(state, State::Done | State::Failed) {
                return Err(ImportError::NothingToUndo);
            }
            // While it goes on its own node notices, and undoes it when the last step is done.
            if matches!(state, State::Done | State::Failed) {
                row.node_id = node;
            }
            State::Undoing.as_str().clone_into(&mut row.state);
            row.user_id = user;
            row.actor_name.clone_from(&act.actor.name);
            row.source_address = act.actor.source_address.clone().unwrap_or_default();
            store(tx, &row).await?;
            Ok(view(row)?)
        })
    })
    .await
}

/// Forgets an import that does not go on, with its report: it cannot be undone any more.
pub async fn delete(db: &Database, granted: Granted, act: Act, user: UserId, id: ImportId) -> Result<(), ImportError> {
    let there = get(db, &granted, user, id).await?.ok_or(ImportError::NotFound)?;
    if matches!(there.state, State::Waiting | State::Running | State::Undoing) {
        return Err(ImportError::Running);
    }
    empty(db, id).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = seen(tx, &granted, user, id).await?;
            if matches!(State::from_code(&row.state), State::Waiting | State::Running | State::Undoing) {
                return Err(ImportError::Running);
            }
            Entity::delete_by_id(id).exec(tx).await?;
            audit(tx, &act, "import.delete", &row, counts(&row));
            Ok(())
        })
    })
    .await
}

/// Takes an import's report away, in steps.
async fn empty(db: &Database, id: ImportId) -> Result<(), DbErr> {
    for table in ["import_refusal", "import_change"] {
        loop {
            let text = format!(
                "DELETE FROM {table} WHERE import_id = $1 AND line IN \
                 (SELECT line FROM {table} WHERE import_id = $1 LIMIT 5000)"
            );
            let step = db.write(move |tx| {
                Box::pin(async move { Ok::<_, DbErr>(sql::execute(tx, &text, vec![id.into()]).await?.rows_affected()) })
            });
            if step.await? == 0 {
                break;
            }
        }
    }
    Ok(())
}

pub(super) fn counts(row: &Model) -> serde_json::Value {
    serde_json::json!({
        "lines": row.lines_read, "created": row.created, "changed": row.changed,
        "unchanged": row.unchanged, "refused": row.refused,
    })
}

/// What a node has to do next.
#[derive(Debug, Clone)]
pub struct Job {
    /// The import.
    pub import: Import,
    /// Who asked for it.
    pub user: UserId,
    /// The same for the audit trail.
    pub actor: Actor,
}

/// The oldest import that a node has to make or to undo.
pub async fn next(db: &Database, node: NodeId) -> Result<Option<Job>, DbErr> {
    let found = Entity::find()
        .filter(Column::State.is_in(["waiting", "running", "undoing"]))
        .filter(Column::NodeId.eq(node))
        .order_by_asc(Column::CreatedAt)
        .one(db.reads())
        .await?;
    let job = |row: Model| {
        let actor = Actor::person(row.user_id, &row.actor_name, row.source_address.clone());
        Ok(Job { user: row.user_id, actor, import: view(row)? })
    };
    found.map(job).transpose()
}

/// Nodes that have something to do.
pub async fn working_nodes(db: &Database) -> Result<Vec<NodeId>, DbErr> {
    let text = "SELECT DISTINCT node_id FROM import WHERE state IN ('waiting', 'running', 'undoing')";
    sql::rows(db.reads(), text, vec![]).await?.iter().map(|row| row.try_get("", "node_id")).collect()
}

/// A node is gone for good: `mine` undoes what it was undoing, and what it was making has failed, for its file is gone too.
pub async fn take_from(db: &Database, gone: NodeId, mine: NodeId, now: Timestamp) -> Result<(), DbErr> {
    let failure = Failure::new("node-gone", "The server that held the file is gone.");
    let error = serde_json::to_string(&failure).unwrap_or_default();
    db.write(move |tx| {
        Box::pin(async move {
            let undo = "UPDATE import SET node_id = $1 WHERE node_id = $2 AND state = 'undoing'";
            sql::execute(tx, undo, vec![mine.into(), gone.into()]).await?;
            let fail = "UPDATE import SET state = 'failed', error = $1, finished_at = $2 \
                        WHERE node_id = $3 AND state IN ('waiting', 'running')";
            sql::execute(tx, fail, vec![error.into(), now.into(), gone.into()]).await?;
            Ok(())
        })
    })
    .await
}

/// It ended early. What was done until then stays, and can be undone. One that is being undone is left alone.
pub async fn fail(db: &Database, act: Act, id: ImportId, failure: Failure) -> Result<(), DbErr> {
    finish(db, act, id, Some(failure)).await
}

/// It came to its end. One that is being undone by now is left alone.
pub async fn done(db: &Database, act: Act, id: ImportId) -> Result<(), DbErr> {
    finish(db, act, id, None).await
}

async fn finish(db: &Database, act: Act, id: ImportId, failure: Option<Failure>) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let going = Entity::find_by_id(id).filter(Column::State.is_in(["waiting", "running"])).lock_exclusive();
            let Some(mut row) = going.one(tx).await? else { return Ok(()) };
            let state = if failure.is_some() { State::Failed } else { State::Done };
            state.as_str().clone_into(&mut row.state);
            row.finished_at = Some(act.at);
            row.error = failure.as_ref().map(|it| serde_json::to_string(it).unwrap_or_default());
            store(tx, &row).await?;
            let mut told = counts(&row);
            told["dry_run"] = row.dry_run.into();
            if let Some(failure) = failure {
                told["error"] = failure.code.into();
            }
            audit(tx, &act, "import.run", &row, told);
            Ok(())
        })
    })
    .await
}

/// Whether a node must keep the file of an import.
pub async fn keeps_file(db: &Database, id: ImportId) -> Result<bool, DbErr> {
    Ok(Entity::find_by_id(id).filter(has_file()).one(db.reads()).await?.is_some())
}

/// Forgets imports that are past their time: files that were not imported, then what imports did.
pub async fn expire(db: &Database, now: Timestamp) -> Result<u64, DbErr> {
    let old = Condition::any()
        .add(Condition::all().add(has_file()).add(Column::CreatedAt.lt(now.minus(FILE_KEPT))))
        .add(Column::CreatedAt.lt(now.minus(KEPT)));
    let old = Condition::all().add(old).add(Column::State.is_not_in(["waiting", "running", "undoing"]));
    let rows = Entity::find().filter(old).limit(500).all(db.reads()).await?;
    let mut gone = 0;
    for row in rows {
        empty(db, row.id).await?;
        gone += db
            .write(move |tx| Box::pin(async move { Entity::delete_by_id(row.id).exec(tx).await }))
            .await?
            .rows_affected;
    }
    Ok(gone)
}

/// Stores what the first pass through a file found; a dry run, and one that did nothing yet, begins anew. Answers the lines
/// that were done already; none: it is not wanted any more.
pub async fn counted(db: &Database, id: ImportId, lines: i64, warnings: Vec<Warning>) -> Result<Option<i64>, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let going = Entity::find_by_id(id).filter(Column::State.is_in(["waiting", "running"])).lock_exclusive();
            let Some(mut row) = going.one(tx).await? else { return Ok(None) };
            if row.dry_run {
                let gone = "DELETE FROM import_refusal WHERE import_id = $1";
                sql::execute(tx, gone, vec![id.into()]).await?;
                (row.lines_read, row.created, row.changed, row.unchanged, row.refused) = (0, 0, 0, 0, 0);
            }
            State::Running.as_str().clone_into(&mut row.state);
            row.lines_total = Some(lines);
            row.warnings = serde_json::to_string(&warnings).unwrap_or_default();
            let read = row.lines_read;
            store(tx, &row).await?;
            Ok(Some(read))
        })
    })
    .await
}

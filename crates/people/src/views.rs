//! Views of lists that people save: a name for what stands in a list's address (filters, search, order, columns). A view is
//! only a query: whoever opens it sees what they may see, whoever made it.
//!
//! A view is its maker's own, or shared: then those see it who have a customer in common with its maker (who sees all
//! customers has one with everybody), so that two resellers' people do not meet in it. Only its maker and administrators
//! change it.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, Statement, Value,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, Action, AuditEntry, Role, SavedViewId, UserId};

use crate::{
    entity::saved_view::{ActiveModel, Column, Entity, Model},
    text,
};

/// Most views of one person on one page.
pub const MOST: u64 = 50;
/// Longest name, characters.
pub const LONGEST_NAME: usize = 60;
/// Longest query, bytes.
pub const LONGEST_QUERY: usize = 8_000;

/// A list of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = SavedViewPage)]
pub enum Page {
    /// Equipment.
    Equipment,
    /// Pending equipment.
    Pending,
    /// Software titles.
    Software,
    /// Customers' systems.
    Systems,
    /// Alerts.
    Alerts,
    /// Customers.
    Customers,
}

impl Page {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Equipment => "equipment",
            Self::Pending => "pending",
            Self::Software => "software",
            Self::Systems => "systems",
            Self::Alerts => "alerts",
            Self::Customers => "customers",
        }
    }

    fn from_code(code: &str) -> Self {
        let all = [Self::Pending, Self::Software, Self::Systems, Self::Alerts, Self::Customers];
        all.into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Equipment)
    }

    /// What opens the list.
    pub const fn action(self) -> Action {
        match self {
            Self::Equipment | Self::Pending | Self::Software => Action::EquipmentSee,
            Self::Systems | Self::Alerts => Action::DashboardSee,
            Self::Customers => Action::CustomersSee,
        }
    }
}

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    /// The person.
    pub user: UserId,
    /// What they are.
    pub role: Role,
}

impl Viewer {
    fn may_change(self, maker: UserId, shared: bool) -> bool {
        maker == self.user || shared && self.role == Role::Administrator
    }
}

/// A view to be saved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSavedView {
    /// Of which list.
    pub page: Page,
    /// Name, 1 to 60 characters, unique among one's own of that list.
    #[schema(max_length = 60)]
    pub name: String,
    /// What stands behind `?` in the console's address of the list.
    #[schema(max_length = 8000)]
    pub query: String,
    /// Whether others see it.
    #[serde(default)]
    pub shared: bool,
}

/// What a view is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedViewFields {
    /// Name.
    #[schema(max_length = 60)]
    pub name: String,
    /// What stands in the list's address.
    #[schema(max_length = 8000)]
    pub query: String,
    /// Whether others see it.
    pub shared: bool,
    /// What it was when it was read. Left out: whatever it is now.
    #[serde(default)]
    pub revision: Option<i64>,
}

/// A view of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedView {
    /// Id.
    pub id: SavedViewId,
    /// Of which list.
    pub page: Page,
    /// Name.
    pub name: String,
    /// What stands in the list's address.
    pub query: String,
    /// Whether others see it.
    pub shared: bool,
    /// Sign-in name of who made it.
    pub maker: String,
    /// Whether the caller made it.
    pub mine: bool,
    /// Whether the caller may change it.
    pub may_change: bool,
    /// Whether the list opens with it for the caller.
    pub is_default: bool,
    /// Changes with every change.
    pub revision: i64,
}

/// Why a view is not stored.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// There is none of that id that the caller sees.
    #[error("there is no such view")]
    NotFound,
    /// It is somebody else's.
    #[error("only its maker changes it")]
    NotAllowed,
    /// Somebody changed it meanwhile.
    #[error("somebody changed it meanwhile")]
    Stale,
    /// Another one has that name.
    #[error("the name is taken")]
    NameTaken,
    /// A value does not fit.
    #[error("{0}: {1}")]
    Invalid(&'static str, String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

fn checked(name: &str, query: &str) -> Result<(String, String), ViewError> {
    let name = text::word(name, LONGEST_NAME).map_err(|error| ViewError::Invalid("name", error.to_string()))?;
    let query = query.trim_start_matches('?');
    if query.len() > LONGEST_QUERY || !query.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ViewError::Invalid("query", "is the query of an address, at most 8,000 characters".to_owned()));
    }
    Ok((name, query.to_owned()))
}

/// The views that somebody sees: of one page, or the one of an id.
async fn seen<C: ConnectionTrait>(
    connection: &C,
    viewer: Viewer,
    condition: &str,
    value: Value,
) -> Result<Vec<SavedView>, DbErr> {
    let all_seeing = Role::ALL.into_iter().filter(|role| !role.is_assigned()).map(Role::as_str);
    let all_seeing: Vec<String> = all_seeing.map(|role| format!("'{role}'")).collect();
    let in_common = if viewer.role.is_assigned() {
        format!(
            "(u.role IN ({}) OR EXISTS (SELECT 1 FROM customer_seen a JOIN customer_seen b \
             ON b.customer_id = a.customer_id WHERE a.user_id = v.user_id AND b.user_id = $1))",
            all_seeing.join(",")
        )
    } else {
        "1 = 1".to_owned()
    };
    // The viewer first: SQLite numbers placeholders as they come.
    let text = format!(
        "SELECT v.id, v.page, v.name, v.query, v.shared, v.revision, v.user_id, u.login, d.view_id AS default_id \
         FROM saved_view v JOIN app_user u ON u.id = v.user_id \
         LEFT JOIN saved_view_default d ON d.user_id = $1 AND d.page = v.page AND d.view_id = v.id \
         WHERE {condition} AND (v.user_id = $1 OR (v.shared AND {in_common})) \
         ORDER BY CASE WHEN v.user_id = $1 THEN 0 ELSE 1 END, v.position, v.name_key, v.id LIMIT 200"
    );
    let statement =
        Statement::from_sql_and_values(connection.get_database_backend(), text, [viewer.user.0.into(), value]);
    connection
        .query_all_raw(statement)
        .await?
        .iter()
        .map(|row| {
            let (maker, shared): (UserId, bool) = (row.try_get("", "user_id")?, row.try_get("", "shared")?);
            Ok(SavedView {
                id: row.try_get("", "id")?,
                page: Page::from_code(&row.try_get::<String>("", "page")?),
                name: row.try_get("", "name")?,
                query: row.try_get("", "query")?,
                shared,
                maker: row.try_get("", "login")?,
                mine: maker == viewer.user,
                may_change: viewer.may_change(maker, shared),
                is_default: row.try_get::<Option<SavedViewId>>("", "default_id")?.is_some(),
                revision: row.try_get("", "revision")?,
            })
        })
        .collect()
}

/// The views of a page, one's own first; at most 200.
pub async fn list(db: &Database, viewer: Viewer, page: Page) -> Result<Vec<SavedView>, DbErr> {
    seen(db.reads(), viewer, "v.page = $2", page.as_str().into()).await
}

async fn one<C: ConnectionTrait>(connection: &C, viewer: Viewer, id: SavedViewId) -> Result<SavedView, ViewError> {
    seen(connection, viewer, "v.id = $2", id.0.into()).await?.pop().ok_or(ViewError::NotFound)
}

/// The page of a view that somebody sees.
pub async fn page_of(db: &Database, viewer: Viewer, id: SavedViewId) -> Result<Page, ViewError> {
    Ok(one(db.reads(), viewer, id).await?.page)
}

/// What others see is in the trail.
fn audit(tx: &Tx, act: &Act, action: &'static str, row: &Model) {
    let detail = serde_json::json!({ "page": row.page, "query": row.query, "shared": row.shared });
    let entry = AuditEntry::new(act.at, &act.actor, action, "saved-view").object(row.id, &row.name).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
}

async fn free(tx: &Tx, user: UserId, page: &str, name: &str, own: Option<SavedViewId>) -> Result<(), ViewError> {
    let same = Entity::find()
        .filter(Column::UserId.eq(user))
        .filter(Column::Page.eq(page))
        .filter(Column::NameKey.eq(text::key(name)));
    match same.one(tx).await? {
        Some(row) if own != Some(row.id) => Err(ViewError::NameTaken),
        _ => Ok(()),
    }
}

/// Saves a view, behind one's others.
pub async fn create(db: &Database, viewer: Viewer, act: Act, new: NewSavedView) -> Result<SavedView, ViewError> {
    let (name, query) = checked(&new.name, &new.query)?;
    db.write(move |tx| {
        Box::pin(async move {
            let page = new.page.as_str();
            let own = Entity::find().filter(Column::UserId.eq(viewer.user)).filter(Column::Page.eq(page));
            let count = own.count(tx).await?;
            if count >= MOST {
                return Err(ViewError::Invalid("name", "there are 50 already".to_owned()));
            }
            free(tx, viewer.user, page, &name, None).await?;
            let row = Model {
                id: SavedViewId::new(act.at, &*act.rng),
                user_id: viewer.user,
                page: page.to_owned(),
                name_key: text::key(&name),
                name,
                query,
                shared: new.shared,
                position: act.at.millis(),
                revision: 1,
                created_at: act.at,
                updated_at: act.at,
            };
            let id = row.id;
            if row.shared {
                audit(tx, &act, "saved-view.create", &row);
            }
            Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
            one(tx, viewer, id).await
        })
    })
    .await
}

/// The row of a view that somebody may change.
async fn changeable(tx: &Tx, viewer: Viewer, id: SavedViewId) -> Result<Model, ViewError> {
    let view = one(tx, viewer, id).await?;
    if !view.may_change {
        return Err(ViewError::NotAllowed);
    }
    Entity::find_by_id(id).one(tx).await?.ok_or(ViewError::NotFound)
}

/// Changes a view.
pub async fn change(
    db: &Database,
    viewer: Viewer,
    act: Act,
    id: SavedViewId,
    fields: SavedViewFields,
) -> Result<SavedView, ViewError> {
    let (name, query) = checked(&fields.name, &fields.query)?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = changeable(tx, viewer, id).await?;
            if fields.revision.is_some_and(|seen| seen != row.revision) {
                return Err(ViewError::Stale);
            }
            free(tx, row.user_id, &row.page, &name, Some(id)).await?;
            let (was_shared, revision, maker) = (row.shared, row.revision, row.user_id);
            let mut active: ActiveModel = row.into_active_model();
            active.name_key = Set(text::key(&name));
            active.name = Set(name);
            active.query = Set(query);
            active.shared = Set(fields.shared);
            active.revision = Set(revision + 1);
            active.updated_at = Set(act.at);
            let row = active.update(tx).await?;
            if was_shared || row.shared {
                audit(tx, &act, "saved-view.change", &row);
            }
            if !row.shared {
                // It is nobody else's default any more.
                let text = "DELETE FROM saved_view_default WHERE view_id = $1 AND user_id <> $2";
                execute(tx, text, [id.0.into(), maker.0.into()]).await?;
                if maker != viewer.user {
                    // An administrator took it from the others, and from themselves.
                    let taken = Viewer { user: maker, role: viewer.role };
                    return one(tx, taken, id).await.map(|it| SavedView { mine: false, may_change: false, ..it });
                }
            }
            one(tx, viewer, id).await
        })
    })
    .await
}

async fn execute<const N: usize>(tx: &Tx, text: &str, values: [Value; N]) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values)).await?;
    Ok(())
}

/// Deletes a view.
pub async fn delete(db: &Database, viewer: Viewer, act: Act, id: SavedViewId) -> Result<(), ViewError> {
    db.write(move |tx| {
        Box::pin(async move {
            let row = changeable(tx, viewer, id).await?;
            if row.shared {
                audit(tx, &act, "saved-view.delete", &row);
            }
            execute(tx, "DELETE FROM saved_view_default WHERE view_id = $1", [id.0.into()]).await?;
            Entity::delete_by_id(id).exec(tx).await?;
            Ok(())
        })
    })
    .await
}

/// Brings one's own views of a page into an order. Those that are not named keep theirs, behind.
pub async fn order(db: &Database, viewer: Viewer, page: Page, ids: Vec<SavedViewId>) -> Result<(), ViewError> {
    if ids.len() as u64 > MOST {
        return Err(ViewError::Invalid("ids", "are at most 50".to_owned()));
    }
    db.write(move |tx| {
        Box::pin(async move {
            let text = "UPDATE saved_view SET position = $1 WHERE id = $2 AND user_id = $3 AND page = $4";
            for (position, id) in (1_i64..).zip(ids) {
                execute(tx, text, [position.into(), id.0.into(), viewer.user.0.into(), page.as_str().into()]).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Which view a list opens with for somebody; none: with none.
pub async fn set_default(db: &Database, viewer: Viewer, page: Page, id: Option<SavedViewId>) -> Result<(), ViewError> {
    db.write(move |tx| {
        Box::pin(async move {
            let (user, code) = (Value::from(viewer.user.0), Value::from(page.as_str()));
            if let Some(id) = id {
                if one(tx, viewer, id).await?.page != page {
                    return Err(ViewError::NotFound);
                }
                let text = "INSERT INTO saved_view_default (user_id, page, view_id) VALUES ($1, $2, $3) \
                            ON CONFLICT (user_id, page) DO UPDATE SET view_id = excluded.view_id";
                execute(tx, text, [user, code, id.0.into()]).await?;
            } else {
                execute(tx, "DELETE FROM saved_view_default WHERE user_id = $1 AND page = $2", [user, code]).await?;
            }
            Ok(())
        })
    })
    .await
}

//! What administrators and supervisors do with the accounts of others. A supervisor manages the operators whom they made,
//! with labels and customers out of their own, and sees no other account. One enabled administrator whose account does not
//! expire always remains.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DbBackend, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
};
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_db::{Database, Tx, Violation, violation};
use vigie_kernel::{Act, AuditEntry, Cell, Day, Granted, Role, Scope, Timestamp, UserId};

use super::{
    blank,
    fields::{self, FieldError, NewUser, UserChanges},
    insert,
    listing::{Managed, manageable, views},
    name_key,
    password::{self, Way},
    role_of,
};
use crate::{
    access::{self, Of},
    entity::{user, user_grant, user_label},
    passwords::{self, Hasher, RuleBroken, Rules},
    text,
};

/// Most users that one request changes.
pub const MOST_AT_ONCE: usize = 200;

/// A user could not be made, changed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// There is none of that id, or not the caller's.
    #[error("there is no such user, or not yours")]
    NotFound,
    /// A value is not acceptable.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The password breaks a rule.
    #[error(transparent)]
    Weak(#[from] RuleBroken),
    /// The password is one of the last ones.
    #[error("the password was used before")]
    Reused,
    /// Another user has the sign-in name.
    #[error("the sign-in name is taken")]
    Taken,
    /// No enabled administrator without an end would remain.
    #[error("there must be an enabled administrator whose account does not expire")]
    LastAdministrator,
    /// Nobody deletes, disables or demotes themselves.
    #[error("nobody can do that to their own account")]
    Own,
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// The database.
    #[error(transparent)]
    Db(DbErr),
}

impl From<DbErr> for ManageError {
    fn from(error: DbErr) -> Self {
        match violation(&error) {
            Some(Violation::Unique) => Self::Taken,
            _ => Self::Db(error),
        }
    }
}

/// What a supervisor may give: operators, with labels out of their own.
async fn check_limits(tx: &Tx, granted: Granted, role: Role, labels: &[(String, String)]) -> Result<(), ManageError> {
    let me = match (granted.cell(), granted.scope()) {
        (Cell::All, _) => return Ok(()),
        (_, Scope::Assigned(me)) => me,
        (_, Scope::All) => return Err(ManageError::NotFound),
    };
    if role != Role::Operator {
        return Err(FieldError::new("role", "a supervisor makes operators only").into());
    }
    let own = user_label::Entity::find().filter(user_label::Column::UserId.eq(me)).all(tx).await?;
    match labels.iter().find(|(key, _)| own.iter().all(|row| row.label_key != *key)) {
        Some((_, label)) => Err(FieldError::new("labels", format!("{label:?} is not one of your own labels")).into()),
        None => Ok(()),
    }
}

fn check_role(role: Role, labels: &[(String, String)], wallboard: bool) -> Result<(), FieldError> {
    if !labels.is_empty() && !role.is_assigned() {
        return Err(FieldError::new("labels", "this role sees all customers: it has no labels"));
    }
    if wallboard && !role.is_read_only() {
        return Err(FieldError::new("wallboard", "is for support and read-only"));
    }
    Ok(())
}

/// Makes a user.
pub async fn create(
    db: &Database,
    hasher: &Hasher,
    granted: Granted,
    act: Act,
    new: NewUser,
    rules: Rules,
) -> Result<Managed, ManageError> {
    let login = fields::login(&new.login)?;
    let labels = fields::labels(&new.labels)?;
    check_role(new.role, &labels, new.wallboard)?;
    fields::check_timeout(new.session_timeout_minutes)?;
    check_day(new.expires_on.as_ref(), act.at)?;
    let (first_name, last_name) = fields::names(&new.first_name, &new.last_name)?;
    let mut row = blank(&act, &login, Some(new.role), String::new());
    row.name_key = name_key(&first_name, &last_name);
    row.first_name = first_name;
    row.last_name = last_name;
    row.phone = fields::phone("phone", &new.phone)?;
    row.mobile = fields::phone("mobile", &new.mobile)?;
    row.email = fields::email(&new.email)?;
    row.session_timeout_minutes = new.session_timeout_minutes.and_then(|it| i32::try_from(it).ok());
    row.wallboard = new.wallboard;
    row.disabled = new.disabled;
    row.must_change_password = new.must_change_password;
    row.expires_on = new.expires_on;
    row.created_by = act.actor.user();
    rules.check(&new.password, &login)?;
    row.password_hash = hasher.hash(&*act.rng, new.password).await?;
    db.write(move |tx| {
        Box::pin(async move {
            check_limits(tx, granted, new.role, &labels).await?;
            let same = user::Column::LoginKey.eq(row.login_key.as_str());
            if user::Entity::find().filter(same).one(tx).await?.is_some() {
                return Err(ManageError::Taken);
            }
            let names: Vec<&String> = labels.iter().map(|(_, label)| label).collect();
            let detail = serde_json::json!({ "role": new.role, "labels": names });
            let id = insert(tx, &act, row.clone(), detail).await?;
            set_labels(tx, id, &labels).await?;
            access::recompute(tx, Of::User(id)).await?;
            views(tx, vec![row]).await?.pop().ok_or(ManageError::NotFound)
        })
    })
    .await
}

/// The day must be to come.
fn check_day(day: Option<&Day>, now: Timestamp) -> Result<(), FieldError> {
    if day.is_some_and(|day| *day <= now.day()) {
        return Err(FieldError::new("expires_on", "must be a day to come"));
    }
    Ok(())
}

pub(crate) async fn set_labels(tx: &Tx, id: UserId, labels: &[(String, String)]) -> Result<(), DbErr> {
    user_label::Entity::delete_many().filter(user_label::Column::UserId.eq(id)).exec(tx).await?;
    for (key, label) in labels {
        let row = user_label::ActiveModel { user_id: Set(id), label_key: Set(key.clone()), label: Set(label.clone()) };
        user_label::Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Changes a user.
pub async fn change(
    db: &Database,
    hasher: &Hasher,
    granted: Granted,
    act: Act,
    id: UserId,
    changes: UserChanges,
    rules: Rules,
) -> Result<Managed, ManageError> {
    let row = manageable(db.reads(), granted, id).await?.ok_or(ManageError::NotFound)?;
    let hash = match changes.password.clone() {
        None => None,
        Some(new) => {
            rules.check(&new, changes.login.as_deref().unwrap_or(&row.login))?;
            Some(hasher.hash(&*act.rng, new).await?)
        }
    };
    db.write(move |tx| Box::pin(async move { change_in(tx, granted, &act, id, &changes, hash, rules).await })).await
}

async fn change_in(
    tx: &Tx,
    granted: Granted,
    act: &Act,
    id: UserId,
    changes: &UserChanges,
    hash: Option<String>,
    rules: Rules,
) -> Result<Managed, ManageError> {
    lock_administrators(tx).await?;
    let mut row = manageable(tx, granted, id).await?.ok_or(ManageError::NotFound)?;
    let own = act.actor.user() == Some(id);
    if own && (changes.disabled == Some(true) || changes.role.is_some_and(|role| Some(role) != role_of(&row).flatten()))
    {
        return Err(ManageError::Own);
    }
    let before = views(tx, vec![row.clone()]).await?.pop().ok_or(ManageError::NotFound)?;
    if let Some(hash) = hash {
        let way = Way::ByOther { must_change: changes.must_change_password.unwrap_or(row.must_change_password) };
        password::set::<DbErr>(tx, act, row, hash, way, rules.remembered).await?;
        row = manageable(tx, granted, id).await?.ok_or(ManageError::NotFound)?;
    }
    let row = apply(row, changes, act.at)?;
    let role = role_of(&row).flatten();
    let mut labels = changes.labels.as_deref().map(fields::labels).transpose()?;
    let Some(role) = role else {
        return save(tx, act, row, &before, None).await;
    };
    if !role.is_assigned() && changes.labels.is_none() {
        // Who sees all is assigned to nothing.
        labels = Some(vec![]);
        user_grant::Entity::delete_many().filter(user_grant::Column::UserId.eq(id)).exec(tx).await?;
    }
    check_role(role, labels.as_deref().unwrap_or_default(), row.wallboard && changes.wallboard == Some(true))?;
    check_limits(tx, granted, role, labels.as_deref().unwrap_or_default()).await?;
    let ended = row.disabled && !before.disabled;
    let saved = save(tx, act, row, &before, labels).await?;
    if ended {
        password::end_sessions(tx, id).await?;
    }
    check_administrators(tx).await?;
    Ok(saved)
}

fn apply(mut row: user::Model, changes: &UserChanges, now: Timestamp) -> Result<user::Model, ManageError> {
    if let Some(typed) = &changes.login {
        row.login = fields::login(typed)?;
        row.login_key = text::key(&row.login);
    }
    if let Some(role) = changes.role {
        role.as_str().clone_into(&mut row.role);
        row.wallboard &= role.is_read_only();
    }
    let (first, last) = (changes.first_name.as_ref(), changes.last_name.as_ref());
    let (first, last) = fields::names(first.unwrap_or(&row.first_name), last.unwrap_or(&row.last_name))?;
    row.name_key = name_key(&first, &last);
    (row.first_name, row.last_name) = (first, last);
    if let Some(phone) = &changes.phone {
        row.phone = fields::phone("phone", phone)?;
    }
    if let Some(mobile) = &changes.mobile {
        row.mobile = fields::phone("mobile", mobile)?;
    }
    if let Some(email) = &changes.email {
        row.email = fields::email(email)?;
    }
    if let Some(minutes) = changes.session_timeout_minutes {
        fields::check_timeout(minutes)?;
        row.session_timeout_minutes = minutes.and_then(|it| i32::try_from(it).ok());
    }
    if let Some(wallboard) = changes.wallboard {
        row.wallboard = wallboard;
    }
    if let Some(must) = changes.must_change_password {
        row.must_change_password = must;
    }
    if let Some(day) = &changes.expires_on {
        check_day(day.as_ref(), now)?;
        row.expires_on.clone_from(day);
    }
    if let Some(disabled) = changes.disabled {
        row.disabled = disabled;
        // Enabled by hand after its last day: that day is over.
        if !disabled && row.expires_on.as_ref().is_some_and(|day| *day <= now.day()) {
            row.expires_on = None;
        }
    }
    row.updated_at = now;
    Ok(row)
}

async fn save(
    tx: &Tx,
    act: &Act,
    row: user::Model,
    before: &Managed,
    labels: Option<Vec<(String, String)>>,
) -> Result<Managed, ManageError> {
    let id = row.id;
    let row = row.into_active_model().reset_all().update(tx).await?;
    if let Some(labels) = labels {
        set_labels(tx, id, &labels).await?;
        access::recompute(tx, Of::User(id)).await?;
    }
    let after = views(tx, vec![row]).await?.pop().ok_or(ManageError::NotFound)?;
    let changed = differences(before, &after);
    if changed.as_object().is_some_and(|it| !it.is_empty()) {
        let entry = AuditEntry::new(act.at, &act.actor, "user.change", "user").object(id, &after.login).detail(changed);
        vigie_db::audit::append(tx, &*act.rng, entry);
    }
    Ok(after)
}

/// What changed, each member with what it was and what it is.
fn differences(before: &Managed, after: &Managed) -> serde_json::Value {
    let (Ok(serde_json::Value::Object(before)), Ok(serde_json::Value::Object(after))) =
        (serde_json::to_value(before), serde_json::to_value(after))
    else {
        return serde_json::Value::Null;
    };
    let changed = after.into_iter().filter_map(|(name, is)| {
        let was = before.get(&name).cloned().unwrap_or_default();
        (was != is).then(|| (name, serde_json::json!([was, is])))
    });
    serde_json::Value::Object(changed.collect())
}

/// Changes of administrators wait for each other, so that two cannot take the last one away together.
pub(crate) async fn lock_administrators(tx: &Tx) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT id FROM app_user WHERE role = 'administrator' ORDER BY id FOR UPDATE").await?;
    }
    Ok(())
}

/// Whether an enabled administrator without an end remains beside this one.
pub(crate) async fn another_administrator(tx: &Tx, but: UserId) -> Result<bool, DbErr> {
    let others = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Administrator.as_str()))
        .filter(user::Column::Disabled.eq(false))
        .filter(user::Column::ExpiresOn.is_null())
        .filter(user::Column::Id.ne(but));
    Ok(others.one(tx).await?.is_some())
}

async fn check_administrators(tx: &Tx) -> Result<(), ManageError> {
    let remains = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Administrator.as_str()))
        .filter(user::Column::Disabled.eq(false))
        .filter(user::Column::ExpiresOn.is_null())
        .one(tx)
        .await?;
    remains.map(drop).ok_or(ManageError::LastAdministrator)
}

/// What is done with several users at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = UserBulkAction)]
pub enum BulkAction {
    /// Delete them.
    Delete,
    /// Disable them; ends their sessions.
    Disable,
    /// Enable them.
    Enable,
    /// Have them change their password at the next sign-in.
    ForcePasswordChange,
    /// End their sessions.
    EndSessions,
}

/// Does something with several users, all or none.
pub async fn bulk(
    db: &Database,
    granted: Granted,
    act: Act,
    action: BulkAction,
    ids: Vec<UserId>,
) -> Result<(), ManageError> {
    db.write(move |tx| {
        Box::pin(async move {
            lock_administrators(tx).await?;
            for id in ids {
                match action {
                    BulkAction::Delete => delete_in(tx, granted, &act, id).await?,
                    BulkAction::EndSessions => end_sessions_in(tx, granted, &act, id).await?,
                    BulkAction::Disable | BulkAction::Enable | BulkAction::ForcePasswordChange => {
                        let changes = UserChanges {
                            disabled: match action {
                                BulkAction::Disable => Some(true),
                                BulkAction::Enable => Some(false),
                                _ => None,
                            },
                            must_change_password: (action == BulkAction::ForcePasswordChange).then_some(true),
                            ..UserChanges::default()
                        };
                        change_in(tx, granted, &act, id, &changes, None, Rules::default()).await?;
                    }
                }
            }
            check_administrators(tx).await
        })
    })
    .await
}

/// Deletes a user: their sessions, tokens, grants and exports' right to be fetched end with them.
pub async fn delete(db: &Database, granted: Granted, act: Act, id: UserId) -> Result<(), ManageError> {
    bulk(db, granted, act, BulkAction::Delete, vec![id]).await
}

async fn delete_in(tx: &Tx, granted: Granted, act: &Act, id: UserId) -> Result<(), ManageError> {
    if act.actor.user() == Some(id) {
        return Err(ManageError::Own);
    }
    let row = manageable(tx, granted, id).await?.ok_or(ManageError::NotFound)?;
    user::Entity::delete_by_id(id).exec(tx).await?;
    let detail = serde_json::json!({ "role": row.role });
    let entry = AuditEntry::new(act.at, &act.actor, "user.delete", "user").object(id, &row.login).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
    Ok(())
}

async fn end_sessions_in(tx: &Tx, granted: Granted, act: &Act, id: UserId) -> Result<(), ManageError> {
    let row = manageable(tx, granted, id).await?.ok_or(ManageError::NotFound)?;
    let ended = password::end_sessions(tx, id).await?;
    let detail = serde_json::json!({ "ended": ended });
    let entry = AuditEntry::new(act.at, &act.actor, "user.end-sessions", "user").object(id, &row.login).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
    Ok(())
}

/// Disables the accounts whose last day has come; the last administrator's has none. Answers how many.
pub async fn expire(db: &Database, act: Act) -> Result<u64, DbErr> {
    let today = act.at.day();
    let due = user::Entity::find()
        .filter(user::Column::ExpiresOn.lte(today.clone()))
        .filter(user::Column::Disabled.eq(false));
    if due.clone().one(db.reads()).await?.is_none() {
        return Ok(0);
    }
    db.write(move |tx| {
        Box::pin(async move {
            let rows = due.all(tx).await?;
            let count = rows.len() as u64;
            for row in rows {
                let (id, login) = (row.id, row.login.clone());
                let mut row = row.into_active_model();
                row.disabled = Set(true);
                row.expires_on = Set(None);
                row.updated_at = Set(act.at);
                row.update(tx).await?;
                password::end_sessions(tx, id).await?;
                let entry = AuditEntry::new(act.at, &act.actor, "user.expire", "user").object(id, &login);
                vigie_db::audit::append(tx, &*act.rng, entry);
            }
            Ok(count)
        })
    })
    .await
}

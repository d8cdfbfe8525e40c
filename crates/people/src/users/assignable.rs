//! Who alerts can be assigned to: people whose role handles them. Whoever handles alerts may see who else does, and nothing
//! more of them than their names.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::Query,
};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_db::{
    Database, owners,
    search::{contains, words},
};
use vigie_kernel::{Action, Cell, Granted, Role, Scope, UserId, policy::cell};

use crate::entity::user;

/// Most people of one answer.
const MOST: u64 = 50;

/// Somebody who handles alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Assignable {
    /// Id.
    pub id: UserId,
    /// What they sign in with.
    pub login: String,
    /// First and last name; empty: not known.
    pub name: String,
}

fn able() -> Condition {
    let roles = Role::ALL.iter().filter(|role| cell(**role, Action::AlertsHandle) != Cell::None);
    Condition::all()
        .add(user::Column::Role.is_in(roles.map(|role| role.as_str())))
        .add(user::Column::Disabled.eq(false))
}

/// Those of whom the caller knows: who does not see every customer knows of those who see one of the same.
fn known(granted: Granted) -> Condition {
    let Scope::Assigned(caller) = granted.scope() else { return Condition::all() };
    let same = Query::select()
        .column("user_id")
        .from("customer_seen")
        .cond_where(owners::within("customer_id", granted.scope()))
        .to_owned();
    let any = Condition::any().add(user::Column::Id.eq(caller)).add(user::Column::Id.in_subquery(same));
    Condition::all().add(any)
}

/// Some of them whose names contain the words, by login.
pub async fn list(db: &Database, granted: Granted, q: Option<&str>) -> Result<Vec<Assignable>, DbErr> {
    let mut wanted = able().add(known(granted));
    for word in words(q) {
        let any =
            Condition::any().add(contains(user::Column::LoginKey, &word)).add(contains(user::Column::NameKey, &word));
        wanted = wanted.add(any);
    }
    let select = user::Entity::find().filter(wanted).order_by_asc(user::Column::LoginKey).limit(MOST);
    let view = |row: user::Model| Assignable {
        id: row.id,
        login: row.login,
        name: format!("{} {}", row.first_name, row.last_name).trim().to_owned(),
    };
    Ok(select.all(db.reads()).await?.into_iter().map(view).collect())
}

/// Whether somebody is one of them.
pub async fn handles_alerts(db: &Database, granted: Granted, id: UserId) -> Result<bool, DbErr> {
    Ok(user::Entity::find_by_id(id).filter(able().add(known(granted))).one(db.reads()).await?.is_some())
}

/// What some people sign in with.
pub async fn logins(db: &Database, ids: impl Iterator<Item = UserId>) -> Result<HashMap<UserId, String>, DbErr> {
    let mut ids: Vec<UserId> = ids.collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let select = user::Entity::find().filter(user::Column::Id.is_in(ids)).select_only();
    let select = select.columns([user::Column::Id, user::Column::Login]);
    Ok(select.into_tuple::<(UserId, String)>().all(db.reads()).await?.into_iter().collect())
}

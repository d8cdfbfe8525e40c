//! Which accounts someone manages, as they see them: administrators all, supervisors the operators whom they made.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::{Expr, Query, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vigie_db::{
    Database,
    paging::{self, Key, Listed, Page, Place, RowId},
    search::{contains, words},
};
use vigie_kernel::{Cell, CustomerId, Day, Granted, Role, Scope, Timestamp, UserId};

use super::{Origin, role_of};
use crate::{
    entity::{user, user_label},
    text,
};

/// Who made an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Creator {
    /// Id.
    pub id: UserId,
    /// Sign-in name; none: that account is no more.
    pub login: Option<String>,
}

/// A user as those who manage users see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = User)]
pub struct Managed {
    /// Id.
    pub id: UserId,
    /// Sign-in name.
    pub login: String,
    /// Role; null: none yet, they may do nothing.
    pub role: Option<Role>,
    /// Names of resellers and providers whose customers they are assigned to.
    pub labels: Vec<String>,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Telephone.
    pub phone: String,
    /// Mobile telephone.
    pub mobile: String,
    /// E-mail address.
    pub email: String,
    /// Minutes after which an idle session ends; null: the preference.
    pub session_timeout_minutes: Option<i32>,
    /// Whether an idle session becomes a display that only updates.
    pub wallboard: bool,
    /// Whether nobody can sign in with it.
    pub disabled: bool,
    /// Whether the password must be changed at the next sign-in.
    pub must_change_password: bool,
    /// The day on which the account becomes disabled.
    pub expires_on: Option<Day>,
    /// What tells the picture from others; null: none.
    pub avatar: Option<String>,
    /// Whether a second factor is in force.
    pub second_factor: bool,
    /// How the account came to be.
    pub origin: Origin,
    /// Since when.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Option<Creator>,
    /// When they signed in last.
    pub last_sign_in_at: Option<Timestamp>,
}

/// Which users are wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UserFilter {
    /// Of this role.
    pub role: Option<Role>,
    /// Disabled ones, or the others.
    pub disabled: Option<bool>,
    /// With this label.
    pub label: Option<String>,
    /// Who see this customer because they are assigned to it.
    pub customer_id: Option<CustomerId>,
}

/// What the list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Sign-in name.
    Login,
    /// Last name, first name.
    Name,
    /// Role.
    Role,
    /// Last sign-in; never comes first.
    LastSignIn,
    /// When it was made.
    Created,
}

/// Which rows the caller manages.
fn within(granted: Granted) -> Condition {
    match (granted.cell(), granted.scope()) {
        (Cell::All, _) => Condition::all(),
        (_, Scope::Assigned(me)) => {
            Condition::all().add(user::Column::CreatedBy.eq(me)).add(user::Column::Role.eq(Role::Operator.as_str()))
        }
        (_, Scope::All) => Condition::all().add(Expr::cust("1 = 0")),
    }
}

/// The row of a user whom the caller manages.
pub(crate) async fn manageable<C: ConnectionTrait>(
    connection: &C,
    granted: Granted,
    id: UserId,
) -> Result<Option<user::Model>, DbErr> {
    user::Entity::find_by_id(id).filter(within(granted)).one(connection).await
}

/// Which of these users the caller manages.
pub(crate) async fn manageable_of<C: ConnectionTrait>(
    connection: &C,
    granted: Granted,
    ids: impl Iterator<Item = UserId>,
) -> Result<HashSet<UserId>, DbErr> {
    let rows = user::Entity::find().filter(within(granted)).filter(user::Column::Id.is_in(ids)).all(connection).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Users whom the caller manages.
pub async fn list(
    db: &Database,
    granted: Granted,
    filter: &UserFilter,
    q: Option<&str>,
    sort: Sort,
    page: &Page,
) -> Result<Listed<Managed>, DbErr> {
    let mut wanted = within(granted);
    if let Some(role) = filter.role {
        wanted = wanted.add(user::Column::Role.eq(role.as_str()));
    }
    if let Some(disabled) = filter.disabled {
        wanted = wanted.add(user::Column::Disabled.eq(disabled));
    }
    if let Some(label) = &filter.label {
        let named = Query::select()
            .column("user_id")
            .from("user_label")
            .and_where(user_label::Column::LabelKey.eq(text::key(label)))
            .to_owned();
        wanted = wanted.add(user::Column::Id.in_subquery(named));
    }
    if let Some(customer) = filter.customer_id {
        let seen = Query::select()
            .column("user_id")
            .from("customer_seen")
            .and_where(sea_orm::sea_query::ExprTrait::eq(Expr::col("customer_id"), customer.0))
            .to_owned();
        wanted = wanted.add(user::Column::Id.in_subquery(seen));
    }
    for word in words(q) {
        let lower = |column| SimpleExpr::from(sea_orm::sea_query::Func::lower(Expr::col(column)));
        let places = [Expr::col(user::Column::LoginKey), Expr::col(user::Column::NameKey), lower(user::Column::Email)];
        wanted = wanted.add(places.into_iter().fold(Condition::any(), |any, place| any.add(contains(place, &word))));
    }
    let select = user::Entity::find().filter(wanted);
    let total = paging::count(db, select.clone(), true).await?;
    let key: SimpleExpr = match sort {
        Sort::Login => Expr::col(user::Column::LoginKey),
        Sort::Name => Expr::col(user::Column::NameKey),
        Sort::Role => Expr::col(user::Column::Role),
        Sort::LastSignIn => Expr::cust("COALESCE(last_sign_in_at, 0)"),
        Sort::Created => Expr::col(user::Column::CreatedAt),
    };
    let rows = paging::page(select, key, Expr::col(user::Column::Id), page).all(db.reads()).await?;
    let place = |row: &user::Model| Place {
        key: match sort {
            Sort::Login => Key::Text(row.login_key.clone()),
            Sort::Name => Key::Text(row.name_key.clone()),
            Sort::Role => Key::Text(row.role.clone()),
            Sort::LastSignIn => Key::Number(row.last_sign_in_at.map_or(0, Timestamp::millis)),
            Sort::Created => Key::Number(row.created_at.millis()),
        },
        id: RowId::Uuid(row.id.0),
    };
    let found = Listed::cut(rows, page, total, place);
    let items = views(db.reads(), found.items).await?;
    Ok(Listed { items, next: found.next, total: found.total })
}

/// A user whom the caller manages.
pub async fn get(db: &Database, granted: Granted, id: UserId) -> Result<Option<Managed>, DbErr> {
    let row = manageable(db.reads(), granted, id).await?;
    Ok(views(db.reads(), row.into_iter().collect()).await?.pop())
}

/// Rows as those who manage users see them.
pub(super) async fn views<C: ConnectionTrait>(connection: &C, rows: Vec<user::Model>) -> Result<Vec<Managed>, DbErr> {
    let ids: Vec<UserId> = rows.iter().map(|row| row.id).collect();
    let mut labels: HashMap<UserId, Vec<String>> = HashMap::new();
    let found = user_label::Entity::find()
        .filter(user_label::Column::UserId.is_in(ids))
        .order_by_asc(user_label::Column::LabelKey)
        .all(connection)
        .await?;
    for row in found {
        labels.entry(row.user_id).or_default().push(row.label);
    }
    let creators: Vec<UserId> = rows.iter().filter_map(|row| row.created_by).collect();
    let found = user::Entity::find().filter(user::Column::Id.is_in(creators)).all(connection).await?;
    let logins: HashMap<UserId, String> = found.into_iter().map(|row| (row.id, row.login)).collect();
    let view = |row: user::Model| Managed {
        id: row.id,
        role: role_of(&row).flatten(),
        login: row.login,
        labels: labels.remove(&row.id).unwrap_or_default(),
        first_name: row.first_name,
        last_name: row.last_name,
        phone: row.phone,
        mobile: row.mobile,
        email: row.email,
        session_timeout_minutes: row.session_timeout_minutes,
        wallboard: row.wallboard,
        disabled: row.disabled,
        must_change_password: row.must_change_password,
        expires_on: row.expires_on,
        avatar: row.avatar,
        second_factor: row.second_factor,
        origin: Origin::from_code(&row.origin),
        created_at: row.created_at,
        created_by: row.created_by.map(|id| Creator { id, login: logins.get(&id).cloned() }),
        last_sign_in_at: row.last_sign_in_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

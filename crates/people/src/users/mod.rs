//! People who sign in: what they are and what they prefer. [`manage`] is what others do with their accounts, [`mine`] what
//! they do themselves, [`password`] how passwords change.

pub mod assignable;
pub mod avatar;
pub mod fields;
pub mod listing;
pub mod manage;
pub mod mine;
pub mod password;
pub mod rescue;

use sea_orm::{ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, AuditEntry, Role, Timestamp, UserId};

use crate::{entity::user, text};

/// Longest sign-in name, characters.
pub const LONGEST_LOGIN: usize = 15;

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// French.
    Fr,
    /// English.
    En,
}

impl Locale {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Fr, Self::En].into_iter().find(|it| it.as_str() == code)
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColorScheme {
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// As the browser's machine.
    Auto,
}

impl ColorScheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Auto => "auto",
        }
    }

    fn from_code(code: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|it| it.as_str() == code).unwrap_or(Self::Auto)
    }
}

/// Height of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    /// Airy.
    Comfortable,
    /// More rows.
    Compact,
}

impl Density {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
        }
    }

    fn from_code(code: &str) -> Self {
        if code == Self::Compact.as_str() { Self::Compact } else { Self::Comfortable }
    }
}

/// How an account came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = UserOrigin)]
pub enum Origin {
    /// Someone made it here.
    Local,
    /// At the first sign-in with an OpenID provider; its groups say what it may do.
    OpenId,
}

impl Origin {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::OpenId => "openid",
        }
    }

    pub(crate) fn from_code(code: &str) -> Self {
        if code == Self::OpenId.as_str() { Self::OpenId } else { Self::Local }
    }
}

/// The code of a user without a role.
pub(crate) const NO_ROLE: &str = "none";

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Sign-in name.
    pub login: String,
    /// Role; none: they may do nothing until someone gives them one.
    pub role: Option<Role>,
    /// First name; may be empty.
    pub first_name: String,
    /// Last name; may be empty.
    pub last_name: String,
    /// Telephone; may be empty.
    pub phone: String,
    /// Mobile telephone; may be empty.
    pub mobile: String,
    /// E-mail address; may be empty.
    pub email: String,
    /// Digest of the picture, when there is one.
    pub avatar: Option<String>,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// Language; none: the browser's.
    pub locale: Option<Locale>,
    /// Colours.
    pub color_scheme: ColorScheme,
    /// Height of rows.
    pub density: Density,
    /// Minutes after which an idle session ends; none: the preference.
    pub session_timeout_minutes: Option<u32>,
    /// Whether an idle session becomes a display that only updates, instead of ending.
    pub wallboard: bool,
    /// Whether a second factor is in force.
    pub second_factor: bool,
    /// How the account came to be.
    pub origin: Origin,
}

impl User {
    /// None when the row holds a role that this version does not know: such a person may do nothing.
    pub(crate) fn from_row(row: user::Model) -> Option<Self> {
        let role = role_of(&row)?;
        Some(Self {
            id: row.id,
            wallboard: row.wallboard && role.is_some_and(Role::is_read_only),
            role,
            login: row.login,
            first_name: row.first_name,
            last_name: row.last_name,
            phone: row.phone,
            mobile: row.mobile,
            email: row.email,
            avatar: row.avatar,
            must_change_password: row.must_change_password,
            locale: row.locale.as_deref().and_then(Locale::from_code),
            color_scheme: ColorScheme::from_code(&row.color_scheme),
            density: Density::from_code(&row.density),
            session_timeout_minutes: row.session_timeout_minutes.and_then(|it| u32::try_from(it).ok()),
            second_factor: row.second_factor,
            origin: Origin::from_code(&row.origin),
        })
    }
}

/// The role of a row; the outer none: one that this version does not know.
#[expect(clippy::option_option, reason = "no role is a state of its own, an unknown one is an error")]
pub(crate) fn role_of(row: &user::Model) -> Option<Option<Role>> {
    if row.role == NO_ROLE { Some(None) } else { Role::from_code(&row.role).map(Some) }
}

/// Whether the account may be used: not disabled, and its last day has not come.
pub(crate) fn is_usable(row: &user::Model, now: Timestamp) -> bool {
    !row.disabled && row.expires_on.as_ref().is_none_or(|day| now.day() < *day)
}

/// How long idle sessions may last, minutes: 5 to 30 by 5.
pub const fn is_session_timeout(minutes: u32) -> bool {
    minutes >= 5 && minutes <= 30 && minutes.is_multiple_of(5)
}

/// The user of an id, unless disabled or expired.
pub async fn find(db: &Database, id: UserId, now: Timestamp) -> Result<Option<User>, DbErr> {
    let row = user::Entity::find_by_id(id).one(db.reads()).await?;
    Ok(row.filter(|row| is_usable(row, now)).and_then(User::from_row))
}

/// The user of a sign-in name, unless disabled or expired.
pub async fn find_by_login(db: &Database, login: &str, now: Timestamp) -> Result<Option<User>, DbErr> {
    let row = row_by_login(db.reads(), login).await?;
    Ok(row.filter(|row| is_usable(row, now)).and_then(User::from_row))
}

pub(crate) async fn row_by_login(db: &impl ConnectionTrait, login: &str) -> Result<Option<user::Model>, DbErr> {
    if !text::is_storable(login) {
        return Ok(None);
    }
    user::Entity::find().filter(user::Column::LoginKey.eq(text::key(login))).one(db).await
}

/// The row of a new user of which only this is known.
pub(crate) fn blank(act: &Act, login: &str, role: Option<Role>, password_hash: String) -> user::Model {
    user::Model {
        id: UserId::new(act.at, &*act.rng),
        login: login.to_owned(),
        login_key: text::key(login),
        password_hash,
        role: role.map_or(NO_ROLE, Role::as_str).to_owned(),
        must_change_password: false,
        disabled: false,
        locale: None,
        color_scheme: ColorScheme::Auto.as_str().to_owned(),
        density: Density::Comfortable.as_str().to_owned(),
        session_timeout_minutes: None,
        licence_accepted: None,
        first_name: String::new(),
        last_name: String::new(),
        name_key: String::new(),
        phone: String::new(),
        mobile: String::new(),
        email: String::new(),
        wallboard: false,
        expires_on: None,
        created_by: None,
        last_sign_in_at: None,
        avatar: None,
        origin: Origin::Local.as_str().to_owned(),
        second_factor: false,
        created_at: act.at,
        updated_at: act.at,
    }
}

/// Writes a new user.
pub(crate) async fn insert(
    tx: &Tx,
    act: &Act,
    row: user::Model,
    detail: impl std::fmt::Display,
) -> Result<UserId, DbErr> {
    let entry = AuditEntry::new(act.at, &act.actor, "user.create", "user").object(row.id, &row.login).detail(detail);
    vigie_db::audit::append(tx, &*act.rng, entry);
    let id = row.id;
    let row = user::ActiveModel { id: Set(id), ..row.into() };
    user::Entity::insert(sea_orm::ActiveModelTrait::reset_all(row)).exec_without_returning(tx).await?;
    Ok(id)
}

/// What names are sorted by: last name first.
pub(crate) fn name_key(first: &str, last: &str) -> String {
    text::key(format!("{last} {first}").trim())
}

//! People who sign in: what they are, what they prefer, and their passwords.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, Tx};
use vigie_kernel::{Act, AuditEntry, Role, UserId};

use crate::{
    entity::{password_history, session, user},
    passwords::{self, Hasher, RuleBroken},
    text,
};

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

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Sign-in name.
    pub login: String,
    /// Role.
    pub role: Role,
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
}

impl User {
    /// None when the row holds a role that this version does not know: such a person may do nothing.
    pub(crate) fn from_row(row: user::Model) -> Option<Self> {
        Some(Self {
            id: row.id,
            role: Role::from_code(&row.role)?,
            login: row.login,
            must_change_password: row.must_change_password,
            locale: row.locale.as_deref().and_then(Locale::from_code),
            color_scheme: ColorScheme::from_code(&row.color_scheme),
            density: Density::from_code(&row.density),
            session_timeout_minutes: row.session_timeout_minutes.and_then(|it| u32::try_from(it).ok()),
        })
    }
}

/// How long idle sessions may last, minutes: 5 to 30 by 5.
pub const fn is_session_timeout(minutes: u32) -> bool {
    minutes >= 5 && minutes <= 30 && minutes.is_multiple_of(5)
}

/// What a person changes about themselves; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MyChanges {
    /// Language of the console; null: the browser's.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<Option<Locale>>,
    /// Colours.
    pub color_scheme: Option<ColorScheme>,
    /// Height of rows.
    pub density: Option<Density>,
    /// Minutes, 5 to 30 by 5, after which an idle session ends; null: the preference.
    #[serde(default, with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>, minimum = 5, maximum = 30, multiple_of = 5)]
    pub session_timeout_minutes: Option<Option<u32>>,
}

/// Tells an absent member from one that is null.
mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        T::deserialize(from).map(Some)
    }

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
}

/// A change of a user failed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such user.
    #[error("no such user")]
    NotFound,
    /// The time-out is not one of the allowed.
    #[error("the time-out must be 5 to 30 minutes, by 5")]
    Timeout,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// The user of an id, unless disabled.
pub async fn find(db: &Database, id: UserId) -> Result<Option<User>, DbErr> {
    let row = user::Entity::find_by_id(id).one(db.reads()).await?;
    Ok(row.filter(|row| !row.disabled).and_then(User::from_row))
}

/// The user of a sign-in name, unless disabled.
pub async fn find_by_login(db: &Database, login: &str) -> Result<Option<User>, DbErr> {
    let row = row_by_login(db.reads(), login).await?;
    Ok(row.filter(|row| !row.disabled).and_then(User::from_row))
}

pub(crate) async fn row_by_login(db: &impl ConnectionTrait, login: &str) -> Result<Option<user::Model>, DbErr> {
    if !text::is_storable(login) {
        return Ok(None);
    }
    user::Entity::find().filter(user::Column::LoginKey.eq(text::key(login))).one(db).await
}

/// Changes what a person prefers for themselves.
pub async fn change_mine(db: &Database, act: Act, id: UserId, changes: MyChanges) -> Result<User, ChangeError> {
    if changes.session_timeout_minutes.flatten().is_some_and(|it| !is_session_timeout(it)) {
        return Err(ChangeError::Timeout);
    }
    db.write(move |tx| {
        Box::pin(async move {
            let row = user::Entity::find_by_id(id).one(tx).await?.ok_or(ChangeError::NotFound)?;
            let login = row.login.clone();
            let mut row = row.into_active_model();
            if let Some(locale) = changes.locale {
                row.locale = Set(locale.map(|it| it.as_str().to_owned()));
            }
            if let Some(scheme) = changes.color_scheme {
                row.color_scheme = Set(scheme.as_str().to_owned());
            }
            if let Some(density) = changes.density {
                row.density = Set(density.as_str().to_owned());
            }
            if let Some(minutes) = changes.session_timeout_minutes {
                row.session_timeout_minutes = Set(minutes.and_then(|it| i32::try_from(it).ok()));
            }
            row.updated_at = Set(act.at);
            let row = row.update(tx).await?;
            let detail = serde_json::to_string(&changes).unwrap_or_default();
            let entry = AuditEntry::new(act.at, &act.actor, "profile.change", "user").object(id, &login).detail(detail);
            vigie_db::audit::append(tx, &*act.rng, entry).await?;
            User::from_row(row).ok_or(ChangeError::NotFound)
        })
    })
    .await
}

/// A password could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// There is no such user.
    #[error("no such user")]
    NotFound,
    /// The present password is another.
    #[error("the present password is not right")]
    Wrong,
    /// The new one breaks a rule.
    #[error(transparent)]
    Weak(#[from] RuleBroken),
    /// The new one was used before.
    #[error("the new password was used before")]
    Reused,
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Changes a person's own password. Ends all their sessions, this one too.
pub async fn change_password(
    db: &Database,
    hasher: &Hasher,
    act: Act,
    id: UserId,
    present: String,
    new: String,
    remembered: u32,
) -> Result<(), PasswordError> {
    let row = user::Entity::find_by_id(id).one(db.reads()).await?.ok_or(PasswordError::NotFound)?;
    if !hasher.verify(present, row.password_hash.clone()).await? {
        return Err(PasswordError::Wrong);
    }
    passwords::check_rules(&new, &row.login)?;
    let remembered = usize::try_from(remembered).unwrap_or(usize::MAX);
    let earlier = password_history::Entity::find()
        .filter(password_history::Column::UserId.eq(id))
        .order_by_desc(password_history::Column::Seq)
        .all(db.reads())
        .await?;
    let used = std::iter::once(row.password_hash.clone()).chain(earlier.into_iter().map(|it| it.password_hash));
    // The present one counts always: a change to the same is none.
    for hash in used.take(remembered.max(1)) {
        if hasher.verify(new.clone(), hash).await? {
            return Err(PasswordError::Reused);
        }
    }
    let hash = hasher.hash(&*act.rng, new).await?;
    db.write(move |tx| {
        Box::pin(async move {
            set_password(tx, &act, row, hash, false, remembered).await?;
            Ok(())
        })
    })
    .await
}

/// Gives a user a one-time password, which must be changed at the next sign-in, and enables the account. For the command
/// line on the server's machine. Ends all the user's sessions.
pub async fn reset_password(db: &Database, hasher: &Hasher, act: Act, login: &str) -> Result<String, PasswordError> {
    let row = row_by_login(db.reads(), login).await?.ok_or(PasswordError::NotFound)?;
    let password = passwords::one_time(&*act.rng);
    let hash = hasher.hash(&*act.rng, password.clone()).await?;
    db.write(move |tx| {
        Box::pin(async move {
            set_password(tx, &act, row, hash, true, passwords::MOST_REMEMBERED).await?;
            Ok(password)
        })
    })
    .await
}

async fn set_password(
    tx: &Tx,
    act: &Act,
    row: user::Model,
    hash: String,
    one_time: bool,
    remembered: usize,
) -> Result<(), DbErr> {
    let (id, login) = (row.id, row.login.clone());
    password_history::Entity::insert(password_history::ActiveModel {
        user_id: Set(id),
        password_hash: Set(row.password_hash.clone()),
        replaced_at: Set(act.at),
        ..Default::default()
    })
    .exec_without_returning(tx)
    .await?;
    forget_old_passwords(tx, id, remembered).await?;
    let mut row = row.into_active_model();
    row.password_hash = Set(hash);
    row.must_change_password = Set(one_time);
    if one_time {
        row.disabled = Set(false);
    }
    row.updated_at = Set(act.at);
    row.update(tx).await?;
    session::Entity::delete_many().filter(session::Column::UserId.eq(id)).exec(tx).await?;
    let action = if one_time { "password.reset" } else { "password.change" };
    vigie_db::audit::append(tx, &*act.rng, AuditEntry::new(act.at, &act.actor, action, "user").object(id, &login)).await
}

/// Keeps only as many replaced passwords as are compared with.
async fn forget_old_passwords(tx: &Tx, id: UserId, remembered: usize) -> Result<(), DbErr> {
    let kept = password_history::Entity::find()
        .filter(password_history::Column::UserId.eq(id))
        .order_by_desc(password_history::Column::Seq)
        .all(tx)
        .await?;
    if let Some(last) = kept.get(remembered.clamp(1, passwords::MOST_REMEMBERED)) {
        password_history::Entity::delete_many()
            .filter(password_history::Column::UserId.eq(id))
            .filter(password_history::Column::Seq.lte(last.seq))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Makes a user whose password must be changed at the first sign-in.
pub(crate) async fn insert(
    tx: &Tx,
    act: &Act,
    login: &str,
    role: Role,
    password_hash: String,
) -> Result<UserId, DbErr> {
    let id = UserId::new(act.at, &*act.rng);
    user::Entity::insert(user::ActiveModel {
        id: Set(id),
        login: Set(login.to_owned()),
        login_key: Set(text::key(login)),
        password_hash: Set(password_hash),
        role: Set(role.as_str().to_owned()),
        must_change_password: Set(true),
        disabled: Set(false),
        locale: Set(None),
        color_scheme: Set(ColorScheme::Auto.as_str().to_owned()),
        density: Set(Density::Comfortable.as_str().to_owned()),
        session_timeout_minutes: Set(None),
        licence_accepted: Set(None),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    })
    .exec_without_returning(tx)
    .await?;
    vigie_db::audit::append(
        tx,
        &*act.rng,
        AuditEntry::new(act.at, &act.actor, "user.create", "user").object(id, login),
    )
    .await?;
    Ok(id)
}

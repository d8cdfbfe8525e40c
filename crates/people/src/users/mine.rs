//! What people do with their own account: preferences, and how they can be reached.

use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, DbErr, EntityTrait as _, IntoActiveModel as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::Database;
use vigie_kernel::{Act, AuditEntry, UserId};

use super::{
    ColorScheme, Density, Locale, User,
    fields::{self, FieldError},
    name_key,
};
use crate::entity::user;

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
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name; 31 characters with the first one and the space between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Telephone, at most 15 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Mobile telephone, at most 15 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Tells an absent member from one that is null.
pub(crate) mod present {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        T::deserialize(from).map(Some)
    }

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<T: Serialize, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
}

/// A change of a user failed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such user.
    #[error("no such user")]
    NotFound,
    /// A value is not acceptable.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Changes what a person prefers for themselves.
pub async fn change(db: &Database, act: Act, id: UserId, changes: MyChanges) -> Result<User, ChangeError> {
    fields::check_timeout(changes.session_timeout_minutes.flatten())?;
    db.write(move |tx| {
        Box::pin(async move {
            let row = user::Entity::find_by_id(id).one(tx).await?.ok_or(ChangeError::NotFound)?;
            let login = row.login.clone();
            let (first, last) = (changes.first_name.as_deref(), changes.last_name.as_deref());
            let (first, last) = fields::names(first.unwrap_or(&row.first_name), last.unwrap_or(&row.last_name))?;
            let mut row = row.into_active_model();
            row.name_key = Set(name_key(&first, &last));
            row.first_name = Set(first);
            row.last_name = Set(last);
            if let Some(phone) = &changes.phone {
                row.phone = Set(fields::phone("phone", phone)?);
            }
            if let Some(mobile) = &changes.mobile {
                row.mobile = Set(fields::phone("mobile", mobile)?);
            }
            if let Some(email) = &changes.email {
                row.email = Set(fields::email(email)?);
            }
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
            vigie_db::audit::append(tx, &*act.rng, entry);
            User::from_row(row).ok_or(ChangeError::NotFound)
        })
    })
    .await
}

//! A person who may sign in.

use sea_orm::entity::prelude::*;
use vigie_kernel::{Day, Timestamp, UserId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app_user")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    pub login: String,
    pub login_key: String,
    pub password_hash: String,
    pub role: String,
    pub must_change_password: bool,
    pub disabled: bool,
    pub locale: Option<String>,
    pub color_scheme: String,
    pub density: String,
    pub session_timeout_minutes: Option<i32>,
    /// SHA-256 of the licence terms that were accepted last.
    pub licence_accepted: Option<Vec<u8>>,
    pub first_name: String,
    pub last_name: String,
    pub name_key: String,
    pub phone: String,
    pub mobile: String,
    pub email: String,
    pub wallboard: bool,
    pub expires_on: Option<Day>,
    pub created_by: Option<UserId>,
    pub last_sign_in_at: Option<Timestamp>,
    pub avatar: Option<String>,
    pub origin: String,
    pub second_factor: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! By whom the server manages a customer's systems: a name and a password that exist on the systems. The password is used
//! again at each link, so it is kept, sealed.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::{Expr, OnConflict},
};
use vigie_db::{ConnectionTrait, Database, Tx, owners, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, SystemId};
use vigie_wire::link::message::ServiceUser;

use crate::{
    entity::{service_user, system},
    synchronise, systems,
};

/// What a sealed password is bound to.
const PURPOSE: &str = "service-user";
/// Longest name, and longest password, characters.
pub const LONGEST: usize = 128;
/// The name where nobody says another.
pub const USUAL_NAME: &str = "vigie";

/// A service user could not be set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// There is no such customer, or it is not the caller's.
    #[error("there is no such customer, or it is not yours")]
    NotFound,
    /// The name is not acceptable.
    #[error("must be 1 to {LONGEST} characters, none of them a control character")]
    Name,
    /// The password is not acceptable.
    #[error("must be 1 to {LONGEST} characters")]
    Password,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Checks what a person typed.
pub fn check(user: &ServiceUser) -> Result<(), SetError> {
    let length = |text: &str| (1..=LONGEST).contains(&text.chars().count());
    if !length(user.name.trim()) || user.name.chars().any(char::is_control) {
        return Err(SetError::Name);
    }
    if length(&user.password) { Ok(()) } else { Err(SetError::Password) }
}

/// Enters a customer's service user. Answers its systems, whose links are to sign in again.
pub async fn set(
    db: &Database,
    secrets: &Secrets,
    granted: Granted,
    act: Act,
    customer: CustomerId,
    user: ServiceUser,
) -> Result<Vec<SystemId>, SetError> {
    check(&user)?;
    let secrets = secrets.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let known = owners::customer(tx, customer, granted.scope()).await?.ok_or(SetError::NotFound)?;
            put(tx, &secrets, &act, customer, &user).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "service-user.set", "customer")
                .object(customer, &known.name)
                .of(customer)
                .detail(serde_json::json!({ "name": user.name }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(systems::of_customer(tx, customer).await?)
        })
    })
    .await
}

/// Seals a password.
pub(crate) fn seal(secrets: &Secrets, act: &Act, password: &str) -> Vec<u8> {
    secrets.seal(&*act.rng, PURPOSE, password.as_bytes())
}

async fn put(tx: &Tx, secrets: &Secrets, act: &Act, customer: CustomerId, user: &ServiceUser) -> Result<(), DbErr> {
    enter(tx, secrets, act, customer, user).await?;
    synchronise::forget(tx, customer).await?;
    // What the systems made for themselves counts no longer.
    system::Entity::update_many()
        .filter(system::Column::CustomerId.eq(customer))
        .col_expr(system::Column::ServiceUser, Expr::value(None::<String>))
        .col_expr(system::Column::ServicePassword, Expr::value(None::<Vec<u8>>))
        .exec(tx)
        .await?;
    Ok(())
}

/// Enters the customer's service user; systems that have one of their own keep it.
pub(crate) async fn enter(
    tx: &Tx,
    secrets: &Secrets,
    act: &Act,
    customer: CustomerId,
    user: &ServiceUser,
) -> Result<(), DbErr> {
    use service_user::Column::{ChangedAt, CustomerId, Name, Password};
    let row = service_user::ActiveModel {
        customer_id: Set(customer),
        name: Set(user.name.trim().to_owned()),
        password: Set(seal(secrets, act, &user.password)),
        changed_at: Set(act.at),
    };
    let replace = OnConflict::column(CustomerId).update_columns([Name, Password, ChangedAt]).to_owned();
    service_user::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

/// The name of a customer's service user; none: nobody entered one.
pub async fn name_of<C: ConnectionTrait>(connection: &C, customer: CustomerId) -> Result<Option<String>, DbErr> {
    Ok(service_user::Entity::find_by_id(customer).one(connection).await?.map(|row| row.name))
}

/// By whom a system is managed: the customer's service user, or the one that the system made; none: nobody entered one.
pub async fn of_system(db: &Database, secrets: &Secrets, id: SystemId) -> Result<Option<ServiceUser>, DbErr> {
    let Some(system) = system::Entity::find_by_id(id).one(db.reads()).await? else { return Ok(None) };
    let (name, sealed) = match (system.service_user, system.service_password) {
        (Some(name), Some(password)) => (name, password),
        _ => match service_user::Entity::find_by_id(system.customer_id).one(db.reads()).await? {
            Some(row) => (row.name, row.password),
            None => return Ok(None),
        },
    };
    let failed = |error: &dyn std::fmt::Display| DbErr::Custom(format!("a service user's password: {error}"));
    let password = secrets.open(PURPOSE, &sealed).map_err(|error| failed(&error))?;
    let password = String::from_utf8(password).map_err(|error| failed(&error))?;
    Ok(Some(ServiceUser { name, password }))
}

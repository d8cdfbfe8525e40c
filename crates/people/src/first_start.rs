//! What a new server has: a provider, its reseller, the default customer, the administrator, and the API client that
//! agents use.

use sea_orm::{ActiveValue::Set, ConnectionTrait as _, DbErr, EntityTrait as _, PaginatorTrait as _};
use vigie_db::{Database, Engine, Tx, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, CustomerId, ProviderId, ResellerId, Role};

use crate::{
    api_clients,
    entity::{customer, provider, reseller, user},
    hierarchy::customers,
    passwords::{self, Hasher},
    text, users,
};

/// The administrator's sign-in name.
pub const ADMINISTRATOR: &str = "admin";

/// The rows could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FirstStartError {
    /// Passwords are being checked: not at a start.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Makes what a new server has. Answers the administrator's one-time password; none: it was all there.
pub async fn ensure(
    db: &Database,
    hasher: &Hasher,
    secrets: &Secrets,
    act: Act,
) -> Result<Option<String>, FirstStartError> {
    if user::Entity::find().count(db.reads()).await? > 0 {
        return Ok(None);
    }
    let password = passwords::one_time(&*act.rng);
    let hash = hasher.hash(&*act.rng, password.clone()).await?;
    let (secrets, engine) = (secrets.clone(), db.engine());
    db.write(move |tx| {
        Box::pin(async move {
            if engine == Engine::Postgres {
                // Several nodes may start for the first time at once.
                tx.execute_unprepared("LOCK TABLE app_user IN EXCLUSIVE MODE").await?;
            }
            if user::Entity::find().count(tx).await? > 0 {
                return Ok(None);
            }
            hierarchy(tx, &act).await?;
            let secret = act.rng.readable(api_clients::SECRET_LENGTH);
            api_clients::insert(tx, &secrets, &act, api_clients::OFFICE_AGENT, None, true, secret).await?;
            let row = users::blank(&act, ADMINISTRATOR, Some(Role::Administrator), hash);
            let row = user::Model { must_change_password: true, ..row };
            users::insert(tx, &act, row, "{}").await?;
            Ok(Some(password))
        })
    })
    .await
}

async fn hierarchy(tx: &Tx, act: &Act) -> Result<(), DbErr> {
    let provider_id = ProviderId::new(act.at, &*act.rng);
    let name = "Main provider";
    provider::Entity::insert(provider::ActiveModel {
        id: Set(provider_id),
        name: Set(name.to_owned()),
        name_key: Set(text::key(name)),
        created_at: Set(act.at),
    })
    .exec_without_returning(tx)
    .await?;
    let entry = AuditEntry::new(act.at, &act.actor, "provider.create", "provider").object(provider_id, name);
    vigie_db::audit::append(tx, &*act.rng, entry);
    let reseller_id = ResellerId::new(act.at, &*act.rng);
    let name = "Main reseller";
    reseller::Entity::insert(reseller::ActiveModel {
        id: Set(reseller_id),
        provider_id: Set(provider_id),
        name: Set(name.to_owned()),
        name_key: Set(text::key(name)),
        created_at: Set(act.at),
    })
    .exec_without_returning(tx)
    .await?;
    let entry = AuditEntry::new(act.at, &act.actor, "reseller.create", "reseller").object(reseller_id, name);
    vigie_db::audit::append(tx, &*act.rng, entry);
    let id = CustomerId::new(act.at, &*act.rng);
    let name = "Default customer";
    let row = customers::blank(id, reseller_id, name.to_owned(), "default".to_owned(), act.at);
    customers::insert(tx, &customer::Model { is_default: true, ..row }, Vec::new()).await?;
    let entry = AuditEntry::new(act.at, &act.actor, "customer.create", "customer").object(id, name).of(id);
    vigie_db::audit::append(tx, &*act.rng, entry);
    Ok(())
}

//! A system's first contact: it shows a token and makes its key known. With a reseller's token it becomes a customer of its
//! own, with a customer's token one more system of that customer.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter as _,
};
use vigie_db::{Database, Tx, TxFuture, digest::sha256, owners, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, CustomerId, ResellerId, Scope, SystemId, Timestamp};
use vigie_wire::{
    link::{
        FORMAT,
        message::About,
        opening::{Enrolment, enrolment_text},
    },
    sync::{read_public_key, verify},
};

use crate::{
    Connectivity, customer_state,
    entity::{enrolment_token, system},
    service_user,
    systems::SystemPlace,
};

/// An enrolment was refused.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The agent speaks another version.
    #[error("this server speaks version {FORMAT} of the link")]
    Version,
    /// The key is no Ed25519 public key, or the proof is not by it.
    #[error("the public key or its proof is not valid")]
    KeyInvalid,
    /// The token is not known, used up, expired or revoked.
    #[error("the enrolment token is not valid")]
    TokenInvalid,
    /// The service user's name or password is not acceptable.
    #[error("the service user is not valid")]
    ServiceUser,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Makes a customer of a reseller for a system of that name, and answers its id. Customers are another context's.
pub type MakeCustomer = Box<dyn for<'t> FnOnce(&'t Tx, ResellerId, String) -> TxFuture<'t, CustomerId, DbErr> + Send>;

/// What an enrolment brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enrolled {
    /// The system.
    pub system: SystemId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Whether it was not known before.
    pub is_new: bool,
}

/// Enrols a system. The same key again, with the token that it enrolled with, answers the same id.
pub async fn enrol(
    db: &Database,
    secrets: &Secrets,
    act: Act,
    mut enrolment: Enrolment,
    make_customer: MakeCustomer,
) -> Result<Enrolled, EnrolError> {
    if enrolment.format != FORMAT {
        return Err(EnrolError::Version);
    }
    let key = read_public_key(&enrolment.public_key)
        .filter(|key| verify(key, &enrolment_text(&enrolment.public_key, &enrolment.token), &enrolment.proof))
        .ok_or(EnrolError::KeyInvalid)?
        .to_bytes()
        .to_vec();
    enrolment.about.clean();
    let secrets = secrets.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let by_hash = enrolment_token::Column::TokenHash.eq(sha256(&enrolment.token));
            let token = enrolment_token::Entity::find().filter(by_hash).one(tx).await?;
            let token = token.ok_or(EnrolError::TokenInvalid)?;
            let known = system::Entity::find().filter(system::Column::PublicKey.eq(key.clone())).one(tx).await?;
            // An answer that was lost is asked for again: the use is already counted.
            if let Some(row) = known.as_ref().filter(|it| it.removed_at.is_none()) {
                return Ok(Enrolled { system: row.id, customer: row.customer_id, is_new: false });
            }
            if !is_good(&token, act.at) {
                return Err(EnrolError::TokenInvalid);
            }
            let customer = match token.customer_id {
                Some(customer) => {
                    let there = owners::customer(tx, customer, Scope::All).await?;
                    there.ok_or(EnrolError::TokenInvalid)?.id
                }
                None => make_customer(tx, token.reseller_id, enrolment.about.name.clone()).await?,
            };
            let place = place_in(tx, customer, token.place.as_deref()).await?;
            let by_token = serde_json::json!({ "token": token.id, "place": place });
            let mut used = token.clone().into_active_model();
            used.used = Set(token.used + 1);
            used.last_used_at = Set(Some(act.at));
            used.update(tx).await?;
            let id = known.as_ref().map_or_else(|| SystemId::new(act.at, &*act.rng), |row| row.id);
            let mut row = new_row(id, customer, place, key, &enrolment.about, act.at);
            if let Some(user) = &enrolment.service_user {
                service_user::check(user).map_err(|_| EnrolError::ServiceUser)?;
                row.service_user = Some(user.name.clone());
                row.service_password = Some(service_user::seal(&secrets, &act, &user.password));
            }
            if known.is_some() {
                // Removed once, and enrolled again: a new beginning under the same id.
                system::Entity::delete_by_id(id).exec(tx).await?;
            }
            let active: system::ActiveModel = row.into();
            system::Entity::insert(active).exec_without_returning(tx).await?;
            if let Some(before) = known.filter(|it| it.customer_id != customer) {
                customer_state::refresh(tx, before.customer_id).await?;
            }
            customer_state::refresh(tx, customer).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "system.enrol", "system")
                .object(id, &enrolment.about.name)
                .of(customer)
                .detail(by_token);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(Enrolled { system: id, customer, is_new: true })
        })
    })
    .await
}

fn is_good(token: &enrolment_token::Model, now: Timestamp) -> bool {
    token.used < token.uses && token.revoked_at.is_none() && token.expires_at.is_none_or(|end| now < end)
}

/// What the token says; else the first system of a customer is its primary, and others stand beside it.
async fn place_in(tx: &Tx, customer: CustomerId, place: Option<&str>) -> Result<SystemPlace, DbErr> {
    if let Some(place) = place {
        return Ok(SystemPlace::from_code(place));
    }
    let primary = system::Entity::find()
        .filter(system::Column::CustomerId.eq(customer))
        .filter(system::Column::Place.eq(SystemPlace::Primary.as_str()))
        .filter(system::Column::RemovedAt.is_null());
    Ok(if primary.count(tx).await? == 0 { SystemPlace::Primary } else { SystemPlace::Secondary })
}

fn new_row(
    id: SystemId,
    customer: CustomerId,
    place: SystemPlace,
    key: Vec<u8>,
    about: &About,
    now: Timestamp,
) -> system::Model {
    system::Model {
        id,
        customer_id: customer,
        place: place.as_str().to_owned(),
        public_key: key,
        name_key: about.name.to_lowercase(),
        name: about.name.clone(),
        profile: about.profile.clone(),
        version: about.version.clone(),
        agent_version: about.agent_version.clone(),
        platform: about.platform.clone(),
        address: about.address.clone(),
        via_primary: about.via_primary,
        started_at: about.started_at,
        switches: serde_json::to_string(&about.switches).unwrap_or_default(),
        conditions: serde_json::to_string(&about.conditions).unwrap_or_default(),
        applications: serde_json::to_string(&about.applications).unwrap_or_default(),
        connectivity: Connectivity::Waiting.as_str().to_owned(),
        connectivity_since: now,
        standing: Connectivity::Connected.as_str().to_owned(),
        last_seen_at: None,
        node_id: None,
        epoch: 0,
        spool: 0,
        stored: 0,
        service_user: None,
        service_password: None,
        order_at: None,
        order_outcome: None,
        enrolled_at: now,
        removed_at: None,
        certificates: serde_json::to_string(&about.certificates).unwrap_or_default(),
        certificates_anew: None,
    }
}

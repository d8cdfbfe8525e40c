//! Certificates of customers' systems and their devices: each customer has an authority of its own, so that no system can
//! pass for one of another customer, or for this server. What a system asks for is issued while its owner has it switched
//! on; the newest of each is on record.

mod issue;
#[cfg(test)]
mod tests;

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::{Expr, OnConflict},
};
use serde::Serialize;
use vigie_db::{ConnectionTrait, Database, Tx, owners, secrets::Secrets};
use vigie_kernel::{Act, AuditEntry, CustomerId, Granted, SystemId, Timestamp};
use vigie_wire::link::{
    certificate::{
        CertificateRefusal, CertificateState, Issued, MOST_CERTIFICATES, MOST_DEVICES, Wanted, is_device, is_key,
    },
    message::Switches,
};

use crate::{
    entity::{customer_authority, system, system_certificate},
    links::{LinkError, of_newest},
    systems::present,
};

/// What an authority's sealed key is bound to.
const PURPOSE: &str = "customer-authority";
/// Certificates that one system may have.
const MOST: u64 = (MOST_CERTIFICATES + 4 * MOST_DEVICES) as u64;
/// At least so long from one certificate to the next of the same entry and device.
const BETWEEN: Duration = Duration::from_secs(10);

/// None is issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Why, for the system.
    #[error("{}", .0.words())]
    Refused(CertificateRefusal),
    /// The link does not count, or the database did not answer.
    #[error(transparent)]
    Link(#[from] LinkError),
}

impl From<DbErr> for IssueError {
    fn from(error: DbErr) -> Self {
        Self::Link(error.into())
    }
}

fn failed(error: &dyn std::fmt::Display) -> IssueError {
    DbErr::Custom(format!("a certificate of a system: {error}")).into()
}

/// Issues what a system asks for. `is_own`: whether a name is this server's.
pub async fn issue(
    db: &Database,
    secrets: &Secrets,
    act: Act,
    id: SystemId,
    epoch: u64,
    wanted: Wanted,
    is_own: impl Fn(&str) -> bool,
) -> Result<Issued, IssueError> {
    if !is_key(&wanted.key) || wanted.device.as_deref().is_some_and(|it| !is_device(it)) {
        return Err(IssueError::Refused(CertificateRefusal::Invalid));
    }
    let request = issue::request(&wanted.request, is_own).map_err(IssueError::Refused)?;
    let secrets = secrets.clone();
    db.write(move |tx| {
        Box::pin(async move {
            let system = of_newest(tx, id, epoch).await?;
            let device = wanted.device.unwrap_or_default();
            may(tx, &system, &wanted.key, &device, act.at).await?;
            let authority = authority(tx, &secrets, &act, system.customer_id).await?;
            let key = secrets.open(PURPOSE, &authority.key_sealed).map_err(|error| failed(&error))?;
            // RFC 5280 §4.1.2.2: a positive number, and unforeseeable.
            let mut serial = [0; 16];
            act.rng.fill(&mut serial);
            serial[0] = serial[0] & 0x7f | 0x40;
            let subject = if device.is_empty() { &system.name } else { &device };
            let names = request.listed.clone();
            let made = issue::sign(&authority.certificate, &key, request, subject, serial, act.at);
            let made = made.map_err(|error| failed(&error))?;
            keep(tx, &act, &system, (wanted.key, device), names, hex::encode(serial), &made).await?;
            Ok(Issued { certificate: made.certificate, authority: authority.certificate })
        })
    })
    .await
}

/// Whether the system may have this one now.
async fn may(tx: &Tx, system: &system::Model, entry: &str, device: &str, now: Timestamp) -> Result<(), IssueError> {
    use system_certificate::{Column, Entity};
    let refused = |code| Err(IssueError::Refused(code));
    let switches: Switches = serde_json::from_str(&system.switches).unwrap_or_default();
    if !switches.automatic_certificates {
        return refused(CertificateRefusal::SwitchedOff);
    }
    if !device.is_empty() && !switches.device_certificates {
        return refused(CertificateRefusal::DevicesSwitchedOff);
    }
    let key = (system.id, entry.to_owned(), device.to_owned());
    match Entity::find_by_id(key).one(tx).await? {
        Some(before) if now.since(before.issued_at) < BETWEEN => return refused(CertificateRefusal::TooOften),
        Some(_) => return Ok(()),
        None => {}
    }
    // Those that ended are nobody's any more.
    Entity::delete_many().filter(Column::SystemId.eq(system.id)).filter(Column::NotAfter.lt(now)).exec(tx).await?;
    if Entity::find().filter(Column::SystemId.eq(system.id)).count(tx).await? >= MOST {
        return refused(CertificateRefusal::TooMany);
    }
    Ok(())
}

async fn newest<C: ConnectionTrait>(
    connection: &C,
    customer: CustomerId,
) -> Result<Option<customer_authority::Model>, DbErr> {
    use customer_authority::{Column, Entity};
    Entity::find().filter(Column::CustomerId.eq(customer)).order_by_desc(Column::Seq).one(connection).await
}

/// The authority that issues for a customer; made when there is none that lasts.
async fn authority(
    tx: &Tx,
    secrets: &Secrets,
    act: &Act,
    customer: CustomerId,
) -> Result<customer_authority::Model, IssueError> {
    if let Some(present) = newest(tx, customer).await?.filter(|it| !issue::is_old(it.not_after, act.at)) {
        return Ok(present);
    }
    let name = owners::names(tx, [customer]).await?.remove(&customer).unwrap_or_default();
    let issue::MadeAuthority { made, key } = issue::authority(&name, act.at).map_err(|error| failed(&error))?;
    let row = customer_authority::ActiveModel {
        customer_id: Set(customer),
        certificate: Set(made.certificate),
        key_sealed: Set(secrets.seal(&*act.rng, PURPOSE, &key)),
        sha256: Set(made.sha256.clone()),
        not_before: Set(made.not_before),
        not_after: Set(made.not_after),
        ..Default::default()
    };
    customer_authority::Entity::insert(row).exec_without_returning(tx).await?;
    let entry = AuditEntry::new(act.at, &act.actor, "certificate-authority.create", "customer")
        .object(customer, &name)
        .of(customer)
        .detail(serde_json::json!({ "sha256": made.sha256, "not_after": made.not_after }));
    vigie_db::audit::append(tx, &*act.rng, entry);
    let there = newest(tx, customer).await?;
    there.ok_or_else(|| failed(&"the authority that was just made is not there"))
}

async fn keep(
    tx: &Tx,
    act: &Act,
    system: &system::Model,
    (entry, device): (String, String),
    names: Vec<String>,
    serial: String,
    made: &issue::Made,
) -> Result<(), DbErr> {
    use system_certificate::Column::{Device, Entry, IssuedAt, Names, NotAfter, Serial, Sha256, SystemId};
    let audit = AuditEntry::new(act.at, &act.actor, "system.certificate", "system")
        .object(system.id, &system.name)
        .of(system.customer_id)
        .detail(serde_json::json!({
            "certificate": entry, "device": device, "names": names, "serial": serial, "not_after": made.not_after,
        }));
    vigie_db::audit::append(tx, &*act.rng, audit);
    let row = system_certificate::ActiveModel {
        system_id: Set(system.id),
        entry: Set(entry),
        device: Set(device),
        names: Set(serde_json::to_string(&names).unwrap_or_default()),
        serial: Set(serial),
        sha256: Set(made.sha256.clone()),
        issued_at: Set(act.at),
        not_after: Set(made.not_after),
    };
    let newest = OnConflict::columns([SystemId, Entry, Device])
        .update_columns([Names, Serial, Sha256, IssuedAt, NotAfter])
        .to_owned();
    system_certificate::Entity::insert(row).on_conflict(newest).exec_without_returning(tx).await?;
    Ok(())
}

/// Since when a system's certificates are wanted anew; none: never.
pub async fn anew_since(db: &Database, id: SystemId) -> Result<Option<Timestamp>, DbErr> {
    let row = system::Entity::find_by_id(id).filter(present()).one(db.reads()).await?;
    Ok(row.and_then(|it| it.certificates_anew))
}

/// Wants all certificates of a system anew. False: there is no such system, or it is not the caller's.
pub async fn want_anew(db: &Database, granted: Granted, act: Act, id: SystemId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let within = present().add(owners::within(system::Column::CustomerId, granted.scope()));
            let Some(row) = system::Entity::find_by_id(id).filter(within).one(tx).await? else { return Ok(false) };
            system::Entity::update_many()
                .filter(system::Column::Id.eq(id))
                .col_expr(system::Column::CertificatesAnew, Expr::value(act.at.millis()))
                .exec(tx)
                .await?;
            let entry = AuditEntry::new(act.at, &act.actor, "system.certificates-renew", "system")
                .object(id, &row.name)
                .of(row.customer_id);
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(true)
        })
    })
    .await
}

/// The authority that issues for a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerAuthority {
    /// Its certificate, PEM: what whoever connects to the customer's systems is to trust.
    pub certificate: String,
    /// SHA-256 of its DER form, hexadecimal.
    pub sha256: String,
    /// From when on it is good.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}

/// A certificate that was issued to a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedCertificate {
    /// The key of the entry in the system's profile.
    pub key: String,
    /// Names and addresses that it is for.
    pub names: Vec<String>,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// SHA-256 of its DER form, hexadecimal.
    pub sha256: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Until when it is good.
    pub not_after: Timestamp,
}

/// What is known of a system's certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemCertificates {
    /// The authority that issues for its customer; null: nothing was issued yet.
    pub authority: Option<CustomerAuthority>,
    /// How the system says that it stands with each entry of its profile.
    pub entries: Vec<CertificateState>,
    /// What was issued to the system itself, the newest for each entry. Those of its devices are counted in `entries`.
    pub issued: Vec<IssuedCertificate>,
    /// Since when all are wanted anew; null: never.
    pub anew_since: Option<Timestamp>,
}

/// What is known of a system's certificates; none: there is no such system, or it is not the caller's.
pub async fn of_system(db: &Database, granted: Granted, id: SystemId) -> Result<Option<SystemCertificates>, DbErr> {
    use system_certificate::{Column, Entity};
    let within = present().add(owners::within(system::Column::CustomerId, granted.scope()));
    let Some(row) = system::Entity::find_by_id(id).filter(within).one(db.reads()).await? else { return Ok(None) };
    let authority = newest(db.reads(), row.customer_id).await?.map(|it| CustomerAuthority {
        certificate: it.certificate,
        sha256: it.sha256,
        not_before: it.not_before,
        not_after: it.not_after,
    });
    let issued = Entity::find().filter(Column::SystemId.eq(id)).filter(Column::Device.eq(""));
    let issued = issued.order_by_asc(Column::Entry).all(db.reads()).await?;
    let issued = issued.into_iter().map(|it| IssuedCertificate {
        key: it.entry,
        names: serde_json::from_str(&it.names).unwrap_or_default(),
        serial: it.serial,
        sha256: it.sha256,
        issued_at: it.issued_at,
        not_after: it.not_after,
    });
    Ok(Some(SystemCertificates {
        authority,
        entries: serde_json::from_str(&row.certificates).unwrap_or_default(),
        issued: issued.collect(),
        anew_since: row.certificates_anew,
    }))
}

//! Certificates of others that the server's own connections trust, beside those of its operating system.

use std::collections::HashSet;

use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vigie_db::Database;
use vigie_kernel::{Act, AuditEntry, Granted, Timestamp, TrustedCertificateId};

use crate::entity::trusted_certificate as row;

/// Most certificates that are trusted.
pub const MOST: usize = 200;

/// What a trusted certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TrustedKind)]
pub enum Kind {
    /// A root: what it issued is trusted.
    Root,
    /// An intermediate authority: completes chains that a server leaves incomplete; its root must be trusted too.
    Intermediate,
    /// A system's own certificate: that one is trusted, nothing else.
    System,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Intermediate => "intermediate",
            Self::System => "system",
        }
    }

    /// What is not known vouches for nothing else.
    fn from_code(code: &str) -> Self {
        match code {
            "root" => Self::Root,
            "intermediate" => Self::Intermediate,
            _ => Self::System,
        }
    }
}

/// A certificate to be trusted, as it says itself.
#[derive(Debug, Clone)]
pub struct NewTrusted {
    /// What it is for.
    pub kind: Kind,
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// From when on.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// SHA-256 of its DER form.
    pub sha256: Vec<u8>,
    /// Its DER form.
    pub der: Vec<u8>,
}

/// A certificate that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// Id.
    pub id: TrustedCertificateId,
    /// What it is for.
    pub kind: Kind,
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// From when on.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// SHA-256 of its DER form.
    pub sha256: Vec<u8>,
    /// Its DER form.
    pub der: Vec<u8>,
    /// When it was added.
    pub added_at: Timestamp,
}

impl From<row::Model> for Trusted {
    fn from(row: row::Model) -> Self {
        let row::Model { id, kind, subject, issuer, not_before, not_after, sha256, der, added_at } = row;
        let kind = Kind::from_code(&kind);
        Self { id, kind, subject, issuer, not_before, not_after, sha256, der, added_at }
    }
}

/// A certificate could not be added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// It is trusted already, or comes twice.
    #[error("{subject} is trusted already")]
    Known {
        /// Whose it is.
        subject: String,
    },
    /// There would be too many.
    #[error("at most {MOST} certificates can be trusted; remove some first")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// All of them, by name: at most [`MOST`].
pub async fn list(db: &Database, _granted: Granted) -> Result<Vec<Trusted>, DbErr> {
    let rows =
        row::Entity::find().order_by_asc(row::Column::Subject).order_by_asc(row::Column::Id).all(db.reads()).await?;
    Ok(rows.into_iter().map(Trusted::from).collect())
}

/// Adds some, all or none.
pub async fn add(db: &Database, _granted: Granted, act: Act, new: Vec<NewTrusted>) -> Result<Vec<Trusted>, AddError> {
    db.write(move |tx| {
        Box::pin(async move {
            let present = row::Entity::find().count(tx).await?;
            if usize::try_from(present).unwrap_or(MOST) + new.len() > MOST {
                return Err(AddError::TooMany);
            }
            let mut seen = HashSet::new();
            let mut added = Vec::with_capacity(new.len());
            for one in new {
                let known = row::Entity::find().filter(row::Column::Sha256.eq(one.sha256.clone())).count(tx).await?;
                if known > 0 || !seen.insert(one.sha256.clone()) {
                    return Err(AddError::Known { subject: one.subject });
                }
                let NewTrusted { kind, subject, issuer, not_before, not_after, sha256, der } = one;
                let model = row::Model {
                    id: TrustedCertificateId::new(act.at, &*act.rng),
                    kind: kind.as_str().to_owned(),
                    subject,
                    issuer,
                    not_before,
                    not_after,
                    sha256,
                    der,
                    added_at: act.at,
                };
                let active: row::ActiveModel = model.clone().into();
                row::Entity::insert(active).exec_without_returning(tx).await?;
                let detail = json!({ "kind": kind, "not_after": not_after, "sha256": hex::encode(&model.sha256) });
                let entry = AuditEntry::new(act.at, &act.actor, "trusted-certificate.add", "trusted-certificate")
                    .object(model.id, &model.subject)
                    .detail(detail);
                vigie_db::audit::append(tx, &*act.rng, entry);
                added.push(model.into());
            }
            Ok(added)
        })
    })
    .await
}

/// Trusts one no longer. False: there is none of that id.
pub async fn remove(db: &Database, _granted: Granted, act: Act, id: TrustedCertificateId) -> Result<bool, DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let Some(found) = row::Entity::find_by_id(id).one(tx).await? else { return Ok(false) };
            row::Entity::delete_by_id(id).exec(tx).await?;
            let entry = AuditEntry::new(act.at, &act.actor, "trusted-certificate.remove", "trusted-certificate")
                .object(id, &found.subject)
                .detail(json!({ "sha256": hex::encode(&found.sha256) }));
            vigie_db::audit::append(tx, &*act.rng, entry);
            Ok(true)
        })
    })
    .await
}

//! Files attached to an equipment: invoices, photographs, hand-over forms. The row names the file; its content is in the
//! store of files under its digest, shared by all rows that have the same.

use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use vigie_db::{Database, blobs::Blobs};
use vigie_kernel::{Act, AttachmentId, EquipmentId, Granted, Timestamp};

use super::{ChangeError, change, detail};
use crate::entity::attachment::{Column, Entity, Model};

/// Largest file, bytes.
pub const LARGEST: usize = 20 << 20;
/// Most files of one equipment.
pub const MOST: u64 = 50;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// Id.
    pub id: AttachmentId,
    /// Its name.
    pub name: String,
    /// Size, bytes.
    pub bytes: i64,
    /// SHA-256 of its content.
    pub sha256: String,
    /// When it was attached.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
}

impl From<Model> for Attachment {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            bytes: row.bytes,
            sha256: row.digest,
            created_at: row.created_at,
            created_by: row.created_by,
        }
    }
}

/// The files of an equipment, oldest first. None: no such equipment.
pub async fn list(db: &Database, granted: &Granted, equipment: EquipmentId) -> Result<Option<Vec<Attachment>>, DbErr> {
    if detail::row(db.reads(), granted, equipment).await?.is_none() {
        return Ok(None);
    }
    let rows = Entity::find().filter(Column::EquipmentId.eq(equipment)).order_by_asc(Column::CreatedAt);
    Ok(Some(rows.all(db.reads()).await?.into_iter().map(Into::into).collect()))
}

/// The last part of a name, without what could lead elsewhere or break a header.
pub fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|c| !c.is_control() && !"\"<>:|?*;".contains(*c)).take(120).collect();
    let name = name.trim().trim_start_matches('.').to_owned();
    if name.is_empty() { "file".to_owned() } else { name }
}

/// Attaches a file.
pub async fn add(
    db: &Database,
    blobs: &Blobs,
    granted: Granted,
    act: Act,
    equipment: EquipmentId,
    name: &str,
    content: Vec<u8>,
) -> Result<Attachment, ChangeError> {
    if content.len() > LARGEST {
        return Err(ChangeError::Invalid { field: "file", reason: "is larger than 20 MiB" });
    }
    let digest = hex::encode(Sha256::digest(&content));
    let row = Model {
        id: AttachmentId::new(act.at, &*act.rng),
        equipment_id: equipment,
        name: plain_name(name),
        media_type: "application/octet-stream".to_owned(),
        bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
        digest: digest.clone(),
        merged_from: None,
        created_at: act.at,
        created_by: act.actor.name.clone(),
    };
    if detail::row(db.reads(), &granted, equipment).await?.is_none() {
        return Err(ChangeError::NotFound);
    }
    // First the content, then the row that refers to it: a crash between leaves a file too many, never a row too many.
    blobs.put(&digest, content).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    db.write(move |tx| {
        Box::pin(async move {
            let owner = detail::row(tx, &granted, equipment).await?.ok_or(ChangeError::NotFound)?;
            if Entity::find().filter(Column::EquipmentId.eq(equipment)).count(tx).await? >= MOST {
                return Err(ChangeError::Invalid { field: "file", reason: "would be more than 50 files" });
            }
            let attached = Attachment::from(row.clone());
            let insert = sea_orm::ActiveModelTrait::reset_all(row.into_active_model());
            Entity::insert(insert).exec_without_returning(tx).await?;
            let told = serde_json::json!({ "file": attached.name, "sha256": attached.sha256 }).to_string();
            change::audit(tx, &act, "equipment.attach", &owner, &told);
            Ok(attached)
        })
    })
    .await
}

/// A file with its content.
pub async fn read(
    db: &Database,
    blobs: &Blobs,
    granted: &Granted,
    equipment: EquipmentId,
    id: AttachmentId,
) -> Result<Option<(Attachment, Vec<u8>)>, DbErr> {
    if detail::row(db.reads(), granted, equipment).await?.is_none() {
        return Ok(None);
    }
    let Some(row) = Entity::find_by_id(id).filter(Column::EquipmentId.eq(equipment)).one(db.reads()).await? else {
        return Ok(None);
    };
    let content = blobs.get(&row.digest).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    let content = content.ok_or_else(|| DbErr::Custom(format!("the content of {id} is gone")))?;
    Ok(Some((row.into(), content)))
}

/// Detaches a file; its content goes when nothing else refers to it.
pub async fn remove(
    db: &Database,
    blobs: &Blobs,
    granted: Granted,
    act: Act,
    equipment: EquipmentId,
    id: AttachmentId,
) -> Result<(), ChangeError> {
    let unused = db
        .write(move |tx| {
            Box::pin(async move {
                let owner = detail::row(tx, &granted, equipment).await?.ok_or(ChangeError::NotFound)?;
                let found = Entity::find_by_id(id).filter(Column::EquipmentId.eq(equipment)).one(tx).await?;
                let row = found.ok_or(ChangeError::NotFound)?;
                Entity::delete_by_id(id).exec(tx).await?;
                let told = serde_json::json!({ "file": row.name, "sha256": row.digest }).to_string();
                change::audit(tx, &act, "equipment.detach", &owner, &told);
                let used = Entity::find().filter(Column::Digest.eq(row.digest.clone())).count(tx).await?;
                Ok::<_, ChangeError>((used == 0).then_some(row.digest))
            })
        })
        .await?;
    if let Some(digest) = unused {
        blobs.delete(&digest).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_lead_nowhere() {
        assert_eq!(super::plain_name("../../etc/passwd"), "passwd");
        assert_eq!(super::plain_name("C:\\x\\invoice \"1\".pdf"), "invoice 1.pdf");
        assert_eq!(super::plain_name("..\u{0}"), "file");
    }
}

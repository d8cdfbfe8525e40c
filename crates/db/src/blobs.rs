//! Files that belong to rows: kept under their SHA-256, never under a name from outside. A local folder by default.

use std::{path::Path as Folder, sync::Arc};

use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, path::Path};

/// The store of files. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs(Arc<dyn ObjectStore>);

/// A file could not be stored or read.
#[derive(Debug, thiserror::Error)]
#[error("the store of files: {0}")]
pub struct BlobError(#[from] object_store::Error);

impl Blobs {
    /// In a local folder, made when it is not there.
    pub fn local(folder: &Folder) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(std::io::Error::other)?;
        Ok(Self(Arc::new(store.with_fsync(true))))
    }

    /// Stores a content under its digest (lower-case hexadecimal). Storing it again changes nothing.
    pub async fn put(&self, digest: &str, content: Vec<u8>) -> Result<(), BlobError> {
        self.0.put(&place(digest), PutPayload::from(content)).await?;
        Ok(())
    }

    /// The content of a digest; none when it is not stored.
    pub async fn get(&self, digest: &str) -> Result<Option<Vec<u8>>, BlobError> {
        match self.0.get(&place(digest)).await {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets a content; one that is not stored is no failure.
    pub async fn delete(&self, digest: &str) -> Result<(), BlobError> {
        match self.0.delete(&place(digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// A folder for each first byte, so that none grows too large.
fn place(digest: &str) -> Path {
    Path::from_iter([digest.get(..2).unwrap_or("00"), digest])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_stored_comes_back_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::local(folder.path()).unwrap();
        blobs.put("abcd", b"content".to_vec()).await.unwrap();
        blobs.put("abcd", b"content".to_vec()).await.unwrap();
        assert_eq!(blobs.get("abcd").await.unwrap().unwrap(), b"content");
        blobs.delete("abcd").await.unwrap();
        blobs.delete("abcd").await.unwrap();
        assert!(blobs.get("abcd").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_place_never_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::local(&folder.path().join("inner")).unwrap();
        let _ = blobs.put("../../outside", b"x".to_vec()).await;
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the folder itself");
    }
}

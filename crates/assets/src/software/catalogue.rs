//! What this server remembers of the catalogue of software: under which number a version is stored.
//!
//! Machines share nearly all of their versions, so a new machine asks for hundreds that the last one asked for, too. A
//! version is never changed or removed, so what was once committed may be remembered for good.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use sea_orm::DbErr;
use vigie_db::Tx;

use super::list::{Digest, read_digest};
use crate::sql;

/// Versions that are remembered, some 6 MB: more than 100,000 machines have between them.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// A version as the catalogue has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) seq: i64,
    pub(super) title: i64,
}

/// The versions that were met lately. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue(Arc<Mutex<LruCache<Digest, Known>>>);

impl Default for Catalogue {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(REMEMBERED))))
    }
}

impl Catalogue {
    fn lock(&self) -> MutexGuard<'_, LruCache<Digest, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For one change of the database.
    pub(crate) fn look(&self) -> Versions {
        Versions { remembered: self.clone(), asked: Vec::new() }
    }

    /// To be called when that change is durable: what it asked the database for, or added, is remembered.
    pub(crate) fn learn(&self, versions: Versions) {
        let mut remembered = self.lock();
        for (digest, known) in versions.asked {
            remembered.put(digest, known);
        }
    }
}

/// The catalogue's versions within one change, which may be taken back.
#[derive(Debug)]
pub(crate) struct Versions {
    remembered: Catalogue,
    asked: Vec<(Digest, Known)>,
}

impl Versions {
    /// Those of these versions that are stored.
    pub(super) async fn of(
        &mut self,
        tx: &Tx,
        digests: impl Iterator<Item = Digest>,
    ) -> Result<HashMap<Digest, Known>, DbErr> {
        let mut found = HashMap::new();
        let mut unknown = Vec::new();
        {
            let mut remembered = self.remembered.lock();
            for digest in digests {
                match remembered.get(&digest) {
                    Some(known) => drop(found.insert(digest, *known)),
                    None => unknown.push(digest.to_vec().into()),
                }
            }
        }
        let text = "SELECT digest, seq, title_seq FROM software_version WHERE digest";
        for row in sql::rows_in(tx, text, unknown).await? {
            let digest = read_digest(&row.try_get::<Vec<u8>>("", "digest")?)?;
            let known = Known { seq: row.try_get("", "seq")?, title: row.try_get("", "title_seq")? };
            self.asked.push((digest, known));
            found.insert(digest, known);
        }
        Ok(found)
    }
}

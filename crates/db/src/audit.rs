//! Writing the audit trail: every context does it in its own transaction. Reading it is the business of `people`.
//!
//! The trail is a chain. Each row's hash is an HMAC (RFC 2104, SHA-256) over the hash before it and the row, under a key
//! that is not in the database: who can write to the database alone cannot change, insert or take away a row so that
//! [`verify`] would not find it. Entries are written when their transaction ends: the one row that holds the last hash is
//! locked for that moment only, and never while another lock is waited for.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement, entity::prelude::*,
};
use sha2::Sha256;
use vigie_kernel::{Actor, AuditEntry, AuditId, CustomerId, Rng, Timestamp};

use crate::{Database, Tx};

/// A row of the trail.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// Order of the rows.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// Id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// What kind of actor.
    pub actor_kind: String,
    /// The actor's id.
    pub actor_id: Option<String>,
    /// The actor's name.
    pub actor_name: String,
    /// From where.
    pub source_address: Option<String>,
    /// What was done.
    pub action: String,
    /// To what kind of object.
    pub object_kind: String,
    /// Its id.
    pub object_id: Option<String>,
    /// Its name.
    pub object_name: Option<String>,
    /// Whose it is.
    pub customer_id: Option<CustomerId>,
    /// More, as JSON.
    pub detail: String,
    /// Links the row to the one before it.
    pub hash: Option<Vec<u8>>,
}

/// No relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Rows of which retention took everything up to one: what it writes to the trail itself.
pub const TRIM: &str = "audit.trim";
/// Rows that are read at once.
const READ_AT_ONCE: u64 = 1000;

/// The key of the chain, known once the server has read it; until then, and in tests, all zeros. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChainKey(Arc<OnceLock<[u8; 32]>>);

impl ChainKey {
    pub(crate) fn set(&self, key: [u8; 32]) {
        // Set twice only where the same server is put together twice: with the same key.
        let _ = self.0.set(key);
    }

    fn get(&self) -> [u8; 32] {
        self.0.get().copied().unwrap_or_default()
    }
}

/// Entries of a transaction that has not ended.
#[derive(Debug, Default)]
pub(crate) struct Entries(Mutex<Vec<Model>>);

impl Entries {
    fn take(&self) -> Vec<Model> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The transaction is taken back.
    pub(crate) fn forget(&self) {
        drop(self.take());
    }
}

/// Adds an entry to the transaction of the change itself; it is written with it or not at all.
pub fn append(tx: &Tx, rng: &dyn Rng, entry: AuditEntry<'_>) {
    let row = Model {
        seq: 0,
        id: AuditId::new(entry.at, rng),
        at: entry.at,
        actor_kind: entry.actor.kind.as_str().to_owned(),
        actor_id: entry.actor.id.clone(),
        actor_name: entry.actor.name.clone(),
        source_address: entry.actor.source_address.clone(),
        action: entry.action.to_owned(),
        object_kind: entry.object_kind.to_owned(),
        object_id: entry.object_id,
        object_name: entry.object_name,
        customer_id: entry.customer,
        detail: entry.detail,
        hash: None,
    };
    tx.entries.0.lock().unwrap_or_else(PoisonError::into_inner).push(row);
}

/// Writes the entries of a transaction that is about to be kept.
pub(crate) async fn write(tx: &Tx) -> Result<(), DbErr> {
    let entries = tx.entries.take();
    if entries.is_empty() {
        return Ok(());
    }
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let chain = Chain::read(tx, lock).await?;
    let (key, mut head) = (tx.chain_key.get(), chain.head);
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let rows: Vec<ActiveModel> = entries
        .into_iter()
        .map(|row| {
            head = link(&key, &head, &row);
            ActiveModel { seq: sea_orm::NotSet, hash: Set(Some(head.clone())), ..row.into() }
        })
        .collect();
    for rows in rows.chunks(100) {
        Entity::insert_many(rows.iter().cloned()).exec_without_returning(tx).await?;
    }
    let text = "UPDATE audit_chain SET head = $1, entries = entries + $2 WHERE id = 1";
    run(tx, text, vec![head.into(), count.into()]).await
}

async fn run(tx: &Tx, text: &str, values: Vec<sea_orm::Value>) -> Result<(), DbErr> {
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values)).await.map(drop)
}

/// The ends of the chain.
struct Chain {
    /// The last hash; empty: none yet.
    head: Vec<u8>,
    /// How many entries were ever written.
    entries: i64,
    /// The hash before the first row that is kept; empty: the chain's own beginning.
    anchor: Vec<u8>,
    /// The last row that is not part of it any more.
    anchor_seq: i64,
}

impl Chain {
    async fn read(connection: &impl ConnectionTrait, lock: &str) -> Result<Self, DbErr> {
        let text = format!("SELECT head, entries, anchor, anchor_seq FROM audit_chain WHERE id = 1{lock}");
        let statement = Statement::from_string(connection.get_database_backend(), text);
        let row = connection.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("the ends of the audit trail".into()))?;
        Ok(Self {
            head: row.try_get::<Option<Vec<u8>>>("", "head")?.unwrap_or_default(),
            entries: row.try_get("", "entries")?,
            anchor: row.try_get::<Option<Vec<u8>>>("", "anchor")?.unwrap_or_default(),
            anchor_seq: row.try_get("", "anchor_seq")?,
        })
    }
}

/// The hash of a row behind `previous`. Each value is preceded by its length, so that none can be mistaken for two.
fn link(key: &[u8; 32], previous: &[u8], row: &Model) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    let mut add = |bytes: Option<&[u8]>| {
        // Nothing and the empty text are told apart.
        mac.update(&bytes.map_or(u64::MAX, |it| it.len() as u64).to_le_bytes());
        mac.update(bytes.unwrap_or_default());
    };
    add(Some(previous));
    add(Some(row.id.0.as_bytes()));
    add(Some(&row.at.millis().to_le_bytes()));
    add(Some(row.actor_kind.as_bytes()));
    add(row.actor_id.as_deref().map(str::as_bytes));
    add(Some(row.actor_name.as_bytes()));
    add(row.source_address.as_deref().map(str::as_bytes));
    add(Some(row.action.as_bytes()));
    add(Some(row.object_kind.as_bytes()));
    add(row.object_id.as_deref().map(str::as_bytes));
    add(row.object_name.as_deref().map(str::as_bytes));
    add(row.customer_id.as_ref().map(|it| &it.0.as_bytes()[..]));
    add(Some(row.detail.as_bytes()));
    mac.finalize().into_bytes().to_vec()
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is as it was written.
    Sound {
        /// How many rows are kept.
        rows: u64,
        /// The last hash, hexadecimal; empty: no row was ever written. Kept elsewhere it tells later whether rows were
        /// taken from the end.
        head: String,
    },
    /// A row is not as it was written, or one before it is missing.
    Broken {
        /// The row.
        id: AuditId,
        /// When it says it was.
        at: Timestamp,
    },
    /// Rows are missing at the beginning, where retention did not take them.
    Beginning,
    /// Rows are missing at the end.
    End,
}

/// Reads the whole trail and says whether it is as it was written. Reads 1,000 rows at a time; entries that are written
/// meanwhile are left for the next time.
pub async fn verify(db: &Database) -> Result<Verdict, DbErr> {
    loop {
        // One picture of rows and ends: what comes later has a larger number than the last row of now.
        let (chain, last) = db.write(|tx| Box::pin(async move { ends(tx).await })).await?;
        let anchor_seq = chain.anchor_seq;
        let verdict = walk(db, chain, last).await?;
        let trimmed_meanwhile = Chain::read(db.reads(), "").await?.anchor_seq != anchor_seq;
        if matches!(verdict, Verdict::Sound { .. }) || !trimmed_meanwhile {
            return Ok(verdict);
        }
    }
}

async fn walk(db: &Database, chain: Chain, last: i64) -> Result<Verdict, DbErr> {
    let key = db.chain_key().get();
    let (mut previous, mut seq, mut rows) = (chain.anchor.clone(), chain.anchor_seq, 0);
    let mut trimmed_to = None;
    loop {
        let page = Entity::find()
            .filter(Column::Seq.gt(seq))
            .filter(Column::Seq.lte(last))
            .order_by_asc(Column::Seq)
            .limit(READ_AT_ONCE)
            .all(db.reads())
            .await?;
        let Some(end) = page.last() else { break };
        seq = end.seq;
        for row in page {
            let hash = link(&key, &previous, &row);
            if row.hash.as_deref() != Some(&hash[..]) {
                // The first row after a beginning that was cut away does not fit either.
                return Ok(Verdict::Broken { id: row.id, at: row.at });
            }
            if row.action == TRIM {
                trimmed_to = serde_json::from_str::<Trimmed>(&row.detail).ok();
            }
            previous = hash;
            rows += 1;
        }
    }
    if previous != chain.head {
        return Ok(Verdict::End);
    }
    let anchor = hex::encode(&chain.anchor);
    if !chain.anchor.is_empty() && trimmed_to.is_none_or(|it| it.hash != anchor) {
        return Ok(Verdict::Beginning);
    }
    // Never trimmed: every entry is still there.
    if chain.anchor.is_empty() && i64::try_from(rows) != Ok(chain.entries) {
        return Ok(Verdict::Beginning);
    }
    Ok(Verdict::Sound { rows, head: hex::encode(chain.head) })
}

async fn ends(tx: &Tx) -> Result<(Chain, i64), DbErr> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR SHARE" } else { "" };
    let chain = Chain::read(tx, lock).await?;
    let newest = Entity::find().order_by_desc(Column::Seq).one(tx).await?;
    Ok((chain, newest.map_or(0, |row| row.seq)))
}

/// What the entry of a trim says.
#[derive(serde::Serialize, serde::Deserialize)]
struct Trimmed {
    before: Timestamp,
    rows: u64,
    hash: String,
}

/// Takes away the rows before a moment, and says so in the trail. Answers how many.
pub async fn trim(db: &Database, rng: Arc<dyn Rng>, now: Timestamp, before: Timestamp) -> Result<u64, DbErr> {
    let last = |db: &Database| {
        let select = Entity::find().filter(Column::At.lt(before)).order_by_desc(Column::Seq);
        let reads = db.reads().clone();
        async move { select.one(&reads).await }
    };
    let Some(last) = last(db).await? else { return Ok(0) };
    let Some(anchor) = last.hash.clone() else { return Ok(0) };
    db.write(move |tx| {
        Box::pin(async move {
            let gone = Entity::delete_many().filter(Column::Seq.lte(last.seq)).exec(tx).await?.rows_affected;
            if gone == 0 {
                return Ok(0);
            }
            let detail = Trimmed { before, rows: gone, hash: hex::encode(&anchor) };
            let text = "UPDATE audit_chain SET anchor = $1, anchor_seq = $2 WHERE id = 1";
            run(tx, text, vec![anchor.into(), last.seq.into()]).await?;
            let actor = Actor::server();
            let detail = serde_json::to_string(&detail).unwrap_or_default();
            append(tx, &*rng, AuditEntry::new(now, &actor, TRIM, "audit").detail(detail));
            Ok(gone)
        })
    })
    .await
}

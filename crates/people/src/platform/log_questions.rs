//! What one node asks of another node's log: a row with the question, to which the other adds the answer.

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    prelude::Uuid, sea_query::Expr,
};
use vigie_db::Database;
use vigie_kernel::{Act, Granted, NodeId, Timestamp, id::uuid_v7};

use crate::entity::log_question;

/// After so long nobody waits for an answer any more.
const STALE_AFTER: Duration = Duration::from_mins(1);
/// Questions that a node answers in one go.
const MOST: u64 = 8;

/// A question of another node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Id.
    pub id: Uuid,
    /// What is asked, as JSON.
    pub question: String,
}

/// Asks a node.
pub async fn ask(db: &Database, _granted: Granted, act: Act, node: NodeId, question: String) -> Result<Uuid, DbErr> {
    let id = uuid_v7(act.at, &*act.rng);
    db.write(move |tx| {
        Box::pin(async move {
            let row = log_question::ActiveModel {
                id: Set(id),
                node_id: Set(node),
                asked_at: Set(act.at),
                question: Set(question),
                answer: Set(None),
            };
            log_question::Entity::insert(row).exec_without_returning(tx).await.map(|_| id)
        })
    })
    .await
}

/// What a node is asked and has not answered.
pub async fn asked(db: &Database, node: NodeId, now: Timestamp) -> Result<Vec<Question>, DbErr> {
    let rows = log_question::Entity::find()
        .filter(log_question::Column::NodeId.eq(node))
        .filter(log_question::Column::AskedAt.gt(now.minus(STALE_AFTER)))
        .filter(log_question::Column::Answer.is_null())
        .order_by_asc(log_question::Column::AskedAt)
        .limit(MOST)
        .all(db.reads())
        .await?;
    Ok(rows.into_iter().map(|row| Question { id: row.id, question: row.question }).collect())
}

/// Answers a question, where somebody still waits.
pub async fn answer(db: &Database, id: Uuid, answer: String) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            log_question::Entity::update_many()
                .col_expr(log_question::Column::Answer, Expr::value(Some(answer)))
                .filter(log_question::Column::Id.eq(id))
                .exec(tx)
                .await
                .map(drop)
        })
    })
    .await
}

/// The answer; none: there is none yet.
pub async fn answered(db: &Database, id: Uuid) -> Result<Option<String>, DbErr> {
    Ok(log_question::Entity::find_by_id(id).one(db.reads()).await?.and_then(|row| row.answer))
}

/// Nobody waits any more.
pub async fn forget(db: &Database, id: Uuid) -> Result<(), DbErr> {
    db.write(move |tx| Box::pin(async move { log_question::Entity::delete_by_id(id).exec(tx).await.map(drop) })).await
}

/// Takes away what a node that was killed left.
pub async fn purge(db: &Database, now: Timestamp) -> Result<(), DbErr> {
    let before = now.minus(STALE_AFTER);
    db.write(move |tx| {
        Box::pin(async move {
            log_question::Entity::delete_many()
                .filter(log_question::Column::AskedAt.lt(before))
                .exec(tx)
                .await
                .map(drop)
        })
    })
    .await
}

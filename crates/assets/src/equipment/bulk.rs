//! One thing done with many equipments, in one transaction; one that cannot be done is left alone and named.

use vigie_db::{Database, Tx};
use vigie_kernel::{Act, CustomerId, EquipmentId, Granted};

use super::{
    ChangeError,
    change::{self, Fields},
    life,
};

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkAction {
    /// Move to another customer.
    Move(CustomerId),
    /// Set the state of life.
    Status(String),
    /// Delete.
    Delete,
    /// Bring back.
    Restore,
    /// Ask for a fresh inventory.
    FreshInventory,
}

/// Does it with all of `ids`; answers which could not be done, and why.
pub async fn bulk(
    db: &Database,
    granted: Granted,
    act: Act,
    ids: Vec<EquipmentId>,
    action: BulkAction,
) -> Result<Vec<(EquipmentId, ChangeError)>, ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            let mut failed = Vec::new();
            for id in ids {
                match one(tx, &granted, &act, id, &action).await {
                    Ok(()) => {}
                    Err(ChangeError::Database(error)) => return Err(error.into()),
                    Err(error) => failed.push((id, error)),
                }
            }
            Ok(failed)
        })
    })
    .await
}

async fn one(tx: &Tx, granted: &Granted, act: &Act, id: EquipmentId, action: &BulkAction) -> Result<(), ChangeError> {
    let fields = match action {
        BulkAction::Move(customer) => Fields { customer_id: Some(*customer), ..Fields::default() },
        BulkAction::Status(status) => Fields { status: Some(status.clone()), ..Fields::default() },
        BulkAction::Delete => return life::delete_in(tx, granted, act, id).await,
        BulkAction::Restore => return life::restore_in(tx, granted, act, id).await.map(drop),
        BulkAction::FreshInventory => return life::ask_fresh_in(tx, granted, act, id).await,
    };
    change::patch_in(tx, granted, act, id, &fields).await.map(drop)
}

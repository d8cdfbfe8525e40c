//! Reading an agent's body: piece by piece, against the largest allowed and against the budget of all requests.

use axum::body::Body;
use futures_util::StreamExt as _;
use vigie_kernel::Code;

use super::Account;
use crate::http::Problem;

/// Largest unpacked inventory, bytes.
pub(super) const LARGEST: usize = 32 << 20;

/// Most of a refused body that is read and forgotten, bytes.
const DRAINED: usize = 4 << 20;
/// Longest that a refused body is waited for.
const DRAIN_PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// The whole body, at most `limit` bytes.
pub(super) async fn read(body: Body, limit: usize, account: &mut Account) -> Result<Vec<u8>, Problem> {
    let mut pieces = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Problem::new(Code::RequestMalformed).detail("The body ended early."))?;
        if whole.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        if !account.take(piece.len()) {
            return Err(busy());
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

/// Reads and forgets what a client is still sending, up to a bound. These clients write their whole body before they
/// look at the answer: one whose connection is closed meanwhile reports a broken pipe and never sees why.
pub(super) async fn drain(body: Body) {
    let mut pieces = body.into_data_stream();
    let read = async {
        let mut left = DRAINED;
        while let Some(Ok(piece)) = pieces.next().await {
            left = left.saturating_sub(piece.len());
            if left == 0 {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN_PATIENCE, read).await;
}

pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(Code::InventoryTooLarge).detail(format!("At most {limit} bytes are taken."))
}

pub(super) fn busy() -> Problem {
    Problem::new(Code::Busy).detail("Too many inventories are being read at the moment.").retry_after(5)
}

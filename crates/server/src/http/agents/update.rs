//! `GET /api/v1/agent/updates/{version}`: a native agent fetches the version that it was offered.

use std::{io, sync::LazyLock, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::{
    io::{AsyncRead, AsyncSeekExt as _},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tokio_util::io::ReaderStream;
use vigie_assets::rollouts;
use vigie_kernel::{Code, Timestamp};
use vigie_wire::{
    sync::{SIGNATURE_HEADER, TIME_HEADER, verify},
    update::{fetch_text, target_of},
};

use super::synchronise::signer;
use crate::{
    files::digest,
    http::{AppState, Path, Problem, distribution_folder, oauth},
};

/// Versions on their way at once: others come again, and the line stays free for inventories.
const AT_ONCE: usize = 64;
/// Seconds after which an agent comes again when there are as many.
const COME_AGAIN: u32 = 60;
/// Longest that an agent may take nothing of a version: then it is another's turn, and it goes on from there later.
const LONGEST_SILENCE: Duration = Duration::from_mins(1);
/// Bytes that are read at once.
const PIECE: usize = 64 << 10;

static ON_THEIR_WAY: LazyLock<std::sync::Arc<Semaphore>> =
    LazyLock::new(|| std::sync::Arc::new(Semaphore::new(AT_ONCE)));

/// Fetch a version that was offered
///
/// The header `Vigie-Signature` is the agent's Ed25519 signature (base64) over `vigie-update-1`, the agent's id, this path and
/// the value of `Vigie-Time`, each on a line of its own. `Range: bytes=N-` goes on from a byte.
#[utoipa::path(
    get,
    path = "/api/v1/agent/updates/{version}",
    operation_id = "agent_update",
    tag = "agents",
    security(("agent_token" = [])),
    params(
        ("version" = String, Path, description = "The version, as it was offered."),
        ("vigie-agent" = String, Header, description = "The agent's id."),
        ("vigie-signature" = String, Header, description = "Signature, base64."),
        ("vigie-time" = String, Header, description = "The agent's clock, RFC 3339."),
    ),
    responses(
        (status = 200, description = "The packed program.", body = Vec<u8>, content_type = "application/zstd"),
        (status = 206, description = "The packed program from a byte on.", body = Vec<u8>, content_type = "application/zstd"),
        (status = 409, description = "`update-withdrawn`.", body = crate::http::ProblemDocument,
            content_type = "application/problem+json"),
    ),
)]
pub(super) async fn update(
    State(state): State<AppState>,
    Path(version): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    oauth::bearer_client(&state, &headers).await?;
    let signer = signer(&state, &headers).await?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let at: Timestamp = text(TIME_HEADER).parse().map_err(|_| Problem::new(Code::SignatureInvalid))?;
    if !verify(&signer.key, &fetch_text(signer.id, &version, at), text(SIGNATURE_HEADER)) {
        return Err(Problem::new(Code::SignatureInvalid));
    }
    let withdrawn = || Problem::new(Code::UpdateWithdrawn);
    let open = state.rollouts.get(&state.db, state.clock.now()).await?.filter(|open| open.version == version);
    let open = open.ok_or_else(withdrawn)?;
    let target = target_of(&signer.platform).unwrap_or_default();
    let wanted = open.files.get(target).ok_or_else(withdrawn)?;
    let permit = std::sync::Arc::clone(&ON_THEIR_WAY).try_acquire_owned().map_err(|_| busy())?;
    let path = distribution_folder(&state).join(&wanted.name);
    let found = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
        let file = std::fs::File::open(&path)?;
        let metadata = file.metadata()?;
        Ok((digest(&path, metadata.len(), metadata.modified()?)?, metadata.len(), file))
    });
    let (sha256, size, file) = match found.await.map_err(Problem::internal)? {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(withdrawn()),
        Err(error) => return Err(error.into()),
    };
    if sha256 != wanted.sha256 {
        tracing::error!(
            file = wanted.name,
            "this file is another one than when its roll-out was started: it is not given out"
        );
        return Err(withdrawn());
    }
    if !rollouts::may_fetch(&state.db, &open, signer.id).await? {
        return Err(withdrawn());
    }
    let from = from_byte(text(header::RANGE.as_str())).filter(|from| *from < size);
    // Only whoever has all of it is waited for: a laptop that is shut meanwhile fetches the rest another day.
    let whole = async move {
        if let Err(error) = rollouts::fetched(&state.db, &open, signer.id, state.clock.now()).await {
            tracing::error!(%error, agent = %signer.id, "that an agent fetched a version could not be stored");
        }
    };
    send(tokio::fs::File::from_std(file), size, from, permit, whole).await
}

fn busy() -> Problem {
    Problem::new(Code::Busy).retry_after(COME_AGAIN)
}

/// Of `Range: bytes=N-` the number; other ranges are not what agents ask for.
fn from_byte(range: &str) -> Option<u64> {
    range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok().filter(|from| *from > 0)
}

async fn send(
    mut file: tokio::fs::File,
    size: u64,
    from: Option<u64>,
    permit: OwnedSemaphorePermit,
    whole: impl Future<Output = ()> + Send + 'static,
) -> Result<Response, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zstd"));
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, (size - from.unwrap_or(0)).into());
    let mut status = StatusCode::OK;
    if let Some(from) = from {
        file.seek(std::io::SeekFrom::Start(from)).await?;
        let range = format!("bytes {from}-{}/{size}", size - 1);
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&range).map_err(Problem::internal)?);
        status = StatusCode::PARTIAL_CONTENT;
    }
    let body = pieces(file, permit, whole);
    Ok((status, headers, Body::from_stream(body)).into_response())
}

/// What is read of a file, with a place among those that are on their way. A task of its own reads: of an answer that
/// nobody takes nothing more is asked, so that a machine that fell asleep would keep its place for as long as its connection
/// seems to be there. `whole` is done when the last piece was taken. Where the task ends early, the answer is shorter than it said, and the connection is closed.
fn pieces(
    file: impl AsyncRead + Send + 'static,
    place: OwnedSemaphorePermit,
    whole: impl Future<Output = ()> + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        // Held until the last piece went.
        let _held = place;
        let mut read = std::pin::pin!(ReaderStream::with_capacity(file, PIECE));
        while let Some(piece) = read.next().await {
            match timeout(LONGEST_SILENCE, sender.send(piece)).await {
                Ok(Ok(())) => {}
                Ok(Err(_gone)) => return,
                Err(_elapsed) => {
                    tracing::info!("an agent takes no more of a version: another may have its place");
                    return;
                }
            }
        }
        whole.await;
    });
    stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|piece| (piece, receiver)) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::{
        io::{AsyncReadExt as _, repeat},
        sync::oneshot,
        time::sleep,
    };

    use super::*;

    const LENGTH: usize = 16 * PIECE;

    fn under_way(
        places: &Arc<Semaphore>,
    ) -> (impl Stream<Item = io::Result<Bytes>> + Send + 'static, oneshot::Receiver<()>) {
        let place = Arc::clone(places).try_acquire_owned().unwrap();
        let (whole, taken) = oneshot::channel();
        let whole = async { whole.send(()).unwrap() };
        (pieces(repeat(7).take(LENGTH as u64), place, whole), taken)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_takes_nothing_for_a_minute_loses_its_place() {
        let places = Arc::new(Semaphore::new(1));
        let (body, whole) = under_way(&places);
        let mut body = std::pin::pin!(body);
        assert_eq!(body.next().await.unwrap().unwrap().len(), PIECE);
        sleep(Duration::from_secs(59)).await;
        assert_eq!(places.available_permits(), 0, "it may still come");
        sleep(Duration::from_secs(2)).await;
        assert_eq!(places.available_permits(), 1, "another may have it");
        let mut left = 0;
        while let Some(piece) = body.next().await {
            left += piece.unwrap().len();
        }
        assert!(left < LENGTH - PIECE, "the answer ends before it is whole: {left}");
        assert!(whole.await.is_err(), "nobody waits for this agent");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_gets_all_of_it() {
        let places = Arc::new(Semaphore::new(1));
        let (body, whole) = under_way(&places);
        let mut body = std::pin::pin!(body);
        let mut taken = 0;
        while let Some(piece) = body.next().await {
            taken += piece.unwrap().len();
            sleep(LONGEST_SILENCE / 2).await;
        }
        assert_eq!((taken, whole.await), (LENGTH, Ok(())));
        assert_eq!(places.available_permits(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_gone_loses_its_place_at_once() {
        let places = Arc::new(Semaphore::new(1));
        let (body, whole) = under_way(&places);
        drop(body);
        assert!(whole.await.is_err());
        assert_eq!(places.available_permits(), 1);
    }
}

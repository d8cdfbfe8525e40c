//! `GET /api/v1/imports/{id}/refused-lines/file`: download the lines that an import did not take.

use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use tokio::sync::mpsc;
use vigie_assets::imports::{self, Import, refusals};
use vigie_db::paging::Page;
use vigie_kernel::{Action, Granted, ImportId, UserId};

use crate::{
    http::{AppState, Caller, Path, Problem},
    workers::exports::harmless,
};

/// Lines that are read at once.
const AT_ONCE: u64 = 500;

/// Download the lines that an import did not take
///
/// CSV (RFC 4180, UTF-8): the number of the line, why it was refused as a code and in words, then its cells as they are in
/// the file. Mended, it can be imported as it is: the first three columns are left out.
#[utoipa::path(
    get,
    path = "/api/v1/imports/{id}/refused-lines/file",
    operation_id = "import_refusals_file",
    tag = "imports",
    params(("id" = ImportId, Path, description = "The import.")),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "text/csv"),
    ),
)]
pub(super) async fn import_refusals_file(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, Problem> {
    let granted = caller.require(Action::EquipmentEdit)?;
    let user = caller.user.id;
    let import = imports::get(&state.db, &granted, user, id).await?.ok_or_else(Problem::not_found)?;
    let (pieces, mut queue) = mpsc::channel(2);
    tokio::spawn(async move {
        if let Err(error) = write(&state, &granted, user, &import, &pieces).await {
            tracing::error!(%error, "refused lines could not be read");
            let _ = pieces.send(Err(std::io::Error::other("the lines could not be read"))).await;
        }
    });
    let pieces = futures_util::stream::poll_fn(move |context| queue.poll_recv(context));
    let body = Body::from_stream(pieces);
    let name = format!("attachment; filename=\"refused-{id}.csv\"");
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

type Pieces = mpsc::Sender<std::io::Result<Bytes>>;

/// Writes page by page, as fast as they are fetched.
async fn write(
    state: &AppState,
    granted: &Granted,
    user: UserId,
    import: &Import,
    pieces: &Pieces,
) -> anyhow::Result<()> {
    let mut page = Page { limit: AT_ONCE, ..Page::default() };
    let mut header = Some(["line", "code", "reason"].map(str::to_owned).into_iter().chain(import.columns.clone()));
    loop {
        let Some(found) = refusals::list(&state.db, granted, user, import.id, &page).await? else { return Ok(()) };
        let mut text = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        if let Some(header) = header.take() {
            text.write_record(header.map(harmless))?;
        }
        for refusal in found.items {
            let own = [refusal.line.to_string(), refusal.code, refusal.reason];
            text.write_record(own.into_iter().chain(refusal.cells).map(harmless))?;
        }
        let piece = text.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?;
        let (gone, last) = (pieces.send(Ok(piece.into())).await.is_err(), found.next.is_none());
        if gone || last {
            return Ok(());
        }
        page.after = found.next;
    }
}

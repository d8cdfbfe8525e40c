//! Streams that the server opens to simulated systems: refused, or carried to where they are wanted as an agent does.

use tokio::net::TcpStream;
use vigie_mux::{Stream, read_head, write_head};
use vigie_wire::link::stream::{Answer, RefusalCode, Wanted};

async fn answer(stream: &mut Stream, answer: &Answer) -> std::io::Result<()> {
    write_head(stream, &serde_json::to_vec(answer)?).await
}

/// Says that the owner does not want it.
pub(super) async fn refuse(mut stream: Stream) {
    let refused = Answer::Refused { code: RefusalCode::RemoteAccessOff, words: "a simulated system".to_owned() };
    if read_head(&mut stream).await.is_ok() {
        let _ = answer(&mut stream, &refused).await;
    }
}

/// Carries a tunnel until one of its ends breaks or both are done.
pub(super) async fn carry(mut stream: Stream) -> std::io::Result<()> {
    let Ok(Wanted::Tunnel { host, port }) = serde_json::from_slice(&read_head(&mut stream).await?) else {
        return Ok(());
    };
    let mut target = TcpStream::connect((host, port)).await?;
    vigie_mux::prompt(&target)?;
    answer(&mut stream, &Answer::Open).await?;
    // In pieces as the agent's: what goes through at once fits into one frame.
    let piece = vigie_mux::PIECE;
    tokio::io::copy_bidirectional_with_sizes(&mut stream, &mut target, piece, piece).await.map(drop)
}

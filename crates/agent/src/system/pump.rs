//! Bytes from one end of a tunnel to the other. Its memory is small while little comes and grows with what comes.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

const SMALLEST: usize = 2 << 10;
const LARGEST: usize = vigie_mux::PIECE;

/// Moves bytes until the end, then says the end to the other side; the way back may go on.
pub(crate) async fn pump(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    pump_for(from, to, None).await
}

/// The same, but not when nothing comes, or nothing is taken, for as long as `silent` says.
pub(crate) async fn pump_for(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    silent: Option<Duration>,
) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(SMALLEST);
    loop {
        buffer.clear();
        let room = buffer.capacity();
        if within(silent, from.read_buf(&mut buffer)).await? == 0 {
            return to.shutdown().await;
        }
        within(silent, async {
            to.write_all(&buffer).await?;
            to.flush().await
        })
        .await?;
        let came = buffer.len();
        if came == room && room < LARGEST {
            buffer = Vec::with_capacity((room * 4).min(LARGEST));
        } else if came < room / 8 && room > SMALLEST {
            buffer = Vec::with_capacity((room / 4).max(SMALLEST));
        }
    }
}

/// Without a bound there is no timer either: a tunnel has thousands of pieces a second.
async fn within<T>(silent: Option<Duration>, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match silent {
        Some(silent) => timeout(silent, work).await?,
        None => work.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_arrives_and_then_the_end() {
        let sent: Vec<u8> = (0..1_000_000_u32).map(|it| u8::try_from(it % 251).unwrap()).collect();
        let (mut out, mut arrived) = (Vec::new(), &sent[..]);
        pump(&mut arrived, &mut out).await.unwrap();
        assert!(out == sent);
    }
}

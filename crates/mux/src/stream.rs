//! One stream, as it is used: a place among those of its link, and the word that the other end reads no more.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt};

use crate::stops::{Stopped, Stops};

/// One stream. Dropped before both ends said their last byte, it is reset.
#[derive(Debug)]
pub struct Stream {
    bytes: Compat<yamux::Stream>,
    stopped: Arc<Stopped>,
    stops: Stops,
    _place: OwnedSemaphorePermit,
}

impl Stream {
    pub(crate) fn new(stream: yamux::Stream, stops: &Stops, place: OwnedSemaphorePermit) -> Self {
        let stopped = stops.enter(stream.id().val());
        Self { bytes: stream.compat(), stopped, stops: stops.clone(), _place: place }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let stream = self.bytes.get_ref();
        // Of any other the library says by itself that it is over.
        self.stops.leave(stream.id().val(), stream.is_write_closed());
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_read(cx, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.stopped.is() {
            let written = Pin::new(&mut self.bytes).poll_write(cx, bytes);
            if written.is_ready() || self.stopped.poll(cx).is_pending() {
                return written;
            }
        }
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_shutdown(cx)
    }
}

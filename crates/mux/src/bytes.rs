//! A WebSocket as a stream of bytes. What is written is gathered and leaves as one message at a flush, or when there is
//! much of it: a frame's head and body, and small frames that come together, cost one message and one TLS record.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use futures_util::{AsyncRead, AsyncWrite, Sink as _, Stream as _};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, protocol::WebSocketConfig},
};

/// Most bytes of one message that is sent.
const GATHERED: usize = 64 << 10;
/// Most bytes of one message that is taken: one of ours, with room for a later version's.
const LARGEST: usize = 1 << 20;

/// How a WebSocket of a link is set up. The library's own buffers would be 128 KiB for each end at rest.
pub fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * GATHERED)
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST))
}

/// Bytes over a WebSocket.
#[derive(Debug)]
pub struct SocketBytes<S> {
    socket: WebSocketStream<S>,
    /// What came and was not read yet.
    came: Bytes,
    /// What was written and did not leave yet.
    gathered: Vec<u8>,
    ended: bool,
}

impl<S> SocketBytes<S>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    /// Over an open WebSocket.
    pub const fn new(socket: WebSocketStream<S>) -> Self {
        Self { socket, came: Bytes::new(), gathered: Vec::new(), ended: false }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.gathered.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let mut socket = Pin::new(&mut self.socket);
        ready!(socket.as_mut().poll_ready(cx)).map_err(failed)?;
        let message = Message::Binary(std::mem::take(&mut self.gathered).into());
        Poll::Ready(socket.start_send(message).map_err(failed))
    }
}

fn failed(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::ConnectionAborted.into(),
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}

impl<S> AsyncRead for SocketBytes<S>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        while self.came.is_empty() {
            if self.ended {
                return Poll::Ready(Ok(0));
            }
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(Message::Binary(message))) => self.came = message,
                // The library answers pings by itself.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Text(_))) => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "text on a link")));
                }
                Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed)) | None => self.ended = true,
                Some(Err(error)) => return Poll::Ready(Err(failed(error))),
            }
        }
        let count = into.len().min(self.came.len());
        into[..count].copy_from_slice(&self.came[..count]);
        self.came.advance(count);
        if self.came.is_empty() {
            // Even what is empty would keep the buffer behind it, and the next message would need another.
            self.came = Bytes::new();
        }
        Poll::Ready(Ok(count))
    }
}

impl<S> AsyncWrite for SocketBytes<S>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.gathered.len() >= GATHERED {
            ready!(self.poll_send(cx))?;
        }
        let count = bytes.len().min(GATHERED - self.gathered.len());
        self.gathered.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.socket).poll_flush(cx).map_err(failed)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        match ready!(Pin::new(&mut self.socket).poll_close(cx)) {
            Ok(()) | Err(Error::ConnectionClosed | Error::AlreadyClosed) => Poll::Ready(Ok(())),
            Err(error) => Poll::Ready(Err(failed(error))),
        }
    }
}

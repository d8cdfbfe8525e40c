//! A WebSocket as a stream of bytes, with messages ([`crate::messages`]) beside it. What is written is gathered and leaves as one message
//! at a flush, or when there is much of it: a frame's head and body, and small frames that come together, cost one message
//! and one TLS record. The first byte of each says what it is.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::{Buf as _, Bytes};
use futures_util::{AsyncRead, AsyncWrite, Sink as _, Stream as _};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message, protocol::WebSocketConfig},
};

use crate::{
    messages::{self, Beside},
    stops::{self, Stops},
};

/// The first byte of a WebSocket message that has bytes of streams.
const STREAMS: u8 = 0;
/// Most bytes of one message that is sent.
const GATHERED: usize = 64 << 10;
/// So little waits for what else is to be said now: small frames of many streams leave as one message.
const LITTLE: usize = 4 << 10;
/// A link moves so many bytes, then it lets others have their turn: those who wait for its bytes, and other links.
const TURN: usize = 256 << 10;
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

/// Whether small frames are gathered: while the link is asked what there is to say, until it has no more.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    is_on: AtomicBool,
    waits: AtomicBool,
}

impl Gathering {
    pub(crate) fn begin(&self) {
        self.is_on.store(true, Ordering::Relaxed);
    }

    /// Whether something waits. Whoever began asks the link once more then.
    pub(crate) fn end(&self) -> bool {
        self.is_on.store(false, Ordering::Relaxed);
        self.waits.swap(false, Ordering::Relaxed)
    }
}

/// Bytes over a WebSocket.
#[derive(Debug)]
pub struct SocketBytes<S> {
    socket: WebSocketStream<S>,
    /// What came and was not read yet.
    came: Bytes,
    /// What was written and did not leave yet.
    gathered: Vec<u8>,
    gathering: Arc<Gathering>,
    beside: Beside,
    stops: Stops,
    /// Moved since others had their turn.
    moved: usize,
    closed: bool,
    ended: bool,
}

impl<S> SocketBytes<S>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    /// Over an open WebSocket.
    pub(crate) const fn new(
        socket: WebSocketStream<S>,
        beside: Beside,
        stops: Stops,
        gathering: Arc<Gathering>,
    ) -> Self {
        Self {
            socket,
            came: Bytes::new(),
            gathered: Vec::new(),
            gathering,
            beside,
            stops,
            moved: 0,
            closed: false,
            ended: false,
        }
    }

    /// Pending: it is the others' turn.
    fn poll_turn(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.moved < TURN {
            return Poll::Ready(());
        }
        self.moved = 0;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut socket = Pin::new(&mut self.socket);
        ready!(socket.as_mut().poll_ready(cx)).map_err(failed)?;
        while let Some(said) = self.beside.take(cx).or_else(|| self.stops.take(cx)) {
            socket.as_mut().start_send(Message::Binary(said.into())).map_err(failed)?;
            ready!(socket.as_mut().poll_ready(cx)).map_err(failed)?;
        }
        if self.gathered.is_empty() {
            return Poll::Ready(Ok(()));
        }
        self.moved += self.gathered.len();
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
            if !self.beside.has_room(cx) {
                return Poll::Pending;
            }
            ready!(self.poll_turn(cx));
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(Message::Binary(mut message))) => match message.split_to(message.len().min(1))[..] {
                    [STREAMS] => {
                        self.moved += message.len();
                        self.came = message;
                    }
                    [messages::KIND] => self.beside.came(&message),
                    [stops::KIND] => self.stops.came(&message),
                    _ => return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "a message of no kind"))),
                },
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
            ready!(self.poll_turn(cx));
            ready!(self.poll_send(cx))?;
        }
        if self.gathered.is_empty() {
            self.gathered.push(STREAMS);
        }
        let count = bytes.len().min(GATHERED - self.gathered.len());
        self.gathered.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if (1..LITTLE).contains(&self.gathered.len()) && self.gathering.is_on.load(Ordering::Relaxed) {
            self.gathering.waits.store(true, Ordering::Relaxed);
            return Poll::Pending;
        }
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.socket).poll_flush(cx).map_err(failed)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        if !self.closed {
            match ready!(Pin::new(&mut self.socket).poll_close(cx)) {
                Ok(()) | Err(Error::ConnectionClosed | Error::AlreadyClosed) => self.closed = true,
                Err(error) => return Poll::Ready(Err(failed(error))),
            }
        }
        // Bytes that nobody read when a connection is closed make a reset of it, and what was said last would be lost.
        while !self.ended {
            let came = ready!(Pin::new(&mut self.socket).poll_next(cx));
            self.ended = !matches!(came, Some(Ok(_)));
        }
        Poll::Ready(Ok(()))
    }
}

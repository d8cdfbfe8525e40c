//! Streams in a connection: a task that moves all of them, and handles to open and to take one.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_channel::{mpsc, oneshot};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt};
use yamux::{Connection, ConnectionError, Mode};

use crate::bytes::SocketBytes;

/// One stream.
pub type Stream = Compat<yamux::Stream>;

/// Most bytes of one frame. With its head and a WebSocket's it stays below what the TLS library takes at once (64 KiB), so
/// that a frame is one message, one write, and arrives as one. Who writes pieces of this size loses nothing.
pub const PIECE: usize = 60 << 10;

/// Bounds of one link.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most streams at once, both ends' together. In each 256 KiB may wait to be read.
    pub streams: usize,
    /// How much more may wait in all of them together: streams through which much comes get a larger window.
    pub growth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { streams: 320, growth: 8 << 20 }
    }
}

/// The link is over.
#[derive(Debug, thiserror::Error)]
#[error("the link is closed")]
pub struct Closed;

type Wanted = oneshot::Sender<Result<yamux::Stream, ConnectionError>>;

/// Opens streams. Cheap to clone; when the last one is dropped the link ends.
#[derive(Debug, Clone)]
pub struct Opener(mpsc::Sender<Wanted>);

impl Opener {
    /// Opens a stream. The other end hears of it with its first bytes.
    pub async fn open(&self) -> Result<Stream, Closed> {
        let (wanted, opened) = oneshot::channel();
        self.0.clone().send(wanted).await.map_err(|_| Closed)?;
        Ok(opened.await.map_err(|_| Closed)?.map_err(|_| Closed)?.compat())
    }
}

/// Streams that the other end opened.
#[derive(Debug)]
pub struct Incoming(mpsc::Receiver<yamux::Stream>);

impl Incoming {
    /// The next one; none: the link is over.
    pub async fn next(&mut self) -> Option<Stream> {
        self.0.next().await.map(FuturesAsyncReadCompatExt::compat)
    }
}

/// Begins: handles, and what moves everything, to be awaited or spawned until it ends.
pub fn start<S>(socket: WebSocketStream<S>, is_client: bool, limits: Limits) -> (Opener, Incoming, Moving<S>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let mut config = yamux::Config::default();
    // The one bound is checked against the other at each call: first without.
    config.set_max_connection_receive_window(None);
    config.set_max_num_streams(limits.streams);
    let waiting = limits.streams * yamux::DEFAULT_CREDIT as usize + limits.growth;
    config.set_max_connection_receive_window(Some(waiting));
    config.set_split_send_size(PIECE);
    let mode = if is_client { Mode::Client } else { Mode::Server };
    // Not the runtime's channels: each of those takes room for 32 from its first message on, and most links are idle.
    let (opener, wanted) = mpsc::channel(16);
    let (taken, incoming) = mpsc::channel(64);
    let connection = Connection::new(SocketBytes::new(socket), config, mode);
    let moving = Moving { connection, wanted, asking: VecDeque::new(), taken: Some(taken), closing: false };
    (Opener(opener), Incoming(incoming), moving)
}

/// Moves everything of a link while it is awaited; answers how the link ended.
#[derive(Debug)]
pub struct Moving<S> {
    connection: Connection<SocketBytes<S>>,
    wanted: mpsc::Receiver<Wanted>,
    /// Those for whom a stream is being opened.
    asking: VecDeque<Wanted>,
    taken: Option<mpsc::Sender<yamux::Stream>>,
    closing: bool,
}

impl<S> Future for Moving<S>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    type Output = Result<(), ConnectionError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let it = self.get_mut();
        while !it.closing {
            match it.wanted.poll_next_unpin(cx) {
                Poll::Ready(Some(wanted)) => it.asking.push_back(wanted),
                Poll::Ready(None) => it.closing = true,
                Poll::Pending => break,
            }
        }
        if it.closing {
            it.taken = None;
            return it.connection.poll_close(cx);
        }
        while !it.asking.is_empty() {
            let Poll::Ready(opened) = it.connection.poll_new_outbound(cx) else { break };
            if let Some(wanted) = it.asking.pop_front() {
                let _ = wanted.send(opened);
            }
        }
        loop {
            match it.connection.poll_next_inbound(cx) {
                Poll::Ready(Some(Ok(stream))) => {
                    // Who does not take what is opened to them has it reset.
                    if let Some(taken) = &mut it.taken {
                        let _ = taken.try_send(stream);
                    }
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

//! Streams in a connection: a task that moves all of them, and handles to open and to take one.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_channel::{mpsc, oneshot};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Semaphore,
};
use tokio_tungstenite::WebSocketStream;
use yamux::{Connection, ConnectionError, Mode};

use crate::{
    bytes::{Gathering, SocketBytes},
    messages::{Messages, messages},
    stops::Stops,
    stream::Stream,
};

/// Most bytes of one frame. With its head and a WebSocket's it stays below what the TLS library takes at once (64 KiB), so
/// that a frame is one message, one write, and arrives as one. Who writes pieces of this size loses nothing.
pub const PIECE: usize = 60 << 10;

/// Streams that are taken in one go. Those that ended before them are to be dropped before more come.
const AT_ONCE: usize = 32;

/// Bounds of one link.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most streams at once, both ends' together. In each 256 KiB may wait to be read. One more is not opened, and one more
    /// of the other end's is reset.
    pub streams: usize,
    /// How much more may wait in all of them together: streams through which much comes get a larger window, bytes.
    pub growth: usize,
}

impl Limits {
    /// For the end to which streams are opened.
    pub const TAKING: Self = Self { streams: 320, growth: 8 << 20 };
    /// For the end that opens them. It has fewer than the other takes: that one may still hold some that ended here.
    pub const OPENING: Self = Self { streams: Self::TAKING.streams - AT_ONCE - 16, ..Self::TAKING };

    /// The library ends the whole connection when there are too many streams, and it counts those that were dropped until
    /// it said so: of those 256 may be waiting for a first word, and as many as there may be were carrying.
    const fn known(self) -> usize {
        2 * self.streams + 256
    }
}

/// There is no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The link is over.
    #[error("the link is closed")]
    Closed,
    /// It has as many streams as it may.
    #[error("the link carries as many streams as it may")]
    Full,
}

type Wanted = oneshot::Sender<Result<yamux::Stream, ConnectionError>>;

/// Opens streams. Cheap to clone; when the last one is dropped the link ends.
#[derive(Debug, Clone)]
pub struct Opener {
    wanted: mpsc::Sender<Wanted>,
    stops: Stops,
    places: Arc<Semaphore>,
}

impl Opener {
    /// Opens a stream. The other end hears of it with its first bytes.
    pub async fn open(&self) -> Result<Stream, OpenError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| OpenError::Full)?;
        let (wanted, opened) = oneshot::channel();
        self.wanted.clone().send(wanted).await.map_err(|_| OpenError::Closed)?;
        let opened = opened.await.map_err(|_| OpenError::Closed)?.map_err(|_| OpenError::Closed)?;
        Ok(Stream::new(opened, &self.stops, place))
    }
}

/// Streams that the other end opened.
#[derive(Debug)]
pub struct Incoming(mpsc::Receiver<Stream>);

impl Incoming {
    /// The next one; none: the link is over.
    pub async fn next(&mut self) -> Option<Stream> {
        self.0.next().await
    }
}

/// What there is of a link on its either end.
#[derive(Debug)]
pub struct Ends<S> {
    /// What both say to each other.
    pub messages: Messages,
    /// Opens streams to the other end.
    pub opener: Opener,
    /// Those that the other end opens. Where nobody takes them, drop it: they are reset then.
    pub incoming: Incoming,
    /// What moves everything, to be awaited or spawned until it ends.
    pub moving: Moving<S>,
}

/// Begins.
pub fn start<S>(socket: WebSocketStream<S>, is_client: bool, limits: Limits) -> Ends<S>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut config = yamux::Config::default();
    // The one bound is checked against the other at each call: first without.
    config.set_max_connection_receive_window(None);
    config.set_max_num_streams(limits.known());
    let waiting = limits.known() * yamux::DEFAULT_CREDIT as usize + limits.growth;
    config.set_max_connection_receive_window(Some(waiting));
    config.set_split_send_size(PIECE);
    let mode = if is_client { Mode::Client } else { Mode::Server };
    // Not the runtime's channels: each of those takes room for 32 from its first message on, and most links are idle.
    let (opener, wanted) = mpsc::channel(16);
    let (taken, incoming) = mpsc::channel(limits.streams);
    let (messages, beside) = messages();
    let (stops, gathering) = (Stops::new(is_client), Arc::<Gathering>::default());
    let connection = Connection::new(SocketBytes::new(socket, beside, stops.clone(), gathering.clone()), config, mode);
    let places = Arc::new(Semaphore::new(limits.streams));
    let opener = Opener { wanted: opener, stops: stops.clone(), places: places.clone() };
    let moving = Moving {
        connection,
        wanted,
        asking: VecDeque::new(),
        taken: Some(taken),
        stops,
        places,
        gathering,
        closing: false,
    };
    Ends { messages, opener, incoming: Incoming(incoming), moving }
}

/// Moves everything of a link while it is awaited; answers how the link ended.
#[derive(Debug)]
pub struct Moving<S> {
    connection: Connection<SocketBytes<S>>,
    wanted: mpsc::Receiver<Wanted>,
    /// Those for whom a stream is being opened.
    asking: VecDeque<Wanted>,
    taken: Option<mpsc::Sender<Stream>>,
    stops: Stops,
    places: Arc<Semaphore>,
    gathering: Arc<Gathering>,
    closing: bool,
}

impl<S> Moving<S>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    /// Reads and writes what there is, and takes streams.
    fn poll_inbound(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectionError>> {
        for _ in 0..AT_ONCE {
            match self.connection.poll_next_inbound(cx) {
                Poll::Ready(Some(Ok(stream))) => {
                    // Dropped, it is reset. There is room in the channel for as many as there are places.
                    if let (Some(taken), Ok(place)) = (&mut self.taken, self.places.clone().try_acquire_owned()) {
                        let _ = taken.try_send(Stream::new(stream, &self.stops, place));
                    }
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S> Future for Moving<S>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
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
        it.gathering.begin();
        let moved = it.poll_inbound(cx);
        let waits = it.gathering.end();
        if moved.is_pending() && waits { it.poll_inbound(cx) } else { moved }
    }
}

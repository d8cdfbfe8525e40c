//! What both ends say to each other beside the streams. It goes before whatever waits in those, so that a heartbeat is not
//! late because tunnels are full: a WebSocket message of its own kind, sent as soon as the message that is under way has left.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The first byte of a WebSocket message that has messages.
pub(crate) const KIND: u8 = 1;
/// Most bytes that wait to be sent, and about as many that wait to be read. Whoever is not heard says no more.
const WAITING: usize = 64 << 10;

#[derive(Debug, Default)]
struct State {
    said: Vec<u8>,
    heard: Vec<u8>,
    /// Up to where `heard` was read.
    at: usize,
    ended: bool,
}

/// Wakers are registered, and woken, while the state is held.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Waits for what comes.
    reader: AtomicWaker,
    /// Waits for room, or for what was said to leave.
    writer: AtomicWaker,
    /// Moves the link.
    mover: AtomicWaker,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The messages of a link, as bytes; they end with it.
#[derive(Debug)]
pub struct Messages(Arc<Shared>);

/// The end of the same that is beside the WebSocket. When it is dropped the messages end.
#[derive(Debug)]
pub(crate) struct Beside(Arc<Shared>);

pub(crate) fn messages() -> (Messages, Beside) {
    let shared = Arc::<Shared>::default();
    (Messages(shared.clone()), Beside(shared))
}

impl Beside {
    /// What is to be sent, with [`KIND`] before it; none: nothing. Whoever asks is woken when there is more.
    pub(crate) fn take(&self, cx: &Context<'_>) -> Option<Vec<u8>> {
        let mut state = self.0.state();
        self.0.mover.register(cx.waker());
        if state.said.is_empty() {
            return None;
        }
        self.0.writer.wake();
        Some(std::mem::take(&mut state.said))
    }

    /// Whether more may come; who is told that it may not is woken when it may.
    pub(crate) fn has_room(&self, cx: &Context<'_>) -> bool {
        let state = self.0.state();
        self.0.mover.register(cx.waker());
        state.heard.len() - state.at < WAITING
    }

    /// These came.
    pub(crate) fn came(&self, bytes: &[u8]) {
        let mut state = self.0.state();
        state.heard.extend_from_slice(bytes);
        self.0.reader.wake();
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.ended = true;
        self.0.reader.wake();
        self.0.writer.wake();
    }
}

impl AsyncRead for Messages {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.state();
        let rest = &state.heard[state.at..];
        if rest.is_empty() {
            if state.ended {
                return Poll::Ready(Ok(()));
            }
            self.0.reader.register(cx.waker());
            return Poll::Pending;
        }
        let was_full = rest.len() >= WAITING;
        let count = rest.len().min(into.remaining());
        into.put_slice(&rest[..count]);
        state.at += count;
        if state.at == state.heard.len() {
            (state.heard, state.at) = (Vec::new(), 0);
        }
        if was_full {
            self.0.mover.wake();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Messages {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.state();
        if state.ended {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(WAITING.saturating_sub(state.said.len()));
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if count == 0 {
            self.0.writer.register(cx.waker());
            return Poll::Pending;
        }
        if state.said.is_empty() {
            state.said.push(KIND);
        }
        state.said.extend_from_slice(&bytes[..count]);
        self.0.mover.wake();
        Poll::Ready(Ok(count))
    }

    /// Done when what was said is on its way: before everything that is said in streams after it.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let state = self.0.state();
        if state.said.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if state.ended {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        self.0.writer.register(cx.waker());
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

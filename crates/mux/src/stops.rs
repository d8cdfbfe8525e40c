//! That nothing more is read from a stream. yamux has no word for it: of an end that said its last byte and then goes, the
//! other hears nothing, and when its window is full it waits for ever. It is said beside the streams, as their numbers, four
//! bytes each, big endian.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;

/// The first byte of a WebSocket message that says it.
pub(crate) const KIND: u8 = 2;
/// Most that is remembered of streams that did not begin yet.
const EARLY: usize = 1024;

/// Whether the other end reads no more.
#[derive(Debug, Default)]
pub(crate) struct Stopped {
    is: AtomicBool,
    writer: AtomicWaker,
}

impl Stopped {
    pub(crate) fn is(&self) -> bool {
        self.is.load(Ordering::Acquire)
    }

    /// Ready when it reads no more; whoever asks is woken then.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        self.writer.register(cx.waker());
        if self.is() { Poll::Ready(()) } else { Poll::Pending }
    }

    fn set(&self) {
        self.is.store(true, Ordering::Release);
        self.writer.wake();
    }
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<u32, Arc<Stopped>>,
    /// This goes before what waits in streams, the first bytes of one among them.
    early: HashSet<u32>,
    /// The last stream that the other end opened; their numbers ascend.
    newest: u32,
    said: Vec<u8>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Moves the link; registered, and woken, while the state is held.
    mover: AtomicWaker,
}

/// What a link knows of it. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Stops {
    shared: Arc<Shared>,
    is_client: bool,
}

impl Stops {
    pub(crate) fn new(is_client: bool) -> Self {
        Self { shared: Arc::default(), is_client }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client's streams have odd numbers.
    const fn is_theirs(&self, stream: u32) -> bool {
        stream.is_multiple_of(2) == self.is_client
    }

    /// A stream begins.
    pub(crate) fn enter(&self, stream: u32) -> Arc<Stopped> {
        let mut state = self.state();
        let stopped = Arc::<Stopped>::default();
        if self.is_theirs(stream) {
            state.newest = state.newest.max(stream);
            if state.early.remove(&stream) {
                stopped.set();
            }
        }
        state.known.insert(stream, stopped.clone());
        stopped
    }

    /// A stream is gone. `is_read`: the other end still takes it for one that is read.
    pub(crate) fn leave(&self, stream: u32, is_read: bool) {
        let mut state = self.state();
        state.known.remove(&stream);
        if is_read {
            if state.said.is_empty() {
                state.said.push(KIND);
            }
            state.said.extend_from_slice(&stream.to_be_bytes());
            self.shared.mover.wake();
        }
    }

    /// What is to be sent, with [`KIND`] before it; none: nothing. Whoever asks is woken when there is more.
    pub(crate) fn take(&self, cx: &Context<'_>) -> Option<Vec<u8>> {
        let mut state = self.state();
        self.shared.mover.register(cx.waker());
        if state.said.is_empty() { None } else { Some(std::mem::take(&mut state.said)) }
    }

    /// The other end said so.
    pub(crate) fn came(&self, said: &[u8]) {
        let mut state = self.state();
        for stream in said.as_chunks().0 {
            let stream = u32::from_be_bytes(*stream);
            if let Some(stopped) = state.known.get(&stream) {
                stopped.set();
            } else if self.is_theirs(stream) && stream > state.newest && state.early.len() < EARLY {
                state.early.insert(stream);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_word_of_a_stream_that_did_not_begin_is_kept_and_of_one_that_is_over_it_is_not() {
        let stops = Stops::new(false);
        let said = |streams: &[u32]| streams.iter().flat_map(|it| it.to_be_bytes()).collect::<Vec<_>>();
        let cx = Context::from_waker(Waker::noop());
        let first = stops.enter(3);
        stops.came(&said(&[5, 1, 2, 3]));
        assert!(first.poll(&cx).is_ready());
        assert!(stops.enter(5).poll(&cx).is_ready(), "said before it began");
        assert!(stops.enter(7).poll(&cx).is_pending());
        assert!(stops.enter(2).poll(&cx).is_pending(), "one of ours that was not open then");
        assert!(stops.state().early.is_empty());
        stops.came(&said(&(0..10_000).map(|it| 9 + 2 * it).collect::<Vec<_>>()));
        assert_eq!(stops.state().early.len(), EARLY);
        stops.leave(7, false);
        assert_eq!(stops.take(&cx), None);
        stops.leave(3, true);
        stops.leave(5, true);
        assert_eq!(stops.take(&cx), Some([&[KIND][..], &said(&[3, 5])].concat()));
    }
}

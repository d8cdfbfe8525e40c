//! Readers that end in time.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

/// Gives out so many bytes and then fails, until it may give out more: what reads through it cannot be made to collect
/// without end.
pub(super) struct Leash<R> {
    inner: R,
    length: Length,
}

/// How many bytes a [`Leash`] still gives out.
#[derive(Clone)]
pub(super) struct Length(Rc<Cell<usize>>);

impl Length {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Rc::new(Cell::new(bytes)))
    }

    /// So many from now on.
    pub(super) fn renew(&self, bytes: usize) {
        self.0.set(bytes);
    }

    /// Whether nothing is left, or so little that no letter may fit.
    pub(super) fn is_used_up(&self) -> bool {
        self.0.get() < 16
    }
}

impl<R> Leash<R> {
    pub(super) fn new(inner: R, length: Length) -> Self {
        Self { inner, length }
    }
}

impl<R: Read> Read for Leash<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.0.get();
        if self.length.is_used_up() {
            return Err(io::Error::other("longer than it may be"));
        }
        let most = buffer.len().min(left);
        let read = self.inner.read(&mut buffer[..most])?;
        self.length.0.set(left - read);
        Ok(read)
    }
}

/// Reads until the buffer is full or there is no more; answers how much there was.
pub(super) fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match input.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

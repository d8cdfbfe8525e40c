//! How many connections there may be, in all and from one address. Asked before the TLS handshake, which is what costs.

use std::{
    collections::HashMap,
    future::{Ready, ready},
    io,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::metrics::Metrics;

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Lets connections in while there is room. Cheap to clone; clones share the room.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    open: Arc<Mutex<Open>>,
    all: usize,
    per_address: usize,
    metrics: Metrics,
}

impl Limits {
    /// Room for `all`, `per_address` of them from one address.
    pub(crate) fn new(all: usize, per_address: usize, metrics: Metrics) -> Self {
        Self { open: Arc::default(), all, per_address, metrics }
    }

    /// A place for a connection from an address; none: there is no room.
    fn take(&self, address: IpAddr) -> Option<Place> {
        let address = counted_as(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let here = open.by_address.get(&address).copied().unwrap_or(0);
        if open.all >= self.all || here >= self.per_address {
            self.metrics.connection_refused();
            return None;
        }
        open.all += 1;
        open.by_address.insert(address, here + 1);
        self.metrics.connection(1);
        Some(Place { limits: self.clone(), address })
    }
}

/// Whoever has one IPv6 address has the whole /64.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => Ipv6Addr::from_bits(it.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A connection's place; given back when dropped.
#[derive(Debug)]
struct Place {
    limits: Limits,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.limits.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all -= 1;
        let left = open.by_address.get(&self.address).copied().unwrap_or(1) - 1;
        if left == 0 {
            open.by_address.remove(&self.address);
        } else {
            open.by_address.insert(self.address, left);
        }
        self.limits.metrics.connection(-1);
    }
}

/// A connection that has a place.
#[derive(Debug)]
pub(crate) struct Counted {
    stream: TcpStream,
    _place: Place,
}

impl<S> Accept<TcpStream, S> for Limits {
    type Stream = Counted;
    type Service = S;
    type Future = Ready<io::Result<(Counted, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let admit = || {
            let address = stream.peer_addr()?.ip();
            let place = self.take(address).ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            vigie_mux::prompt(&stream)?;
            Ok(place)
        };
        ready(admit().map(|place| (Counted { stream, _place: place }, service)))
    }
}

impl AsyncRead for Counted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(all: usize, per_address: usize) -> Limits {
        Limits::new(all, per_address, Metrics::new())
    }

    #[test]
    fn one_address_cannot_take_all_places() {
        let limits = limits(3, 2);
        let (a, b) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = limits.take(a).unwrap();
        let _second = limits.take(a).unwrap();
        assert!(limits.take(a).is_none());
        let _other = limits.take(b).unwrap();
        assert!(limits.take(b).is_none(), "no room in all");
        drop(first);
        assert!(limits.take(a).is_some(), "a place is given back");
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        let limits = limits(9, 1);
        let _held = limits.take("2001:db8::1".parse().unwrap()).unwrap();
        assert!(limits.take("2001:db8::2".parse().unwrap()).is_none());
        assert!(limits.take("2001:db8:0:1::1".parse().unwrap()).is_some());
        let _v4 = limits.take("::ffff:192.0.2.1".parse().unwrap()).unwrap();
        assert!(limits.take("192.0.2.1".parse().unwrap()).is_none(), "the same machine");
    }
}

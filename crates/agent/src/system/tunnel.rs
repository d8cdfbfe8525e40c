//! Streams that the server opens. The owner's switches are enforced here: at the opening, for the very address that is
//! then connected to, and from then on: a switch that is put off ends what it allowed.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, split},
    net::{TcpStream, lookup_host},
    sync::{Semaphore, watch},
    time::timeout,
};
use vigie_mux::{Stream, read_head, write_head};
use vigie_wire::link::{
    message::Switches,
    stream::{Answer, LONGEST_HOST, RefusalCode, Wanted},
};

use super::{connect::in_turn, host, pump::pump};
use crate::portal::unconnected;

/// Most tunnels at once: fewer than a link has streams, so that one too many is told so.
const MOST: usize = 256;
/// For what the stream is for, from its opening.
const ASKING: Duration = Duration::from_secs(10);
/// For the target's name, and for its connection: together less than the server waits.
const RESOLVING: Duration = Duration::from_secs(4);
const CONNECTING: Duration = Duration::from_secs(10);

/// What every stream needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Tunnels {
    switches: watch::Receiver<Switches>,
    places: Arc<Semaphore>,
}

/// Where a tunnel ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On this machine.
    Here,
    /// Beside it.
    Beside,
}

/// Why there is no tunnel.
#[derive(Debug, PartialEq, Eq)]
struct Refusal {
    code: RefusalCode,
    words: String,
}

fn refusal<T>(code: RefusalCode, words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, words: words.into() })
}

impl Tunnels {
    pub(crate) fn new(switches: watch::Receiver<Switches>) -> Self {
        Self { switches, places: Arc::new(Semaphore::new(MOST)) }
    }

    /// Serves one stream to its end.
    pub(crate) async fn serve(mut self, mut stream: Stream) {
        let Ok(Ok(head)) = timeout(ASKING, read_head(&mut stream)).await else { return };
        let wanted = serde_json::from_slice(&head).unwrap_or(Wanted::Unknown);
        let places = self.places.clone();
        let opened = match &wanted {
            Wanted::Tunnel { host, port } => match places.try_acquire() {
                Ok(place) => tokio::select! {
                    opened = self.open(host, *port) => opened.map(|(target, at)| (target, at, place)),
                    // Nothing is said before the answer: it is not wanted any more, and its place goes to another.
                    _ = stream.read_u8() => return,
                },
                Err(_) => refusal(RefusalCode::TooMany, format!("the agent carries {MOST} tunnels already")),
            },
            Wanted::Unknown => refusal(RefusalCode::Unknown, "this version of the agent does not know what is wanted"),
        };
        let (mut target, at, _place) = match opened {
            Ok(opened) => opened,
            Err(Refusal { code, words }) => {
                log::info!("refused: {words}");
                answer(&mut stream, &Answer::Refused { code, words }).await;
                return;
            }
        };
        if !answer(&mut stream, &Answer::Open).await {
            return;
        }
        let carried = carry(stream, &mut target);
        let switched_off = async {
            // What it answers must not be held over another await.
            drop(self.switches.wait_for(|switches| allowed(*switches, at).is_err()).await);
        };
        tokio::select! {
            result = carried => if let Err(error) = result {
                log::debug!("a tunnel ended: {error}");
            },
            () = switched_off => log::info!("a tunnel was cut: its switch was put off"),
        }
    }

    fn allows(&self, at: Place) -> Result<(), Refusal> {
        allowed(*self.switches.borrow(), at)
    }

    async fn open(&self, host: &str, port: u16) -> Result<(TcpStream, Place), Refusal> {
        // Nobody learns which names there are while nothing may be reached.
        self.allows(Place::Here)?;
        let places = places(&resolve(host, port).await?, &host::addresses().unwrap_or_default())?;
        let opening = async {
            let mut last = refusal(RefusalCode::NameUnknown, format!("the name {host} has no address"));
            for (address, at) in places {
                last = match self.allows(at) {
                    Ok(()) => match TcpStream::connect(address).await {
                        Ok(target) => return Ok((target, at)),
                        Err(error) => unreached(address, &error),
                    },
                    Err(refusal) => Err(refusal),
                };
            }
            last
        };
        match timeout(CONNECTING, opening).await {
            Ok(Ok((target, at))) => {
                let _ = vigie_mux::prompt(&target);
                // The switches may have changed while it was connected.
                self.allows(at).map(|()| (target, at))
            }
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => refusal(
                RefusalCode::TimedOut,
                format!("{host}:{port} did not answer within {} s", CONNECTING.as_secs()),
            ),
        }
    }
}

async fn answer(stream: &mut Stream, answer: &Answer) -> bool {
    let Ok(message) = serde_json::to_vec(answer) else { return false };
    write_head(stream, &message).await.is_ok()
}

/// Both ways, each to its own end.
async fn carry(stream: Stream, target: &mut TcpStream) -> io::Result<()> {
    let (mut from_server, mut to_server) = split(stream);
    let (mut from_target, mut to_target) = target.split();
    tokio::try_join!(pump(&mut from_server, &mut to_target), pump(&mut from_target, &mut to_server)).map(drop)
}

fn allowed(switches: Switches, at: Place) -> Result<(), Refusal> {
    if !switches.remote_access {
        return refusal(RefusalCode::RemoteAccessOff, "the owner of this system has not switched remote-access on");
    }
    if at == Place::Beside && !switches.co_located_servers {
        return refusal(
            RefusalCode::CoLocatedServersOff,
            "the target is not this system but beside it, and the owner has not switched co-located-servers on",
        );
    }
    Ok(())
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, Refusal> {
    let unknown = |words: String| refusal(RefusalCode::NameUnknown, words);
    let host = host.trim_matches(['[', ']']);
    if host.is_empty() || host.len() > LONGEST_HOST {
        return unknown("the target has no name".to_owned());
    }
    match timeout(RESOLVING, lookup_host((host, port))).await {
        Ok(Ok(found)) => Ok(in_turn(found.collect())),
        Ok(Err(error)) => unknown(format!("the name {host} cannot be resolved on this system: {error}")),
        Err(_) => unknown(format!("the name {host} cannot be resolved on this system: no answer in time")),
    }
}

/// Where each address leads. Refused: to none of them can be connected.
fn places(addresses: &[SocketAddr], own: &[IpAddr]) -> Result<Vec<(SocketAddr, Place)>, Refusal> {
    let is_target = |it: &&SocketAddr| {
        let ip = it.ip().to_canonical();
        // Nobody's address, many machines' address, and all machines' address (RFC 919) are no machine's.
        !ip.is_unspecified() && !ip.is_multicast() && ip != IpAddr::from([255, 255, 255, 255])
    };
    let place = |it: &SocketAddr| {
        let ip = it.ip().to_canonical();
        let is_own = ip.is_loopback() || own.iter().any(|own| own.to_canonical() == ip);
        (*it, if is_own { Place::Here } else { Place::Beside })
    };
    let found: Vec<_> = addresses.iter().filter(is_target).map(place).collect();
    match addresses.first() {
        Some(first) if found.is_empty() => {
            refusal(RefusalCode::NotReachable, format!("{} is not the address of a machine", first.ip()))
        }
        _ => Ok(found),
    }
}

fn unreached<T>(address: SocketAddr, error: &io::Error) -> Result<T, Refusal> {
    let code = match error.kind() {
        io::ErrorKind::ConnectionRefused => RefusalCode::ConnectionRefused,
        io::ErrorKind::TimedOut => RefusalCode::TimedOut,
        _ => RefusalCode::NotReachable,
    };
    refusal(code, format!("cannot connect to {address} from this system: {}", unconnected(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_here_and_what_is_beside_is_told_by_the_address() {
        let own = ["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
        let place = |text: &str| {
            places(&[SocketAddr::new(text.parse().unwrap(), 22)], &own).map(|found| found[0].1).map_err(|it| it.code)
        };
        for here in
            ["127.0.0.1", "127.9.9.9", "::1", "192.0.2.7", "::ffff:192.0.2.7", "::ffff:127.0.0.1", "2001:db8::7"]
        {
            assert_eq!(place(here), Ok(Place::Here), "{here}");
        }
        for beside in ["192.0.2.8", "2001:db8::8", "169.254.169.254"] {
            assert_eq!(place(beside), Ok(Place::Beside), "{beside}");
        }
        for none in ["0.0.0.0", "::", "::ffff:0.0.0.0", "255.255.255.255", "224.0.0.1", "ff02::1"] {
            assert_eq!(place(none), Err(RefusalCode::NotReachable), "{none}");
        }
    }

    #[test]
    fn each_switch_is_needed() {
        let on =
            |remote_access, co_located_servers| Switches { remote_access, co_located_servers, ..Switches::default() };
        let code = |switches, at| allowed(switches, at).map_err(|it| it.code);
        assert_eq!(code(on(false, true), Place::Here), Err(RefusalCode::RemoteAccessOff));
        assert_eq!(code(on(false, true), Place::Beside), Err(RefusalCode::RemoteAccessOff));
        assert_eq!(code(on(true, false), Place::Here), Ok(()));
        assert_eq!(code(on(true, false), Place::Beside), Err(RefusalCode::CoLocatedServersOff));
        assert_eq!(code(on(true, true), Place::Beside), Ok(()));
    }
}

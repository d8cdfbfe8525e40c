//! `vigie tunnel`: a listener on the server's machine, each of whose connections goes on through a system's link to where
//! the system can reach. The server listens, not the command line: bytes make no detour. The listener lives as long as the
//! command line stays.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional_with_sizes},
    net::{TcpListener, TcpStream, UnixStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use vigie_fleet::systems;
use vigie_kernel::{Action, Actor, AuditEntry, Granted, SystemId};
use vigie_link::TunnelError;
use vigie_mux::PIECE;
use vigie_wire::link::stream::LONGEST_HOST;

use crate::{
    admin::{self, Answer, Ask},
    http::AppState,
};

/// Most connections of one tunnel at once.
const CONNECTIONS: usize = 1024;

/// What a tunnel is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// Through which system.
    pub system: SystemId,
    /// An address or a name that the system resolves.
    pub host: String,
    /// Port there.
    pub port: u16,
    /// Where the server listens.
    pub listen: SocketAddr,
}

/// Reads `ADDRESS:PORT`; an IPv6 address stands in brackets.
pub(crate) fn target(text: &str) -> Result<(String, u16), String> {
    let (host, port) = text.rsplit_once(':').ok_or("a port is missing: ADDRESS:PORT")?;
    let port = port.parse().ok().filter(|it| *it > 0).ok_or_else(|| format!("{port:?} is no port"))?;
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    if bare.is_empty() || bare.len() > LONGEST_HOST || (bare == host && host.contains(':')) {
        return Err(format!("{host:?} is no address; one of IPv6 stands in brackets"));
    }
    Ok((bare.to_owned(), port))
}

/// The server's end: listens until whoever asked goes away or the server stops.
pub(crate) async fn serve(state: &AppState, stream: UnixStream, tunnel: Tunnel) -> io::Result<()> {
    let (mut read, mut write) = stream.into_split();
    let listener = match listen(state, &tunnel).await {
        Ok(listener) => listener,
        Err(words) => return write.write_all(&line(&Answer::Err(words))?).await,
    };
    let address = listener.local_addr()?;
    write.write_all(&line(&Answer::Ok(address.to_string()))?).await?;
    let (words, mut said) = mpsc::channel::<String>(16);
    let mut connections = JoinSet::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut gone = [0];
    loop {
        tokio::select! {
            // The command line says nothing more: whatever comes is its end.
            _ = read.read(&mut gone) => break,
            () = state.stopping.cancelled() => break,
            Some(words) = said.recv() => write.write_all(&line(&words)?).await?,
            Some(_) = connections.join_next() => {}
            taken = take(&listener, &room) => {
                let (client, place) = taken?;
                let (state, tunnel, words) = (state.clone(), tunnel.clone(), words.clone());
                connections.spawn(async move {
                    if let Err(error) = carry(&state, &tunnel, client).await {
                        // One who cannot be told fast enough is told the next.
                        let _ = words.try_send(error);
                    }
                    drop(place);
                });
            }
        }
    }
    Ok(())
}

async fn take(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.map_err(io::Error::other)?;
    Ok((listener.accept().await?.0, place))
}

async fn listen(state: &AppState, tunnel: &Tunnel) -> Result<TcpListener, String> {
    let by_server = Granted::by_server(Action::DashboardSee);
    let known = systems::get(&state.db, by_server, tunnel.system, state.clock.now()).await;
    let known = known.map_err(|error| error.to_string())?;
    let known = known.ok_or_else(|| format!("there is no system {}", tunnel.system))?;
    let listener = TcpListener::bind(tunnel.listen).await;
    let listener = listener.map_err(|error| format!("cannot listen on {}: {error}", tunnel.listen))?;
    let (act, name, to) = (state.act_of(Actor::command_line()), known.name, format!("{}:{}", tunnel.host, tunnel.port));
    let (system, customer, at) = (tunnel.system, known.customer.id, tunnel.listen.to_string());
    let written = state.db.write(move |tx| {
        Box::pin(async move {
            let entry = AuditEntry::new(act.at, &act.actor, "tunnel.open", "system").object(system, &name).of(customer);
            let detail = serde_json::json!({ "to": to, "listen": at });
            vigie_db::audit::append(tx, &*act.rng, entry.detail(detail));
            Ok::<_, vigie_db::DbErr>(())
        })
    });
    written.await.map_err(|error| error.to_string())?;
    Ok(listener)
}

/// Carries one connection to its end. The error is why it was refused.
async fn carry(state: &AppState, tunnel: &Tunnel, mut client: TcpStream) -> Result<(), String> {
    let _ = vigie_mux::prompt(&client);
    let opened = state.links.tunnel(tunnel.system, &tunnel.host, tunnel.port).await;
    let mut target = match opened {
        Ok(target) => target,
        Err(TunnelError::NotHere(_)) => {
            let holder = systems::holder(&state.db, tunnel.system).await.ok().flatten();
            return Err(match holder {
                None => "the system was removed".to_owned(),
                Some(Some(node)) if node != state.node.id => format!("the system is connected to another node, {node}"),
                Some(_) => "the system is not connected".to_owned(),
            });
        }
        Err(error) => return Err(error.to_string()),
    };
    // How a connection ends is its two ends' matter.
    let _ = copy_bidirectional_with_sizes(&mut client, &mut target, PIECE, PIECE).await;
    Ok(())
}

fn line(said: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    Ok(line)
}

/// The command line's end: says where the server listens, then what it refuses, until interrupted.
pub(crate) async fn ask(data_dir: &Path, tunnel: Tunnel) -> anyhow::Result<()> {
    let stream = admin::connect(data_dir).await?;
    let Some(stream) = stream else { bail!("no server runs with {}", data_dir.display()) };
    let (read, mut write) = stream.into_split();
    let to = format!("{}:{}", tunnel.host, tunnel.port);
    write.write_all(&line(&Ask::Tunnel(tunnel))?).await?;
    let mut lines = BufReader::new(read).lines();
    let first = lines.next_line().await?.context("the server went away")?;
    match serde_json::from_str::<Answer>(&first).context("the server's answer cannot be read")? {
        Ok(address) => println!("listening on {address}, to {to}"),
        Err(words) => bail!("{words}"),
    }
    while let Some(line) = lines.next_line().await? {
        let words: String = serde_json::from_str(&line).unwrap_or(line);
        eprintln!("refused: {words}");
    }
    bail!("the server stopped")
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn targets_are_read() {
        assert_eq!(target("127.0.0.1:22"), Ok(("127.0.0.1".into(), 22)));
        assert_eq!(target("[::1]:22"), Ok(("::1".into(), 22)));
        assert_eq!(target("db.local:5432"), Ok(("db.local".into(), 5432)));
        for bad in ["127.0.0.1", "::1:22", "a:0", "a:66000", ":22", "a:b"] {
            assert!(target(bad).is_err(), "{bad}");
        }
    }
}

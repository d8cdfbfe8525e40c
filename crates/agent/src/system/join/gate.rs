//! The primary's end: listens while a link password is set, lets in who knows it, and then either gets an enrolment token
//! for the joiner from the server, or connects it to the server and to nothing else.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ed25519_dalek::SigningKey;
use tokio::{
    io::{AsyncWriteExt as _, split},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc, oneshot},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use vigie_wire::join::{FORMAT, FromJoiner, FromPrimary, JoinRefusal, LONGEST_CA};

use super::{
    PATIENCE, hear, say,
    secret::{Exchange, FILE, LinkSecret},
    tls,
    wrong::Wrong,
};
use crate::{
    files,
    system::{
        connect::Way,
        folder::{Folder, Stamp},
        host,
        pump::pump_for,
        questions::Asked,
    },
};

/// Connections that have not proved the password, at once.
const STRANGERS: usize = 16;
/// Connections that have, at once.
const GUESTS: usize = 64;
/// How long a wrong password is thought about.
const THOUGHT: Duration = Duration::from_secs(1);
/// From one try to listen to the next, at first and later.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const AGAIN: Duration = Duration::from_secs(10);
/// How long a relayed connection may be silent in either direction: a link is never so long.
const SILENT: Duration = Duration::from_mins(1);

/// Why a guest does not get what it wants.
pub(crate) type Refused = (JoinRefusal, String);
/// Wants a token for a system that joins.
pub(crate) type Wanted = Asked<(), Result<String, Refused>>;

/// Listens, or not.
#[derive(Debug)]
pub(crate) struct Gate {
    listen: SocketAddr,
    way: Way,
    key: SigningKey,
    wanted: mpsc::Sender<Wanted>,
    seen: Option<Stamp>,
    listening: Option<Listening>,
}

/// With it everything goes that it let in.
#[derive(Debug)]
struct Listening(JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Gate {
    pub(crate) fn new(listen: SocketAddr, way: Way, key: SigningKey) -> (Self, mpsc::Receiver<Wanted>) {
        let (wanted, wants) = mpsc::channel(4);
        (Self { listen, way, key, wanted, seen: None, listening: None }, wants)
    }

    /// Looks whether the owner set another link password, or put it off: what was let in by the one before ends.
    pub(crate) fn look(&mut self, folder: &Folder) {
        let stamp = Stamp::of(&folder.file(FILE));
        if stamp == self.seen {
            return;
        }
        self.seen = stamp;
        if self.listening.take().is_some() {
            log::info!("the link password changed: what it let in has ended");
        }
        let config = match (folder.read::<LinkSecret>(FILE), tls::server(&self.key)) {
            (Ok(None), _) => return,
            (Ok(Some(secret)), Ok(config)) => (secret, config),
            (Err(words), _) => return log::error!("{words}: nobody can join"),
            (_, Err(error)) => return log::error!("nobody can join: {error}"),
        };
        let place = Place {
            secret: config.0,
            acceptor: TlsAcceptor::from(config.1),
            way: self.way.clone(),
            wanted: self.wanted.clone(),
            wrong: Mutex::default(),
            strangers: Semaphore::new(STRANGERS),
            guests: Semaphore::new(GUESTS),
        };
        self.listening = Some(Listening(tokio::spawn(listen(self.listen, Arc::new(place)))));
    }
}

/// What every guest needs.
struct Place {
    secret: LinkSecret,
    acceptor: TlsAcceptor,
    way: Way,
    wanted: mpsc::Sender<Wanted>,
    wrong: Mutex<Wrong>,
    strangers: Semaphore,
    guests: Semaphore,
}

async fn listen(at: SocketAddr, place: Arc<Place>) {
    // The listener of the password before may be there for another moment.
    let mut pause = FIRST_PAUSE;
    let listener = loop {
        match TcpListener::bind(at).await {
            Ok(listener) => break listener,
            Err(error) if pause >= AGAIN => log::error!("cannot listen at {at} for systems that join: {error}"),
            Err(_) => {}
        }
        sleep(pause).await;
        pause = (pause * 2).min(AGAIN);
    };
    log::info!("systems that know the link password can join at {}", listener.local_addr().unwrap_or(at));
    let mut guests = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    let place = place.clone();
                    guests.spawn(async move { place.serve(stream, from.ip().to_canonical()).await });
                }
                // No file is left, say: later there may be.
                Err(_) => sleep(THOUGHT).await,
            },
            Some(_) = guests.join_next() => {}
        }
    }
}

type Stream = TlsStream<TcpStream>;

impl Place {
    async fn serve(&self, stream: TcpStream, from: IpAddr) {
        let _ = vigie_mux::prompt(&stream);
        let Ok(stranger) = self.strangers.try_acquire() else { return };
        let Ok(Ok(mut stream)) = timeout(PATIENCE, self.acceptor.accept(stream)).await else { return };
        let refused = match self.know(&mut stream, from).await {
            Some(Ok(())) => match self.guests.try_acquire() {
                Ok(_guest) => {
                    drop(stranger);
                    return self.attend(stream, from).await;
                }
                Err(_) => (JoinRefusal::Busy, format!("the primary serves {GUESTS} connections already")),
            },
            Some(Err(refused)) => refused,
            None => return,
        };
        refuse(&mut stream, refused).await;
    }

    /// Whether a stranger knows the password. None: it says what nobody says.
    async fn know(&self, stream: &mut Stream, from: IpAddr) -> Option<Result<(), Refused>> {
        let session = tls::session(stream.get_ref().1).ok()?;
        let (exchange, share) = Exchange::begin(&self.secret, true);
        say(stream, &FromPrimary::Hello { format: FORMAT, salt: self.secret.salt().clone(), share }).await.ok()?;
        let FromJoiner::Proof { share, proof } = hear(stream).await.ok()? else { return None };
        if self.wrong(|wrong| wrong.is_locked(from, host::uptime())) {
            let words = "too many wrong link passwords came from this address: try again in some minutes";
            return Some(Err((JoinRefusal::Locked, words.to_owned())));
        }
        let known = exchange.end(&share).filter(|shared| shared.is_proof(&proof, false, &session));
        let Some(shared) = known else {
            // Counted before anything is waited for: guesses side by side are no more than one after another.
            self.wrong(|wrong| wrong.add(from, host::uptime()));
            log::warn!("{from} does not know the link password");
            sleep(THOUGHT).await;
            return Some(Err((JoinRefusal::WrongPassword, "the link password is another one".to_owned())));
        };
        self.wrong(|wrong| wrong.forget(from));
        let proof = shared.proof(true, &session);
        say(stream, &FromPrimary::Welcome { proof }).await.ok().map(Ok)
    }

    fn wrong<T>(&self, work: impl FnOnce(&mut Wrong) -> T) -> T {
        work(&mut self.wrong.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn attend(&self, mut stream: Stream, from: IpAddr) {
        let refused = match hear(&mut stream).await {
            Ok(FromJoiner::Join) => match self.grant().await {
                Ok((granted, ca)) => {
                    log::info!("{from} joins the network");
                    let _ = say(&mut stream, &granted).await;
                    let _ = timeout(PATIENCE, async {
                        stream.write_all(&ca).await?;
                        stream.shutdown().await
                    })
                    .await;
                    return;
                }
                Err(refused) => refused,
            },
            Ok(FromJoiner::Relay) => match self.way.reach().await {
                Ok((server, _)) => {
                    if say(&mut stream, &FromPrimary::Open).await.is_ok() {
                        log::info!("{from} reaches the server through this system");
                        relay(stream, server).await;
                    }
                    return;
                }
                Err(failure) => (JoinRefusal::NoServer, failure.words),
            },
            _ => return,
        };
        refuse(&mut stream, refused).await;
    }

    /// What a system needs to enrol.
    async fn grant(&self) -> Result<(FromPrimary, Vec<u8>), Refused> {
        let no_server = |words: String| (JoinRefusal::NoServer, words);
        let ca = match self.way.ca() {
            Some(path) => files::read_bounded(path, LONGEST_CA as u64)
                .map_err(|error| no_server(format!("the primary cannot read its CA file: {error}")))?,
            None => Vec::new(),
        };
        let (answer, token) = oneshot::channel();
        let unlinked = || no_server("the primary's agent has no link to the server".to_owned());
        self.wanted.try_send(((), answer)).map_err(|_| unlinked())?;
        let token = timeout(PATIENCE, token).await.map_err(|_| unlinked())?.map_err(|_| unlinked())??;
        let length = u32::try_from(ca.len()).unwrap_or(0);
        Ok((FromPrimary::Granted { server: self.way.server.clone(), token, ca: length }, ca))
    }
}

async fn refuse(stream: &mut Stream, (code, words): Refused) {
    let _ = say(stream, &FromPrimary::Refused { code, words }).await;
    let _ = timeout(PATIENCE, stream.shutdown()).await;
}

/// Both ways, until either end closes or nothing comes any more.
async fn relay(stream: Stream, mut server: TcpStream) {
    let (mut from_guest, mut to_guest) = split(stream);
    let (mut from_server, mut to_server) = server.split();
    let carried = tokio::try_join!(
        pump_for(&mut from_guest, &mut to_server, Some(SILENT)),
        pump_for(&mut from_server, &mut to_guest, Some(SILENT))
    );
    if let Err(error) = carried {
        log::debug!("a relayed connection ended: {error}");
    }
}

/// The link password as its owner sets it; none: off.
pub(crate) fn set(folder: &Folder, secret: Option<&LinkSecret>) -> Result<PathBuf, String> {
    match secret {
        Some(secret) => folder.write(FILE, secret)?,
        None => folder.remove(FILE)?,
    }
    Ok(folder.file(FILE))
}

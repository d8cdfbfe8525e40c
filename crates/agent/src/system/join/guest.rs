//! The joiner's end: connects to a primary, proves the link password, and joins or reaches the server through it.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};
use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use vigie_wire::join::{Bytes, FORMAT, FromJoiner, FromPrimary, JoinRefusal, LONGEST_ADDRESS, LONGEST_CA, PORT};

use super::{
    PATIENCE, hear, say,
    secret::{Exchange, LinkSecret},
    tls,
};
use crate::{
    config,
    portal::printable,
    system::{
        connect::tcp,
        failure::{Failure, Then},
    },
};

/// The file in the system's folder: at which primary it joined.
pub(crate) const FILE: &str = "primary.json";

/// A primary as a system that joined knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Primary {
    /// Its address, HOST or HOST:PORT.
    pub(crate) address: String,
    /// Its public key, base64.
    pub(crate) public_key: String,
    /// What is kept of the link password.
    secret: LinkSecret,
    /// Whether the server is always reached through it, or only when there is no other way.
    pub(crate) is_only_way: bool,
}

/// What a joiner enrols with.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) server: String,
    pub(crate) token: String,
    /// The CAs to trust; empty: the operating system's.
    pub(crate) ca: Vec<u8>,
    pub(crate) primary: Primary,
}

/// A connection to a primary; both know the password.
#[derive(Debug)]
struct Guest {
    stream: TlsStream<TcpStream>,
    local: IpAddr,
    key: [u8; 32],
    secret: LinkSecret,
}

/// HOST or HOST:PORT.
pub(crate) fn address(text: &str) -> Result<(String, u16), config::Error> {
    config::address("primary", &format!("https://{text}"), "https", PORT)
}

fn lost(error: &std::io::Error) -> Failure {
    Failure::again(format!("the connection to the primary was lost: {error}"))
}

fn refused(code: JoinRefusal, words: &str) -> Failure {
    let then = match code {
        JoinRefusal::WrongPassword | JoinRefusal::Locked => Then::Later(std::time::Duration::from_mins(10)),
        _ => Then::Again(None),
    };
    Failure { words: format!("the primary refused: {}", printable(words)), then }
}

impl Guest {
    /// Connects and proves the password. `key`: the primary's, where it is known; `secret` makes of its salt what is kept.
    async fn arrive(
        at: &str,
        key: Option<[u8; 32]>,
        secret: impl FnOnce(&Bytes) -> Result<LinkSecret, String>,
    ) -> Result<Self, Failure> {
        let (host, port) = address(at).map_err(|error| Failure::never(error.to_string()))?;
        let stream = tcp("the primary ", &host, port).await?;
        let local = stream.local_addr().map_err(|error| lost(&error))?.ip().to_canonical();
        let unfit = |error: rustls::Error| Failure::again(format!("the primary {at}: {error}"));
        let connector = TlsConnector::from(tls::client(key).map_err(unfit)?);
        let name = tls::name().map_err(|error| lost(&error))?;
        let shaken = timeout(PATIENCE, connector.connect(name, stream)).await;
        let mut stream = shaken.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(|error| {
            Failure::again(match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(rustls::Error::InvalidCertificate(_)) => format!(
                    "{at} is not the primary at which this system joined: its key is another one; if that is right, join again"
                ),
                Some(_) => format!("{at} answers, but not as the agent of a primary does"),
                None => format!("the connection to the primary {at} was lost: {error}"),
            })
        })?;
        let session = tls::session(stream.get_ref().1).map_err(unfit)?;
        let presented = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let key =
            presented.and_then(|key| tls::key_of(key)).ok_or_else(|| Failure::again("the primary shows no key"))?;
        let said = hear(&mut stream).await.map_err(|error| lost(&error))?;
        let FromPrimary::Hello { format, salt, share } = said else {
            return Err(Failure::again(format!("{at} does not answer as the agent of a primary does")));
        };
        if format != FORMAT {
            return Err(Failure::never("the agents speak different versions: update the older one"));
        }
        let secret = secret(&salt).map_err(Failure::again)?;
        let (exchange, own) = Exchange::begin(&secret, false);
        let shared = exchange.end(&share).ok_or_else(|| Failure::again("the primary does not prove itself"))?;
        let proof = shared.proof(false, &session);
        say(&mut stream, &FromJoiner::Proof { share: own, proof }).await.map_err(|error| lost(&error))?;
        match hear(&mut stream).await.map_err(|error| lost(&error))? {
            FromPrimary::Welcome { proof } if shared.is_proof(&proof, true, &session) => {
                Ok(Self { stream, local, key, secret })
            }
            FromPrimary::Refused { code, words } => Err(refused(code, &words)),
            _ => Err(Failure::again("the primary does not prove that it knows the link password")),
        }
    }

    /// What is kept of the primary.
    fn kept(self, at: &str, is_only_way: bool) -> Primary {
        let public_key = BASE64.encode(self.key);
        Primary { address: at.to_owned(), public_key, secret: self.secret, is_only_way }
    }

    async fn ask(&mut self, what: &FromJoiner) -> Result<FromPrimary, Failure> {
        say(&mut self.stream, what).await.map_err(|error| lost(&error))?;
        // The primary itself connects, or asks the server.
        match timeout(PATIENCE * 2, hear(&mut self.stream)).await {
            Ok(Ok(FromPrimary::Refused { code, words })) => Err(refused(code, &words)),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(lost(&error)),
            Err(_) => Err(Failure::again("the primary does not answer in time")),
        }
    }
}

/// Joins at a primary.
pub(crate) async fn join(at: &str, password: &str, is_only_way: bool) -> Result<Granted, Failure> {
    let mut guest = Guest::arrive(at, None, |salt| LinkSecret::of(password, &salt.0)).await?;
    let unfit = || Failure::again("the primary's answer cannot be understood");
    let FromPrimary::Granted { server, token, ca: length } = guest.ask(&FromJoiner::Join).await? else {
        return Err(unfit());
    };
    let length = usize::try_from(length).ok().filter(|length| *length <= LONGEST_CA).ok_or_else(unfit)?;
    if server.len() > LONGEST_ADDRESS {
        return Err(unfit());
    }
    let mut ca = vec![0; length];
    let read = timeout(PATIENCE, guest.stream.read_exact(&mut ca)).await;
    read.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())).map_err(|error| lost(&error))?;
    Ok(Granted { server, token, ca, primary: guest.kept(at, is_only_way) })
}

/// Proves the link password to a primary and wants nothing of it: a system that is enrolled learns the way through it.
pub(crate) async fn meet(at: &str, password: &str, is_only_way: bool) -> Result<Primary, Failure> {
    let guest = Guest::arrive(at, None, |salt| LinkSecret::of(password, &salt.0)).await?;
    Ok(guest.kept(at, is_only_way))
}

/// A connection to the server, through the primary; and this machine's address on the way there.
pub(crate) async fn reach(primary: &Primary) -> Result<(TlsStream<TcpStream>, IpAddr), Failure> {
    let key = BASE64.decode(&primary.public_key).ok().and_then(|key| key.try_into().ok());
    let key = key.ok_or_else(|| Failure::never("the primary's key in the state folder is none: join again"))?;
    let mut guest = Guest::arrive(&primary.address, Some(key), |salt| {
        let changed = || "the link password was changed on the primary: join again with the new one".to_owned();
        Some(primary.secret.clone()).filter(|it| it.salt() == salt).ok_or_else(changed)
    })
    .await?;
    match guest.ask(&FromJoiner::Relay).await? {
        FromPrimary::Open => Ok((guest.stream, guest.local)),
        _ => Err(Failure::again("the primary's answer cannot be understood")),
    }
}

//! Application servers join a network at its primary: the primary's agent listens while a link password is set ([`gate`]),
//! the joiner names its address and the password ([`guest`]). Both prove the password to each other ([`secret`]) inside a
//! TLS session with the primary's own key ([`tls`]).

pub(crate) mod gate;
pub(crate) mod guest;
pub(crate) mod secret;
mod tls;
mod wrong;

use std::{io, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use vigie_mux::{read_head, write_head};

/// For one message of the other end.
const PATIENCE: Duration = Duration::from_secs(15);

async fn hear<T: DeserializeOwned>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<T> {
    let head = timeout(PATIENCE, read_head(stream)).await??;
    serde_json::from_slice(&head).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), message: &impl Serialize) -> io::Result<()> {
    let message = serde_json::to_vec(message)?;
    timeout(PATIENCE, write_head(stream, &message)).await?
}

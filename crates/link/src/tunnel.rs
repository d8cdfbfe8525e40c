//! A tunnel: a stream to a system that goes on, on its other end, as a TCP connection. Whether it may is the system's to say.

use std::{io, time::Duration};

use vigie_kernel::SystemId;
use vigie_mux::{OpenError, Stream, read_head, write_head};
use vigie_wire::link::stream::{ANSWER_SECONDS, Answer, RefusalCode, Wanted};

use crate::{Links, NotHere};

/// A tunnel could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum TunnelError {
    /// The system has no link to this node.
    #[error(transparent)]
    NotHere(#[from] NotHere),
    /// There are as many streams to it as there may be.
    #[error("as many connections go through the link of the system as it carries")]
    Full,
    /// The system refused; its agent says why.
    #[error("{words}")]
    Refused {
        /// Stable code.
        code: RefusalCode,
        /// Why, for people.
        words: String,
    },
    /// The system did not answer in time.
    #[error("the system did not answer within {ANSWER_SECONDS} s")]
    Silent,
    /// The link broke, or what came is no answer.
    #[error("the link broke: {0}")]
    Broken(#[from] io::Error),
}

impl Links {
    /// Opens a tunnel through a system to where it can reach. The stream that is answered carries the target's bytes.
    pub async fn tunnel(&self, system: SystemId, host: &str, port: u16) -> Result<Stream, TunnelError> {
        let wanted = Wanted::Tunnel { host: host.to_owned(), port };
        let asking = async {
            let mut stream = self.open(system).await.map_err(|error| match error {
                OpenError::Closed => TunnelError::NotHere(NotHere),
                OpenError::Full => TunnelError::Full,
            })?;
            write_head(&mut stream, &serde_json::to_vec(&wanted).map_err(io::Error::other)?).await?;
            let answer = read_head(&mut stream).await?;
            let answer =
                serde_json::from_slice(&answer).map_err(|it| io::Error::new(io::ErrorKind::InvalidData, it))?;
            match answer {
                Answer::Open => Ok(stream),
                Answer::Refused { code, words } => {
                    let words = words.chars().filter(|it| !it.is_control()).take(500).collect();
                    Err(TunnelError::Refused { code, words })
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS), asking).await.map_err(|_| TunnelError::Silent)?
    }
}

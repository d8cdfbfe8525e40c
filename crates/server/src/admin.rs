//! What the command line asks of the server that works with a data directory, over `DIR/admin.sock` (mode 0600: only
//! the server's user and root). One line of JSON each way. Where no server runs, the command line does the same itself.

use std::{
    fs, io,
    os::{fd::AsRawFd as _, unix::fs::PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
};
use vigie_db::audit::Verdict;
use vigie_db::{Database, DbErr};
use vigie_kernel::{Act, Action, Actor, AuditEntry, Granted};
use vigie_people::{
    agent_configuration, api_clients,
    api_tokens::{self, NewApiToken},
    users::{self, password, rescue},
};

use crate::{
    files::{read_if_there, write_file},
    http::AppState,
    tunnel::{self, Tunnel},
};

const SOCKET: &str = "admin.sock";
/// Where the address that agents are told is kept for when no server runs.
const URL: &str = "url";
/// Longest line, bytes.
const LONGEST: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(30);
/// For what reads a whole table.
const LONG_PATIENCE: Duration = Duration::from_hours(1);

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Ask {
    /// An API token for a user.
    Token {
        /// Sign-in name.
        user: String,
        /// What to call the token.
        name: String,
    },
    /// What an agent needs to sign in.
    AgentClient,
    /// Writes down in the audit trail that a backup was made on the command line.
    NoteBackup(BackupNote),
    /// A one-time password for a user.
    ResetPassword {
        /// Sign-in name.
        user: String,
    },
    /// A one-time password for a user who is made an administrator that can sign in.
    BreakGlass {
        /// Sign-in name.
        user: String,
    },
    /// Whether the audit trail is as it was written.
    VerifyAudit,
    /// A tunnel through a system, for as long as the command line stays.
    Tunnel(Tunnel),
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupNote {
    /// The file's name.
    pub file: String,
    /// Its size, bytes.
    pub bytes: u64,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
}

/// Writes it to the audit trail.
pub async fn note_backup(db: &Database, act: Act, note: BackupNote) -> Result<(), DbErr> {
    db.write(move |tx| {
        Box::pin(async move {
            let detail = serde_json::json!({ "bytes": note.bytes, "sha256": note.sha256 });
            let entry = AuditEntry::new(act.at, &act.actor, "backup.create", "backup");
            vigie_db::audit::append(tx, &*act.rng, entry.object(&note.file, &note.file).detail(detail));
            Ok::<_, DbErr>(())
        })
    })
    .await
}

/// What an agent needs to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentClient {
    /// The server's address.
    pub url: String,
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
}

/// What is answered: the words to print, or why not.
pub type Answer = Result<String, String>;

/// Does what is asked.
pub async fn answer(state: &AppState, ask: Ask) -> Answer {
    let act = state.act_of(Actor::command_line());
    match ask {
        Ask::Token { user, name } => {
            let owner = users::find_by_login(&state.db, &user, act.at).await.map_err(|error| error.to_string())?;
            let owner = owner.ok_or_else(|| format!("there is no user {user:?}, or it is disabled or expired"))?;
            let new = NewApiToken { name, scope: api_tokens::Scope::All, expires_at: None };
            let made = api_tokens::create(&state.db, act, &owner, new).await;
            made.map(|(_, secret)| secret).map_err(|error| error.to_string())
        }
        Ask::AgentClient => {
            let all = agent_configuration::all(state.db.reads()).await.map_err(|error| error.to_string())?;
            let client_id = all.client_id().to_owned();
            let granted = Granted::by_server(Action::AgentsManage);
            let client_secret = api_clients::reveal(&state.db, granted, &state.secrets, act, &client_id)
                .await
                .map_err(|error| error.to_string())?;
            let own = || if state.listening.get().is_some() { state.agents_url() } else { recorded_url(state) };
            let url = all.current.map_or_else(own, |it| it.url);
            serde_json::to_string(&AgentClient { url, client_id, client_secret }).map_err(|error| error.to_string())
        }
        Ask::BreakGlass { user } => {
            let rescued = rescue::break_glass(&state.db, &state.hasher, act, &user).await;
            rescued.map_err(|error| error.to_string())
        }
        Ask::VerifyAudit => verify_audit(state).await,
        Ask::Tunnel(_) => Err("a tunnel needs a running server".to_owned()),
        Ask::NoteBackup(note) => {
            note_backup(&state.db, act, note).await.map(|()| String::new()).map_err(|error| error.to_string())
        }
        Ask::ResetPassword { user } => {
            let reset = password::reset(&state.db, &state.hasher, act, &user).await;
            reset.map_err(|error| match error {
                password::PasswordError::NotFound => format!("there is no user {user:?}"),
                other => other.to_string(),
            })
        }
    }
}

async fn verify_audit(state: &AppState) -> Answer {
    let verdict = vigie_db::audit::verify(&state.db).await.map_err(|error| error.to_string())?;
    match verdict {
        Verdict::Sound { rows, head } => {
            let head = if head.is_empty() { "none yet".to_owned() } else { head };
            Ok(format!("The audit trail is sound: {rows} entries, last hash {head}."))
        }
        Verdict::Broken { id, at } => Err(format!(
            "the audit trail was tampered with: entry {id} of {at}, or one before it, is not as it was written"
        )),
        Verdict::Beginning => Err("the audit trail was tampered with: entries are missing at its beginning".to_owned()),
        Verdict::End => Err("the audit trail was tampered with: entries are missing at its end".to_owned()),
    }
}

/// Notes where agents find this server.
pub fn record_url(state: &AppState) -> anyhow::Result<()> {
    let path = state.config.data_dir.join(URL);
    write_file(&path, state.agents_url().as_bytes(), 0o600).with_context(|| format!("cannot write {}", path.display()))
}

fn recorded_url(state: &AppState) -> String {
    let recorded = read_if_there(&state.config.data_dir.join(URL)).ok().flatten();
    recorded.and_then(|it| String::from_utf8(it).ok()).unwrap_or_else(|| state.agents_url())
}

/// A socket's address may have 107 bytes; where the directory's path is longer, it is reached through an open file.
struct SocketPath {
    path: PathBuf,
    _folder: Option<fs::File>,
}

impl SocketPath {
    fn of(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(SOCKET);
        if path.as_os_str().len() <= 100 {
            return Ok(Self { path, _folder: None });
        }
        let folder = fs::File::open(data_dir)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()));
        Ok(Self { path, _folder: Some(folder) })
    }
}

/// The server's end.
#[derive(Debug)]
pub struct Socket(UnixListener);

/// Opens the socket. Whoever holds the data directory may replace one that a killed server left.
pub fn listen(state: &AppState) -> anyhow::Result<Socket> {
    let open = || {
        let at = SocketPath::of(&state.config.data_dir)?;
        match fs::remove_file(&at.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&at.path)?;
        fs::set_permissions(&at.path, fs::Permissions::from_mode(0o600))?;
        Ok(Socket(listener))
    };
    open().with_context(|| format!("cannot open {}", state.config.data_dir.join(SOCKET).display()))
}

/// Removes the socket: the server stops.
pub fn remove(state: &AppState) {
    let _ = fs::remove_file(state.config.data_dir.join(SOCKET));
}

impl Socket {
    /// Answers until dropped.
    pub async fn serve(self, state: AppState) {
        loop {
            match self.0.accept().await {
                Ok((stream, _)) => {
                    let state = state.clone();
                    tokio::spawn(async move {
                        if let Err(error) = talk(&state, stream).await {
                            tracing::warn!(%error, "the command line went away");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the command line cannot be heard");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

async fn talk(state: &AppState, mut stream: UnixStream) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    let mut reader = BufReader::new(read.take(LONGEST));
    tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await??;
    let said = match serde_json::from_str::<Ask>(&line) {
        Ok(Ask::Tunnel(wanted)) => return tunnel::serve(state, stream, wanted).await,
        Ok(ask) => answer(state, ask).await,
        Err(error) => Err(format!("this server does not understand the command: {error}")),
    };
    let mut said = serde_json::to_vec(&said)?;
    said.push(b'\n');
    write.write_all(&said).await?;
    write.shutdown().await
}

/// A connection to the server that works with `data_dir`. None: no server runs there.
pub(crate) async fn connect(data_dir: &Path) -> anyhow::Result<Option<UnixStream>> {
    let Ok(at) = SocketPath::of(data_dir) else { return Ok(None) };
    match UnixStream::connect(&at.path).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) => bail!("cannot talk to the server over {}: {error}", data_dir.join(SOCKET).display()),
    }
}

/// Asks the server that works with `data_dir`. None: no server runs there.
pub async fn ask_running(data_dir: &Path, ask: &Ask) -> anyhow::Result<Option<Answer>> {
    let Some(mut stream) = connect(data_dir).await? else { return Ok(None) };
    let mut line = serde_json::to_vec(ask)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let reading = async {
        let mut said = String::new();
        stream.take(LONGEST).read_to_string(&mut said).await?;
        Ok::<_, io::Error>(said)
    };
    let patience = if *ask == Ask::VerifyAudit { LONG_PATIENCE } else { PATIENCE * 2 };
    let said = tokio::time::timeout(patience, reading).await.context("the server does not answer")?;
    let said = said.context("the server went away")?;
    serde_json::from_str(&said).context("the server's answer cannot be read").map(Some)
}

//! Fetching a version: what arrived of it is kept when the connection is lost; it is checked as a whole before any of it is
//! unpacked, and lies in its place whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;
use minisign_verify::{PublicKey, Signature};
use sha2::{Digest as _, Sha256};
use vigie_kernel::{AgentId, Clock};
use vigie_wire::{
    sync::sign,
    update::{
        End, LARGEST_PACKED, LARGEST_PROGRAM, LONGEST_SIGNATURE, Offer, comment, fetch_text, is_signed, public_key,
    },
};

use super::{shelf::Shelf, target};
use crate::{
    files,
    portal::{Failure, Portal},
};

/// Why there is no new version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The server is not to be reached or has no time; what arrived is kept.
    #[error("{0}")]
    Later(Failure),
    /// It will not do, for this reason.
    #[error("{1}")]
    Over(End, String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        let words = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "there is no space left for it".to_owned(),
            _ => format!("it cannot be kept: {error}"),
        };
        Self::Over(End::Failed, words)
    }
}

/// Who fetches.
#[expect(missing_debug_implementations, reason = "it holds a key")]
pub struct Fetcher<'a> {
    /// The way to the server.
    pub portal: &'a mut Portal,
    /// The agent's id there.
    pub agent: AgentId,
    /// The agent's key.
    pub key: &'a SigningKey,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Who may release versions, a minisign public key.
    pub releaser: Option<&'a str>,
}

/// Brings a version to where it can be run. Nothing has changed where it ends with an error, but for a part that is
/// fetched on from there.
pub fn fetch(shelf: &Shelf, offer: &Offer, fetcher: &mut Fetcher<'_>) -> Result<(), Trouble> {
    let refused = |words: String| Trouble::Over(End::Refused, words);
    // What cannot be accepted is not worth a download.
    let Some(releaser) = fetcher.releaser else {
        return Err(Trouble::Over(
            End::Failed,
            "this agent was built without a releaser's key and none is set".to_owned(),
        ));
    };
    let key =
        public_key(releaser).ok_or_else(|| Trouble::Over(End::Failed, "the releaser's key is not valid".into()))?;
    let text = (offer.signature.len() <= LONGEST_SIGNATURE).then(|| Signature::decode(&offer.signature).ok());
    let signature = text.flatten().ok_or_else(|| refused("its signature cannot be read".to_owned()))?;
    let wanted = comment(&offer.version, target());
    if signature.trusted_comment() != wanted {
        let found: String = signature.trusted_comment().chars().filter(|it| !it.is_control()).take(100).collect();
        return Err(refused(format!("it is signed as \"{found}\", not as \"{wanted}\"")));
    }
    key.verify_stream(&signature)
        .map_err(|_| refused("it is signed by somebody else than this agent's releaser".into()))?;
    if !(1..=LARGEST_PACKED).contains(&offer.size) {
        return Err(refused(format!("it has {} bytes; at most {LARGEST_PACKED} are taken", offer.size)));
    }
    files::create_private_folder(shelf.path())?;
    let part = part_of(shelf, offer);
    clear_other_parts(shelf, &part);
    download(&part, offer, fetcher)?;
    let checked = check(&part, &key, &signature, offer.size);
    if checked.is_err() {
        files::remove(&part)?;
    }
    checked?;
    let unpacked = unpack(&part, &shelf.program(&offer.version));
    files::remove(&part)?;
    let sha256 = unpacked?;
    shelf.arrived(offer, sha256)?;
    Ok(())
}

/// Where a download grows. Another file under the same version has another signature.
fn part_of(shelf: &Shelf, offer: &Offer) -> PathBuf {
    let digest = hex::encode(Sha256::digest(offer.signature.as_bytes()));
    shelf.path().join(format!("{}.part", &digest[..16]))
}

fn clear_other_parts(shelf: &Shelf, kept: &Path) {
    for entry in fs::read_dir(shelf.path()).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.extension().is_some_and(|it| it == "part") && path != kept {
            // It only takes space.
            let _ = fs::remove_file(path);
        }
    }
}

fn download(part: &Path, offer: &Offer, fetcher: &mut Fetcher<'_>) -> Result<(), Trouble> {
    let mut file = files::private(OpenOptions::new().create(true).append(true)).open(part)?;
    let mut have = file.metadata()?.len();
    if have > offer.size {
        file.set_len(0)?;
        have = 0;
    }
    if have == offer.size {
        return Ok(());
    }
    let now = fetcher.clock.now();
    let signature = sign(fetcher.key, &fetch_text(fetcher.agent, &offer.version, now));
    let found = fetcher.portal.update(fetcher.agent, &offer.version, have, &signature, now);
    let (mut body, from) = found.map_err(given_up)?;
    if from != have {
        file.set_len(from)?;
        have = from;
    }
    let mut piece = vec![0; 64 << 10];
    while have < offer.size {
        let room = usize::try_from(offer.size - have).unwrap_or(piece.len()).min(piece.len());
        let read = body
            .read(&mut piece[..room])
            .map_err(|error| later(format!("fetching version {}: {error}", offer.version)))?;
        if read == 0 {
            return Err(later(format!("fetching version {}: the connection ended at byte {have}", offer.version)));
        }
        file.write_all(&piece[..read])?;
        have += read as u64;
    }
    file.sync_all()?;
    Ok(())
}

fn later(words: String) -> Trouble {
    Trouble::Later(Failure::unanswered(words))
}

/// What the server's no means. It may be yes at another time.
fn given_up(failure: Failure) -> Trouble {
    Trouble::Later(failure)
}

fn check(part: &Path, key: &PublicKey, signature: &Signature, size: u64) -> Result<(), Trouble> {
    let file = File::open(part)?;
    let there = file.metadata()?.len();
    if there != size {
        return Err(later(format!("{there} bytes of {size} are there")));
    }
    if is_signed(file, key, signature)? {
        return Ok(());
    }
    Err(Trouble::Over(End::Refused, "it is not what its releaser signed".to_owned()))
}

/// Unpacks what was checked; answers the digest of the program.
fn unpack(part: &Path, program: &Path) -> Result<String, Trouble> {
    let folder = program.parent().unwrap_or(program);
    files::create_private_folder(folder)?;
    let beside = program.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let written = write_program(part, &beside).and_then(|sha256| {
        fs::rename(&beside, program)?;
        Ok(sha256)
    });
    if written.is_err() {
        // The disk may be full: nothing of it stays.
        let _ = fs::remove_dir_all(folder);
    }
    written
}

fn write_program(part: &Path, beside: &Path) -> Result<String, Trouble> {
    let malformed = |error: io::Error| match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            Trouble::Over(End::Refused, format!("it cannot be unpacked: {error}"))
        }
        _ => error.into(),
    };
    let mut packed = zstd::stream::read::Decoder::new(BufReader::new(File::open(part)?)).map_err(malformed)?;
    packed.window_log_max(23).map_err(malformed)?;
    let mut options = OpenOptions::new();
    files::program(options.write(true).create_new(true));
    let (mut file, mut hasher, mut piece, mut size) = (options.open(beside)?, Sha256::new(), vec![0; 64 << 10], 0);
    loop {
        let read = packed.read(&mut piece).map_err(malformed)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        if size > LARGEST_PROGRAM {
            return Err(Trouble::Over(End::Refused, format!("it unpacks to more than {LARGEST_PROGRAM} bytes")));
        }
        hasher.update(&piece[..read]);
        file.write_all(&piece[..read])?;
    }
    file.sync_all()?;
    Ok(hex::encode(hasher.finalize()))
}

//! Ed25519 keys in files: the seed in base64, readable by the owner only.

use std::{io, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::SigningKey;
use vigie_kernel::Rng;

use crate::{files, portal::Failure};

/// Reads a key; none: there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<SigningKey>, Failure> {
    let failed = |words: String| Failure::Local(format!("{}: {words}", path.display()));
    let content = match files::read_bounded(path, 1024) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    let seed: Option<[u8; 32]> = BASE64.decode(content.trim_ascii()).ok().and_then(|seed| seed.try_into().ok());
    match seed {
        Some(seed) => Ok(Some(SigningKey::from_bytes(&seed))),
        None => Err(failed("this is no key; remove it, and the agent enrols anew as another one".to_owned())),
    }
}

/// The key, made durable at the first call.
pub(crate) fn read_or_make(path: &Path, rng: &dyn Rng) -> Result<SigningKey, Failure> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let mut seed = [0; 32];
    rng.fill(&mut seed);
    files::write_atomic(path, format!("{}\n", BASE64.encode(seed)).as_bytes())
        .map_err(|error| Failure::Local(format!("{}: {error}", path.display())))?;
    log::info!("made this agent's key");
    Ok(SigningKey::from_bytes(&seed))
}

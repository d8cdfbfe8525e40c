//! What is costly to find and seldom changes: kept with a stamp of what it was found from.

use std::{fmt::Write as _, os::unix::fs::MetadataExt as _};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Context;
use crate::files;

/// Longest file that is kept, bytes.
const MAX_FILE: u64 = 32 << 20;

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    stamp: String,
    value: T,
}

/// The value that belongs to `stamp`: the kept one, or what `find` finds, which is then kept.
pub(crate) fn remembered<T: Serialize + DeserializeOwned>(
    context: &Context<'_>,
    name: &str,
    stamp: String,
    find: impl FnOnce() -> Result<T, String>,
) -> Result<T, String> {
    let Some(folder) = &context.options.cache else { return find() };
    let path = folder.join(format!("cache-{name}.json"));
    if let Ok(content) = files::read_bounded(&path, MAX_FILE)
        && let Ok(kept) = serde_json::from_slice::<Kept<T>>(&content)
        && kept.stamp == stamp
    {
        return Ok(kept.value);
    }
    let kept = Kept { stamp, value: find()? };
    // Only time is lost when it cannot be kept: `inventory --local` is for every user.
    let written =
        serde_json::to_vec(&kept).map_err(std::io::Error::other).and_then(|it| files::write_atomic(&path, &it));
    if let Err(error) = written {
        log::debug!("{}: {error}", path.display());
    }
    Ok(kept.value)
}

/// A stamp of files: it differs when one of them was written since.
pub(crate) fn stamp<'a>(context: &Context<'_>, paths: impl Iterator<Item = &'a str>) -> String {
    // Another version may find something else in the same files.
    let mut stamp = String::from(crate::VERSION);
    for path in paths {
        if let Ok(metadata) = std::fs::metadata(context.root.path(path)) {
            let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
            // Writing to a text cannot fail.
            let _ = write!(stamp, ";{path}:{}:{seconds}.{nanoseconds}", metadata.len());
        }
    }
    stamp
}

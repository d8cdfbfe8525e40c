//! How full file systems are.

use std::path::PathBuf;

use nix::sys::statvfs::{Statvfs, statvfs};

use super::{Means, percent, size};
use crate::{
    alerts::state::{Finding, Is, Seen},
    collect,
};

pub(super) async fn look(path: Option<PathBuf>, means: &Means) -> Seen {
    let looked = means.read(move || {
        let Some(path) = path else {
            let points = collect::mount_points()?;
            // One that was taken away meanwhile is not there.
            return Ok(points
                .into_iter()
                .filter_map(|it| Some(finding(it.clone(), &statvfs(it.as_str()).ok()?)))
                .collect());
        };
        let subject = path.display().to_string();
        let space = statvfs(&path).map_err(|error| format!("{subject}: {error}"))?;
        Ok(vec![finding(subject, &space)])
    });
    looked.await.map_or_else(Seen::nothing, Seen::all)
}

fn finding(subject: String, space: &Statvfs) -> Finding {
    let (blocks, free, available) = (space.blocks(), space.blocks_free(), space.blocks_available());
    let used = blocks.saturating_sub(free);
    // As df(1) counts: what is kept for root is nobody's.
    let of_space = percent(used, used.saturating_add(available));
    let of_files = percent(space.files().saturating_sub(space.files_free()), space.files());
    let left = size(available.saturating_mul(space.fragment_size()));
    let (value, summary) = if of_files > of_space {
        (of_files, format!("{of_files} % of the inodes used, {left} free"))
    } else {
        (of_space, format!("{of_space} % used, {left} free"))
    };
    Finding { subject, is: Is::Measured(value), summary }
}

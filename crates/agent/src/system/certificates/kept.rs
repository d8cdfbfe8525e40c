//! What the agent remembers of the certificates that it installed, and whether one of them is to be replaced.

use std::{collections::BTreeMap, io, path::Path, time::Duration};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_kernel::Timestamp;

use crate::{files, profile::Files};

/// The file in the system's folder.
pub(super) const FILE: &str = "certificates.json";
/// Longest file that is compared, bytes.
const LONGEST: u64 = 64 << 10;

/// All that were installed: by the entry's key, and the device behind a slash.
pub(super) type All = BTreeMap<String, Kept>;

/// The name of one of them.
pub(super) fn name(key: &str, device: Option<&str>) -> String {
    device.map_or_else(|| key.to_owned(), |device| format!("{key}/{device}"))
}

/// One that was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What it is for, as it was asked for.
    pub(super) names: Vec<String>,
    /// SHA-256 of the files, the certificate's and the key's, hexadecimal.
    pub(super) certificate: String,
    pub(super) private_key: String,
    /// When it was installed, by the server's clock.
    pub(super) installed_at: Timestamp,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

pub(super) fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

fn is_there(path: &Path, wanted: &str) -> io::Result<bool> {
    match std::fs::metadata(path) {
        Ok(it) if it.is_file() => Ok(digest(&files::read_bounded(path, LONGEST)?) == wanted),
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Why a certificate is to be replaced; none: it is good. `now` is the server's time: this machine's clock may be wrong.
pub(super) fn due(
    kept: Option<&Kept>,
    files: &Files,
    names: &[String],
    now: Timestamp,
    anew: Option<Timestamp>,
) -> Option<&'static str> {
    let Some(kept) = kept else { return Some("there is none yet") };
    if kept.names != names {
        return Some("it is for other names");
    }
    if anew.is_some_and(|anew| kept.installed_at < anew) {
        return Some("the server wants it anew");
    }
    // At a third of its life there is time enough to try again.
    let life = kept.not_after.since(kept.not_before);
    if kept.not_after.since(now.max(kept.not_before)) < life / 3 || kept.not_after <= now {
        return Some("it ends soon");
    }
    if now < kept.not_before && kept.not_before.since(now) > Duration::from_hours(24) {
        return Some("it is not good yet");
    }
    let has_authority = files.authority.as_ref().is_none_or(|path| path.is_file());
    match (is_there(&files.certificate, &kept.certificate), is_there(&files.private_key, &kept.private_key)) {
        (Ok(true), Ok(true)) if has_authority => None,
        (Ok(_), Ok(_)) => Some("its files are not as they were installed"),
        _ => Some("its files cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn a_certificate_is_replaced_in_time_and_when_something_is_not_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let files = Files { certificate: at("cert"), private_key: at("key"), authority: Some(at("ca")) };
        for (path, text) in [(&files.certificate, "c"), (&files.private_key, "k"), (&at("ca"), "a")] {
            std::fs::write(path, text).unwrap();
        }
        let start = Timestamp::from_millis(1_800_000_000_000);
        let kept = Kept {
            names: vec!["sip".into()],
            certificate: digest(b"c"),
            private_key: digest(b"k"),
            installed_at: start,
            not_before: start.minus(DAY),
            not_after: start.plus(DAY * 365),
        };
        let now = |days: u32| start.plus(DAY * days);
        let due = |at: Timestamp, anew| due(Some(&kept), &files, &kept.names, at, anew);
        assert_eq!(super::due(None, &files, &[], start, None), Some("there is none yet"));
        assert_eq!((due(start, None), due(now(200), None)), (None, None));
        assert_eq!(due(now(250), None), Some("it ends soon"));
        assert_eq!(due(now(9000), None), Some("it ends soon"));
        assert_eq!(due(start.minus(DAY * 400), None), Some("it is not good yet"));
        assert_eq!(due(now(1), Some(start)), None, "it was installed after that was wanted");
        assert_eq!(due(now(1), Some(start.plus(DAY))), Some("the server wants it anew"));
        let other = super::due(Some(&kept), &files, &["sip".into(), "pbx".into()], start, None);
        assert_eq!(other, Some("it is for other names"));
        std::fs::write(&files.certificate, "another's").unwrap();
        assert_eq!(due(start, None), Some("its files are not as they were installed"));
        std::fs::write(&files.certificate, "c").unwrap();
        std::fs::remove_file(at("ca")).unwrap();
        assert_eq!(due(start, None), Some("its files are not as they were installed"));
    }
}

//! An agent's own update: what the server offers in the answer to a synchronisation, and what the agent says became of it.
//!
//! A version travels as the agent's program, packed with zstd (RFC 8878), and is signed with minisign
//! (<https://jedisct1.github.io/minisign/>) by who released it, not by the server: a server that was taken over cannot
//! make agents run anything. The signature's trusted comment is [`comment`], so that a file is good for one version and
//! one kind of machine only.

use std::io::{self, Read};

use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};
use vigie_kernel::{AgentId, Timestamp};

/// Where a version is fetched; the version follows. Answers `Range` (RFC 9110 §14).
pub const UPDATE_PATH: &str = "/api/v1/agent/updates";
/// Longest packed program, bytes.
pub const LARGEST_PACKED: u64 = 64 << 20;
/// Longest program, bytes.
pub const LARGEST_PROGRAM: u64 = 256 << 20;
/// Longest signature, bytes of its text.
pub const LONGEST_SIGNATURE: usize = 2048;
/// Longest text of a version.
pub const LONGEST_VERSION: usize = 64;

/// A version that the agent shall update itself to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = UpdateOffer))]
pub struct Offer {
    /// The version, newer than the agent's own.
    pub version: String,
    /// Length of the packed program, bytes.
    pub size: u64,
    /// Its minisign signature, the text of the `.minisig` file.
    pub signature: String,
    /// Seconds over which agents spread their downloads.
    #[serde(default)]
    pub spread_seconds: u32,
    /// Seconds after which a new version that did not report is given up for the former one.
    #[serde(default = "report_within")]
    pub report_within_seconds: u32,
}

const fn report_within() -> u32 {
    30 * 60
}

/// What became of an offer, told with every synchronisation until the next offer. That it succeeded is told by the agent's
/// version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = UpdateReport))]
pub struct Report {
    /// The version that was offered.
    pub version: String,
    /// How it ended.
    pub end: End,
    /// Why.
    #[serde(default)]
    pub words: String,
}

/// How an update ended that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = UpdateEnd))]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The file is not what its releaser signed, or is for another version or kind of machine.
    Refused,
    /// It could not be fetched or kept; the agent tries again by itself.
    Failed,
    /// The new version ran but did not report: the former one runs again.
    Reverted,
}

impl End {
    /// The code in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Reverted => "reverted",
        }
    }
}

/// What a release's file is named, but for its ending `.minisig` beside it.
pub fn file_name(version: &str, target: &str) -> String {
    format!("vigie-agent-{version}-{target}.zst")
}

/// Version and kind of machine of a file of this name; none when it is no release's.
pub fn of_file_name(name: &str) -> Option<(&str, &'static str)> {
    let name = name.strip_prefix("vigie-agent-")?.strip_suffix(".zst")?;
    let of = |target: &'static str| Some((name.strip_suffix(target)?.strip_suffix('-')?, target));
    TARGETS.into_iter().find_map(of).filter(|(version, _)| is_version(version))
}

/// Kinds of machines that there are versions for.
pub const TARGETS: [&str; 2] = ["linux-x86_64", "windows-x86_64"];

/// The kind of machine of an agent's platform; none when there are no versions for it.
pub fn target_of(platform: &str) -> Option<&'static str> {
    TARGETS.into_iter().find(|target| target.strip_suffix("-x86_64") == Some(platform))
}

/// What a good signature's trusted comment says.
pub fn comment(version: &str, target: &str) -> String {
    format!("vigie-agent {version} {target}")
}

/// Whether a text can be a version: what stands in names of files and addresses is nothing else.
pub fn is_version(text: &str) -> bool {
    let letters = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'+' | b'~' | b'-');
    text.len() <= LONGEST_VERSION && text.starts_with(|it: char| it.is_ascii_digit()) && text.bytes().all(letters)
}

/// A minisign public key: its line, or the two of its file.
pub fn public_key(text: &str) -> Option<PublicKey> {
    let text = text.trim();
    PublicKey::from_base64(text).or_else(|_| PublicKey::decode(text)).ok()
}

/// Whether the key's owner signed what is read to its end.
pub fn is_signed(mut from: impl Read, key: &PublicKey, signature: &Signature) -> io::Result<bool> {
    let Ok(mut verifier) = key.verify_stream(signature) else { return Ok(false) };
    let mut piece = vec![0; 64 << 10];
    loop {
        match from.read(&mut piece)? {
            0 => return Ok(verifier.finalize().is_ok()),
            read => verifier.update(&piece[..read]),
        }
    }
}

/// What an agent signs to fetch a version: which agent, what, and when.
pub fn fetch_text(agent: AgentId, version: &str, at: Timestamp) -> Vec<u8> {
    format!("vigie-update-1\n{agent}\n{UPDATE_PATH}/{version}\n{at}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_say_version_and_target() {
        let name = file_name("0.2.0", "linux-x86_64");
        assert_eq!(of_file_name(&name), Some(("0.2.0", "linux-x86_64")));
        assert_eq!(of_file_name("vigie-agent-1.0.0-rc.1-windows-x86_64.zst"), Some(("1.0.0-rc.1", "windows-x86_64")));
        for name in [
            "vigie-agent-0.2.0-linux-x86_64.tar.zst",
            "vigie-agent-0.2.0-linux-x86_64.zst.minisig",
            "vigie-agent-../../x-linux-x86_64.zst",
            "vigie-agent-0.2.0-plan9-x86_64.zst",
            "vigie-agent--linux-x86_64.zst",
        ] {
            assert_eq!(of_file_name(name), None, "{name}");
        }
        assert_eq!(
            (target_of("linux"), target_of("windows"), target_of("")),
            (Some(TARGETS[0]), Some(TARGETS[1]), None)
        );
    }

    #[test]
    fn a_version_is_nothing_that_a_path_could_be() {
        for good in ["0.2.0", "1.0.0-rc.1", "10.2+build7"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["", "..", ".1", "v1", "1/2", "1\\2", "1 2", &"1".repeat(65)] {
            assert!(!is_version(bad), "{bad}");
        }
    }
}

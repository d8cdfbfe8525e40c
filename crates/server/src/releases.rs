//! Versions of the agent that can be rolled out: what lies in the folder of what is distributed, a packed program for each
//! kind of machine with its releaser's minisign signature beside it.

use std::{collections::BTreeMap, fs::File, io, path::Path};

use minisign_verify::{PublicKey, Signature};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_assets::rollouts::ReleaseFile;
use vigie_wire::{
    update::{LARGEST_PACKED, LONGEST_SIGNATURE, comment, is_signed, of_file_name, public_key},
    version,
};

use crate::files::{digest, read_if_there};

/// Who may release versions, as this server was built; a minisign public key.
pub const RELEASE_KEY: Option<&str> = option_env!("VIGIE_RELEASE_KEY");

/// What is known of a file's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ReleaseSigned)]
pub enum Signed {
    /// It is by the releaser that this server knows, of this file, for this version and kind of machine.
    Good,
    /// This server knows no releaser: agents check it.
    Unchecked,
    /// It is not good: agents would refuse the file.
    Bad,
    /// There is none.
    Missing,
}

/// A file of a version.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FileOfRelease {
    /// The kind of machine.
    pub target: String,
    /// File name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// What is known of its signature.
    pub signed: Signed,
    #[serde(skip)]
    signature: String,
}

impl From<&FileOfRelease> for ReleaseFile {
    fn from(file: &FileOfRelease) -> Self {
        Self {
            name: file.name.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
            signature: file.signature.clone(),
        }
    }
}

/// A version.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Release {
    /// Which.
    pub version: String,
    /// Its files.
    pub files: Vec<FileOfRelease>,
}

/// The versions in a folder, newest first.
pub fn releases(folder: &Path, releaser: Option<&str>) -> io::Result<Vec<Release>> {
    let key = releaser.and_then(public_key);
    let mut found: BTreeMap<String, Vec<FileOfRelease>> = BTreeMap::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let Some((version, target)) = of_file_name(&name) else { continue };
        let metadata = std::fs::metadata(entry.path())?;
        if metadata.is_file() && (1..=LARGEST_PACKED).contains(&metadata.len()) {
            let (signature, signed) = signature_of(&entry.path(), key.as_ref(), &comment(version, target))?;
            let sha256 = digest(&entry.path(), metadata.len(), metadata.modified()?)?;
            let (size, target) = (metadata.len(), target.to_owned());
            let file = FileOfRelease { target, name: name.clone(), size, sha256, signed, signature };
            found.entry(version.to_owned()).or_default().push(file);
        }
    }
    let whole = |(version, mut files): (String, Vec<FileOfRelease>)| {
        files.sort_by(|a, b| a.target.cmp(&b.target));
        Release { version, files }
    };
    let mut listed: Vec<Release> = found.into_iter().map(whole).collect();
    listed.sort_by(|a, b| version::compare(None, &b.version, &a.version).then_with(|| b.version.cmp(&a.version)));
    Ok(listed)
}

fn signature_of(path: &Path, key: Option<&PublicKey>, wanted: &str) -> io::Result<(String, Signed)> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".minisig");
    let Some(text) = read_if_there(Path::new(&beside))? else { return Ok((String::new(), Signed::Missing)) };
    let Some(text) = String::from_utf8(text).ok().filter(|text| text.len() <= LONGEST_SIGNATURE) else {
        return Ok((String::new(), Signed::Bad));
    };
    let Ok(signature) = Signature::decode(&text) else { return Ok((text, Signed::Bad)) };
    if signature.trusted_comment() != wanted {
        return Ok((text, Signed::Bad));
    }
    let Some(key) = key else { return Ok((text, Signed::Unchecked)) };
    let good = is_signed(File::open(path)?, key, &signature)?;
    Ok((text, if good { Signed::Good } else { Signed::Bad }))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use minisign::KeyPair;

    use super::*;

    #[test]
    fn versions_are_listed_newest_first_with_what_is_known_of_their_signatures() {
        let folder = tempfile::tempdir().unwrap();
        assert!(releases(&folder.path().join("none"), None).unwrap().is_empty());
        let key = KeyPair::generate_unencrypted_keypair().unwrap();
        let write = |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).unwrap();
        let sign = |content: &[u8], words: &str| {
            minisign::sign(None, &key.sk, Cursor::new(content), Some(words), None).unwrap().into_string()
        };
        let name = |version: &str| format!("vigie-agent-{version}-linux-x86_64.zst");
        let good = |version: &str| comment(version, "linux-x86_64");
        for (version, signature) in [
            ("0.9.0", Some(sign(b"content", &good("0.9.0")))),
            ("0.10.0", Some(sign(b"other content", &good("0.10.0")))),
            ("0.11.0", None),
            ("0.12.0", Some(sign(b"content", &good("0.9.0")))),
            ("0.13.0", Some("nonsense".to_owned())),
        ] {
            write(&name(version), b"content");
            if let Some(signature) = signature {
                write(&format!("{}.minisig", name(version)), signature.as_bytes());
            }
        }
        write("vigie-agent_0.9.0_amd64.deb", b"a package");
        let found = |releaser: Option<&str>| -> Vec<(String, Signed)> {
            let found = releases(folder.path(), releaser).unwrap().into_iter();
            found.map(|release| (release.version, release.files[0].signed)).collect()
        };
        let of =
            |list: &[(&str, Signed)]| list.iter().map(|(version, it)| ((*version).to_owned(), *it)).collect::<Vec<_>>();
        let (bad, missing) = (Signed::Bad, Signed::Missing);
        let expected =
            [("0.13.0", bad), ("0.12.0", bad), ("0.11.0", missing), ("0.10.0", bad), ("0.9.0", Signed::Good)];
        assert_eq!(found(Some(&key.pk.to_base64())), of(&expected));
        let unchecked = found(None);
        assert_eq!(unchecked[4].1, Signed::Unchecked);
        assert_eq!(unchecked[1].1, Signed::Bad, "that it is for another version can be seen without a key");
    }
}

//! A version of the agent as agents fetch it to update themselves: the program, packed with zstd, and beside it the minisign
//! signature of whoever releases it.

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};

use super::{VERSION, folder, read, write_whole};

/// How hard it is packed: it is fetched often and made seldom.
const LEVEL: i32 = 19;

/// Who releases versions.
pub(crate) struct Releaser {
    secret: SecretKey,
    public: String,
}

impl Releaser {
    /// The key in the file that `VIGIE_RELEASE_SECRET_KEY` names (with `VIGIE_RELEASE_PASSWORD` where it has one), else this
    /// builder's own, made at its first use.
    pub(super) fn own() -> anyhow::Result<Self> {
        let named = std::env::var_os("VIGIE_RELEASE_SECRET_KEY").map(PathBuf::from);
        let (path, may_make) = match named {
            Some(path) => (path, false),
            None => (own_place()?, true),
        };
        if may_make && !path.exists() {
            make(&path)?;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("the releaser's key {}", path.display()))?;
        let sealed = SecretKeyBox::from_string(&text).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        let secret = match std::env::var("VIGIE_RELEASE_PASSWORD") {
            Ok(password) => sealed.into_secret_key(Some(password)),
            Err(_) => sealed.into_unencrypted_secret_key(),
        };
        let secret = secret.map_err(|error| anyhow!("{}: {error}", path.display()))?;
        let public = PublicKey::from_secret_key(&secret).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        Ok(Self { secret, public: public.to_base64() })
    }

    /// Somebody whose key is kept nowhere: for what is measured.
    pub(crate) fn passing() -> anyhow::Result<Self> {
        let pair = KeyPair::generate_unencrypted_keypair().map_err(|error| anyhow!("making a key: {error}"))?;
        Ok(Self { secret: pair.sk, public: pair.pk.to_base64() })
    }

    /// The public half, as programs are built with it.
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    /// Packs and signs a program; answers the two files.
    pub(super) fn release(&self, program: &Path, target: &str) -> anyhow::Result<[PathBuf; 2]> {
        self.release_in(&folder()?, program, target)
    }

    /// The same in another folder.
    pub(crate) fn release_in(&self, folder: &Path, program: &Path, target: &str) -> anyhow::Result<[PathBuf; 2]> {
        let packed = folder.join(format!("vigie-agent-{VERSION}-{target}.zst"));
        let content = zstd::bulk::compress(&read(program)?, LEVEL)?;
        let mut signature = packed.as_os_str().to_owned();
        signature.push(".minisig");
        let signature = PathBuf::from(signature);
        write_whole(&signature, self.sign(&content, target)?.as_bytes())?;
        write_whole(&packed, &content)?;
        Ok([packed, signature])
    }

    /// The agent takes a file only for the version and the kind of machine that the signed comment names.
    fn sign(&self, content: &[u8], target: &str) -> anyhow::Result<String> {
        let words = format!("vigie-agent {VERSION} {target}");
        let signed = minisign::sign(None, &self.secret, Cursor::new(content), Some(&words), None);
        Ok(signed.map_err(|error| anyhow!("signing: {error}"))?.into_string())
    }
}

fn own_place() -> anyhow::Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home);
    Ok(config.context("neither HOME nor XDG_CONFIG_HOME is set")?.join("vigie/release.key"))
}

fn make(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let pair = KeyPair::generate_unencrypted_keypair().map_err(|error| anyhow!("making a releaser's key: {error}"))?;
    let text = pair.sk.to_box(Some("Vigie releaser")).map_err(|error| anyhow!("{error}"))?.into_string();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    println!(
        "note: made the key {} that signs versions of the agent: keep it, agents built now take updates of no other\n      \
         its public half: {}",
        path.display(),
        pair.pk.to_base64()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_signed_for_its_version_and_target_by_a_key_that_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vigie/release.key");
        make(&path).unwrap();
        assert!(make(&path).is_err(), "it is never made anew");
        let text = fs::read_to_string(&path).unwrap();
        let secret = SecretKeyBox::from_string(&text).unwrap().into_unencrypted_secret_key().unwrap();
        let public = PublicKey::from_secret_key(&secret).unwrap();
        let releaser = Releaser { secret, public: public.to_base64() };
        let signature = releaser.sign(b"packed", "linux-x86_64").unwrap();
        let read = minisign::SignatureBox::from_string(&signature).unwrap();
        assert_eq!(read.trusted_comment().unwrap(), format!("vigie-agent {VERSION} linux-x86_64"));
        minisign::verify(&public, &read, Cursor::new(b"packed"), true, false, false).unwrap();
        assert!(minisign::verify(&public, &read, Cursor::new(b"Packed"), true, false, false).is_err());
    }
}

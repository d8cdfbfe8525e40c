//! Puts the files of a certificate in their places: at any moment the former or the new one is there, and until it is known
//! that the new ones work, the former can come back.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{files, profile::Files};

/// What is put there.
pub(super) struct Content<'a> {
    pub(super) certificate: &'a str,
    pub(super) private_key: &'a str,
    pub(super) authority: &'a str,
}

/// Whose files they are; none: the agent's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rights {
    pub(super) owner: Option<u32>,
    pub(super) group: Option<u32>,
}

impl Rights {
    /// Of accounts of this machine.
    #[cfg(unix)]
    pub(super) fn of(owner: Option<&str>, group: Option<&str>) -> Result<Self, String> {
        use nix::unistd::{Group, User};
        let owner = owner.map(|name| match User::from_name(name) {
            Ok(Some(user)) => Ok(user.uid.as_raw()),
            _ => Err(format!("there is no user {name}")),
        });
        let group = group.map(|name| match Group::from_name(name) {
            Ok(Some(group)) => Ok(group.gid.as_raw()),
            _ => Err(format!("there is no group {name}")),
        });
        Ok(Self { owner: owner.transpose()?, group: group.transpose()? })
    }

    /// Nothing: profiles for other platforms name none.
    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "the same shape as on unix")]
    pub(super) fn of(_: Option<&str>, _: Option<&str>) -> Result<Self, String> {
        Ok(Self::default())
    }
}

/// Files that were replaced, with what was there before beside them.
#[must_use]
#[derive(Debug, Default)]
pub(super) struct Placed(Vec<(PathBuf, Option<PathBuf>)>);

fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

/// Puts all of them there, the certificate last; when one cannot be, what was before is there again. `is_held`: another device
/// of the same entry has put their authority's there already, and holds what was before.
pub(super) fn place(files: &Files, content: &Content<'_>, rights: Rights, is_held: bool) -> Result<Placed, String> {
    let mut placed = Placed::default();
    let readable = 0o644;
    // A group is named for whoever else needs the key.
    let private = if rights.group.is_some() { 0o640 } else { 0o600 };
    let wanted = [
        (files.authority.as_ref(), content.authority, readable),
        (Some(&files.private_key), content.private_key, private),
        (Some(&files.certificate), content.certificate, readable),
    ];
    for (path, text, mode) in wanted {
        let Some(path) = path else { continue };
        let is_held = is_held && Some(path) == files.authority.as_ref();
        match replace(path, text.as_bytes(), mode, rights, is_held) {
            Ok(_) if is_held => {}
            Ok(former) => placed.0.push((path.clone(), former)),
            Err(error) => {
                placed.undo();
                return Err(format!("{}: {error}", path.display()));
            }
        }
    }
    Ok(placed)
}

/// Replaces one; answers where the former is, unless somebody holds it already.
fn replace(path: &Path, content: &[u8], mode: u32, rights: Rights, is_held: bool) -> io::Result<Option<PathBuf>> {
    let (new, former) = (beside(path, ".", ".vigie-new"), beside(path, ".", ".vigie-former"));
    files::remove(&new)?;
    let former = if is_held { None } else { hold(path, former)? };
    let mut options = OpenOptions::new();
    let mut file = with_mode(options.write(true).create_new(true), mode).open(&new)?;
    own(&file, mode, rights)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&new, path)?;
    files::sync_folder(path)?;
    Ok(former)
}

/// A link to the same file, and of a link to a file to the link: nothing is read, and its rights stay as they are.
fn hold(path: &Path, former: PathBuf) -> io::Result<Option<PathBuf>> {
    files::remove(&former)?;
    match fs::hard_link(path, &former) {
        Ok(()) => Ok(Some(former)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn with_mode(options: &mut OpenOptions, mode: u32) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, mode & 0o600)
}

#[cfg(not(unix))]
fn with_mode(options: &mut OpenOptions, _: u32) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn own(file: &File, mode: u32, rights: Rights) -> io::Result<()> {
    if rights != Rights::default() {
        std::os::unix::fs::fchown(file, rights.owner, rights.group)?;
    }
    // The mode at its making was cut by the process's mask.
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on unix")]
fn own(_: &File, _: u32, _: Rights) -> io::Result<()> {
    Ok(())
}

impl Placed {
    /// Whether this is one of them.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.0.iter().any(|(own, _)| own == path)
    }

    /// The former files are there again; where there was none, none is.
    pub(super) fn undo(self) {
        for (path, former) in self.0.into_iter().rev() {
            let undone = match &former {
                Some(former) => files::replace(former, &path),
                None => files::remove(&path),
            };
            if let Err(error) = undone {
                log::error!("{}: what was there before cannot be put back: {error}", path.display());
            }
        }
    }

    /// They stay. What somebody else had put there is kept as `….before-vigie`, once; what this agent had is let go of.
    pub(super) fn stay(self, was_ours: bool) {
        for (path, former) in self.0 {
            let Some(former) = former else { continue };
            let kept = beside(&path, "", ".before-vigie");
            let is_kept = was_ours || kept.symlink_metadata().is_ok();
            let done = if is_kept { files::remove(&former) } else { files::replace(&former, &kept) };
            if let Err(error) = done {
                log::warn!("{}: {error}", former.display());
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    const CONTENT: Content<'static> =
        Content { certificate: "certificate", private_key: "key", authority: "authority" };

    fn files(folder: &Path) -> Files {
        let at = |name: &str| folder.join(name);
        Files { certificate: at("cert.pem"), private_key: at("key.pem"), authority: Some(at("ca.pem")) }
    }

    fn listed(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn the_former_comes_back_as_it_was_or_stays_beside_once() {
        let place_of = tempfile::tempdir().unwrap();
        let (folder, wanted) = (place_of.path(), files(place_of.path()));
        let elsewhere = folder.join("elsewhere");
        fs::write(&elsewhere, "the owner's").unwrap();
        symlink(&elsewhere, &wanted.certificate).unwrap();
        place(&wanted, &CONTENT, Rights::default(), false).unwrap().undo();
        assert_eq!(listed(folder), ["cert.pem", "elsewhere"]);
        assert_eq!(fs::read_link(&wanted.certificate).unwrap(), elsewhere, "not even the link is another");
        for _ in 0..2 {
            place(&wanted, &CONTENT, Rights::default(), false).unwrap().stay(false);
        }
        place(&wanted, &CONTENT, Rights::default(), false).unwrap().stay(true);
        assert_eq!(
            listed(folder),
            [
                "ca.pem",
                "ca.pem.before-vigie",
                "cert.pem",
                "cert.pem.before-vigie",
                "elsewhere",
                "key.pem",
                "key.pem.before-vigie"
            ]
        );
        assert_eq!(fs::read_link(folder.join("cert.pem.before-vigie")).unwrap(), elsewhere);
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "the owner's", "nothing is written through a link");
        let mode = |name: &str| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("key.pem"), mode("cert.pem"), mode("ca.pem")), (0o600, 0o644, 0o644));
        let group = Some(nix::unistd::getegid().as_raw());
        place(&wanted, &CONTENT, Rights { owner: None, group }, false).unwrap().stay(true);
        assert_eq!(mode("key.pem"), 0o640);
    }

    #[test]
    fn what_devices_share_is_replaced_once_and_comes_back() {
        let place_of = tempfile::tempdir().unwrap();
        let of = |device: &str| Files {
            certificate: place_of.path().join(format!("{device}.pem")),
            private_key: place_of.path().join(format!("{device}.key")),
            authority: Some(place_of.path().join("ca.pem")),
        };
        fs::write(place_of.path().join("ca.pem"), "the owner's").unwrap();
        let shared = place_of.path().join("ca.pem");
        let mut placed: Vec<Placed> = Vec::new();
        for device in ["a", "b", "c"] {
            let is_held = placed.iter().any(|it| it.holds(&shared));
            placed.push(place(&of(device), &CONTENT, Rights::default(), is_held).unwrap());
        }
        assert_eq!(fs::read_to_string(place_of.path().join("ca.pem")).unwrap(), CONTENT.authority);
        placed.into_iter().for_each(Placed::undo);
        assert_eq!(listed(place_of.path()), ["ca.pem"]);
        assert_eq!(fs::read_to_string(place_of.path().join("ca.pem")).unwrap(), "the owner's");
    }

    #[test]
    fn where_one_cannot_be_put_all_are_as_before() {
        let place_of = tempfile::tempdir().unwrap();
        let mut wanted = files(place_of.path());
        fs::write(&wanted.private_key, "former").unwrap();
        wanted.certificate = place_of.path().join("none/cert.pem");
        let words = place(&wanted, &CONTENT, Rights::default(), false).unwrap_err();
        assert!(words.contains("none/cert.pem"), "{words}");
        assert_eq!(listed(place_of.path()), ["key.pem"]);
        assert_eq!(fs::read_to_string(&wanted.private_key).unwrap(), "former");
        assert!(Rights::of(Some("no-such-user"), None).unwrap_err().contains("no user no-such-user"));
        assert!(Rights::of(None, Some("no-such-group")).is_err());
        assert_eq!(Rights::of(Some("root"), None).unwrap().owner, Some(0));
    }
}

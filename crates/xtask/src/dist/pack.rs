//! Archives: tar, and Debian packages, which hold two of them.

use std::{collections::BTreeSet, io::Write as _};

use anyhow::{Context as _, ensure};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// A file of a package: where, its mode, its content.
pub(super) type Member = (&'static str, u32, Vec<u8>);

/// An archive whose files belong to root and are all of one time.
pub(super) struct Archive {
    builder: Builder<Vec<u8>>,
    time: u64,
}

impl Archive {
    pub(super) fn new(time: u64) -> Self {
        Self { builder: Builder::new(Vec::new()), time }
    }

    fn add(&mut self, kind: EntryType, path: &str, mode: u32, content: &[u8]) -> anyhow::Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        header.set_mtime(self.time);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username("root")?;
        header.set_groupname("root")?;
        // Not `set_path`, which would drop the leading `./` that dpkg writes.
        let name = header.as_gnu_mut().map(|it| &mut it.name).context("a GNU header")?;
        ensure!(path.len() < name.len(), "{path} is too long");
        name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        Ok(self.builder.append(&header, content)?)
    }

    pub(super) fn folder(&mut self, path: &str) -> anyhow::Result<()> {
        self.add(EntryType::Directory, &format!("{}/", path.trim_end_matches('/')), 0o755, &[])
    }

    pub(super) fn file(&mut self, path: &str, mode: u32, content: &[u8]) -> anyhow::Result<()> {
        self.add(EntryType::Regular, path, mode, content)
    }

    /// The archive, not packed.
    pub(super) fn finish(self) -> anyhow::Result<Vec<u8>> {
        Ok(self.builder.into_inner()?)
    }
}

fn gzip(content: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
    packed.write_all(content)?;
    Ok(packed.finish()?)
}

/// A Debian package.
pub(super) struct Deb<'a> {
    /// What dpkg needs to know, up to the size.
    pub(super) control: &'a str,
    /// Files that an administrator may change.
    pub(super) conffiles: &'a [&'a str],
    /// `postinst` and its like.
    pub(super) scripts: &'a [(&'a str, Vec<u8>)],
    /// What is installed, each path beginning with `./`.
    pub(super) files: &'a [Member],
}

impl Deb<'_> {
    /// The package (deb(5)): an `ar` archive of the format's version, what dpkg needs to know, and the files.
    pub(super) fn pack(&self, time: u64) -> anyhow::Result<Vec<u8>> {
        let mut data = Archive::new(time);
        for folder in folders(self.files) {
            data.folder(folder)?;
        }
        let mut size = 0;
        for (name, mode, content) in self.files {
            data.file(name, *mode, content)?;
            size += content.len();
        }
        let mut control = Archive::new(time);
        control.folder("./")?;
        let text = format!("{}Installed-Size: {}\n", self.control, size.div_ceil(1024));
        control.file("./control", 0o644, text.as_bytes())?;
        if !self.conffiles.is_empty() {
            control.file("./conffiles", 0o644, format!("{}\n", self.conffiles.join("\n")).as_bytes())?;
        }
        for (name, script) in self.scripts {
            control.file(&format!("./{name}"), 0o755, script)?;
        }
        let mut package = b"!<arch>\n".to_vec();
        member(&mut package, "debian-binary", time, b"2.0\n")?;
        member(&mut package, "control.tar.gz", time, &gzip(&control.finish()?)?)?;
        member(&mut package, "data.tar.gz", time, &gzip(&data.finish()?)?)?;
        Ok(package)
    }
}

/// Every folder of these files, each after the one that it is in.
fn folders(files: &[Member]) -> BTreeSet<&'static str> {
    let mut folders = BTreeSet::from(["./"]);
    for (name, ..) in files {
        folders.extend(name.char_indices().filter(|(at, letter)| *letter == '/' && *at > 1).map(|(at, _)| &name[..at]));
    }
    folders
}

/// A member of an `ar` archive: sixty columns of text, the content, and an end on an even byte.
fn member(archive: &mut Vec<u8>, name: &str, time: u64, content: &[u8]) -> anyhow::Result<()> {
    writeln!(archive, "{name:<16}{time:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, "100644", content.len())?;
    archive.extend_from_slice(content);
    if content.len() % 2 == 1 {
        archive.push(b'\n');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_before_what_is_in_them() {
        let files = [("./usr/bin/a", 0, vec![]), ("./usr/lib/x/b", 0, vec![]), ("./etc/c", 0, vec![])];
        let all: Vec<_> = folders(&files).into_iter().collect();
        assert_eq!(all, ["./", "./etc", "./usr", "./usr/bin", "./usr/lib", "./usr/lib/x"]);
    }
}

//! `cargo xtask dist`: the agent as it is shipped — one static program in a Debian package and in a tarball — under
//! `target/dist/`. Both are written here, without Debian's tools, so that any Linux can make them; the same tree gives
//! the same bytes.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use tar::{Builder, EntryType, Header};

use crate::shell::{cargo, command, output, root, run, target};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const TRIPLE: &str = "x86_64-unknown-linux-gnu";
/// What the agent may weigh, bytes.
const LARGEST_AGENT: u64 = 6_500_000;

/// Builds and packs the agent. `--prebuilt FILE` packs a program that is there already.
pub(crate) fn dist(arguments: &[String]) -> anyhow::Result<()> {
    let agent = match arguments {
        [] => build()?,
        [option, file] if option == "--prebuilt" => PathBuf::from(file),
        _ => bail!("usage: cargo xtask dist [--prebuilt FILE]"),
    };
    let packaging = root().join("packaging");
    let script = packaging.join("tar/install.sh");
    let same = fs::read_to_string(&script)?.lines().any(|line| line == format!("VERSION={VERSION}"));
    ensure!(same, "{} does not install version {VERSION}: set VERSION there", script.display());
    let folder = target().join("dist");
    fs::create_dir_all(&folder)?;
    let time = source_time();
    let deb = folder.join(format!("vigie-agent_{VERSION}_amd64.deb"));
    write_whole(&deb, &debian_package(&packaging, &agent, time)?)?;
    let tarball = folder.join(format!("vigie-agent-{VERSION}-linux-x86_64.tar.gz"));
    write_whole(&tarball, &tarball_of(&packaging, &agent, time)?)?;
    for file in [&agent, &deb, &tarball] {
        println!("{:>10} bytes  {}", file.metadata()?.len(), file.display());
    }
    let size = agent.metadata()?.len();
    ensure!(size <= LARGEST_AGENT, "the agent has {size} bytes; it may have {LARGEST_AGENT}");
    Ok(())
}

/// Static, its relocations packed, and without the index that backtraces go by: it ends at a panic, and has no names to show.
const FLAGS: &str =
    "-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs -C link-arg=-Wl,--no-eh-frame-hdr";

/// The static program, small before fast: what it does in an hour takes some hundredths of a second.
fn build() -> anyhow::Result<PathBuf> {
    let mut cargo = cargo(["build", "--profile", "dist", "--package", "vigie-agent", "--target", TRIPLE]);
    cargo.env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", FLAGS).env("CARGO_PROFILE_DIST_OPT_LEVEL", "s");
    run(&mut cargo)?;
    Ok(target().join(TRIPLE).join("dist/vigie-agent"))
}

/// When the source was last changed, seconds: the time of every packed file.
fn source_time() -> u64 {
    let told = std::env::var("SOURCE_DATE_EPOCH").ok();
    let committed = || output(&mut command("git", ["log", "-1", "--format=%ct"])).ok();
    told.or_else(committed).and_then(|seconds| seconds.trim().parse().ok()).unwrap_or(0)
}

fn write_whole(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    fs::write(&beside, content)?;
    fs::rename(&beside, path).with_context(|| format!("cannot write {}", path.display()))
}

/// What stands where in an installed system.
fn tarball_of(packaging: &Path, agent: &Path, time: u64) -> anyhow::Result<Vec<u8>> {
    let mut archive = Archive::new(time);
    let top = format!("vigie-agent-{VERSION}-linux-x86_64");
    archive.folder(&top)?;
    for (name, mode, file) in [
        ("vigie-agent", 0o755, agent.to_path_buf()),
        ("vigie-agent.service", 0o644, packaging.join("systemd/vigie-agent.service")),
        ("vigie-agent-system.service", 0o644, packaging.join("systemd/vigie-agent-system.service")),
        ("system.env", 0o644, packaging.join("tar/system.env")),
        ("linux.toml", 0o644, root().join("profiles/linux.toml")),
        ("kamailio.toml", 0o644, root().join("profiles/kamailio.toml")),
        ("install.sh", 0o755, packaging.join("tar/install.sh")),
        ("agent.toml", 0o644, packaging.join("tar/agent.toml")),
        ("LICENSE", 0o644, root().join("LICENSE")),
    ] {
        archive.file(&format!("{top}/{name}"), mode, &read(&file)?)?;
    }
    archive.finish()
}

/// A Debian package (deb(5)): an `ar` archive of the format's version, what dpkg needs to know, and the files.
fn debian_package(packaging: &Path, agent: &Path, time: u64) -> anyhow::Result<Vec<u8>> {
    let files = [
        ("./usr/bin/vigie-agent", 0o755, read(agent)?),
        ("./usr/lib/systemd/system/vigie-agent.service", 0o644, read(&packaging.join("systemd/vigie-agent.service"))?),
        (
            "./usr/lib/systemd/system/vigie-agent-system.service",
            0o644,
            read(&packaging.join("systemd/vigie-agent-system.service"))?,
        ),
        ("./usr/share/vigie-agent/profiles/linux.toml", 0o644, read(&root().join("profiles/linux.toml"))?),
        ("./usr/share/vigie-agent/profiles/kamailio.toml", 0o644, read(&root().join("profiles/kamailio.toml"))?),
        ("./usr/share/doc/vigie-agent/system.env", 0o644, read(&packaging.join("tar/system.env"))?),
        ("./usr/share/doc/vigie-agent/agent.toml", 0o644, read(&packaging.join("tar/agent.toml"))?),
        ("./usr/share/doc/vigie-agent/copyright", 0o644, read(&root().join("LICENSE"))?),
    ];
    let mut data = Archive::new(time);
    for folder in [
        "./",
        "./usr",
        "./usr/bin",
        "./usr/lib",
        "./usr/lib/systemd",
        "./usr/lib/systemd/system",
        "./usr/share",
        "./usr/share/doc",
        "./usr/share/doc/vigie-agent",
        "./usr/share/vigie-agent",
        "./usr/share/vigie-agent/profiles",
    ] {
        data.folder(folder)?;
    }
    let mut size = 0;
    for (name, mode, content) in &files {
        data.file(name, *mode, content)?;
        size += content.len();
    }
    let mut control = Archive::new(time);
    control.folder("./")?;
    control.file("./control", 0o644, control_text(size).as_bytes())?;
    for script in ["postinst", "prerm", "postrm"] {
        control.file(&format!("./{script}"), 0o755, &read(&packaging.join("deb/agent").join(script))?)?;
    }
    let mut package = b"!<arch>\n".to_vec();
    member(&mut package, "debian-binary", time, b"2.0\n")?;
    member(&mut package, "control.tar.gz", time, &control.finish()?)?;
    member(&mut package, "data.tar.gz", time, &data.finish()?)?;
    Ok(package)
}

fn control_text(size: usize) -> String {
    format!(
        "Package: vigie-agent\nVersion: {VERSION}\nArchitecture: amd64\nMaintainer: Vigie developers \
         <developers@vigie.invalid>\nInstalled-Size: {}\nRecommends: ca-certificates\nSection: admin\nPriority: \
         optional\nDescription: Vigie Inventory Agent\n Takes the inventory of this machine every hour and synchronises \
         what changed with a\n Vigie server over HTTPS. One static program and a systemd service.\n",
        size.div_ceil(1024)
    )
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

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut content))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(content)
}

/// A packed archive whose files belong to root and are all of one time.
struct Archive {
    builder: Builder<GzEncoder<Vec<u8>>>,
    time: u64,
}

impl Archive {
    fn new(time: u64) -> Self {
        let packed = GzBuilder::new().write(Vec::new(), Compression::best());
        Self { builder: Builder::new(packed), time }
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

    fn folder(&mut self, path: &str) -> anyhow::Result<()> {
        self.add(EntryType::Directory, &format!("{}/", path.trim_end_matches('/')), 0o755, &[])
    }

    fn file(&mut self, path: &str, mode: u32, content: &[u8]) -> anyhow::Result<()> {
        self.add(EntryType::Regular, path, mode, content)
    }

    fn finish(self) -> anyhow::Result<Vec<u8>> {
        Ok(self.builder.into_inner()?.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_whole_and_the_same_each_time() {
        let packaging = root().join("packaging");
        let agent = packaging.join("tar/install.sh");
        let package = debian_package(&packaging, &agent, 1_700_000_000).unwrap();
        assert_eq!(package, debian_package(&packaging, &agent, 1_700_000_000).unwrap());
        assert!(package.starts_with(b"!<arch>\ndebian-binary   1700000000  0     0     100644  4         `\n2.0\n"));
        let tarball = tarball_of(&packaging, &agent, 0).unwrap();
        let mut names = Vec::new();
        for entry in tar::Archive::new(flate2::read::GzDecoder::new(&tarball[..])).entries().unwrap() {
            let entry = entry.unwrap();
            names.push((entry.path().unwrap().display().to_string(), entry.header().mode().unwrap()));
        }
        let top = format!("vigie-agent-{VERSION}-linux-x86_64");
        assert_eq!(names[1], (format!("{top}/vigie-agent"), 0o755));
        assert_eq!(names.len(), 10);
    }
}

//! The agent for Linux: one static program in a Debian package and in a tarball.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::ensure;

use super::{
    VERSION, folder,
    pack::{Archive, Deb, Member},
    program, read,
    release::Releaser,
    source_time, tell, write_whole,
};
use crate::shell::{cargo, root, run, target};

const TRIPLE: &str = "x86_64-unknown-linux-gnu";
/// What the agent may weigh, bytes.
const LARGEST_AGENT: u64 = 6_500_000;
/// How hard the tarball is packed: it is fetched often and made seldom.
const LEVEL: i32 = 19;

/// Builds and packs the agent.
pub(crate) fn dist(prebuilt: Option<&Path>) -> anyhow::Result<()> {
    let releaser = Releaser::own()?;
    let agent = program(prebuilt, "vigie-agent", || build(&releaser))?;
    let packaging = root().join("packaging");
    let script = packaging.join("tar/install.sh");
    let same = fs::read_to_string(&script)?.lines().any(|line| line == format!("VERSION={VERSION}"));
    ensure!(same, "{} does not install version {VERSION}: set VERSION there", script.display());
    let time = source_time();
    let deb = folder()?.join(format!("vigie-agent_{VERSION}_amd64.deb"));
    write_whole(&deb, &debian_package(&packaging, &agent, time)?)?;
    let tarball = folder()?.join(format!("vigie-agent-{VERSION}-linux-x86_64.tar.zst"));
    write_whole(&tarball, &zstd::bulk::compress(&tarball_of(&packaging, &agent, time)?, LEVEL)?)?;
    let [packed, signature] = releaser.release(&agent, "linux-x86_64")?;
    tell(&[&agent, &deb, &tarball, &packed, &signature])?;
    let size = agent.metadata()?.len();
    ensure!(size <= LARGEST_AGENT, "the agent has {size} bytes; it may have {LARGEST_AGENT}");
    Ok(())
}

/// Static, its relocations packed, and without the index that backtraces go by: it ends at a panic, and has no names to show.
const FLAGS: &str =
    "-C target-feature=+crt-static -C link-arg=-Wl,-z,pack-relative-relocs -C link-arg=-Wl,--no-eh-frame-hdr";

/// The static program, as small as can be: what it does in an hour takes some hundredths of a second.
fn build(releaser: &Releaser) -> anyhow::Result<PathBuf> {
    let mut cargo = cargo(["build", "--profile", "dist", "--package", "vigie-agent", "--target", TRIPLE]);
    cargo.env("VIGIE_RELEASE_KEY", releaser.public());
    cargo.env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", FLAGS).env("CARGO_PROFILE_DIST_OPT_LEVEL", "z");
    run(&mut cargo)?;
    Ok(target().join(TRIPLE).join("dist/vigie-agent"))
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

fn debian_package(packaging: &Path, agent: &Path, time: u64) -> anyhow::Result<Vec<u8>> {
    let unit = |name: &str| read(&packaging.join("systemd").join(name));
    let files: [Member; 8] = [
        ("./usr/bin/vigie-agent", 0o755, read(agent)?),
        ("./usr/lib/systemd/system/vigie-agent.service", 0o644, unit("vigie-agent.service")?),
        ("./usr/lib/systemd/system/vigie-agent-system.service", 0o644, unit("vigie-agent-system.service")?),
        ("./usr/share/vigie-agent/profiles/linux.toml", 0o644, read(&root().join("profiles/linux.toml"))?),
        ("./usr/share/vigie-agent/profiles/kamailio.toml", 0o644, read(&root().join("profiles/kamailio.toml"))?),
        ("./usr/share/doc/vigie-agent/system.env", 0o644, read(&packaging.join("tar/system.env"))?),
        ("./usr/share/doc/vigie-agent/agent.toml", 0o644, read(&packaging.join("tar/agent.toml"))?),
        ("./usr/share/doc/vigie-agent/copyright", 0o644, read(&root().join("LICENSE"))?),
    ];
    let script = |name| read(&packaging.join("deb/agent").join(name));
    let control = format!(
        "Package: vigie-agent\nVersion: {VERSION}\nArchitecture: amd64\nMaintainer: Vigie developers \
         <developers@vigie.invalid>\nRecommends: ca-certificates\nSection: admin\nPriority: optional\nDescription: \
         Vigie Inventory Agent\n Takes the inventory of this machine every hour and synchronises what changed with a\n \
         Vigie server over HTTPS. One static program and a systemd service.\n"
    );
    Deb {
        control: &control,
        conffiles: &[],
        scripts: &[("postinst", script("postinst")?), ("prerm", script("prerm")?), ("postrm", script("postrm")?)],
        files: &files,
    }
    .pack(time)
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
        for entry in tar::Archive::new(&tarball[..]).entries().unwrap() {
            let entry = entry.unwrap();
            names.push((entry.path().unwrap().display().to_string(), entry.header().mode().unwrap()));
        }
        let top = format!("vigie-agent-{VERSION}-linux-x86_64");
        assert_eq!(names[1], (format!("{top}/vigie-agent"), 0o755));
        assert_eq!(names.len(), 10);
    }
}

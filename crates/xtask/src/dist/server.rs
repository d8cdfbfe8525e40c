//! The server as a Debian package: the program, its unit, its settings.

use std::path::{Path, PathBuf};

use anyhow::ensure;

use super::{
    VERSION, folder,
    pack::{Deb, Member},
    program, read,
    release::Releaser,
    source_time, tell, write_whole,
};
use crate::{
    prerequisites,
    shell::{built, cargo, npm, root, run},
};

/// The C library of the oldest Debian that it is for.
const NEWEST_LIBC: (u32, u32) = (2, 36);

/// Builds and packs the server.
pub(super) fn dist(prebuilt: Option<&Path>) -> anyhow::Result<()> {
    let releaser = Releaser::own()?;
    let server = program(prebuilt, "vigie", || build(&releaser))?;
    let package = folder()?.join(format!("vigie_{VERSION}_amd64.deb"));
    write_whole(&package, &debian_package(&server, source_time())?)?;
    tell(&[&server, &package])
}

/// With the console inside, and with unwinding: a request that panics costs itself only.
fn build(releaser: &Releaser) -> anyhow::Result<PathBuf> {
    prerequisites::toolchains()?;
    prerequisites::console_packages()?;
    run(&mut npm(["run", "build"]))?;
    let mut build = cargo(["build", "--release", "--package", "vigie-server", "--bin", "vigie"]);
    run(build.env("VIGIE_RELEASE_KEY", releaser.public()))?;
    Ok(built("release", "vigie"))
}

fn debian_package(server: &Path, time: u64) -> anyhow::Result<Vec<u8>> {
    let packaging = root().join("packaging");
    let program = read(server)?;
    let (major, minor) = libc_of(&program);
    ensure!(
        (major, minor) <= NEWEST_LIBC,
        "{} needs glibc {major}.{minor}: build it on Debian 12, or on what has glibc {}.{} at most",
        server.display(),
        NEWEST_LIBC.0,
        NEWEST_LIBC.1
    );
    let files: [Member; 4] = [
        ("./usr/bin/vigie", 0o755, program),
        ("./usr/lib/systemd/system/vigie.service", 0o644, read(&packaging.join("systemd/vigie.service"))?),
        ("./etc/vigie/vigie.toml", 0o640, read(&packaging.join("deb/server/vigie.toml"))?),
        ("./usr/share/doc/vigie/copyright", 0o644, read(&root().join("LICENSE"))?),
    ];
    let script = |name| read(&packaging.join("deb/server").join(name));
    let control = format!(
        "Package: vigie\nVersion: {VERSION}\nArchitecture: amd64\nMaintainer: Vigie developers \
         <developers@vigie.invalid>\nDepends: libc6 (>= {major}.{minor}), libgcc-s1, adduser\nRecommends: \
         ca-certificates\nSection: admin\nPriority: optional\nDescription: Vigie server\n The inventory of machines, the \
         state of systems and the way to them, in one program\n with its console, its database and its certificates.\n"
    );
    Deb {
        control: &control,
        conffiles: &["/etc/vigie/vigie.toml"],
        scripts: &[("postinst", script("postinst")?), ("prerm", script("prerm")?), ("postrm", script("postrm")?)],
        files: &files,
    }
    .pack(time)
}

/// The newest version of the C library that a program names.
fn libc_of(program: &[u8]) -> (u32, u32) {
    const MARK: &[u8] = b"GLIBC_";
    let version = |at: usize| -> Option<(u32, u32)> {
        let rest = program.get(at..)?.split(|byte| *byte == 0).next()?;
        let mut numbers = std::str::from_utf8(rest).ok()?.split('.');
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    };
    let marks = program.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    marks.filter_map(|(at, _)| version(at + MARK.len())).max().unwrap_or((2, 17))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_libc_is_found() {
        assert_eq!(libc_of(b"x\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE\0"), (2, 34));
        assert_eq!(libc_of(b""), (2, 17));
    }

    #[test]
    fn the_package_is_made() {
        let package = debian_package(&root().join("packaging/tar/install.sh"), 1_700_000_000).unwrap();
        assert!(package.starts_with(b"!<arch>\ndebian-binary"));
    }
}

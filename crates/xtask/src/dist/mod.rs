//! `cargo xtask dist`: what is shipped, under `target/dist/`: the agent for Linux as a Debian package and a tarball, the agent
//! for Windows as an MSI, the server as a Debian package. Those for Linux are written here, without Debian's tools, so that any
//! Linux can make them; the same tree gives the same bytes. And each version of the agent as agents fetch it to update themselves.

mod agent;
mod msi;
mod pack;
mod release;
mod server;

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

pub(crate) use self::agent::dist as agent_for_linux;
pub(crate) use self::msi::{agent as agent_for_windows, pack as pack_msi};
pub(crate) use self::release::Releaser;
use crate::shell::{command, output, target};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes all of it, or the parts that are named. `--prebuilt FOLDER` packs programs that are there already.
pub(crate) fn dist(arguments: &[String]) -> anyhow::Result<()> {
    let (mut parts, mut prebuilt) = (Vec::new(), None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            part @ ("linux" | "windows" | "server") => parts.push(part),
            "--prebuilt" => prebuilt = Some(PathBuf::from(rest.next().context("--prebuilt FOLDER")?)),
            _ => bail!("usage: cargo xtask dist [linux] [windows] [server] [--prebuilt FOLDER]"),
        }
    }
    let prebuilt = prebuilt.as_deref();
    for part in if parts.is_empty() { vec!["linux", "windows", "server"] } else { parts } {
        match part {
            "linux" => agent::dist(prebuilt)?,
            "windows" => msi::dist(prebuilt)?,
            _ => server::dist(prebuilt)?,
        }
    }
    Ok(())
}

/// A program that is there already, or what `build` makes.
fn program(
    prebuilt: Option<&Path>,
    name: &str,
    build: impl FnOnce() -> anyhow::Result<PathBuf>,
) -> anyhow::Result<PathBuf> {
    prebuilt.map_or_else(build, |folder| Ok(folder.join(name)))
}

/// Where it is put.
fn folder() -> anyhow::Result<PathBuf> {
    let folder = target().join("dist");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn tell(files: &[&Path]) -> anyhow::Result<()> {
    for file in files {
        println!("{:>10} bytes  {}", file.metadata()?.len(), file.display());
    }
    Ok(())
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

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut content))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(content)
}

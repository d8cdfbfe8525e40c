//! Building for Windows and running it under Wine. Windows 8 needs a target that rustup does not have: Debian's compiler, for
//! which Debian has the library's sources too, builds that library once. docs/dev/windows.md tells more.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail};

use crate::{
    prerequisites::{Package, is_root, packages},
    shell::{Scratch, cargo, command, output, root, run, target},
};

/// Windows 7 and later; what Rust calls `x86_64-pc-windows-gnu` begins with Windows 10.
const TRIPLE: &str = "x86_64-win7-windows-gnu";
const LINKER: &str = "x86_64-w64-mingw32-gcc";
/// Debian's compiler, before all others.
const PATH: &str = "/usr/bin:/bin:/usr/sbin:/sbin";
const SYSROOT: &str = "/usr/lib/rustlib";

const PACKAGES: &[Package] = &[
    ("rustc-web", &["/usr/share/doc/rustc-web"]),
    ("cargo-web", &["/usr/share/doc/cargo-web"]),
    ("rust-web-src", &["/usr/share/doc/rust-web-src"]),
    ("gcc-mingw-w64-x86-64-win32", &["/usr/bin/x86_64-w64-mingw32-gcc"]),
    ("wixl", &["/usr/bin/wixl"]),
    ("msitools", &["/usr/bin/msibuild"]),
];
const WINE: &[Package] = &[("wine64", &["/usr/lib/wine/wine64"]), ("wine", &["/usr/bin/wine"])];

/// Sees to it that the compiler, its library for Windows and the tools for packages are there.
pub(crate) fn toolchain() -> anyhow::Result<()> {
    packages(PACKAGES).context("for Windows, on Debian 12 with its security updates")?;
    library()
}

/// The same, and Wine.
pub(crate) fn toolchain_and_wine() -> anyhow::Result<()> {
    packages(&[PACKAGES, WINE].concat()).context("for Windows, on Debian 12 with its security updates")?;
    library()
}

/// What ends a program at a panic must itself be built so, whatever the rest is built as: what is shipped ends at a panic,
/// what is tested does not. And what is shipped is optimised together with the library, which takes its bitcode.
const WRAPPER: &str = r#"#!/bin/sh
case " $* " in *" --crate-name panic_abort "*) set -- "$@" -C panic=abort ;; esac
exec "$@" -C embed-bitcode=yes
"#;

/// Builds Rust's library for the target, unless the one that is there is of this very compiler.
fn library() -> anyhow::Result<()> {
    let folder = Path::new(SYSROOT).join(TRIPLE);
    let mark = folder.join("compiler");
    let wanted = format!("{}{WRAPPER}", output(command("/usr/bin/rustc", ["-vV"]).env("PATH", PATH))?);
    if fs::read_to_string(&mark).is_ok_and(|built| built == wanted) {
        return Ok(());
    }
    if !is_root() {
        bail!(
            "Rust's library for {TRIPLE} is missing in {SYSROOT}\nrun this once as root, then again: cargo xtask windows"
        );
    }
    let scratch = Scratch::new("windows-library")?;
    let source = scratch.path().join("src");
    fs::create_dir_all(&source)?;
    fs::write(source.join("lib.rs"), "")?;
    fs::write(scratch.path().join("Cargo.toml"), "[package]\nname = \"library\"\nedition = \"2021\"\n")?;
    let made = scratch.path().join("target");
    let mut build = debian_cargo(&["build", "--release", "-Zbuild-std=std,panic_unwind,test", "--target", TRIPLE]);
    build.current_dir(scratch.path()).env("CARGO_TARGET_DIR", &made);
    let wrapper = scratch.path().join("wrapper");
    fs::write(&wrapper, WRAPPER)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o700))?;
    build.env("RUSTC_WRAPPER", &wrapper);
    // The library's own flag; the compiler is a stable one.
    run(build.env("RUSTC_BOOTSTRAP", "1"))?;
    // Of two versions of a part the compiler would not know which to take, and what was built with the former fits no more.
    let _ = fs::remove_dir_all(&folder);
    let _ = fs::remove_dir_all(builds());
    fs::create_dir_all(folder.join("lib"))?;
    for file in fs::read_dir(made.join(TRIPLE).join("release/deps"))?.filter_map(Result::ok) {
        let name = file.file_name();
        if Path::new(&name).extension().is_some_and(|it| it == "rlib") && name != "liblibrary.rlib" {
            fs::copy(file.path(), folder.join("lib").join(name))?;
        }
    }
    Ok(fs::write(mark, wanted)?)
}

/// Debian's cargo, with what the target needs.
fn debian_cargo(arguments: &[&str]) -> Command {
    // Its variables are taken away as for any cargo inside another.
    let outer = cargo(arguments);
    let mut cargo = command("/usr/bin/cargo", arguments);
    for (name, _) in outer.get_envs().filter(|(_, value)| value.is_none()) {
        cargo.env_remove(name);
    }
    for name in ["LD_LIBRARY_PATH", "RUSTFLAGS", "RUSTC", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN"] {
        cargo.env_remove(name);
    }
    cargo.env("PATH", PATH).env("CARGO_TARGET_DIR", builds());
    cargo.env("CARGO_TARGET_X86_64_WIN7_WINDOWS_GNU_LINKER", LINKER);
    cargo.env("CC_x86_64_win7_windows_gnu", LINKER).env("AR_x86_64_win7_windows_gnu", "x86_64-w64-mingw32-ar");
    cargo
}

/// Where Debian's compiler builds: the other one would build all anew.
fn builds() -> PathBuf {
    target().join("windows")
}

/// The agent as it is shipped: small, and knowing by its key who may release versions of it.
pub(crate) fn shipped_agent(release_key: &str) -> anyhow::Result<PathBuf> {
    let mut build =
        debian_cargo(&["build", "--locked", "--profile", "dist", "--package", "vigie-agent", "--target", TRIPLE]);
    run(build.env("CARGO_PROFILE_DIST_OPT_LEVEL", "s").env("VIGIE_RELEASE_KEY", release_key))?;
    Ok(builds().join(TRIPLE).join("dist/vigie-agent.exe"))
}

/// What the agent's tests need: built once, quickly, and used for the package under test too.
fn quick() -> Vec<&'static str> {
    let tests = ["--lib", "--test", "protocol", "--test", "commands"];
    ["test", "--locked", "--package", "vigie-agent", "--target", TRIPLE].into_iter().chain(tests).collect()
}

/// Builds the agent as another version than it is, to what it updates itself to.
pub(crate) fn quick_agent_as(version: &str, to: &Path) -> anyhow::Result<()> {
    // The same parts as for the tests, so that only the agent is built twice.
    let mut build = debian_cargo(&["test", "--locked", "--package", "vigie-agent", "--target", TRIPLE]);
    build.args(["--test", "commands", "--no-run"]).env("VIGIE_AGENT_VERSION", version);
    run(build.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0"))?;
    stripped(&builds().join(TRIPLE).join("debug/vigie-agent.exe"), to)
}

/// A program without what only debuggers read.
pub(crate) fn stripped(program: &Path, to: &Path) -> anyhow::Result<()> {
    run(command("x86_64-w64-mingw32-strip", ["-o"]).arg(to).arg(program))
}

/// Builds the agent and its tests.
pub(crate) fn quick_agent() -> anyhow::Result<PathBuf> {
    let mut build = quick();
    build.push("--no-run");
    run(debian_cargo(&build).env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0"))?;
    Ok(builds().join(TRIPLE).join("debug/vigie-agent.exe"))
}

/// Windows in miniature: a folder with its registry, its services, its disk.
#[derive(Debug)]
pub(crate) struct Wine {
    scratch: Scratch,
    // While a program runs, so do the services.
    resident: Option<Child>,
}

impl Wine {
    /// Makes one, of Windows 10, and keeps it running.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let mut wine = Self { scratch: Scratch::new("wine")?, resident: None };
        run(&mut wine.own("timeout", &["120", "wineboot-stable", "--init"]))?;
        run(&mut wine.own("timeout", &["60", "wineserver-stable", "--wait"]))?;
        run(&mut wine.program(Duration::from_mins(1), &["winecfg", "-v", "win10"]))?;
        let mut resident = wine.own("wine", &["cmd", "/k"]);
        wine.resident = Some(resident.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        Ok(wine)
    }

    /// A program of the host that works on it.
    fn own(&self, program: &str, arguments: &[&str]) -> Command {
        let mut own = command(program, arguments);
        own.env("WINEPREFIX", self.folder()).env("WINEDEBUG", "-all").env_remove("DISPLAY").env("PATH", PATH);
        own
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.scratch.path().join("prefix")
    }

    /// Its drive C.
    pub(crate) fn drive(&self) -> PathBuf {
        self.folder().join("drive_c")
    }

    /// A program of Windows with its arguments, ended after a time.
    pub(crate) fn program(&self, patience: Duration, arguments: &[&str]) -> Command {
        let mut program = self.own("timeout", &["--kill-after=10", &patience.as_secs().to_string(), "wine"]);
        program.args(arguments);
        program
    }

    /// Runs the agent's tests.
    pub(crate) fn tests(&self) -> anyhow::Result<()> {
        let mut tests = debian_cargo(&quick());
        // Wine 8 ends in a page fault when several threads make their first WMI connections at once.
        tests.env("RUST_TEST_THREADS", "1").env("CARGO_PROFILE_DEV_DEBUG", "0");
        tests.env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_X86_64_WIN7_WINDOWS_GNU_RUNNER", "timeout 300 wine");
        run(tests.env("WINEPREFIX", self.folder()).env("WINEDEBUG", "-all").current_dir(root()))
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // It ends everything that runs in this prefix, and nothing else.
        let _ = self.own("wineserver-stable", &["--kill"]).status();
        if let Some(mut resident) = self.resident.take() {
            let _ = resident.kill();
            let _ = resident.wait();
        }
    }
}

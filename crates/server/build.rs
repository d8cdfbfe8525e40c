//! Finds what is embedded: the built console and the agents' installation script. Both may be missing.

use std::{fs, path::Path};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // An empty folder is watched, so that a console that is built later is noticed.
    let console = root.join("console/dist");
    let _ = fs::create_dir_all(&console);
    println!("cargo:rerun-if-changed={}", console.display());
    let packaging = root.join("packaging");
    let _ = fs::create_dir_all(packaging.join("tar"));
    println!("cargo:rerun-if-changed={}", packaging.join("tar").display());
    let script = fs::read(packaging.join("tar/install.sh")).unwrap_or_default();
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("install.sh"), script).expect("OUT_DIR can be written");
}

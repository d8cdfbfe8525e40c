//! The fuzz targets (`fuzz/`), each for a short while on what earlier runs found: docs/dev/fuzzing.md tells how to look longer.

use anyhow::bail;

use crate::shell::{cargo, root, run};

const SECONDS: u32 = 20;

/// Runs every target briefly. Without a nightly compiler each only runs its corpus, in an ordinary test binary.
pub(super) fn briefly() -> anyhow::Result<()> {
    let folder = root().join("fuzz");
    let text = std::fs::read_to_string(folder.join("Cargo.toml"))?;
    let table: toml::Table = text.parse()?;
    let targets: Vec<String> = table
        .get("bin")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|bin| bin.get("name")?.as_str().map(ToOwned::to_owned))
        .collect();
    if targets.is_empty() {
        bail!("fuzz/Cargo.toml names no target");
    }
    for name in targets {
        let mut fuzz = cargo(["run", "--release", "--quiet", "--bin", &name, "--"]);
        fuzz.arg(format!("-max_total_time={SECONDS}")).arg(folder.join("corpus").join(&name)).current_dir(&folder);
        run(&mut fuzz)?;
    }
    Ok(())
}

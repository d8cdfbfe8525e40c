//! The fuzz targets (`fuzz/`), each for a short while. docs/dev/fuzzing.md tells how to look longer.

use anyhow::bail;

use crate::shell::{cargo, root, run};

const SECONDS: u32 = 20;
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// What `cargo fuzz` builds with: libFuzzer's view into the program, and AddressSanitizer.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Ccodegen-units=1 -Zsanitizer=address";

/// Makes the seeds and runs every target on them and on what libFuzzer makes of them.
pub(super) fn briefly() -> anyhow::Result<()> {
    let folder = root().join("fuzz");
    let table: toml::Table = std::fs::read_to_string(folder.join("Cargo.toml"))?.parse()?;
    let programs = table.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
    let targets: Vec<String> = programs
        .filter(|bin| bin.get("path").and_then(toml::Value::as_str).is_some_and(|it| it.starts_with("fuzz_targets/")))
        .filter_map(|bin| bin.get("name")?.as_str().map(ToOwned::to_owned))
        .collect();
    if targets.is_empty() {
        bail!("fuzz/Cargo.toml names no target");
    }
    run(cargo(["run", "--quiet", "--bin", "seeds"]).current_dir(&folder))?;
    for name in targets {
        let corpus = folder.join("corpus").join(&name);
        std::fs::create_dir_all(&corpus)?;
        std::fs::create_dir_all(folder.join("artifacts").join(&name))?;
        let mut fuzz = cargo(["run", "--release", "--quiet", "--target", PLATFORM, "--bin", &name, "--"]);
        fuzz.arg(format!("-max_total_time={SECONDS}"))
            .arg(format!("-artifact_prefix=artifacts/{name}/"))
            .args(["-max_len=40000", "-timeout=20", "-rss_limit_mb=1500", "-print_final_stats=1", "-verbosity=0"])
            .arg(&corpus)
            .current_dir(&folder)
            .env("RUSTFLAGS", FLAGS)
            // The sanitizer is behind a flag that the pinned stable compiler takes only when asked.
            .env("RUSTC_BOOTSTRAP", "1");
        run(&mut fuzz)?;
    }
    Ok(())
}

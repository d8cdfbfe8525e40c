//! The workspace's tests, and the proof that those which touch the database ran on both engines.

use std::path::PathBuf;

use anyhow::bail;

use crate::shell::{cargo, run, target};

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

fn mark(engine: &str) -> PathBuf {
    target().join("test-engines").join(engine)
}

/// Runs all tests with a PostgreSQL at hand. The tests' database harness leaves a mark for each engine that it opened;
/// the marks of earlier runs are removed before.
pub(super) fn run_tests(postgres: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(target().join("test-engines"))?;
    for engine in ENGINES {
        let _ = std::fs::remove_file(mark(engine));
    }
    let mut tests = cargo(["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"]);
    run(tests.env("VIGIE_TEST_POSTGRES", postgres).env("VIGIE_TEST_ENGINES", target().join("test-engines")))?;
    // nextest does not run the examples in the documentation.
    run(&mut cargo(["test", "--workspace", "--doc", "--quiet"]))?;
    let missing: Vec<&str> = ENGINES.into_iter().filter(|engine| !mark(engine).exists()).collect();
    if !missing.is_empty() {
        bail!("the database tests did not run on: {}", missing.join(", "));
    }
    println!("Database tests ran on: {}", ENGINES.join(", "));
    Ok(())
}

//! `cargo xtask gen`: what is generated from the code and checked in. `--check` changes nothing and fails where the tree
//! differs from what would be written.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::shell::{built, cargo, command, npm, output, root, run};

/// Writes or compares.
pub(crate) fn generate(arguments: &[String]) -> anyhow::Result<()> {
    let check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        _ => bail!("gen takes only --check"),
    };
    run(&mut cargo(["build", "--workspace", "--bins"]))?;
    let document = output(&mut command(&built("debug", "vigie").display().to_string(), ["openapi"]))?;
    // Read and written again: one form, whatever the server prints.
    let json: serde_json::Value = serde_json::from_str(&document).context("vigie openapi does not print JSON")?;
    let mut text = serde_json::to_string_pretty(&json)?;
    text.push('\n');
    let problems = output(&mut cargo(["run", "--quiet", "--package", "vigie-kernel", "--example", "problems"]))?;
    let mut stale = Vec::new();
    for (path, text) in [("openapi/vigie.json", &text), ("docs/problems.md", &problems)] {
        write_or_compare(&root().join(path), text, check, &mut stale)?;
    }
    if !check {
        // The console's client is made at each of its builds and not checked in.
        return run(&mut npm(["run", "gen"]));
    }
    if stale.is_empty() {
        println!("gen: what is generated is up to date");
        return Ok(());
    }
    bail!("not up to date: {}; run 'cargo xtask gen' and commit what it writes", stale.join(", "))
}

fn write_or_compare(path: &Path, text: &str, check: bool, stale: &mut Vec<String>) -> anyhow::Result<()> {
    let present = std::fs::read_to_string(path).unwrap_or_default();
    if present == text {
        return Ok(());
    }
    let name = path.strip_prefix(root()).unwrap_or(path).display().to_string();
    if check {
        stale.push(name);
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    println!("writes {name}");
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

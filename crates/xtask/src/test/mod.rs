//! `cargo xtask test`: every test of the tree, each step announced, the first failure ending it. What is started is
//! stopped again, also after a failure.

mod api;
mod browser;
mod engines;
mod fuzz;
pub(crate) mod postgres;
mod windows;

use std::time::Instant;

use anyhow::bail;

use self::postgres::Postgres;
use crate::{
    check, generate, prerequisites,
    server::{Server, Settings},
    shell::{built, cargo, catch_stop, npm, run},
};

/// The step that builds the console.
const CONSOLE: &str = "console: build";

/// Runs all of it, or with `--fast` all but the browser and real-client tests, or with `--only WORD` the steps whose
/// name has that word.
pub(crate) fn test(arguments: &[String]) -> anyhow::Result<()> {
    let (fast, only) = match arguments {
        [] => (false, None),
        [fast] if fast == "--fast" => (true, None),
        [option, word] if option == "--only" => (false, Some(word.clone())),
        _ => bail!("test takes only --fast, or --only WORD"),
    };
    catch_stop()?;
    let start = Instant::now();
    let mut steps = Steps { only, done: Vec::new() };
    let outcome = all(&mut steps, fast);
    // Also of those before the one that failed.
    steps.summary();
    outcome?;
    if let Some(word) = &steps.only {
        println!("\n{} steps with '{word}' in their name passed; the others were left out.", steps.done.len());
        return Ok(());
    }
    println!("\nAll {} steps passed in {} s.", steps.done.len(), start.elapsed().as_secs());
    if fast {
        println!(
            "Left out by --fast: browser tests, real clients, the Windows agent, the API against its document, fuzz targets."
        );
    }
    Ok(())
}

fn all(steps: &mut Steps, fast: bool) -> anyhow::Result<()> {
    steps.step("prerequisites", || prerequisites::of_tests(fast))?;
    steps.step("check", check::check)?;
    steps.step("formatting", || run(&mut cargo(["fmt", "--all", "--check"])))?;
    steps.step("dependencies", dependencies)?;
    steps.step(CONSOLE, || run(&mut npm(["run", "build"])))?;
    steps.step("lints", || {
        run(&mut cargo(["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"]))
    })?;
    steps.step("build", || run(&mut cargo(["build", "--workspace", "--bins"])))?;
    steps.step("generated files", || generate::generate(&["--check".to_owned()]))?;
    steps.step("Rust tests on both engines", || {
        let postgres = Postgres::start(postgres::Durability::Off)?;
        engines::run_tests(postgres.url())
    })?;
    steps.step("console: lint", || run(&mut npm(["run", "lint"])))?;
    steps.step("console: types", || run(&mut npm(["run", "typecheck"])))?;
    steps.step("console: unit tests", || run(&mut npm(["run", "test"])))?;
    if !fast {
        let is_built = steps.done.iter().any(|(name, _)| name == CONSOLE);
        steps.step("console: browser, mock API", || browser::mock(is_built))?;
        steps.step("console: browser, real server", || {
            // One of its pages shows the log, which then must tell something.
            let server = own_server("warn,vigie::access=info")?;
            browser::real(&server)?;
            server.stop()
        })?;
        steps.step("real agents, kills and traces", || {
            // What survives a kill must not depend on what a test database leaves out.
            let postgres = Postgres::start(postgres::Durability::On)?;
            next_agent()?;
            let packages = ["--package", "vigie-testkit", "--package", "vigie-agent"];
            let mut tests = cargo(["nextest", "run", "--profile", "clients"]);
            tests.args(packages);
            run(tests.env("VIGIE_BIN_DIR", built("debug", "")).env("VIGIE_TEST_POSTGRES", postgres.url()))
        })?;
        steps.step("Windows agent under Wine", || {
            crate::windows::toolchain_and_wine()?;
            let server = own_server("warn")?;
            windows::agent(&server)?;
            server.stop()
        })?;
        steps.step("API against its document", || {
            let server = own_server("warn")?;
            api::schemathesis(&server)?;
            server.stop()
        })?;
        steps.step("fuzz targets", fuzz::briefly)?;
    }
    Ok(())
}

/// The agent in a later version, beside the present one: what the present one updates itself to.
fn next_agent() -> anyhow::Result<()> {
    let build = || cargo(["build", "--workspace", "--bins"]);
    run(build().env("VIGIE_AGENT_VERSION", "99.0.0"))?;
    std::fs::copy(built("debug", "vigie-agent"), built("debug", "vigie-agent-next"))?;
    run(&mut build())
}

fn own_server(log: &str) -> anyhow::Result<Server> {
    Server::start(&Settings {
        program: built("debug", "vigie"),
        folder: None,
        database: None,
        port: None,
        log,
        more: &[],
    })
}

/// Licences, bans and sources always; advisories where their database can be had.
fn dependencies() -> anyhow::Result<()> {
    run(&mut cargo(["deny", "--all-features", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    let fetched = cargo(["deny", "fetch", "db"]).output().is_ok_and(|output| output.status.success());
    if fetched {
        return run(&mut cargo(["deny", "--all-features", "check", "--hide-inclusion-graph", "advisories"]));
    }
    println!("note: the advisory database cannot be reached from here; advisories are not checked in this run");
    Ok(())
}

/// The steps done and how long each took.
struct Steps {
    /// A word of the names of those to do; all are done when there is none.
    only: Option<String>,
    done: Vec<(String, u64)>,
}

impl Steps {
    fn step(&mut self, name: &str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        if self.only.as_ref().is_some_and(|word| !name.contains(word.as_str())) {
            return Ok(());
        }
        println!("\n=== {name}");
        let start = Instant::now();
        work().map_err(|error| error.context(format!("step '{name}'")))?;
        self.done.push((name.to_owned(), start.elapsed().as_secs()));
        Ok(())
    }

    fn summary(&self) {
        println!();
        for (name, seconds) in &self.done {
            println!("{seconds:>6} s  {name}");
        }
    }
}

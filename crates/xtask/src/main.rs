//! `cargo xtask`: everything that is done with the source tree. `run` and `test` are the two commands of the README.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bench;
mod check;
mod dist;
mod generate;
mod prerequisites;
mod run;
mod server;
mod shell;
mod test;
mod windows;

use std::process::ExitCode;

use anyhow::bail;

const HELP: &str = "\
cargo xtask run [--port N]    build everything, start it on https://localhost:7080, inventory this machine
cargo xtask test [--fast]     every test; --fast leaves out browsers and real clients; --only WORD picks steps by name
cargo xtask postgres [COMMAND…]
                              a PostgreSQL for tests: while COMMAND runs, or until Ctrl-C
cargo xtask check             crate edges, file budgets, forbidden words
cargo xtask gen [--check]     write (or compare) openapi/vigie.json, docs/problems.md and the console's client
cargo xtask dist [linux] [windows] [server]
                              what is shipped, under target/dist/: the agent's .deb, .tar.zst and .msi, the server's .deb
cargo xtask windows           the compiler's library for Windows, once, as root
cargo xtask bench [NAME…] [--machines N] [--runs N] [--full] [--no-build]
                              measure; without a name all; writes docs/benchmarks.md
cargo xtask bench --list      what can be measured";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = if arguments.is_empty() { "help".to_owned() } else { arguments.remove(0) };
    match dispatch(&command, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask {command}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, arguments: &[String]) -> anyhow::Result<()> {
    match command {
        "run" => run::run(arguments),
        "test" => test::test(arguments),
        "postgres" => test::postgres::with_one(arguments),
        "check" => check::check(),
        "dist" => dist::dist(arguments),
        "windows" => windows::toolchain(),
        "gen" => generate::generate(arguments),
        "bench" => bench::bench(arguments),
        "measure" => bench::process::measure_child(arguments),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command '{other}'\n\n{HELP}"),
    }
}

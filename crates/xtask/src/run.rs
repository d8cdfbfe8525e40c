//! `cargo xtask run`: from a fresh checkout to a server in the browser, with this machine's own inventory in it.

use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::{
    prerequisites,
    server::{Server, Settings},
    shell::{self, built, cargo, catch_stop, command, npm, root, run as go},
};

const PORT: u16 = 7080;

/// Builds, starts, shows, and waits for Ctrl-C.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let port = match arguments {
        [] => PORT,
        [option, port] if option == "--port" => port.parse().context("--port takes a number")?,
        _ => bail!("run takes only --port NUMBER"),
    };
    prerequisites::toolchains()?;
    prerequisites::console_packages()?;
    go(&mut npm(["run", "build"]))?;
    // The whole workspace, as everyone builds it: with a part of it, libraries would be built anew with other features.
    go(&mut cargo(["build", "--release", "--workspace", "--bins"]))?;

    let folder = root().join("var");
    std::fs::create_dir_all(&folder).context("the folder var")?;
    fill_distribution(&folder)?;
    catch_stop()?;
    let settings = Settings {
        program: built("release", "vigie"),
        folder: Some(&folder),
        database: None,
        port: Some(port),
        log: "info,vigie::access=warn",
        more: &[],
    };
    let mut server = Server::start(&settings)
        .with_context(|| format!("the server does not start (is port {port} in use? --port NUMBER takes another)"))?;
    println!("\n  Vigie           {}", server.url());
    match &server.password {
        Some(password) => println!("  Sign in         admin, one-time password {password}"),
        None => println!("  Sign in         admin, with the password chosen earlier (a new one: vigie admin --help)"),
    }
    println!("  Certificate     {} (its CA: trust it, or accept the warning once)", server.ca().display());
    println!("  Data            {}\n", folder.display());
    inventory_of_this_machine(&server);
    println!("\nCtrl-C stops.");
    while !shell::stopped() {
        server.still_runs()?;
        std::thread::sleep(Duration::from_millis(200));
    }
    server.stop()?;
    println!("Stopped.");
    Ok(())
}

/// Delivers this machine's inventory. A failure is told and leaves the server running: it can still be looked at.
fn inventory_of_this_machine(server: &Server) {
    let deliver = || -> anyhow::Result<()> {
        let client = server.agent_client()?;
        let program = built("release", "vigie-agent").display().to_string();
        let mut agent = command(&program, ["sync", "--now", "--server", &client.url, "--ca"]);
        agent.arg(server.ca()).args(["--client-id", &client.id]).arg("--state-dir").arg(server.folder().join("agent"));
        // Not as an argument: those can be read by everyone on the machine.
        agent.env("VIGIE_AGENT_CLIENT_SECRET", &client.secret);
        shell::run(&mut agent)
    };
    match deliver() {
        Ok(()) => println!("This machine's inventory is in Pending equipment: {}/pending", server.url()),
        Err(error) => eprintln!("This machine's inventory was not delivered: {error:#}"),
    }
}

/// Offers for download what `cargo xtask dist` has made, if it was run.
fn fill_distribution(folder: &std::path::Path) -> anyhow::Result<()> {
    let Ok(made) = std::fs::read_dir(shell::target().join("dist")) else {
        println!("note: 'cargo xtask dist' makes the agent's packages; the next run offers them to other machines");
        return Ok(());
    };
    let distribution = folder.join("distribution");
    std::fs::create_dir_all(&distribution)?;
    for file in made.filter_map(Result::ok).filter(|file| file.path().is_file()) {
        // The server's own package is not for agents.
        if file.file_name().to_string_lossy().starts_with("vigie_") {
            continue;
        }
        std::fs::copy(file.path(), distribution.join(file.file_name()))?;
    }
    Ok(())
}

//! The console in a browser: all pages on the mock API, the main paths on a real server.

use std::path::Path;

use anyhow::anyhow;

use crate::{
    server::{AgentClient, Server},
    shell::{Scratch, built, command, npm, run},
};

/// The browser that Playwright is to use: the system's, so that none is downloaded.
fn chromium() -> anyhow::Result<&'static str> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .ok_or_else(|| anyhow!("Chromium is not installed"))
}

/// Every page on the mock API. `is_built`: the console was built by a step before.
pub(super) fn mock(is_built: bool) -> anyhow::Result<()> {
    if !is_built {
        run(&mut npm(["run", "build"]))?;
    }
    run(npm(["run", "e2e"]).env("CHROMIUM", chromium()?).env("CI", "1"))
}

/// The main paths, against a server that was never signed in to and that this machine's agent and a few simulated ones
/// have reported to.
pub(super) fn real(server: &Server) -> anyhow::Result<()> {
    let password = server
        .password
        .as_deref()
        .ok_or_else(|| anyhow!("the server printed no one-time password at its first start"))?;
    deliver(server, &server.agent_client()?)?;
    let mut playwright = npm(["run", "e2e:real"]);
    playwright
        .env("CHROMIUM", chromium()?)
        .env("CI", "1")
        .env("VIGIE_URL", server.url())
        .env("VIGIE_AGENT", built("debug", "vigie-agent"))
        .env("VIGIE_PASSWORD", password);
    run(&mut playwright)
}

/// This machine's inventory, by the agent, and those of machines that make the lists worth a look.
fn deliver(server: &Server, client: &AgentClient) -> anyhow::Result<()> {
    let state = Scratch::new("agent")?;
    let program = |name: &str| built("debug", name).display().to_string();
    let mut agent = command(&program("vigie-agent"), ["sync", "--now", "--server", &server.url(), "--client-id"]);
    agent.arg(&client.id).env("VIGIE_AGENT_CLIENT_SECRET", &client.secret).arg("--ca").arg(server.ca());
    run(agent.arg("--state-dir").arg(state.path()))?;
    let mut sim = command(&program("vigie-sim"), ["agents", "--count", "12", "--seed", "7", "--server", &server.url()]);
    sim.args(["--client-id", &client.id, "--ca"]).env("VIGIE_CLIENT_SECRET", &client.secret).arg(server.ca());
    run(&mut sim)
}

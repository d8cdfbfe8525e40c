//! The console in a browser: all pages on the mock API, the main paths on a real server.

use std::path::Path;

use anyhow::anyhow;

use crate::{
    server::Server,
    shell::{npm, run},
};

/// The browser that Playwright is to use: the system's, so that none is downloaded.
fn chromium() -> anyhow::Result<&'static str> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .ok_or_else(|| anyhow!("Chromium is not installed"))
}

/// Every page on the mock API.
pub(super) fn mock() -> anyhow::Result<()> {
    run(npm(["run", "e2e"]).env("CHROMIUM", chromium()?).env("CI", "1"))
}

/// The main paths, against a server that was never signed in to.
pub(super) fn real(server: &Server) -> anyhow::Result<()> {
    let password = server
        .password
        .as_deref()
        .ok_or_else(|| anyhow!("the server printed no one-time password at its first start"))?;
    let client = server.agent_client()?;
    let mut playwright = npm(["run", "e2e:real"]);
    playwright
        .env("CHROMIUM", chromium()?)
        .env("CI", "1")
        .env("VIGIE_URL", server.url())
        .env("VIGIE_PASSWORD", password)
        .env("VIGIE_CA", server.ca())
        .env("VIGIE_CLIENT_ID", client.id)
        .env("VIGIE_CLIENT_SECRET", client.secret)
        .env("VIGIE_SIM", crate::shell::built("debug", "vigie-sim"))
        .env("VIGIE_AGENT", crate::shell::built("debug", "vigie-agent"));
    run(&mut playwright)
}

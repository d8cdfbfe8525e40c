//! A server with many machines in it, and a small client of its API.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use serde_json::Value;

use super::{folder, released};
use crate::{
    server::{Server, Settings},
    shell::{command, output},
};

/// Calls the API as an administrator's script would, by curl.
#[derive(Debug)]
pub(super) struct Api {
    url: String,
    ca: PathBuf,
    token: String,
}

impl Api {
    /// With a new token of the administrator.
    pub(super) fn new(server: &Server) -> anyhow::Result<Self> {
        Ok(Self { url: server.url(), ca: server.ca(), token: server.token()? })
    }

    /// With a new token of a user.
    pub(super) fn of(server: &Server, user: &str) -> anyhow::Result<Self> {
        Ok(Self { url: server.url(), ca: server.ca(), token: server.token_of(user)? })
    }

    fn curl(&self) -> std::process::Command {
        let mut curl = command("curl", ["--silent", "--show-error", "--fail-with-body", "--cacert"]);
        curl.arg(&self.ca).arg("--header").arg(format!("Authorization: Bearer {}", self.token));
        curl
    }

    fn call(&self, path: &str, more: &[&str]) -> anyhow::Result<Value> {
        let mut curl = self.curl();
        curl.args(more).arg(format!("{}{path}", self.url));
        // A failure is told by the problem document, not only by curl's number.
        let output = curl.output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("{path}: {text} {}", String::from_utf8_lossy(&output.stderr));
        }
        if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&text).context(text) }
    }

    pub(super) fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(path, &[])
    }

    pub(super) fn post(&self, path: &str, json: &str) -> anyhow::Result<Value> {
        self.call(path, &["--header", "Content-Type: application/json", "--data", json])
    }

    pub(super) fn patch(&self, path: &str, json: &str) -> anyhow::Result<Value> {
        self.call(path, &["--request", "PATCH", "--header", "Content-Type: application/json", "--data", json])
    }

    /// Sends a file as a form does.
    pub(super) fn post_file(&self, path: &str, file: &str) -> anyhow::Result<Value> {
        self.call(path, &["--form", &format!("file=@{file}")])
    }

    /// How long each of these takes over one connection, milliseconds, in their order.
    pub(super) fn times(&self, paths: &[String]) -> anyhow::Result<Vec<f64>> {
        let mut curl = self.curl();
        curl.args(["--write-out", "%{http_code} %{time_total}\\n"]);
        // The first opens the connection and is not counted.
        for path in paths.first().into_iter().chain(paths) {
            curl.args(["--output", "/dev/null"]).arg(format!("{}{path}", self.url));
        }
        let text = output(&mut curl)?;
        let mut times = Vec::new();
        for line in text.lines().skip(1) {
            let (code, seconds) = line.split_once(' ').ok_or_else(|| anyhow!("curl said: {line}"))?;
            if code != "200" {
                bail!("answered {code}");
            }
            times.push(seconds.trim().parse::<f64>()? * 1000.0);
        }
        Ok(times)
    }

    /// The bytes of an answer, compressed as a browser asks for it, and its text.
    pub(super) fn transferred(&self, path: &str) -> anyhow::Result<(f64, String)> {
        let url = format!("{}{path}", self.url);
        let size = output(
            self.curl()
                .args([
                    "--header",
                    "Accept-Encoding: br",
                    "--output",
                    "/dev/null",
                    "--write-out",
                    "%{size_download} %{size_header}",
                ])
                .arg(&url),
        )?;
        let bytes: f64 = size.split_whitespace().filter_map(|part| part.parse::<f64>().ok()).sum();
        let text = String::from_utf8_lossy(&self.curl().arg(&url).output()?.stdout).into_owned();
        Ok((bytes, text))
    }
}

/// Machines that report to a server.
#[derive(Debug)]
pub(super) struct Play<'a> {
    pub(super) first: u64,
    pub(super) count: u64,
    pub(super) more: &'a [&'a str],
}

/// Lets the simulator report; its last line, parsed.
pub(super) fn play(server: &Server, play: &Play<'_>) -> anyhow::Result<Value> {
    let client = server.agent_client()?;
    let mut sim = command(&released("vigie-sim").display().to_string(), ["agents", "--server", &client.url, "--ca"]);
    sim.arg(server.ca())
        .args(["--client-id", &client.id, "--first", &play.first.to_string(), "--count", &play.count.to_string()])
        .args(["--watch-pid", &server.id().to_string()])
        .args(play.more)
        .env("VIGIE_CLIENT_SECRET", &client.secret);
    let text = output(&mut sim)?;
    serde_json::from_str(text.trim()).with_context(|| format!("vigie-sim printed: {text}"))
}

/// Starts a server of the release with nothing in it.
pub(super) fn serve_empty() -> anyhow::Result<Server> {
    let settings =
        Settings { program: released("vigie"), folder: None, database: None, port: None, log: "error", more: &[] };
    Server::start(&settings)
}

/// Starts a server of the release on a folder.
pub(super) fn serve(data: &Path, database: Option<&str>) -> anyhow::Result<Server> {
    let settings =
        Settings { program: released("vigie"), folder: Some(data), database, port: None, log: "error", more: &[] };
    Server::start(&settings)
}

/// The data folder of a server with so many machines as equipment and a twentieth more pending, made once.
pub(super) fn filled(machines: u64) -> anyhow::Result<PathBuf> {
    let data = folder()?.join(format!("fleet-{machines}"));
    let made = data.join("made-by");
    let version = output(&mut command(&released("vigie").display().to_string(), ["--version"]))?;
    if std::fs::read_to_string(&made).is_ok_and(|by| by == version) {
        return Ok(data);
    }
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    println!("makes a server with {machines} machines; this is done once");
    let server = serve(&data, None)?;
    let api = Api::new(&server)?;
    play(&server, &Play { first: 0, count: machines, more: &["--rounds", "2"] })?;
    let mut left = machines;
    while left > 0 {
        api.post("/api/v1/pending-equipment/bulk", r#"{"action":"create","all":{}}"#)?;
        let pending = api.get("/api/v1/pending-equipment?limit=1")?["total"].as_u64().unwrap_or(0);
        if pending >= left {
            bail!("{pending} machines stay pending");
        }
        left = pending;
    }
    play(&server, &Play { first: machines, count: machines / 20, more: &["--bogus", "0.05"] })?;
    server.stop()?;
    std::fs::write(made, version)?;
    Ok(data)
}

/// A copy of a filled data folder, for what changes it.
pub(super) fn copy_of(data: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let copy = folder()?.join(name);
    let _ = std::fs::remove_dir_all(&copy);
    output(command("cp", ["--archive", "--reflink=auto"]).arg(data).arg(&copy))?;
    Ok(copy)
}

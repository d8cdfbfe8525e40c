//! The API against its own document: schemathesis calls every operation with values that fit and values that do not; no
//! answer may be a 5xx, and none may be one that the document does not name.

use anyhow::Context as _;

use crate::{
    server::Server,
    shell::{command, root, run, target},
};

const VERSION: &str = "4.32.0";

/// Runs schemathesis from an environment of its own.
pub(super) fn schemathesis(server: &Server) -> anyhow::Result<()> {
    let environment = target().join("schemathesis");
    let program = environment.join("bin/schemathesis");
    if !program.exists() {
        run(command("python3", ["-m", "venv"]).arg(&environment))?;
        let pip = environment.join("bin/pip").display().to_string();
        run(&mut command(&pip, ["install", "--quiet", &format!("schemathesis=={VERSION}")]))
            .context("schemathesis from the Python package index")?;
    }
    let token = server.token()?;
    let mut test = command(&program.display().to_string(), ["run"]);
    test.arg(root().join("openapi/vigie.json"))
        .args(["--url", &server.url()])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        // The same calls in each run, few enough for every run; one after the other, for two at once trip over each other
        // inside its parser of Python.
        .args(["--seed", "1", "--max-examples", "20", "--phases", "examples,coverage,fuzzing"])
        .args(["--workers", "1", "--request-timeout", "30", "--suppress-health-check", "all"])
        // A live stream has no end; a signed, compressed body cannot be made from a schema (the agents' tests do that).
        .args(["--exclude-path", "/api/v1/events", "--exclude-path", "/api/v1/agent/synchronisation"])
        // It would place orders with somebody's ACME server.
        .args(["--exclude-operation-id", "certificate_acme_change"])
        .args(["--tls-verify".to_owned(), server.ca().display().to_string()])
        .current_dir(target());
    run(&mut test)
}

//! Which crate may know which. The table is the architecture's (docs/ARCHITECTURE.md); a new edge is a decision.

use super::{File, Findings};

/// What one crate may depend on.
struct Rule {
    name: &'static str,
    /// Crates of this workspace.
    knows: &'static [&'static str],
    /// Crates of others that would break its promise.
    never: &'static [&'static str],
    /// Whether its code may start other programs.
    starts_programs: bool,
}

const NETWORK: &[&str] =
    &["axum", "hyper", "reqwest", "ureq", "tokio", "tower", "tower-http", "rustls", "sea-orm", "sqlx"];
const HTTP: &[&str] = &["axum", "hyper", "reqwest", "ureq", "tower", "tower-http", "http"];
const STORAGE: &[&str] = &["sea-orm", "sea-orm-migration", "sqlx"];

const RULES: &[Rule] = &[
    // SeaORM's traits on ids and values can only be derived where these are; the feature is off in the agent.
    Rule { name: "kernel", knows: &[], never: HTTP, starts_programs: false },
    Rule { name: "wire", knows: &["kernel"], never: NETWORK, starts_programs: false },
    // Both ends of a link stand on it: what carries it is no server crate, and knows nothing of what travels.
    Rule {
        name: "mux",
        knows: &[],
        never: &["axum", "hyper", "reqwest", "ureq", "tower", "sea-orm", "sqlx"],
        starts_programs: false,
    },
    Rule {
        name: "link",
        knows: &["kernel", "wire", "mux"],
        never: &["axum", "hyper", "reqwest", "ureq", "tower", "sea-orm", "sqlx"],
        starts_programs: false,
    },
    Rule { name: "db", knows: &["kernel"], never: HTTP, starts_programs: false },
    Rule { name: "people", knows: &["kernel", "db"], never: HTTP, starts_programs: false },
    Rule { name: "assets", knows: &["kernel", "db", "wire"], never: HTTP, starts_programs: false },
    Rule { name: "fleet", knows: &["kernel", "db", "wire"], never: HTTP, starts_programs: false },
    Rule {
        name: "server",
        knows: &["kernel", "wire", "mux", "link", "db", "people", "assets", "fleet"],
        never: STORAGE,
        starts_programs: false,
    },
    Rule { name: "agent", knows: &["kernel", "wire", "mux"], never: STORAGE, starts_programs: true },
    Rule {
        name: "testkit",
        knows: &["kernel", "wire", "mux", "link", "db", "people", "assets", "fleet", "server", "agent"],
        never: &[],
        starts_programs: true,
    },
    Rule { name: "xtask", knows: &[], never: &["tokio", "reqwest", "sea-orm", "axum"], starts_programs: true },
];

/// In tests everything may stand on the test kit, and on its own crate with another feature.
fn allowed(rule: &Rule, table: &str, other: &str) -> bool {
    rule.knows.contains(&other) || (table == "dev-dependencies" && (other == "testkit" || other == rule.name))
}

pub(super) fn check(files: &[File], findings: &mut Findings) {
    for file in files {
        let Some((name, rest)) = file.path.strip_prefix("crates/").and_then(|path| path.split_once('/')) else {
            continue;
        };
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            if rest == "Cargo.toml" {
                findings.errors.push(format!("{}: crate '{name}' has no line in the table of edges", file.path));
            }
            continue;
        };
        if rest == "Cargo.toml" {
            manifest(rule, file, findings);
        } else if !rule.starts_programs && rest.starts_with("src/") && has_extension(rest, "rs") {
            programs(file, findings);
        }
    }
}

fn manifest(rule: &Rule, file: &File, findings: &mut Findings) {
    let table: toml::Table = match file.text.parse() {
        Ok(table) => table,
        Err(error) => {
            findings.errors.push(format!("{}: {error}", file.path));
            return;
        }
    };
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let direct = table.get(kind).and_then(toml::Value::as_table).into_iter();
        let by_target = table.get("target").and_then(toml::Value::as_table).into_iter().flat_map(|targets| {
            targets.values().filter_map(move |target| target.get(kind).and_then(toml::Value::as_table))
        });
        for name in direct.chain(by_target).flat_map(|entries| entries.keys()) {
            if let Some(other) = name.strip_prefix("vigie-") {
                if !allowed(rule, kind, other) {
                    findings.errors.push(format!("{}: '{}' must not know '{other}' ({kind})", file.path, rule.name));
                }
            } else if kind == "dependencies" && rule.never.contains(&name.as_str()) {
                findings.errors.push(format!("{}: '{}' must do without {name}", file.path, rule.name));
            }
        }
    }
}

/// No program is started by the server: what it needs it does itself.
fn programs(file: &File, findings: &mut Findings) {
    if file.path.ends_with("tests.rs") {
        return;
    }
    let before_tests = file.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    for (number, line) in before_tests.lines().enumerate() {
        if line.contains("process::Command") {
            findings.errors.push(format!("{}:{}: the server starts no other program", file.path, number + 1));
        }
    }
}

pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|it| it == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let mut findings = Findings::default();
        check(&[File { path: path.to_owned(), text: text.to_owned() }], &mut findings);
        findings.errors
    }

    #[test]
    fn an_edge_that_is_not_in_the_table_is_found_in_every_kind_of_dependency() {
        assert!(found("crates/people/Cargo.toml", "[dependencies]\nvigie-db.workspace = true\n").is_empty());
        assert_eq!(found("crates/people/Cargo.toml", "[dependencies]\nvigie-assets.workspace = true\n").len(), 1);
        assert_eq!(
            found("crates/agent/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nvigie-db = { path = \"\" }\n").len(),
            1
        );
        assert_eq!(found("crates/wire/Cargo.toml", "[dependencies]\ntokio = \"1\"\n").len(), 1);
        assert!(found("crates/db/Cargo.toml", "[dev-dependencies]\nvigie-testkit.workspace = true\n").is_empty());
        assert_eq!(found("crates/other/Cargo.toml", "").len(), 1);
    }

    #[test]
    fn the_server_starts_no_program_but_its_tests_may() {
        let code = "fn f() { std::process::Command::new(\"sh\"); }\n";
        assert_eq!(found("crates/server/src/a.rs", code).len(), 1);
        assert!(found("crates/server/src/a.rs", &format!("#[cfg(test)]\nmod tests {{\n{code}}}")).is_empty());
        assert!(found("crates/agent/src/a.rs", code).is_empty());
    }
}

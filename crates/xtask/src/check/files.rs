//! How long a file may be, and that a module opens with what it is for.

use std::collections::BTreeMap;

use super::{File, Findings, edges::has_extension};

/// A file past this is listed.
const LISTED: usize = 600;
/// A file past this is an error.
const MOST: usize = 1000;
/// A crate past this is an error. The server has a file for each of its operations, and their tests: it is the longest.
const MOST_OF_CRATE: usize = 36_000;

const COUNTED: &[&str] = &["rs", "ts", "tsx", "js", "mjs", "css", "py", "sh", "sql"];

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let mut crates: BTreeMap<&str, usize> = BTreeMap::new();
    let mut long = Vec::new();
    for file in files {
        if !COUNTED.iter().any(|extension| has_extension(&file.path, extension)) || is_generated(&file.text) {
            continue;
        }
        let lines = file.text.lines().count();
        if lines > MOST {
            findings.errors.push(format!("{}: {lines} lines; {MOST} is the most", file.path));
        } else if lines > LISTED {
            long.push((lines, &file.path));
        }
        if has_extension(&file.path, "rs") {
            if let Some((name, _)) = file.path.strip_prefix("crates/").and_then(|path| path.split_once('/')) {
                *crates.entry(name).or_default() += lines;
            }
            let opening = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            if file.path.starts_with("crates/") && !opening.starts_with("//!") {
                findings.errors.push(format!("{}: does not open with '//!' and what it is for", file.path));
            }
        }
    }
    long.sort_unstable_by(|a, b| b.cmp(a));
    findings.remarks.extend(long.iter().map(|(lines, path)| format!("{path}: {lines} lines, more than {LISTED}")));
    for (name, lines) in crates {
        if lines > MOST_OF_CRATE {
            findings.errors.push(format!("crates/{name}: {lines} lines; {MOST_OF_CRATE} is the most"));
        }
    }
}

/// Whether the first lines say that a program wrote the file.
fn is_generated(text: &str) -> bool {
    text.lines().take(5).any(|line| line.contains("@generated") || line.contains("auto-generated"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Findings {
        let mut findings = Findings::default();
        check(&[File { path: path.to_owned(), text: text.to_owned() }], &mut findings);
        findings
    }

    #[test]
    fn budgets_are_kept() {
        let lines = |count: usize| format!("//! What it is for.\n{}", "\n".repeat(count - 1));
        assert!(found("crates/a/src/x.rs", &lines(600)).remarks.is_empty());
        assert_eq!(found("crates/a/src/x.rs", &lines(601)).remarks.len(), 1);
        assert_eq!(found("crates/a/src/x.rs", &lines(1001)).errors.len(), 1);
        assert!(found("console/src/x.ts", &format!("// @generated\n{}", lines(5000))).errors.is_empty());
    }

    #[test]
    fn a_module_says_what_it_is_for() {
        assert_eq!(found("crates/a/src/x.rs", "use std::fmt;\n").errors.len(), 1);
        assert!(found("crates/a/src/x.rs", "\n//! Something.\n").errors.is_empty());
    }
}

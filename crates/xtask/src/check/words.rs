//! Words that have no place in the tree: left-overs, names that readers cannot look up, and traces of the machine that
//! something was built on.

use super::{File, Findings, edges::has_extension};
use crate::shell::root;

/// Left-overs. In two halves, so that this file does not hold them.
const LEFT_OVERS: &[(&str, &str)] =
    &[("TO", "DO"), ("FIX", "ME"), ("to", "do!("), ("unimpl", "emented!("), ("db", "g!(")];

/// Chapters of the requirements that the project was built from. Their rule numbers mean nothing to its readers.
const CHAPTERS: &[&str] = &[
    "INV", "SITE", "DESK", "TV", "RESCUE", "FLEET", "ALERT", "JOB", "BACKUP", "UPGRADE", "LOG", "CUSTOM", "REPO",
    "REMOTE", "USER", "PREF", "CERT", "PLATFORM",
];

/// The only registry that a lock file may name.
const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let traces = traces();
    for file in files {
        let lock = file.path.ends_with("Cargo.lock") || file.path.ends_with("package-lock.json");
        for (number, line) in file.text.lines().enumerate() {
            let mut found = |what: String| findings.errors.push(format!("{}:{}: {what}", file.path, number + 1));
            if lock {
                if line.contains("\"resolved\": \"http") || (line.starts_with("source = ") && !line.contains(CRATES)) {
                    found("a lock file names a registry of one machine".to_owned());
                }
                continue;
            }
            if let Some(word) = left_over(line) {
                found(format!("left over: {word}"));
            }
            if has_extension(&file.path, "rs") && line.trim_start().starts_with(concat!("#[ig", "nore]")) {
                found("a test that is left out needs a reason".to_owned());
            }
            // Samples of other makers hold what they hold.
            let sample = file.path.contains("/tests/") && !has_extension(&file.path, "rs");
            if let Some(rule) = rule_number(line).filter(|_| !sample) {
                found(format!("'{rule}' means nothing to readers: name the behaviour"));
            }
            if let Some(trace) = traces.iter().find(|trace| line.contains(trace.as_str())) {
                found(format!("a path of the machine it was written on: {trace}"));
            }
            if is_registry_setting(&file.path, line) {
                found("a registry of one machine".to_owned());
            }
        }
    }
}

fn left_over(line: &str) -> Option<String> {
    LEFT_OVERS.iter().map(|(a, b)| format!("{a}{b}")).find(|word| {
        line.match_indices(word.as_str()).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + word.len()..].chars().next();
            let part_of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !part_of_word(before) && (word.ends_with('(') || !part_of_word(after))
        })
    })
}

fn rule_number(line: &str) -> Option<String> {
    CHAPTERS.iter().find_map(|chapter| {
        line.match_indices(chapter).find_map(|(at, _)| {
            let before = line[..at].chars().next_back();
            let rest = line[at + chapter.len()..].strip_prefix('-')?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let after = rest[digits.len()..].chars().next();
            let stands_alone = !before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_')
                && !after.is_some_and(|c| c.is_alphanumeric() || c == '-');
            (stands_alone && (1..=2).contains(&digits.len())).then(|| format!("{chapter}-{digits}"))
        })
    })
}

/// Where this tree and its tools lie on this machine. Only paths long enough that nobody writes them by chance.
fn traces() -> Vec<String> {
    let mut traces = Vec::new();
    let root = root();
    if root.components().count() > 2 {
        traces.push(root.display().to_string());
    }
    if let Some(home) = std::env::var_os("HOME") {
        for folder in [".cargo", ".rustup", ".npm", ".cache"] {
            traces.push(std::path::Path::new(&home).join(folder).display().to_string());
        }
    }
    traces
}

/// Whether a tool's settings name where it downloads from.
fn is_registry_setting(path: &str, line: &str) -> bool {
    let line = line.trim_start();
    let name = path.rsplit('/').next().unwrap_or(path);
    (name == ".npmrc" && line.starts_with("registry"))
        || (path.contains(".cargo/config") && (line.starts_with("[source") || line.starts_with("[registr")))
        || (name == "pip.conf" && line.starts_with("index-url"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(path: &str, text: &str) -> usize {
        let mut findings = Findings::default();
        check(&[File { path: path.to_owned(), text: text.to_owned() }], &mut findings);
        findings.errors.len()
    }

    #[test]
    fn left_overs_are_found_as_words_only() {
        assert_eq!(errors("a.rs", concat!("// TO", "DO: later")), 1);
        assert_eq!(errors("a.rs", concat!("    to", "do!()")), 1);
        assert_eq!(errors("a.rs", "let todos = MASTODON; // méthodo"), 0);
        assert_eq!(errors("a.rs", concat!("#[ig", "nore]")), 1);
        assert_eq!(errors("a.rs", concat!("#[ig", "nore = \"needs a printer\"]")), 0);
    }

    #[test]
    fn rule_numbers_are_found_and_other_numbers_are_not() {
        assert_eq!(errors("a.md", concat!("as INV", "-12 says")), 1);
        assert_eq!(errors("a.md", concat!("(USER", "-3)")), 1);
        assert_eq!(errors("a.md", "INV-0000123, CVE-2024-1, MY-USER-1, LOG-2024, RFC-9457"), 0);
    }

    #[test]
    fn lock_files_name_no_private_registry() {
        assert_eq!(errors("Cargo.lock", &format!("source = \"{CRATES}\"")), 0);
        assert_eq!(errors("Cargo.lock", "source = \"sparse+https://mirror.example/\""), 1);
        assert_eq!(errors("console/package-lock.json", "      \"resolved\": \"https://mirror.example/x.tgz\","), 1);
        assert_eq!(errors("console/.npmrc", "registry=https://mirror.example"), 1);
    }
}

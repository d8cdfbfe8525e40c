//! Small helpers for the texts that Linux keeps its state in.

pub(crate) use crate::collect::text::{day, meaningful};

/// The day on which a file was last written.
pub(crate) fn modified_day(path: &std::path::Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    day(std::fs::metadata(path).ok()?.mtime())
}

/// The values of `KEY=value` lines with shell quoting, as in `/etc/os-release` (os-release(5)).
pub(crate) fn shell_value(text: &str, key: &str) -> Option<String> {
    let raw = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| raw.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(raw);
    let value = unquoted.replace("\\\"", "\"").replace("\\$", "$").replace("\\`", "`").replace("\\\\", "\\");
    (!value.is_empty()).then_some(value)
}

/// Whether a name has an ending, and something before it. Unlike file names elsewhere, these are never in capitals.
pub(crate) fn has_ending(name: &str, ending: &str) -> bool {
    name.strip_suffix(ending).is_some_and(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_and_plain_values_are_read() {
        let text = "NAME=\"Debian GNU/Linux\"\nID=debian\nX='a b'\nEMPTY=\nQ=\"say \\\"hi\\\"\"\n";
        assert_eq!(shell_value(text, "NAME").as_deref(), Some("Debian GNU/Linux"));
        assert_eq!(shell_value(text, "ID").as_deref(), Some("debian"));
        assert_eq!(shell_value(text, "X").as_deref(), Some("a b"));
        assert_eq!(shell_value(text, "EMPTY"), None);
        assert_eq!(shell_value(text, "Q").as_deref(), Some("say \"hi\""));
    }
}

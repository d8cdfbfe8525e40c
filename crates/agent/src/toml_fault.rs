//! Where in a TOML file something is wrong: line, column and key.

use std::fmt;

/// Most faults of one file that are told.
const MOST: usize = 20;

/// Something in a TOML file is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The key with the tables around it, `version.pattern`; empty where there is none.
    pub key: String,
    /// What is wrong.
    pub words: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, ", key {}", self.key)?;
        }
        write!(f, ": {}", self.words)
    }
}

/// The faults of one text while it is read.
#[derive(Debug)]
pub(crate) struct Faults<'t> {
    text: &'t str,
    found: Vec<Fault>,
}

impl<'t> Faults<'t> {
    pub(crate) const fn of(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Something at this place is wrong.
    pub(crate) fn add(&mut self, offset: usize, key: impl Into<String>, words: impl Into<String>) {
        if self.found.len() < MOST {
            let (line, column) = place(self.text, offset);
            self.found.push(Fault { line, column, key: key.into(), words: words.into() });
        }
    }

    /// What the parser found.
    pub(crate) fn add_syntax(&mut self, errors: &[toml::de::Error]) {
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            self.add(offset, key_at(self.text, offset), error.message().trim());
        }
    }

    /// In the order of the file.
    pub(crate) fn into_inner(mut self) -> Vec<Fault> {
        self.found.sort_by_key(|fault| (fault.line, fault.column));
        self.found
    }
}

fn before(text: &str, offset: usize) -> &str {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = before(text, offset);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (1 + before.matches('\n').count(), 1 + before[start..].chars().count())
}

/// The key of the line around a place.
fn key_at(text: &str, offset: usize) -> String {
    let start = before(text, offset).rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    line.split(['=', '#']).next().unwrap_or_default().trim().trim_matches(['[', ']', '"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_editors_do() {
        let text = "a = 1\nélan = trie\n";
        let mut faults = Faults::of(text);
        faults.add_syntax(&toml::de::DeTable::parse_recoverable(text).1);
        let faults = faults.into_inner();
        assert_eq!((faults[0].line, faults[0].key.as_str()), (2, "élan"), "{faults:?}");
        assert_eq!(place(text, text.find("trie").unwrap()), (2, 8));
        assert_eq!(place(text, 10_000), (3, 1));
    }
}

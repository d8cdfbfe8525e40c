//! Names of schemas in the API's document. Two types of one name would be one schema there, whichever comes last, and nobody
//! would be told.

use std::collections::BTreeMap;

use super::{File, Findings, has_extension};

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files.iter().filter(|it| it.path.starts_with("crates/") && has_extension(&it.path, "rs")) {
        // What a macro names stands where it is called.
        for name in schemas(&file.text).into_iter().filter(|name| !name.is_empty()) {
            places.entry(name).or_default().push(file.path.clone());
        }
    }
    for (name, places) in places.into_iter().filter(|(_, places)| places.len() > 1) {
        let places = places.join(", ");
        findings.errors.push(format!("the schema {name} is of two types ({places}): name one by `schema(as = …)`"));
    }
}

/// The names under which a file's types come into the document.
fn schemas(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut attributes = String::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") || (!attributes.is_empty() && is_open(&attributes)) {
            attributes.push_str(line);
            continue;
        }
        if line.starts_with("//") {
            continue;
        }
        let words: Vec<&str> = line.split(|it: char| !it.is_alphanumeric() && it != '_').collect();
        let called = words.iter().position(|it| ["struct", "enum"].contains(it)).and_then(|at| words.get(at + 1));
        if let Some(name) = called.filter(|_| attributes.contains("ToSchema")) {
            let other = attributes.split("as = ").nth(1).filter(|_| attributes.contains("schema("));
            let other = other.map(|it| it.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect());
            names.push(other.unwrap_or_else(|| (*name).to_owned()));
        }
        attributes.clear();
    }
    names
}

/// An attribute goes on in the next line.
fn is_open(attributes: &str) -> bool {
    attributes.matches('[').count() > attributes.matches(']').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_by_the_names_they_have_in_the_document() {
        let text = "
            #[derive(Debug, ToSchema)]
            /// Words.
            pub struct Plain {}
            #[cfg_attr(feature = \"openapi\", derive(utoipa::ToSchema))]
            #[cfg_attr(feature = \"openapi\", schema(as = Other))]
            #[serde(rename_all = \"lowercase\")]
            enum Renamed {}
            #[derive(Debug)]
            pub struct Elsewhere {}
        ";
        assert_eq!(schemas(text), ["Plain", "Other"]);
        let file = |path: &str| File { path: path.into(), text: text.into() };
        let mut findings = Findings::default();
        check(&[file("crates/a/src/x.rs"), file("crates/b/src/x.rs")], &mut findings);
        assert_eq!(findings.errors.len(), 2, "{findings:?}");
    }
}

//! `cargo xtask check`: what the compiler does not see. Which crate may know which, how long files may be, names that two
//! schemas share, and words that have no place in the tree.

mod edges;
mod files;
mod schemas;
mod words;

pub(crate) use edges::has_extension;

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::shell::{command, output, root};

/// A file of the tree.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What was found: errors stop, remarks are shown.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) errors: Vec<String>,
    pub(crate) remarks: Vec<String>,
}

/// Looks at everything.
pub(crate) fn check() -> anyhow::Result<()> {
    let files = tree()?;
    let mut findings = Findings::default();
    edges::check(&files, &mut findings);
    files::check(&files, &mut findings);
    schemas::check(&files, &mut findings);
    words::check(&files, &mut findings);
    for remark in &findings.remarks {
        println!("note: {remark}");
    }
    if findings.errors.is_empty() {
        println!("check: {} files are in order", files.len());
        return Ok(());
    }
    for error in &findings.errors {
        eprintln!("error: {error}");
    }
    bail!("{} findings", findings.errors.len())
}

/// Every text file that is, or could be, checked in; without git every file beside what is built.
fn tree() -> anyhow::Result<Vec<File>> {
    let listed = output(&mut command("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"]));
    let mut paths: Vec<PathBuf> = match listed {
        Ok(listed) => listed.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from).collect(),
        Err(_) => walk(&root(), Path::new(""))?,
    };
    paths.sort();
    paths.dedup();
    let mut files = Vec::new();
    for path in paths {
        // A file that was deleted and not yet committed is listed, too; one that is not text is of no interest.
        let Ok(bytes) = std::fs::read(root().join(&path)) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        files.push(File { path: path.to_string_lossy().replace('\\', "/"), text });
    }
    Ok(files)
}

fn walk(root: &Path, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name();
        if ["target", "var", "node_modules", ".git", "dist", "test-results"].contains(&&*name.to_string_lossy()) {
            continue;
        }
        let path = folder.join(&name);
        if entry.file_type()?.is_dir() {
            paths.extend(walk(root, &path)?);
        } else {
            paths.push(path);
        }
    }
    Ok(paths)
}

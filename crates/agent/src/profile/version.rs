//! Reading a system's version as its profile says.

use std::time::Duration;

use super::{Source, Version};
use crate::{files, program};

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of a file is read, bytes.
const LONGEST: u64 = 64 << 10;

/// Reads the version; why not, otherwise.
pub async fn read_version(version: &Version) -> Result<String, String> {
    let text = match &version.source {
        Source::Command(argv) => said(argv).await?,
        Source::File(path) => {
            let content = files::read_bounded(path, LONGEST).map_err(|error| format!("{}: {error}", path.display()))?;
            String::from_utf8_lossy(&content).into_owned()
        }
    };
    let found = match &version.pattern {
        Some(pattern) => pattern.captures(&text).and_then(|found| found.get(1)).map(|group| group.as_str()),
        None => text.lines().find(|line| !line.trim().is_empty()),
    };
    match found.map(str::trim) {
        Some(found) if !found.is_empty() => Ok(found.to_owned()),
        _ => Err(version.pattern.as_ref().map_or_else(
            || "there is nothing to read".to_owned(),
            |pattern| format!("{pattern} fits nothing of what was read"),
        )),
    }
}

/// What a program says, first on its output, then on its errors: some tell their version there.
async fn said(argv: &[String]) -> Result<String, String> {
    let mut said = program::run(argv, program::LONGEST, PATIENCE).await?;
    said.out.append(&mut said.err);
    Ok(said.text())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn command(argv: &[&str], pattern: Option<&str>) -> Version {
        let argv = argv.iter().map(|it| (*it).to_owned()).collect();
        Version { source: Source::Command(argv), pattern: pattern.map(|it| regex_lite::Regex::new(it).unwrap()) }
    }

    #[tokio::test]
    async fn a_version_is_read_from_programs_and_files() {
        let said = command(&["/bin/sh", "-c", "echo; echo 'tool 1.2.3 (x)'"], Some(r"tool (\S+)"));
        assert_eq!(read_version(&said).await.unwrap(), "1.2.3");
        let on_errors = command(&["sh", "-c", "echo ' 4.5 ' >&2"], None);
        assert_eq!(read_version(&on_errors).await.unwrap(), "4.5");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "NAME=x\nVERSION_ID=\"13\"\n").unwrap();
        let pattern = Some(regex_lite::Regex::new(r#"(?m)^VERSION_ID="?([^"\n]+)"#).unwrap());
        let version = Version { source: Source::File(file.path().to_owned()), pattern };
        assert_eq!(read_version(&version).await.unwrap(), "13");
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_told_and_nothing_is_waited_for_long() {
        let words = read_version(&command(&["/nowhere/program"], None)).await.unwrap_err();
        assert!(words.contains("/nowhere/program"), "{words}");
        let words = read_version(&command(&["sh", "-c", "echo no"], Some("(yes)"))).await.unwrap_err();
        assert!(words.contains("fits nothing"), "{words}");
        let words = read_version(&command(&["sleep", "600"], None)).await.unwrap_err();
        assert!(words.contains("no answer"), "{words}");
    }
}

//! Programs that a profile names: started without a shell, bounded in what is read of them and in time. What they started
//! ends with them.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Command,
    time::timeout,
};

/// How much of a program's words is read, bytes.
pub(crate) const LONGEST: usize = 64 << 10;
/// Where programs without a path are looked for.
#[cfg(unix)]
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a program said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Its exit code; none: something ended it.
    pub(crate) code: Option<i32>,
    /// The beginning of its output.
    pub(crate) out: Vec<u8>,
    /// The beginning of its errors.
    pub(crate) err: Vec<u8>,
}

impl Said {
    /// Its output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// How it ended, and its first line.
    pub(crate) fn how(&self) -> String {
        let how = self.code.map_or_else(|| "it was ended".to_owned(), |code| format!("exit code {code}"));
        let line = self.first_line();
        if line.is_empty() { how } else { format!("{how}: {line}") }
    }

    /// Its first line that is not empty, of its output or else of its errors.
    pub(crate) fn first_line(&self) -> String {
        first_line(&self.out).or_else(|| first_line(&self.err)).unwrap_or_default()
    }

    /// The same, of its errors or else of its output.
    pub(crate) fn complaint(&self) -> String {
        first_line(&self.err).or_else(|| first_line(&self.out)).unwrap_or_default()
    }
}

fn first_line(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

/// Runs a program and waits for its end; why there is none, otherwise. `most` bytes of its output are kept.
pub(crate) async fn run(argv: &[impl AsRef<str>], most: usize, patience: Duration) -> Result<Said, String> {
    let [program, arguments @ ..] = argv else { return Err("there is no program".to_owned()) };
    let program = program.as_ref();
    let mut command = Command::new(program);
    command.args(arguments.iter().map(AsRef::as_ref));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.env_clear().env("PATH", PATH).env("LC_ALL", "C").current_dir("/").process_group(0);
    let mut child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    // What it started may outlive it, or keep its output open.
    let _group = Group::of(child.id());
    let whole = timeout(patience, async {
        let (out, err) = tokio::join!(beginning(out, most), beginning(err, LONGEST));
        let status = child.wait().await.map_err(|error| format!("{program}: {error}"))?;
        Ok(Said { code: status.code(), out, err })
    });
    whole.await.unwrap_or_else(|_| Err(format!("{program}: no answer within {} s", patience.as_secs())))
}

/// Reads to the end, so that the program comes to its own, and keeps the beginning.
async fn beginning(from: Option<impl AsyncRead + Unpin>, most: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let Some(mut from) = from else { return kept };
    let mut piece = vec![0; 4 << 10];
    // What was read before an error is as good as all.
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        let room = most.saturating_sub(kept.len());
        kept.extend_from_slice(&piece[..count.min(room)]);
    }
    kept
}

/// A process group; it ends with this.
struct Group {
    #[cfg(unix)]
    leader: Option<nix::unistd::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(leader: Option<u32>) -> Self {
        Self { leader: leader.and_then(|id| i32::try_from(id).ok()).map(nix::unistd::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    const fn of(_: Option<u32>) -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // None of it is left, as a rule.
            let _ = nix::sys::signal::killpg(leader, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn sh(script: &str, patience: u64) -> Result<Said, String> {
        run(&["/bin/sh", "-c", script], LONGEST, Duration::from_secs(patience)).await
    }

    #[tokio::test]
    async fn a_program_is_heard_to_its_end_and_its_beginning_is_kept() {
        let said = sh("echo; echo ' two '; echo three >&2; exit 2", 10).await.unwrap();
        assert_eq!((said.code, said.first_line().as_str()), (Some(2), "two"));
        assert_eq!(said.err, b"three\n");
        let said = sh("head -c 1000000 /dev/zero; exit 1", 10).await.unwrap();
        assert_eq!((said.code, said.out.len()), (Some(1), LONGEST));
        assert!(run(&["/nowhere/x"], LONGEST, Duration::from_secs(1)).await.unwrap_err().contains("/nowhere/x"));
        let env = run(&["/usr/bin/env"], LONGEST, Duration::from_secs(5)).await.unwrap().text();
        assert!(env.contains("LC_ALL=C") && !env.contains("HOME="), "{env}");
    }

    #[tokio::test]
    async fn what_takes_too_long_ends_with_all_that_it_started() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = format!("sleep 600 & echo $! > {}; wait", file.path().display());
        assert!(sh(&script, 1).await.unwrap_err().contains("no answer within 1 s"));
        let child = std::fs::read_to_string(file.path()).unwrap();
        let stat = format!("/proc/{}/stat", child.trim());
        for _ in 0..100 {
            // Whoever inherits it may leave it as a zombie.
            if std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        assert!(!std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")), "{child} is alive");
    }
}

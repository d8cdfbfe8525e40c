//! `vigie backup`, as people type it. `testkit` has the restore after a backup under load.

use std::path::Path;

use nix::sys::signal::Signal;

use crate::process::{Running, run, text};

fn backup(arguments: &[&str], data_dir: &Path) -> (Option<i32>, String, String) {
    let (first, rest) = arguments.split_at(1);
    let mut all = vec!["backup", first[0]];
    if first[0] != "verify" {
        all.extend(["--data-dir", data_dir.to_str().unwrap()]);
    }
    all.extend(rest);
    let output = run(&all);
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test]
async fn a_server_is_backed_up_while_it_runs_and_restored_where_none_does() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let file = folder.path().join("b.tar.zst");
    let name = file.to_str().unwrap();
    let running = Running::start(&one, &[]);
    let password = running.one_time_password();
    let (code, said, _) = backup(&["create", "--to", name], &one);
    assert_eq!(code, Some(0));
    assert!(said.starts_with(name) && said.contains("SHA-256 ") && said.lines().count() == 1, "{said}");
    let (code, said, _) = backup(&["verify", "--from", name], &one);
    assert!(code == Some(0) && said.contains("is whole") && said.contains("on SQLite"), "{said}");

    let (code, _, why) = backup(&["restore", "--from", name], &one);
    assert!(code == Some(1) && why.contains("holds a server already"), "{why}");
    let (code, _, why) = backup(&["restore", "--from", name, "--replace"], &one);
    assert!(code == Some(1) && why.contains("stop the server first"), "{why}");

    let (code, said, _) = backup(&["restore", "--from", name], &two);
    assert!(code == Some(0) && said.contains("Start the server now"), "{said}");
    std::fs::write(two.join("started-before"), "").unwrap();
    let again = Running::start(&two, &[]);
    let sign_in = serde_json::json!({ "login": "admin", "password": password });
    let client = again.client();
    let answer = client.post(format!("{}/api/v1/session", again.url)).json(&sign_in).send().await.unwrap();
    assert_eq!(answer.status(), 200, "the same people under the same authority");

    // Over a server that was stopped: what was there is kept.
    assert_eq!(running.stop(Signal::SIGTERM).code(), Some(0));
    let (code, _, told) = backup(&["restore", "--from", name, "--replace"], &one);
    assert!(code == Some(0) && told.contains("before-restore-"), "{told}");
}

#[test]
fn a_server_does_not_start_on_half_of_a_restore() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    drop(Running::start(&data_dir, &[]));
    std::fs::write(data_dir.join("restore-unfinished"), "").unwrap();
    let output = run(&["serve", "--data-dir", data_dir.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert!(!output.status.success() && text(&output.stderr).contains("not finished"), "{}", text(&output.stderr));
    let doctor = run(&["doctor", "--data-dir", data_dir.to_str().unwrap()]);
    assert!(text(&doctor.stdout).contains("PROBLEM  data directory: a restore"), "{}", text(&doctor.stdout));
}

#[test]
fn what_cannot_be_done_is_told_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("none");
    let (code, _, why) = backup(&["create", "--to", folder.path().join("b").to_str().unwrap()], &data_dir);
    assert!(code == Some(1) && why.starts_with("vigie: there is no database") && why.lines().count() == 1, "{why}");
    assert!(!data_dir.exists(), "nothing was made");
    let rubbish = folder.path().join("rubbish");
    std::fs::write(&rubbish, "rubbish").unwrap();
    let (code, _, why) = backup(&["restore", "--from", rubbish.to_str().unwrap()], &data_dir);
    assert!(code == Some(1) && why.contains("not a backup of Vigie"), "{why}");
    assert!(!data_dir.exists(), "nothing was touched");
}

//! The log of the program that people start: its files, and the preference that says how much it tells.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};

use crate::process::{Running, run, text};

/// What is in the files, once it has a line with these words.
async fn logged(data_dir: &Path, words: &str) -> String {
    for _ in 0..400 {
        let files = std::fs::read_dir(data_dir.join("logs")).into_iter().flatten().flatten();
        let content: String = files.map(|it| std::fs::read_to_string(it.path()).unwrap()).collect();
        if content.contains(words) {
            return content;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{words} was not logged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_preference_counts_at_once_over_the_command_line_and_no_secret_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let running = Running::start(&data_dir, &["--log-level", "error"]);
    let client = running.client();
    let token = run(&["admin", "token", "--data-dir", data_dir.to_str().unwrap(), "--user", "admin"]);
    let token = text(&token.stdout).trim().to_owned();
    let set = async |level: &str| {
        let wanted = json!({ "log_level": level });
        let changed = client.patch(format!("{}/api/v1/preferences", running.url)).bearer_auth(&token).json(&wanted);
        assert_eq!(changed.send().await.unwrap().json::<Value>().await.unwrap()["log_level"], level);
    };
    let look = async || {
        let answer = client.get(format!("{}/api/v1/about", running.url)).send().await.unwrap();
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    let before = look().await;
    set("debug").await;
    let during = look().await;
    let password = running.one_time_password();
    let sign_in = json!({ "login": "admin", "password": password });
    let session = client.post(format!("{}/api/v1/session", running.url)).json(&sign_in).send().await.unwrap();
    let cookie = session.headers()["set-cookie"].to_str().unwrap().split_once('=').unwrap().1.to_owned();
    logged(&data_dir, &during).await;
    set("error").await;
    let silenced = look().await;
    set("information").await;
    let last = look().await;
    let content = logged(&data_dir, &last).await;
    assert!(content.contains("/api/v1/session"), "the sign-in is there");
    for quiet in [before, silenced] {
        assert!(!content.contains(&quiet), "told although only errors were asked for");
    }
    let cookie = cookie.split(';').next().unwrap();
    for secret in [password.as_str(), &token, cookie] {
        assert!(secret.len() > 10 && !content.contains(secret), "a secret is in the log");
    }
    for line in content.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
}

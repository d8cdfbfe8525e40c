//! Files that are written, swept and searched.

use std::{path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use vigie_kernel::Timestamp;

use super::{read::LogError, write::Files, *};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn line(at: Timestamp, level: &str, target: &str, message: &str) -> Vec<u8> {
    let line = json!({ "timestamp": at, "level": level, "target": target, "message": message, "n": 1,
        "span": { "id": "00ff", "name": "request" } });
    format!("{line}\n").into_bytes()
}

/// A line each minute for some days.
fn filled(folder: &Path, lines: u32) {
    let mut files = Files::new(folder.to_owned());
    for n in 0..lines {
        let at = NOW.plus(Duration::from_mins(u64::from(n)));
        let (level, target) = match n % 4 {
            0 => ("ERROR", "vigie_server::http::agents::enrol"),
            1 => ("WARN", "vigie_server::tls"),
            2 => ("INFO", "vigie::access"),
            _ => ("DEBUG", "vigie_server::workers::relay"),
        };
        files.line(&line(at, level, target, &format!("Thing {n} é")), at, 3650).unwrap();
    }
    drop(files);
}

fn everything(folder: &Path, query: &LogQuery) -> Vec<LogLine> {
    let mut query = query.clone();
    let mut found = Vec::new();
    loop {
        let page = page(folder, &query).unwrap();
        found.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return found,
        }
    }
}

#[test]
fn pages_go_from_the_newest_line_to_the_oldest_without_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 4000);
    assert_eq!(write::names(folder.path()).unwrap().len(), 4, "one file for each day");
    for limit in [7, 200] {
        let found = everything(folder.path(), &LogQuery { limit: Some(limit), ..LogQuery::default() });
        let numbers: Vec<String> = found.into_iter().map(|it| it.message).collect();
        let expected: Vec<String> = (0..4000).rev().map(|n| format!("Thing {n} é")).collect();
        assert_eq!(numbers, expected);
    }
    // What is written meanwhile does not move the pages.
    let first = page(folder.path(), &LogQuery { limit: Some(10), ..LogQuery::default() }).unwrap();
    filled(folder.path(), 5);
    let query = LogQuery { limit: Some(10), cursor: first.next_cursor, ..LogQuery::default() };
    assert_eq!(page(folder.path(), &query).unwrap().items[0].message, "Thing 3989 é");
}

#[test]
fn lines_are_found_by_part_level_time_and_words() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 400);
    let count = |query: LogQuery| everything(folder.path(), &query).len();
    assert_eq!(count(LogQuery { part: Some(LogPart::Onboarding), ..LogQuery::default() }), 100);
    assert_eq!(count(LogQuery { level: Some(Severity::Warning), ..LogQuery::default() }), 200);
    assert_eq!(count(LogQuery { q: Some(" É thing 399 ".to_owned()), ..LogQuery::default() }), 1);
    let (from, to) = (Some(NOW.plus(Duration::from_mins(10))), Some(NOW.plus(Duration::from_mins(20))));
    assert_eq!(count(LogQuery { from, to, ..LogQuery::default() }), 10);
    let one =
        everything(folder.path(), &LogQuery { q: Some("00FF \"n\":1 thing 399".to_owned()), ..LogQuery::default() });
    let [line] = one.as_slice() else { panic!("{one:?}") };
    assert_eq!(
        (line.level, line.part, line.request.as_deref()),
        (Severity::Debug, LogPart::BackgroundWork, Some("00ff"))
    );
    assert_eq!(line.fields["n"], 1);
}

#[test]
fn a_strange_cursor_and_strange_lines_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 3);
    let name = write::names(folder.path()).unwrap()[0].clone();
    let mut content = std::fs::read(folder.path().join(&name)).unwrap();
    content.extend(b"no JSON\n\xff\xfe\n");
    content.extend(vec![b'x'; 3 << 20]);
    content.extend(b"\n{\"half\":");
    std::fs::write(folder.path().join(&name), content).unwrap();
    assert_eq!(everything(folder.path(), &LogQuery::default()).len(), 3);
    for cursor in ["nonsense".to_owned(), URL_SAFE_NO_PAD.encode(r#"{"f":"../../etc/passwd","o":5}"#)] {
        let refused = page(folder.path(), &LogQuery { cursor: Some(cursor), ..LogQuery::default() });
        assert!(matches!(refused, Err(LogError::Cursor)));
    }
    let far = URL_SAFE_NO_PAD.encode(format!(r#"{{"f":"{name}","o":99999999}}"#));
    page(folder.path(), &LogQuery { cursor: Some(far), ..LogQuery::default() }).unwrap();
}

#[test]
fn old_files_go_by_their_age_and_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    filled(&logs, 4000);
    for name in write::names(&logs).unwrap() {
        let mode = std::fs::metadata(logs.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::write(logs.join("other.txt"), "").unwrap();
    Files::new(logs.clone()).sweep(NOW.plus(Duration::from_hours(24 * 3)), 2);
    assert_eq!(
        write::names(&logs).unwrap(),
        ["2026-09-22.0001.jsonl", "2026-09-23.0001.jsonl", "2026-09-24.0001.jsonl"]
    );
    assert!(logs.join("other.txt").exists());
}

#[test]
fn what_is_logged_is_found_in_the_files_and_the_level_changes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let logs = Logs::default();
    let subscriber = crate::logging::subscriber(&logs, crate::config::LogFormat::Text, "info", Vec::new, None).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        let span = tracing::info_span!("request", id = "0123");
        let _entered = span.enter();
        tracing::warn!(target: "vigie_server::tls", days = 3, "it ends");
        tracing::debug!("not yet");
        logs.set_level(LogLevel::Debug);
        tracing::debug!("now");
        tracing::debug!(target: "h2::codec", "never");
        logs.set_level(LogLevel::Error);
        tracing::info!("not any more");
        logs.open(folder.path());
        tracing::error!("to the end");
    });
    let found = loop {
        let found = everything(&folder.path().join("logs"), &LogQuery::default());
        if found.len() >= 3 {
            break found;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let words: Vec<_> = found.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(words, ["to the end", "now", "it ends"]);
    assert_eq!((found[2].part, found[2].request.as_deref()), (LogPart::CertificateAuthority, Some("0123")));
    assert_eq!(found[2].fields["days"], 3);
}

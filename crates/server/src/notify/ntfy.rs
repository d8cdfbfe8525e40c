//! Push messages by ntfy, published as JSON (<https://docs.ntfy.sh/publish/#publish-as-json>).

use bytes::Bytes;
use serde_json::json;
use vigie_fleet::alerts::{deliveries::Outgoing, news::Event};
use vigie_wire::link::alert::Severity;

use super::{webhook::answered, words};
use crate::http::AppState;

/// Longest message: ntfy makes a file of a longer one.
const LONGEST: usize = 3_000;

/// 5, the highest, to 1.
const fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 5,
        Severity::Major => 4,
        Severity::Minor => 3,
        Severity::Warning => 2,
        Severity::Information => 1,
    }
}

/// Publishes it.
pub(super) async fn publish(
    state: &AppState,
    url: &str,
    token: Option<&str>,
    language: &str,
    message: &Outgoing,
) -> Result<(), String> {
    let (server, topic) = url.rsplit_once('/').ok_or("the address has no topic")?;
    let lines: Vec<String> = message.told.iter().map(|it| words::line(it, language)).collect();
    let mut text = lines.join("\n");
    if message.more > 0 {
        text = format!("{text}\n{}", words::more(message.more, language));
    }
    let going_on = message.told.iter().filter(|it| it.event != Event::Ended);
    let worst = going_on.map(|it| it.alert.severity).max();
    let body = json!({
        "topic": topic,
        "title": words::subject(message, language),
        "message": text.chars().take(LONGEST).collect::<String>(),
        "priority": worst.map_or(2, priority),
        "tags": [if worst.is_some() { "rotating_light" } else { "white_check_mark" }],
        "click": format!("{}/alerts", state.console_url()),
    });
    let mut request = http::Request::post(format!("{server}/")).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Bytes::from(body.to_string())).map_err(|error| error.to_string())?;
    answered(state, request).await
}

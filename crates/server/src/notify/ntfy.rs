//! Push messages by ntfy, published as JSON (<https://docs.ntfy.sh/publish/#publish-as-json>).

use bytes::Bytes;
use serde_json::json;
use vigie_fleet::alerts::{deliveries::Outgoing, news::Event};
use vigie_wire::link::alert::Severity;

use super::{webhook::answered, words};
use crate::http::AppState;

/// Longest message: ntfy makes a file of a longer one.
const LONGEST: usize = 3_000;

/// The priority of what is no alert: ntfy's usual one.
const PLAIN: u8 = 3;

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
    let mut lines: Vec<String> = message.told.iter().map(|it| words::line(it, language)).collect();
    if message.more > 0 {
        lines.push(words::more(message.more, language));
    }
    lines.extend(message.notices.iter().map(|it| words::notice(it, language)));
    let text = lines.join("\n");
    let going_on = message.told.iter().filter(|it| it.event != Event::Ended);
    let worst = going_on.map(|it| it.alert.severity).max();
    let (priority, tag, place) = match (worst, message.notices.first()) {
        (Some(worst), _) => (priority(worst), "rotating_light", "/alerts"),
        (None, Some(first)) => (PLAIN, "information_source", words::place(first.kind)),
        (None, None) => (2, "white_check_mark", "/alerts"),
    };
    let body = json!({
        "topic": topic,
        "title": words::subject(message, language),
        "message": text.chars().take(LONGEST).collect::<String>(),
        "priority": priority,
        "tags": [tag],
        "click": format!("{}{place}", state.console_url()),
    });
    let mut request = http::Request::post(format!("{server}/")).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Bytes::from(body.to_string())).map_err(|error| error.to_string())?;
    answered(state, request).await
}

//! Sending the audit trail elsewhere by syslog: where to, how far it is, and the messages (RFC 5424).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vigie_db::{Database, DbErr};
use vigie_kernel::Timestamp;

use crate::{audit::AuditRow, settings};

const PLACE: &str = "audit-syslog";
/// Facility *log audit*, severity *informational* (RFC 5424 §6.2.1).
const PRIORITY: u8 = 13 * 8 + 6;

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SyslogTransport)]
pub enum Transport {
    /// One datagram each (RFC 5426); what is lost is lost.
    Udp,
    /// One connection, each message preceded by its length (RFC 6587 §3.4.1).
    #[default]
    Tcp,
    /// The same within TLS (RFC 5425); the receiver's certificate is trusted as those of other servers are.
    Tls,
}

/// Where the trail is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Syslog {
    /// `host:port`; empty: nowhere.
    #[schema(max_length = 260)]
    pub address: String,
    /// How.
    pub transport: Transport,
}

impl Syslog {
    /// Why this cannot be an address; none: it can.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if self.address.is_empty() {
            return None;
        }
        let Some((host, port)) = self.address.rsplit_once(':') else { return Some("must be host:port") };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_' | b':');
        let sound = !host.is_empty() && self.address.len() <= 260 && host.bytes().all(plain);
        if sound && port.parse::<u16>().is_ok_and(|it| it > 0) { None } else { Some("must be host:port") }
    }

    /// The name or address of who receives, without the port.
    pub fn host(&self) -> &str {
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }
}

/// How far the trail was sent, and which node sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Where to: another address begins with what is written from then on.
    to: Syslog,
    /// The last entry that was sent.
    seq: i64,
    /// The node that sends.
    node: String,
    /// Until when no other node does.
    until: Timestamp,
}

/// Takes the turn to send until a moment, unless another node has it. Answers the last entry that was sent; none: it is
/// another node's turn. Where nothing was ever sent there, the entries of before are not sent: `newest` is the last one.
pub async fn take_turn(
    db: &Database,
    node: &str,
    to: &Syslog,
    newest: i64,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<i64>, DbErr> {
    let (node, to) = (node.to_owned(), to.clone());
    db.write(move |tx| {
        Box::pin(async move {
            let place: Option<Place> = settings::get_to_change(tx, PLACE).await?;
            if place.as_ref().is_some_and(|it| it.node != node && it.until > now) {
                return Ok(None);
            }
            let seq = place.filter(|it| it.to == to).map_or(newest, |it| it.seq);
            settings::put(tx, PLACE, &Place { to, seq, node, until }, now).await?;
            Ok(Some(seq))
        })
    })
    .await
}

/// Notes that everything up to an entry was sent.
pub async fn sent(
    db: &Database,
    node: &str,
    to: &Syslog,
    seq: i64,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), DbErr> {
    let place = Place { to: to.clone(), seq, node: node.to_owned(), until };
    db.write(move |tx| Box::pin(async move { settings::put(tx, PLACE, &place, now).await })).await
}

/// An entry as a message (RFC 5424 §6), without what frames it on the way. `host` is this server's name. The structured
/// data carries who, what and to what; the text is the entry as JSON.
pub fn message(host: &str, row: &AuditRow) -> String {
    let mut data = String::from("[vigie@32473");
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|it| !it.is_empty()) {
            data.extend([" ", name, "=\"", &escaped(value), "\""]);
        }
    };
    let id = row.id.to_string();
    add("id", Some(&id));
    add("action", Some(&row.action));
    add("actorKind", Some(&row.actor.kind));
    add("actor", Some(&row.actor.name));
    add("source", row.source_address.as_deref());
    add("objectKind", Some(&row.object.kind));
    add("object", row.object.id.as_deref());
    add("objectName", row.object.name.as_deref());
    data.push(']');
    let text = serde_json::to_string(row).unwrap_or_default();
    // A byte order mark says that the text is UTF-8.
    format!("<{PRIORITY}>1 {} {} vigie - audit {data} \u{feff}{text}", row.at, header(host))
}

/// §6.3.3: these three are escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace(']', "\\]")
}

/// §6.2.4: printable US-ASCII, at most 255.
fn header(host: &str) -> String {
    let host: String = host.chars().filter(char::is_ascii_graphic).take(255).collect();
    if host.is_empty() { "-".to_owned() } else { host }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{AuditActor, AuditObject};
    use vigie_kernel::AuditId;

    #[test]
    fn a_message_is_as_the_standard_says_whatever_is_in_the_entry() {
        let row = AuditRow {
            id: AuditId(sea_orm::entity::prelude::Uuid::from_u128(7)),
            at: Timestamp::from_millis(1_790_000_000_123),
            actor: AuditActor { kind: "user".into(), id: None, name: "a\"d]a\\".into() },
            source_address: Some("2001:db8::1".into()),
            action: "user.change".into(),
            object: AuditObject { kind: "user".into(), id: Some("us_1".into()), name: None },
            customer_id: None,
            detail: serde_json::json!({ "first_name": ["", "Été\n"] }),
            hash: None,
        };
        let message = message("hub example", &row);
        let head = "<110>1 2026-09-21T14:13:20.123Z hubexample vigie - audit [vigie@32473 id=\"au_";
        assert!(message.starts_with(head), "{message}");
        assert!(message.contains(r#" actor="a\"d\]a\\" source="2001:db8::1""#), "{message}");
        let (_, text) = message.split_once('\u{feff}').unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(text).unwrap()["detail"]["first_name"][1], "Été\n");
        assert!(!message.contains('\n'), "one line, however it is framed");
    }

    #[test]
    fn addresses_are_a_host_and_a_port() {
        let fault = |address: &str| Syslog { address: address.into(), ..Syslog::default() }.fault();
        for right in ["", "log.example.com:514", "192.0.2.1:6514", "[2001:db8::1]:514"] {
            assert_eq!(fault(right), None, "{right}");
        }
        let host = |address: &str| Syslog { address: address.into(), ..Syslog::default() }.host().to_owned();
        assert_eq!([host("log.example.com:514"), host("[2001:db8::1]:514")], ["log.example.com", "2001:db8::1"]);
        for wrong in ["log.example.com", "log:0", "log:99999", ":514", "a b:514", "log:514/x"] {
            assert!(fault(wrong).is_some(), "{wrong}");
        }
    }
}

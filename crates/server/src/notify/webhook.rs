//! Webhooks: a message is a request with a JSON body. `vigie-signature` is `v1=` and the hexadecimal HMAC-SHA256 (RFC 2104)
//! of the text of `vigie-timestamp` (seconds), a full stop and the body, under the subscription's secret. `vigie-delivery`
//! is the same in every attempt: who has seen it leaves it.

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;
use vigie_fleet::alerts::{
    deliveries::{Outgoing, Told},
    notices::Notice,
    subscriptions::AlertSubscription,
};
use vigie_kernel::{AlertDeliveryId, AlertSubscriptionId, Timestamp};

use crate::{http::AppState, outgoing};

#[derive(Serialize)]
struct Body<'a> {
    id: AlertDeliveryId,
    sent_at: Timestamp,
    subscription: Named<'a>,
    alerts: &'a [Told],
    /// Alerts that happened, too, and are not named.
    more: u64,
    /// What else happened: of what the bell tells of.
    notices: &'a [Notice],
}

#[derive(Serialize)]
struct Named<'a> {
    id: AlertSubscriptionId,
    name: &'a str,
}

/// What proves that a body comes from this server.
pub(super) fn signature(secret: &str, seconds: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Sends it; every answer of 200 to 299 is a yes.
pub(super) async fn post(
    state: &AppState,
    url: &str,
    secret: Option<&str>,
    subscription: &AlertSubscription,
    message: &Outgoing,
) -> Result<(), String> {
    let secret = secret.ok_or("the secret cannot be read: enter it again")?;
    let now = state.clock.now();
    let body = Body {
        id: message.id,
        sent_at: now,
        subscription: Named { id: subscription.id, name: &subscription.name },
        alerts: &message.told,
        more: message.more,
        notices: &message.notices,
    };
    let body = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
    let request = http::Request::post(url)
        .header("content-type", "application/json")
        .header("vigie-delivery", message.id.to_string())
        .header("vigie-timestamp", now.seconds().to_string())
        .header("vigie-signature", signature(secret, now.seconds(), &body))
        .body(Bytes::from(body))
        .map_err(|error| error.to_string())?;
    answered(state, request).await
}

/// Sends a request; what is no yes is an error in words.
pub(super) async fn answered(state: &AppState, request: http::Request<Bytes>) -> Result<(), String> {
    let client = outgoing::client(state).await.map_err(|error| format!("{error:#}"))?;
    let answer = client.send(request).await.map_err(|error| error.to_string())?;
    if answer.status().is_success() {
        return Ok(());
    }
    let words: String =
        String::from_utf8_lossy(answer.body()).chars().filter(|it| !it.is_control()).take(200).collect();
    Err(format!("the answer was {}: {words}", answer.status()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_other_programs_compute() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
        let expected = "v1=e4f8e2ecae2295b2ddb2f0b5584c8275e226c0ebe9b3b819e70156bb67122e3e";
        assert_eq!(signature("0123456789abcdef", 1_700_000_000, b"{}"), expected);
    }
}

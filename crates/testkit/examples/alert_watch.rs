//! A browser that shows critical alerts: follows the server's events and asks for the list again as the console does.
//! Prints, for how long it took from an alert's cause until the answer that showed it was there, one line of JSON.
//!
//! usage: `VIGIE_TOKEN=… alert_watch SERVER CA SECONDS PACE`; the console's lists wait `PACE` ms from one question to the next.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use vigie_kernel::{Clock as _, SystemClock, Timestamp};

/// From an event to the question, at least.
const SHORTEST: Duration = Duration::from_millis(150);
const LIST: &str = "/api/v1/alerts?severity=critical&limit=50";

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    occurrences: u64,
    last_at: Timestamp,
}

struct Browser {
    client: reqwest::Client,
    server: String,
    token: String,
}

impl Browser {
    async fn get(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        let request = self.client.get(format!("{}{path}", self.server)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?)
    }

    async fn alerts(&self) -> anyhow::Result<Vec<Item>> {
        Ok(self.get(LIST).await?.json::<Page>().await?.items)
    }

    /// Rings when an event says that alerts changed.
    async fn follow(&self, bell: &Notify) -> anyhow::Result<()> {
        let mut events = self.get("/api/v1/events").await?;
        let mut text = Vec::new();
        while let Some(piece) = events.chunk().await? {
            text.extend_from_slice(&piece);
            while let Some(end) = text.windows(2).position(|it| it == b"\n\n") {
                let event: Vec<u8> = text.drain(..end + 2).collect();
                if String::from_utf8_lossy(&event).contains("\"alerts\"") {
                    bell.notify_one();
                }
            }
        }
        anyhow::bail!("the stream of events ended")
    }
}

#[derive(Default)]
struct Seen {
    known: HashMap<String, u64>,
    /// Milliseconds.
    after: Vec<i64>,
    missed: u64,
    questions: u64,
}

impl Seen {
    fn look(&mut self, items: Vec<Item>, now: Timestamp, is_first: bool) {
        self.questions += 1;
        for item in items {
            // One that was not listed before may have occurred while nobody watched.
            let before = self.known.insert(item.id, item.occurrences).unwrap_or(item.occurrences.saturating_sub(1));
            if !is_first && item.occurrences > before {
                self.after.push(now.millis() - item.last_at.millis());
                self.missed += item.occurrences - before - 1;
            }
        }
    }

    fn told(mut self) -> anyhow::Result<serde_json::Value> {
        ensure!(!self.after.is_empty(), "no alert was seen");
        self.after.sort_unstable();
        let at = |percent: usize| self.after[(self.after.len() - 1) * percent / 100];
        Ok(serde_json::json!({
            "seen": self.after.len(), "missed": self.missed, "questions": self.questions,
            "p50_ms": at(50), "p95_ms": at(95), "p99_ms": at(99), "slowest_ms": at(100),
        }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, ca, seconds, pace] = &arguments[..] else {
        anyhow::bail!("usage: alert_watch SERVER CA SECONDS PACE")
    };
    let (time, pace) = (Duration::from_secs(seconds.parse()?), Duration::from_millis(pace.parse()?));
    let ca = reqwest::Certificate::from_pem(&std::fs::read(ca)?)?;
    let client = reqwest::Client::builder().tls_certs_only([ca]).build()?;
    let token = std::env::var("VIGIE_TOKEN").context("VIGIE_TOKEN")?;
    let browser = Arc::new(Browser { client, server: server.clone(), token });
    let bell = Arc::new(Notify::new());
    let following = {
        let (browser, bell) = (browser.clone(), bell.clone());
        tokio::spawn(async move { browser.follow(&bell).await })
    };
    let mut seen = Seen::default();
    seen.look(browser.alerts().await?, SystemClock.now(), true);
    let (began, mut last) = (Instant::now(), None::<Instant>);
    while began.elapsed() < time {
        ensure!(!following.is_finished(), "the events are not followed any more");
        if timeout(Duration::from_secs(1), bell.notified()).await.is_err() {
            continue;
        }
        sleep(last.map_or(Duration::ZERO, |last| pace.saturating_sub(last.elapsed())).max(SHORTEST)).await;
        // What came while it waited is answered by the same question.
        let _ = timeout(Duration::ZERO, bell.notified()).await;
        last = Some(Instant::now());
        let items = browser.alerts().await?;
        seen.look(items, SystemClock.now(), false);
    }
    println!("{}", seen.told()?);
    Ok(())
}

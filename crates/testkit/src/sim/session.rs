//! One simulated program that speaks for many agents: holds a token, sends requests again where the answer calls for it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use reqwest::{Certificate, Client, Response, StatusCode, header};
use serde::Deserialize;
use vigie_kernel::{AgentId, Clock, SystemClock, Timestamp};
use vigie_wire::sync::{self, Enrolled, Enrolment};

use super::{Machine, client::Target};

/// Most times that one message is sent.
pub(super) const ATTEMPTS: u32 = 8;
/// Longest pause that a busy server is given, whatever it asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Longest that a file may take.
const LONGEST_FILE: Duration = Duration::from_mins(10);

/// One connection to a server, with a token.
pub(super) struct Session {
    client: Client,
    target: Target,
    token: tokio::sync::Mutex<String>,
    clock: SystemClock,
    sequence: AtomicU64,
    faults: AtomicU64,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Problem {
    code: String,
    sequence: Option<u64>,
}

/// What became of one request.
pub(super) enum Reply<T> {
    Taken(T),
    Refused { code: String, sequence: Option<u64>, pause: Option<Duration> },
}

/// How long the server asks to be left alone.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(text.parse().ok()?))
}

impl Session {
    /// Signs in. So many connections are kept for the next request; with none, each request has its own.
    pub(super) async fn open(target: Target, idle: usize) -> anyhow::Result<Self> {
        // A second provider cannot be installed: the one that is there will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificates = Certificate::from_pem_bundle(&target.ca).context("the CA file")?;
        let client = Client::builder()
            .tls_certs_only(certificates)
            .http1_only()
            .pool_max_idle_per_host(idle)
            .timeout(Duration::from_mins(2))
            .build()?;
        let clock = SystemClock;
        let sequence = AtomicU64::new(clock.now().millis().unsigned_abs());
        let token = tokio::sync::Mutex::new(String::new());
        let session = Self { client, target, token, clock, sequence, faults: AtomicU64::new(0) };
        session.renew("").await?;
        Ok(session)
    }

    /// Gets another token unless someone else did since `known` was read.
    async fn renew(&self, known: &str) -> anyhow::Result<()> {
        let mut token = self.token.lock().await;
        if *token != known {
            return Ok(());
        }
        let url = format!("{}{}", self.target.server, sync::TOKEN_PATH);
        let mut form = reqwest::Url::parse(&url).context("the server's address")?;
        form.query_pairs_mut()
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.target.client_id)
            .append_pair("client_secret", &self.target.client_secret)
            .append_pair("scope", sync::SCOPE);
        let response = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned())
            .send()
            .await?;
        if !response.status().is_success() {
            bail!("no token: {} {}", response.status(), response.text().await.unwrap_or_default());
        }
        *token = response.json::<Token>().await?.access_token;
        Ok(())
    }

    /// How often the server said that it failed. That it is busy is no failure.
    pub(super) fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    fn note(&self, response: &Response) {
        let status = response.status();
        if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE {
            self.faults.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, response: Response) -> anyhow::Result<Reply<T>> {
        self.note(&response);
        if response.status().is_success() {
            return Ok(Reply::Taken(response.json().await?));
        }
        let status = response.status();
        let pause = retry_after(&response)
            .or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(Duration::from_millis(200)));
        let problem: Problem = response.json().await.unwrap_or_default();
        let code = if problem.code.is_empty() { status.as_u16().to_string() } else { problem.code };
        Ok(Reply::Refused { code, sequence: problem.sequence, pause })
    }

    /// Posts until the answer is one that does not call for the same request again.
    pub(super) async fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        headers: &header::HeaderMap,
        body: Vec<u8>,
        mut resent: impl FnMut(&str),
    ) -> anyhow::Result<Reply<T>> {
        let url = format!("{}{path}", self.target.server);
        let request = self.client.post(&url).headers(headers.clone()).body(body).build()?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let token = self.token.lock().await.clone();
            let mut request = request.try_clone().ok_or_else(|| anyhow!("a body of bytes can be sent again"))?;
            request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse()?);
            let sent = self.client.execute(request).await;
            let reply = match sent {
                Ok(response) => self.read(response).await?,
                Err(error) if attempt < ATTEMPTS && (error.is_connect() || error.is_request()) => {
                    resent("connection");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            match reply {
                Reply::Refused { code, .. } if code == "token-invalid" && attempt < ATTEMPTS => {
                    resent(&code);
                    self.renew(&token).await?;
                }
                Reply::Refused { pause: Some(pause), code, .. } if attempt < ATTEMPTS => {
                    resent(&code);
                    tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
                }
                other => return Ok(other),
            }
        }
    }

    /// Asks for a file that may be long: the answer, whatever its status, before its body is read.
    pub(super) async fn get(&self, path: &str, headers: &header::HeaderMap) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.target.server);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let token = self.token.lock().await.clone();
            let request = self.client.get(&url).headers(headers.clone()).bearer_auth(&token).timeout(LONGEST_FILE);
            let response = request.send().await?;
            self.note(&response);
            if response.status() != StatusCode::UNAUTHORIZED || attempt >= ATTEMPTS {
                return Ok(response);
            }
            self.renew(&token).await?;
        }
    }

    /// Makes a machine's agent known, which has this version.
    pub(super) async fn enrol(
        &self,
        machine: &Machine<'_>,
        tag: Option<&str>,
        version: &str,
    ) -> anyhow::Result<AgentId> {
        let key = machine.signing_key();
        let public_key = sync::public_key(&key);
        let enrolment = Enrolment {
            format: sync::FORMAT,
            proof: sync::sign(&key, &sync::enrolment_text(&public_key)),
            public_key,
            name: Some(machine.name().to_owned()),
            agent_version: version.to_owned(),
            platform: machine.platform().to_owned(),
            tag: tag.map(ToOwned::to_owned),
        };
        let mut headers = header::HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        match self.post::<Enrolled>(sync::ENROLMENT_PATH, &headers, serde_json::to_vec(&enrolment)?, |_| ()).await? {
            Reply::Taken(enrolled) => Ok(enrolled.agent_id),
            Reply::Refused { code, .. } => bail!("enrolment of {} refused: {code}", machine.name()),
        }
    }

    /// A sequence that is later than every one before it and not earlier than the clock.
    pub(super) fn next_sequence(&self) -> u64 {
        let now = self.clock.now().millis().unsigned_abs();
        let before = self.sequence.fetch_max(now, Ordering::Relaxed).max(now);
        self.sequence.fetch_max(before + 1, Ordering::Relaxed);
        self.sequence.fetch_add(1, Ordering::Relaxed)
    }

    /// The present moment.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Later sequences are above this one.
    pub(super) fn sequence_is_at_least(&self, sequence: u64) {
        self.sequence.fetch_max(sequence, Ordering::Relaxed);
    }
}

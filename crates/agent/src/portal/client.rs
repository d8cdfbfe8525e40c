//! The client of the agents' API.

use std::{io::Read, sync::Arc, time::Duration};

use serde::Deserialize;
use ureq::{
    Agent, Body, Error, RequestBuilder,
    http::{Response, header},
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
    typestate::WithBody,
};
use vigie_kernel::{AgentId, Code, Timestamp};
use vigie_wire::update::UPDATE_PATH;
use vigie_wire::{
    portal::MOVED_PATH,
    sync::{
        AGENT_HEADER, Answer, CONTENT_TYPE, ENROLMENT_PATH, Enrolled, Enrolment, SCOPE, SIGNATURE_HEADER,
        SYNCHRONISATION_PATH, TIME_HEADER, TOKEN_PATH,
    },
};

use super::{
    diagnose::{Step, walk},
    failure::{Failure, printable, rewritten},
    tls,
};
use crate::{collect::PLATFORM, config::Connection};

/// Where the server says what it is, without a sign-in.
const ABOUT_PATH: &str = "/api/v1/about";
/// Longest answer, bytes.
const MAX_ANSWER: u64 = 1 << 20;
/// Longest time for fetching a version.
const SLOWEST: Duration = Duration::from_mins(45);
/// Longest wait that a server may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// A connection to the server, signed in when needed.
#[derive(Debug)]
pub struct Portal {
    connection: Connection,
    agent: Agent,
    token: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

struct Reply {
    status: u16,
    content_type: String,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Portal {
    /// Prepares a connection; nothing is sent yet.
    pub fn new(connection: &Connection) -> Result<Self, Failure> {
        Self::patient(connection, Duration::from_mins(1), Duration::from_mins(5))
    }

    /// The same to a portal that may never answer: no call takes longer than a minute and a half.
    pub(crate) fn on_trial(connection: &Connection) -> Result<Self, Failure> {
        Self::patient(connection, Duration::from_secs(20), Duration::from_secs(90))
    }

    /// `answer` is how long an answer may take, `whole` how long a call.
    fn patient(connection: &Connection, answer: Duration, whole: Duration) -> Result<Self, Failure> {
        let roots = tls::roots(connection.ca.as_deref()).map_err(Failure::Local)?;
        let roots = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(tls::provider())
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .build();
        let proxy = match &connection.proxy {
            Some(proxy) => {
                let mut builder = ureq::Proxy::builder(ureq::ProxyProtocol::Http).host(&proxy.host).port(proxy.port);
                if let Some((user, password)) = &proxy.credentials {
                    builder = builder.username(user).password(password.expose());
                }
                // The proxy looks names up: behind one, this machine often cannot.
                let proxy = builder.resolve_target(false).build();
                Some(proxy.map_err(|error| Failure::Local(format!("proxy: {error}")))?)
            }
            None => None,
        };
        let config = Agent::config_builder()
            .https_only(true)
            .http_status_as_error(false)
            // The API never redirects; following one would carry the secret to who knows where.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .tls_config(tls)
            .proxy(proxy)
            .user_agent(format!("vigie-agent/{}", crate::VERSION))
            .timeout_resolve(Some(Duration::from_secs(20)))
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_send_body(Some(Duration::from_mins(2)))
            .timeout_recv_response(Some(answer))
            .timeout_recv_body(Some(answer))
            .timeout_global(Some(whole))
            .build();
        Ok(Self { connection: connection.clone(), agent: Agent::new_with_config(config), token: None })
    }

    /// Asks the server what it is; answers its name and version.
    pub fn about(&self) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct About {
            version: String,
        }
        let asked = "asking what is there";
        let url = format!("{}{ABOUT_PATH}", self.connection.server);
        let reply = self.reply(asked, self.agent.get(url).call())?;
        match success::<About>(asked, &reply) {
            Ok(about) => Ok(format!("Vigie {}", printable(&about.version))),
            // Only Vigie refuses with a code of Vigie's.
            Err(Failure::Refused { code: Some(_), .. }) => Ok("Vigie".to_owned()),
            Err(failure) => Err(failure),
        }
    }

    /// Signs in afresh.
    pub fn sign_in(&mut self) -> Result<(), Failure> {
        let asked = "signing in";
        let url = format!("{}{TOKEN_PATH}", self.connection.server);
        let result = self.agent.post(url).send_form([
            ("grant_type", "client_credentials"),
            ("client_id", self.connection.client_id.as_str()),
            ("client_secret", self.connection.client_secret.expose()),
            ("scope", SCOPE),
        ]);
        let reply = self.reply(asked, result)?;
        self.token = Some(success::<Token>(asked, &reply)?.access_token);
        Ok(())
    }

    /// Makes the agent known; the same key gets the same answer.
    pub fn enrol(&mut self, enrolment: &Enrolment) -> Result<Enrolled, Failure> {
        let body = serde_json::to_vec(enrolment).map_err(|error| Failure::Local(error.to_string()))?;
        self.post("enrolling", ENROLMENT_PATH, &body, |request| request.content_type("application/json"))
    }

    /// Sends a packed synchronisation.
    pub fn synchronise(
        &mut self,
        agent: AgentId,
        body: &[u8],
        signature: &str,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        self.post("synchronising", SYNCHRONISATION_PATH, body, |request| {
            request
                .content_type(CONTENT_TYPE)
                .header(AGENT_HEADER, agent.to_string())
                .header(SIGNATURE_HEADER, signature)
                .header(TIME_HEADER, now.to_string())
        })
    }

    /// Asks for the packed program of a version, from a byte on; answers it from the byte on that the server begins at.
    pub fn update(
        &mut self,
        agent: AgentId,
        version: &str,
        from: u64,
        signature: &str,
        now: Timestamp,
    ) -> Result<(impl Read + use<>, u64), Failure> {
        let asked = "fetching a new version";
        let mut renewed = self.token.is_none();
        loop {
            if self.token.is_none() {
                self.sign_in()?;
            }
            let bearer = format!("Bearer {}", self.token.as_deref().unwrap_or_default());
            let request = self.agent.get(format!("{}{UPDATE_PATH}/{version}", self.connection.server));
            // A slow line may take its time: what arrives is kept.
            let request = request.config().timeout_recv_body(Some(SLOWEST)).timeout_global(Some(SLOWEST)).build();
            let request = request
                .header(AGENT_HEADER, agent.to_string())
                .header(SIGNATURE_HEADER, signature)
                .header(TIME_HEADER, now.to_string())
                .header(header::AUTHORIZATION, bearer)
                .header(header::RANGE, format!("bytes={from}-"));
            let response = request.call().map_err(|error| self.unanswered(asked, &error))?;
            let begins = match response.status().as_u16() {
                206 => from,
                200 => 0,
                _ => {
                    let reply = self.reply(asked, Ok(response))?;
                    match success::<serde::de::IgnoredAny>(asked, &reply) {
                        Err(failure) if failure.code() == Some(Code::TokenInvalid) && !renewed => {
                            renewed = true;
                            self.token = None;
                            continue;
                        }
                        Err(failure) => return Err(failure),
                        Ok(_) => return Err(Failure::unanswered(rewritten(asked, reply.status, &reply.content_type))),
                    }
                }
            };
            return Ok((response.into_body().into_reader(), begins));
        }
    }

    /// Says that the agent uses another portal from now on.
    pub fn say_moved(&mut self, agent: AgentId, body: &[u8], signature: &str) -> Result<(), Failure> {
        self.post("saying that this agent has moved", MOVED_PATH, body, |request| {
            request
                .content_type("application/json")
                .header(AGENT_HEADER, agent.to_string())
                .header(SIGNATURE_HEADER, signature)
        })
    }

    /// Posts with a token; one that the server no longer takes is replaced once.
    fn post<T: for<'de> Deserialize<'de>>(
        &mut self,
        asked: &str,
        path: &str,
        body: &[u8],
        headers: impl Fn(RequestBuilder<WithBody>) -> RequestBuilder<WithBody>,
    ) -> Result<T, Failure> {
        let mut renewed = self.token.is_none();
        loop {
            if self.token.is_none() {
                self.sign_in()?;
            }
            let bearer = format!("Bearer {}", self.token.as_deref().unwrap_or_default());
            let request = self.agent.post(format!("{}{path}", self.connection.server));
            let request = headers(request).header(header::AUTHORIZATION, bearer);
            let reply = self.reply(asked, request.send(body))?;
            match success(asked, &reply) {
                Err(failure) if failure.code() == Some(Code::TokenInvalid) && !renewed => {
                    renewed = true;
                    self.token = None;
                }
                result => return result,
            }
        }
    }

    fn reply(&self, asked: &str, result: Result<Response<Body>, Error>) -> Result<Reply, Failure> {
        let mut response = result.map_err(|error| self.unanswered(asked, &error))?;
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = text(header::CONTENT_TYPE).to_owned();
        let retry_after = retry_after(text(header::RETRY_AFTER), text(header::DATE));
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = body.map_err(|error| self.unanswered(asked, &error))?;
        Ok(Reply { status, content_type, retry_after, body })
    }

    /// Says at which step the way ends. Where a connection stood and was lost, that is all there is to say.
    fn unanswered(&self, asked: &str, error: &Error) -> Failure {
        let stood = match error {
            Error::Timeout(timeout) => {
                !matches!(timeout, ureq::Timeout::Resolve | ureq::Timeout::Connect | ureq::Timeout::Global)
            }
            Error::Io(error) => matches!(
                error.kind(),
                std::io::ErrorKind::UnexpectedEof
                    | std::io::ErrorKind::ConnectionReset
                    | std::io::ErrorKind::BrokenPipe
            ),
            Error::BodyExceedsLimit(_) | Error::Protocol(_) => true,
            _ => false,
        };
        let found = if stood { Vec::new() } else { walk(&self.connection) };
        match found.into_iter().find_map(|finding| Some((finding.step, finding.outcome.err()?))) {
            Some((step @ Step::Certificate, why)) => Failure::Untrusted(format!("{asked}: {step}: {why}")),
            Some((step, why)) => Failure::unanswered(format!("{asked}: {step}: {why}")),
            None => {
                Failure::unanswered(format!("{asked}: the connection to {} was lost: {error}", self.connection.server))
            }
        }
    }

    /// What this agent runs on, for its enrolment.
    pub const fn platform() -> &'static str {
        PLATFORM
    }
}

fn success<T: for<'de> Deserialize<'de>>(asked: &str, reply: &Reply) -> Result<T, Failure> {
    if !(200..300).contains(&reply.status) {
        let Reply { status, content_type, retry_after, body } = reply;
        return Err(Failure::from_answer(asked, *status, content_type, *retry_after, body));
    }
    // Without content there is nothing to read.
    let body = if reply.status == 204 { b"null" } else { &*reply.body };
    serde_json::from_slice(body).map_err(|_| Failure::unanswered(rewritten(asked, reply.status, &reply.content_type)))
}

/// `Retry-After` is seconds, or a date (RFC 9110 §10.2.3) that is compared with the server's own, not with this
/// machine's clock.
pub(crate) fn retry_after(text: &str, date: &str) -> Option<Duration> {
    let wait = if let Ok(seconds) = text.trim().parse() {
        Duration::from_secs(seconds)
    } else {
        let until = httpdate::parse_http_date(text.trim()).ok()?;
        until.duration_since(httpdate::parse_http_date(date.trim()).ok()?).unwrap_or_default()
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_say_when_to_come_back_in_two_ways() {
        let date = "Sun, 06 Nov 1994 08:49:07 GMT";
        assert_eq!(retry_after("120", date), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", date), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", ""), None);
        assert_eq!(retry_after("999999999", ""), Some(MAX_RETRY_AFTER));
        assert_eq!(retry_after("", date), None);
    }
}
